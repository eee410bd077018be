"""Instances and the templates that make them: metadata options, role, and what runs on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ecrlint.adapt import roles, userdata
from ecrlint.adapt.terraform.unit import Unit, items, same_name
from ecrlint.model.host import Host, Use
from ecrlint.model.policy import Role
from ecrlint.model.stack import Resource
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Value, is_null, string

_HOST_KINDS = {
    "aws_instance": "instance",
    "aws_launch_template": "launch template",
    "aws_launch_configuration": "launch configuration",
    "aws_spot_instance_request": "spot instance",
}


def host(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    options = _blocks(get("metadata_options"))
    block = options.items[0] if isinstance(options, List) and options.items else None
    known = block if isinstance(block, Map) else Map({}, resource.span)
    inherits = _blocks(get("launch_template")) is not None or (options is not None and not isinstance(block, Map))
    image = get("image_id") or get("ami")
    script = get("user_data") or get("user_data_base64")
    found = [*userdata.uses(script), *_of_image(unit, image)]
    profile = get("iam_instance_profile")
    host = Host(
        address=resource.address,
        kind=_HOST_KINDS[resource.type],  # type: ignore[arg-type]
        span=resource.span,
        options=known.span if block is not None else None,
        http_endpoint=known.get("http_endpoint"),
        http_tokens=known.get("http_tokens"),
        hop_limit=known.get("http_put_response_hop_limit"),
        body=resource.span,
        inherits=inherits,
        uses=tuple(found),
        calls=userdata.calls(script),
        asks_without_token=userdata.asks_without_token(script),
        profile=None if is_null(profile) else profile,
        exists=resource.exists,
    )
    unit.hosts[resource.address] = (host, profile)


def _blocks(value: Value | None) -> Value | None:
    """The blocks of a kind; None where there are none."""
    return None if is_null(value) or (isinstance(value, List) and not value.items and value.complete) else value


_LOOKED_UP = ("data.aws_ami", "data.aws_ssm_parameter", "data.aws_ami_ids")


def _of_image(unit: Unit, image: Value | None) -> Iterator[Use]:
    """What an image is made for, by its own words or by those that a data source looks it up by."""
    if image is None:
        return
    for text in _names(unit, image):
        if what := userdata.of_image(text):
            yield Use(what, image.span)
            return


def _names(unit: Unit, image: Value) -> Iterator[str]:
    match image:
        case Ref():
            found = unit.resources.get(image.address)
            if found is not None and found.type in _LOOKED_UP:
                yield from _strings(Map(dict(found.attributes.entries), found.span))
        case Text():
            for part in image.parts:
                yield from _names(unit, part)
        case Choice():
            yield from _names(unit, image.then)
            yield from _names(unit, image.otherwise)
        case Scalar(value=str(text)):
            yield text


def _strings(value: Value) -> Iterator[str]:
    match value:
        case Scalar(value=str(text)):
            yield text
        case List():
            for item in value.items:
                yield from _strings(item)
        case Map():
            for item in value.entries.values():
                yield from _strings(item)
        case Text():
            for part in value.parts:
                yield from _strings(part)
        case Json():
            yield from _strings(value.value)
        case _:
            return


def node_group(unit: Unit, resource: Resource) -> None:
    template = resource.attributes.get("launch_template")
    for block in items(template) if template is not None else ():
        for part in (block.get("id"), block.get("name")) if isinstance(block, Map) else ():
            if isinstance(part, Ref) and part.address in unit.hosts:
                host, profile = unit.hosts[part.address]
                unit.hosts[part.address] = (replace(host, uses=(*host.uses, Use("eks", resource.span))), profile)


def metadata_defaults(unit: Unit, resource: Resource) -> None:
    if string(resource.attributes.get("http_tokens")) == "required":
        unit.tokens_required = True


def with_role(host: Host, profile: Value | None, unit: Unit, assembled: tuple[Role, ...]) -> Host:
    value = profile
    if isinstance(value, List) and value.items and isinstance(value.items[0], Map):
        value = value.items[0].get("name") or value.items[0].get("arn")
    role_value = None
    if isinstance(value, Ref):
        role_value = unit.profiles.get(value.address)
    elif value is not None:
        for address, role in unit.profiles.items():
            own = unit.resources[address].attributes.get("name")
            if own is not None and same_name(own, value):
                role_value = role
    if role_value is None:
        return host
    found = roles.named(role_value, unit.drafts, "role")
    by_address = {role.address: role for role in assembled}
    role_found = by_address.get(found[0].address) if len(found) == 1 else None
    if role_found is None:
        return host
    return replace(host, role=role_found, uses=(*host.uses, *userdata.of_role(role_found, host.uses)))
