"""VPC endpoints and their policies, and what separate resources tie to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ecrlint.adapt.network import EndpointPart, Tie, names
from ecrlint.adapt.policy import policy
from ecrlint.adapt.terraform.unit import Unit
from ecrlint.adapt.terraform.vpc import name
from ecrlint.model.network import Endpoint, Names
from ecrlint.model.stack import Resource
from ecrlint.model.truth import YES
from ecrlint.model.value import List, Map, Ref, Scalar, Unknown, Value, is_null


def endpoint(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    document = get("policy")
    made = None
    if document is not None and not is_null(document):
        made = policy(document, "endpoint", resource.address, unit.expand)
    service = unit.expand(get("service_name") or Unknown("it names no service", resource.span))
    unit.endpoints[resource.address] = Endpoint(
        address=resource.address,
        service=service,
        type=get("vpc_endpoint_type"),
        span=resource.span,
        policy=made,
        exists=resource.exists,
        vpc=name(get("vpc_id")),
        private_dns=get("private_dns_enabled"),
        region=next((found for word in ("service_region", "region") if not is_null(found := get(word))), None),
        deployed=unit.places.get(resource.provider, {}).get("region"),
        subnets=_unless_ignored(resource, "subnet_ids", _subnets(get("subnet_ids"), get("subnet_configuration"))),
        groups=_unless_ignored(resource, "security_group_ids", names(get("security_group_ids"), name)),
        tables=_unless_ignored(resource, "route_table_ids", names(get("route_table_ids"), name)),
        body=resource.span,
    )


def _unless_ignored(resource: Resource, argument: str, found: Names) -> Names:
    if resource.ignored & {argument, "all"}:
        return replace(found, open=(*found.open, f"changes to its {argument} are ignored"))
    return found


def _subnets(ids: Value | None, configurations: Value | None) -> Names:
    listed = names(ids, name)
    if configurations is None or is_null(configurations):
        return listed
    known = isinstance(configurations, List) and configurations.complete
    items = configurations.items if isinstance(configurations, List) else ()
    found = (name(item.get("subnet_id")) if isinstance(item, Map) else None for item in items)
    more = [one for one in found if one is not None]
    reasons = () if known and len(more) == len(items) else ("one of its subnets is not known",)
    return Names(tuple(dict.fromkeys((*listed.names, *more))), (*listed.open, *reasons), listed.span or configurations.span)


def endpoint_policy(unit: Unit, resource: Resource) -> None:
    target = resource.attributes.get("vpc_endpoint_id")
    document = resource.attributes.get("policy")
    if isinstance(target, Ref) and target.address in unit.endpoints and document is not None and not is_null(document):
        made = policy(document, "endpoint", resource.address, unit.expand)
        unit.endpoints[target.address] = replace(unit.endpoints[target.address], policy=made)


def endpoint_private_dns(unit: Unit, resource: Resource) -> None:
    target, stated = (resource.attributes.get(word) for word in ("vpc_endpoint_id", "private_dns_enabled"))
    for address in [target.address] if isinstance(target, Ref) else list(unit.endpoints):
        if address in unit.endpoints:
            is_sure = isinstance(target, Ref) and resource.exists is YES
            value = stated if is_sure else Unknown("something else may turn private DNS on", resource.span)
            unit.endpoints[address] = replace(unit.endpoints[address], private_dns=value)


_ASSOCIATIONS: Mapping[str, tuple[EndpointPart, str]] = {
    "aws_vpc_endpoint_subnet_association": ("subnets", "subnet_id"),
    "aws_vpc_endpoint_security_group_association": ("groups", "security_group_id"),
    "aws_vpc_endpoint_route_table_association": ("tables", "route_table_id"),
}


def endpoint_association(unit: Unit, resource: Resource) -> None:
    kind, argument = _ASSOCIATIONS[resource.type]
    get = resource.attributes.get
    tie = Tie(name(get("vpc_endpoint_id")), name(get(argument)), resource.address, resource.exists)
    unit.network.of_endpoints.setdefault(kind, []).append(tie)


def zone(unit: Unit, resource: Resource) -> None:
    stated = resource.attributes.get("name") or Scalar("", resource.span)
    unit.network.zones.append(unit.expand(stated))


def looked_up_zone(unit: Unit, resource: Resource) -> None:
    """A zone that somebody else made: one that is not said to be private is that of a domain of the user's."""
    if not is_null(resource.attributes.get("private_zone")):
        zone(unit, resource)


def record(unit: Unit, resource: Resource) -> None:
    """A record for a name of the registry is in a private zone, whoever made that: nobody else can have one."""
    stated = resource.attributes.get("name")
    if stated is not None and ".ecr" in stated.span.text:
        zone(unit, resource)


def shared(unit: Unit, resource: Resource) -> None:
    """What ties the VPCs of a unit to others, in which zones may be made for all of them."""
    unit.network.open.append(f"{resource.address} may bring private zones")
