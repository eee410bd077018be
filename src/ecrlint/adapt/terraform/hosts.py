"""Instances and the templates that make them: metadata options, role, and what runs on them."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.adapt import host_uses, identity_draft
from ecrlint.adapt.ecs import cluster
from ecrlint.adapt.hosts_draft import inherited
from ecrlint.adapt.interfaces import ANYWHERE, interface, listed, placement
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.adapt.terraform.vpc import name
from ecrlint.model.dataclass import replace
from ecrlint.model.host import Host, HostUse, UserData
from ecrlint.model.policy import Role
from ecrlint.model.stack import Resource
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, is_null, pieces, string

_HOST_KINDS = {
    "aws_instance": "instance",
    "aws_launch_template": "launch template",
    "aws_launch_configuration": "launch configuration",
    "aws_spot_instance_request": "spot instance",
}


def host(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    options, from_template = _blocks(get("metadata_options")), _blocks(get("launch_template"))
    block = options.items[0] if isinstance(options, List) and options.items else None
    template = unit.draft.hosts.template(from_template)
    inherits = from_template is not None or (options is not None and not isinstance(block, Map))

    def option(name: str) -> Value | None:
        own = block.get(name) if isinstance(block, Map) else None
        if not inherits or not is_null(own):
            return own
        of_template = getattr(template, _OPTIONS[name], None)
        return inherited(template, options is not None, of_template, resource.span)

    script, image = get("user_data") or get("user_data_base64"), get("image_id") or get("ami")
    said = _user_data(unit, resource, script)
    if script is None and from_template is not None:
        said = template.user_data if template is not None else UserData(whole=False)
    profile = get("iam_instance_profile")
    if profile is None and from_template is not None:
        profile = template.profile if template is not None else Unknown("its launch template may state it", resource.span)
    if profile is None and resource.ignored & {"iam_instance_profile", "all"}:
        profile = Unknown("something else may attach it: changes to it are ignored", resource.span)
    made = Host(
        address=resource.address,
        kind=_HOST_KINDS[resource.type],  # type: ignore[arg-type]
        span=resource.span,
        options=block.span if isinstance(block, Map) else None,
        http_endpoint=option("http_endpoint"),
        http_tokens=option("http_tokens"),
        hop_limit=option("http_put_response_hop_limit"),
        body=resource.span,
        inherits=inherits,
        uses=(*said.uses, *of_image(unit, image)),
        user_data=said,
        profile=profile,
        supports_tokens=supports_tokens(unit, image) if image is not None or template is None else template.supports_tokens,
        image=image if image is not None or template is None else template.image,
        provider=resource.provider,
        exists=resource.exists,
    )
    unit.draft.hosts.add(made, get("name") if resource.type in _NAMED else None)
    _place(unit, resource, from_template is not None, template)
    if template is not None and options is None and resource.exists is not NO:
        unit.draft.hosts.made_from(template, made)


def _user_data(unit: TerraformRoot, resource: Resource, script: Value | None) -> UserData:
    if script is None:
        return host_uses.user_data(())
    return unit.draft.kept.once(resource, "user data", script, lambda: host_uses.user_data(unit.scripts.user_data(script)))


_MORE = frozenset({"aws_network_interface_sg_attachment", "aws_network_interface_attachment"})
"""What adds to the interfaces of instances, unseen by them."""


def _place(unit: TerraformRoot, resource: Resource, is_from_template: bool, template: Host | None) -> None:
    """The interface that a template states, or where an instance has its own."""
    get = resource.attributes.get
    stated = listed(get("network_interfaces"), "subnet_id", "security_groups", name)
    if stated is None:
        ids = get("security_groups" if resource.type == "aws_launch_configuration" else "vpc_security_group_ids")
        stated = interface(get("subnet_id"), ids, name)
    if resource.type not in _INSTANCES:
        unit.draft.hosts.interfaces[resource.address] = stated
        return
    by_name = not is_null(get("security_groups")) and stated.groups.none
    if by_name or _blocks(get("network_interface")) or _blocks(get("primary_network_interface")) or unit.types & _MORE:
        stated = ANYWHERE
    made_from = (
        [unit.draft.hosts.interfaces.get(template.address, ANYWHERE) if template else ANYWHERE] if is_from_template else []
    )
    hosts = (resource.address,) if template is None else (resource.address, template.address)
    unit.draft.hosts.placements.append(placement(resource, hosts, stated, made_from))


_INSTANCES = ("aws_instance", "aws_spot_instance_request")
_NAMED = ("aws_launch_template", "aws_launch_configuration")
_OPTIONS = {"http_endpoint": "http_endpoint", "http_tokens": "http_tokens", "http_put_response_hop_limit": "hop_limit"}


def _blocks(value: Value | None) -> Value | None:
    """The blocks of a kind; None where there are none."""
    return None if is_null(value) or (isinstance(value, List) and not value.items and value.complete) else value


_LOOKED_UP = ("data.aws_ami", "data.aws_ssm_parameter", "data.aws_ami_ids")


def of_image(unit: TerraformRoot, image: Value | None) -> Iterator[HostUse]:
    """What an image is made for, by its own words or by those that a data source looks it up by."""
    if image is None:
        return
    for text in _names(unit, image):
        if what := host_uses.of_image(text):
            yield HostUse(what, image.span, "image")
            return


def supports_tokens(unit: TerraformRoot, image: Value | None) -> Truth:
    """Whether the image that a host is made from is marked as made for IMDSv2."""
    if isinstance(image, Choice):
        then, otherwise = supports_tokens(unit, image.then), supports_tokens(unit, image.otherwise)
        return then if then is otherwise else MAYBE
    made = unit.resources.get(image.address) if isinstance(image, Ref) else None
    if made is not None and string(made.attributes.get("imds_support")) == "v2.0":
        return YES  # of an image that is looked up, a plan knows it
    if made is not None and made.type == "aws_ami":
        return MAYBE
    words = tuple(_names(unit, image)) if image is not None else ()
    if "imds-support" in words and "v2.0" in words:
        return YES
    found = {answer for word in words if (answer := host_uses.supports_tokens(word)) is not MAYBE}
    return found.pop() if len(found) == 1 else MAYBE


def _names(unit: TerraformRoot, image: Value) -> Iterator[str]:
    match image:
        case Ref():
            found = unit.resources.get(image.address)
            if found is not None and found.type in _LOOKED_UP:
                yield from _strings(Map(dict(found.attributes.entries), found.span))
        case Text():
            for part in pieces(image):
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
            for part in pieces(value):
                yield from _strings(part)
        case Json():
            yield from _strings(value.value)
        case _:
            return


def finished(unit: TerraformRoot, assembled: tuple[Role, ...]) -> tuple[Host, ...]:
    """The hosts, each with the role that its profile gives it and what that shows."""
    return tuple(_with_role(_in_cluster(host, unit), unit, assembled) for host in unit.draft.hosts.by_address.values())


def _in_cluster(host: Host, unit: TerraformRoot) -> Host:
    return replace(host, user_data=replace(host.user_data, cluster=cluster(host.user_data.cluster, unit.draft.clusters)))


def _with_role(host: Host, unit: TerraformRoot, assembled: tuple[Role, ...]) -> Host:
    value = host.profile
    if isinstance(value, List) and value.items and isinstance(value.items[0], Map):
        value = value.items[0].get("name") or value.items[0].get("arn")
    role_value = unit.role_of_profile(value)
    found = [] if role_value is None else identity_draft.named(role_value, unit.draft.identities, "role")
    by_address = {role.address: role for role in assembled}
    role_found = by_address.get(found[0].address) if len(found) == 1 else None
    if role_found is None:
        return host
    return replace(host, role=role_found, uses=(*host.uses, *host_uses.of_role(role_found, host.uses)))


_SCRIPTS = frozenset({"user_data", "user_data_base64"})

ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_launch_template", host, scripts=_SCRIPTS),
    ResourceType("aws_launch_configuration", host, scripts=_SCRIPTS),
    ResourceType("aws_instance", host, ReadingPhase.OWNER, scripts=_SCRIPTS),
    ResourceType("aws_spot_instance_request", host, ReadingPhase.OWNER, scripts=_SCRIPTS),
)
