"""Hosts that well-known modules make, read from the arguments of their calls where the modules themselves are not here.

Only what a call states is read: what a module adds to that differs from version to version and is not known. These are
the modules of https://registry.terraform.io/namespaces/terraform-aws-modules
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ecrlint.adapt import host_uses
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.hosts import of_image, supports_tokens
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.host import Host, HostUse
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Map, Ref, Unknown, Value, boolean, is_null, string

_SOURCE = r"(?:registry\.terraform\.io/)?terraform-aws-modules/(?P<name>[\w-]+)/aws(?://modules/(?P<part>[\w-]+))?$"


def host(unit: TerraformRoot, resource: Resource) -> None:
    """The hosts of a module that is not here."""
    found = re.match(_SOURCE, string(resource.attributes.get("source")) or "")
    maker = _HOSTS.get((found["name"], found["part"])) if found is not None else None
    if maker is not None and resource.exists is not NO:
        maker(unit, resource)


def capacity_providers(unit: TerraformRoot, resource: Resource) -> None:
    """The Auto Scaling groups that a cluster of the module `ecs` is given."""
    found = re.match(_SOURCE, string(resource.attributes.get("source")) or "")
    if found is None or (found["name"], found["part"]) not in (("ecs", None), ("ecs", "cluster")) or resource.exists is NO:
        return
    for argument in ("autoscaling_capacity_providers", "capacity_providers", "default_capacity_provider_strategy"):
        unit.draft.hosts.provider(resource.address, None, resource.attributes.get(argument), resource.span)


_SWITCHES = ("create", "create_launch_template", "use_custom_launch_template")


def _is_made(given: Map) -> bool:
    """Whether a module surely makes the host or template that these arguments are for."""
    return all(boolean(given.get(word), YES) is YES for word in _SWITCHES)


def _group(unit: TerraformRoot, resource: Resource) -> None:
    if not _is_made(resource.attributes):
        return
    made = _made(unit, resource, resource.attributes, "module", "iam_instance_profile_arn", "iam_instance_profile_name")
    unit.draft.hosts.add(made)
    unit.draft.hosts.group(resource.address, None, (Ref(resource.address, "", resource.span),), resource.span, resource.exists)


def _instance(unit: TerraformRoot, resource: Resource) -> None:
    if _is_made(resource.attributes):
        unit.draft.hosts.add(_made(unit, resource, resource.attributes, "module", "iam_instance_profile"))


def _nodes(unit: TerraformRoot, resource: Resource) -> None:
    if _is_made(resource.attributes):
        unit.draft.hosts.add(_node_group(unit, resource, resource.attributes, resource.address))


def _cluster(unit: TerraformRoot, resource: Resource) -> None:
    for kind in ("eks_managed_node_groups", "self_managed_node_groups"):
        groups = resource.attributes.get(kind)
        defaults = resource.attributes.get(f"{kind.removesuffix('s')}_defaults")
        for name, given in groups.entries.items() if isinstance(groups, Map) else ():
            if isinstance(given, Map) and _is_made(given):
                unit.draft.hosts.add(_node_group(unit, resource, given, f"{resource.address}.{name}", defaults))


def _node_group(unit: TerraformRoot, resource: Resource, given: Map, address: str, defaults: Value | None = None) -> Host:
    if isinstance(defaults, Map):
        given = Map({**defaults.entries, **given.entries}, given.span, given.complete and defaults.complete)
    made = _made(unit, resource, given, "node group")
    return Host(
        address=address,
        kind="node group",
        span=given.span,
        options=made.options,
        http_endpoint=made.http_endpoint,
        http_tokens=made.http_tokens,
        hop_limit=made.hop_limit,
        inherits=True,
        uses=(*made.uses, HostUse("eks", given.span, "launcher")),
        user_data=made.user_data,
        profile=Ref(resource.address, "node role", resource.span),
        provider=made.provider,
        exists=resource.exists,
    )


def _made(unit: TerraformRoot, resource: Resource, given: Map, kind: str, *profiles: str) -> Host:
    options = given.get("metadata_options")
    stated = options if isinstance(options, Map) else None
    script = next((value for word in ("user_data", "user_data_base64") if not is_null(value := given.get(word))), None)
    said = host_uses.user_data(unit.scripts.user_data(script))
    image = next((value for word in ("image_id", "ami", "ami_id") if not is_null(value := given.get(word))), None)

    def option(name: str) -> Value | None:
        own = None if stated is None else stated.get(name)
        return Unknown("what the module makes of it is not known", resource.span) if is_null(own) else own

    endpoint = None if stated is None else stated.get("http_endpoint")
    return Host(
        address=resource.address,
        kind=kind,  # type: ignore[arg-type]
        span=resource.span,
        options=None if stated is None else stated.span,
        http_endpoint=endpoint,  # every version leaves it on
        http_tokens=option("http_tokens"),
        hop_limit=option("http_put_response_hop_limit"),
        inherits=True,
        uses=(*said.uses, *of_image(unit, image)),
        user_data=said,
        profile=next(_profile(resource, given, profiles), Unknown("the module may make one", resource.span)),
        supports_tokens=supports_tokens(unit, image),
        image=Unknown("the module may choose one", resource.span) if image is None else image,
        provider=resource.provider,
        exists=resource.exists,
    )


def _profile(resource: Resource, given: Map, arguments: tuple[str, ...]) -> Iterator[Value]:
    made = given.get("create_iam_instance_profile")
    if made is not None and boolean(made, NO) is YES:
        yield Ref(resource.address, "iam_instance_profile_arn", made.span)
    yield from (value for word in arguments if (value := given.get(word)) is not None and not is_null(value))


_HOSTS: dict[tuple[str, str | None], Callable[[TerraformRoot, Resource], None]] = {
    ("autoscaling", None): _group,
    ("ec2-instance", None): _instance,
    ("eks", None): _cluster,
    ("eks", "eks-managed-node-group"): _nodes,
    ("eks", "self-managed-node-group"): _nodes,
}


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("module", host, ReadingPhase.OWNER),
    ResourceType("module", capacity_providers, ReadingPhase.POOL),
)
