"""CloudFormation's instances and what makes them, with what runs on them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ecrlint.adapt import roles, userdata
from ecrlint.adapt.cloudformation.unit import Unit, present, same_text
from ecrlint.model.host import Host, Use
from ecrlint.model.policy import Role
from ecrlint.model.stack import Resource
from ecrlint.model.value import Choice, Map, Ref, Scalar, Unknown, Value, string


def instance(unit: Unit, resource: Resource) -> None:
    inherits = present(resource.attributes.get("LaunchTemplate")) is not None
    _host(unit, resource, "instance", resource.attributes, inherits)


def launch_template(unit: Unit, resource: Resource) -> None:
    data = resource.attributes.get("LaunchTemplateData")
    known = data if isinstance(data, Map) else Map({}, resource.span, complete=data is None)
    _host(unit, resource, "launch template", known, False)


def launch_configuration(unit: Unit, resource: Resource) -> None:
    _host(unit, resource, "launch configuration", resource.attributes, False)


def _host(unit: Unit, resource: Resource, kind: str, data: Map, inherits: bool) -> None:
    options = present(data.get("MetadataOptions"))
    stated = options if isinstance(options, Map) else Map({}, resource.span)
    script, profile = data.get("UserData"), present(data.get("IamInstanceProfile"))
    host = Host(
        address=resource.address,
        kind=kind,  # type: ignore[arg-type]
        span=resource.span,
        options=options.span if isinstance(options, Map) else None,
        http_endpoint=stated.get("HttpEndpoint"),
        http_tokens=stated.get("HttpTokens"),
        hop_limit=_number(stated.get("HttpPutResponseHopLimit")),
        body=data.span if data.entries else None,
        inherits=inherits or (options is not None and not isinstance(options, Map)),
        uses=(*userdata.uses(script), *_of_image(unit, data.get("ImageId"))),
        calls=userdata.calls(script),
        asks_without_token=userdata.asks_without_token(script),
        profile=profile,
        exists=resource.exists,
    )
    unit.hosts[resource.address] = (host, profile)


def _number(value: Value | None) -> Value | None:
    """A number given as a string, as parameters are, as the number."""
    match value:
        case Scalar(value=str(text)) if text.isdecimal():
            return Scalar(int(text), value.span)
        case Choice():
            then, otherwise = _number(value.then), _number(value.otherwise)
            return replace(value, then=then or value.then, otherwise=otherwise or value.otherwise)
        case _:
            return value


def _of_image(unit: Unit, image: Value | None) -> Iterator[Use]:
    """What an image is made for, by the parameter that it is looked up by."""
    name: str | None = None
    if isinstance(image, Ref):
        declared = unit.resources.get(image.address)
        name = string(declared.attributes.get("Default")) if declared and declared.type == "parameter" else None
    elif isinstance(image, Unknown) and "{{resolve:" in image.span.text:
        name = image.span.text
    if image is not None and name is not None and (what := userdata.of_image(name)):
        yield Use(what, image.span)


def node_group(unit: Unit, resource: Resource) -> None:
    template = resource.attributes.get("LaunchTemplate")
    for part in (template.get("Id"), template.get("Name")) if isinstance(template, Map) else ():
        if isinstance(part, Ref) and part.address in unit.hosts:
            host, profile = unit.hosts[part.address]
            unit.hosts[part.address] = (replace(host, uses=(*host.uses, Use("eks", resource.span))), profile)


def with_role(host: Host, profile: Value | None, unit: Unit, assembled: tuple[Role, ...]) -> Host:
    """A host with the role that its instance profile gives it, and what AWS's own policies on that say of the host."""
    if isinstance(profile, Map):
        profile = profile.get("Arn") or profile.get("Name")
    role = None
    for address, (name, given) in unit.profiles.items():
        if (isinstance(profile, Ref) and profile.address == address) or same_text(name, profile):
            role = given
    found = [] if role is None else roles.named(role, unit.drafts, "role")
    of_profile = next((one for one in assembled if len(found) == 1 and one.address == found[0].address), None)
    if of_profile is None:
        return host
    return replace(host, role=of_profile, uses=(*host.uses, *userdata.of_role(of_profile, host.uses)))
