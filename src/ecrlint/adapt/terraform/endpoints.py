"""VPC endpoints and their policies, and what separate resources tie to them."""

from __future__ import annotations

from collections.abc import Mapping

from ecrlint.adapt.kept import policy_of
from ecrlint.adapt.network_draft import EndpointPart, Tie, names
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.adapt.terraform.vpc import name
from ecrlint.model.dataclass import replace
from ecrlint.model.network import Associations, Endpoint
from ecrlint.model.stack import Resource
from ecrlint.model.truth import YES
from ecrlint.model.value import List, Map, Ref, Unknown, Value, is_null


def endpoint(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    document = resource.current("policy")
    made = None
    if document is not None and not is_null(document):
        made = policy_of(unit, resource, document, "endpoint")
    service = unit.expand(get("service_name") or Unknown("it names no service", resource.span))
    unit.draft.endpoints[resource.address] = Endpoint(
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


def _unless_ignored(resource: Resource, argument: str, found: Associations) -> Associations:
    if resource.ignored & {argument, "all"}:
        return replace(found, open=(*found.open, f"changes to its {argument} are ignored"))
    return found


def _subnets(ids: Value | None, configurations: Value | None) -> Associations:
    listed = names(ids, name)
    if configurations is None or is_null(configurations):
        return listed
    known = isinstance(configurations, List) and configurations.complete
    items = configurations.items if isinstance(configurations, List) else ()
    found = (name(item.get("subnet_id")) if isinstance(item, Map) else None for item in items)
    more = [one for one in found if one is not None]
    reasons = () if known and len(more) == len(items) else ("one of its subnets is not known",)
    return Associations(
        tuple(dict.fromkeys((*listed.names, *more))), (*listed.open, *reasons), listed.span or configurations.span
    )


def endpoint_policy(unit: TerraformRoot, resource: Resource) -> None:
    target = resource.attributes.get("vpc_endpoint_id")
    unit.draft.network.settings.append(Tie(name(target), None, resource.address, resource.exists))
    document = resource.attributes.get("policy")
    if isinstance(target, Ref) and target.address in unit.draft.endpoints and document is not None and not is_null(document):
        made = policy_of(unit, resource, document, "endpoint")
        unit.draft.endpoints[target.address] = replace(unit.draft.endpoints[target.address], policy=made)


def endpoint_private_dns(unit: TerraformRoot, resource: Resource) -> None:
    target, stated = (resource.attributes.get(word) for word in ("vpc_endpoint_id", "private_dns_enabled"))
    unit.draft.network.settings.append(Tie(name(target), None, resource.address, resource.exists))
    for address in [target.address] if isinstance(target, Ref) else list(unit.draft.endpoints):
        if address in unit.draft.endpoints:
            is_sure = isinstance(target, Ref) and resource.exists is YES
            value = stated if is_sure else Unknown("something else may turn private DNS on", resource.span)
            unit.draft.endpoints[address] = replace(unit.draft.endpoints[address], private_dns=value)


_ASSOCIATIONS: Mapping[str, tuple[EndpointPart, str]] = {
    "aws_vpc_endpoint_subnet_association": ("subnets", "subnet_id"),
    "aws_vpc_endpoint_security_group_association": ("groups", "security_group_id"),
    "aws_vpc_endpoint_route_table_association": ("tables", "route_table_id"),
}


def endpoint_association(unit: TerraformRoot, resource: Resource) -> None:
    kind, argument = _ASSOCIATIONS[resource.type]
    get = resource.attributes.get
    tie = Tie(name(get("vpc_endpoint_id")), name(get(argument)), resource.address, resource.exists)
    unit.draft.network.of_endpoints.setdefault(kind, []).append(tie)


_POLICY = frozenset({"policy"})

ENTRIES: Entries[TerraformRoot] = (
    ResourceType("data.aws_vpc_endpoint_service"),
    ResourceType("aws_vpc_endpoint", endpoint, documents=_POLICY, gives={"network part": ""}, asks={"network part": ""}),
    ResourceType("aws_vpc_endpoint_policy", endpoint_policy, ReadingPhase.TIE, documents=_POLICY),
    ResourceType("aws_vpc_endpoint_private_dns", endpoint_private_dns, ReadingPhase.TIE),
    *(ResourceType(kind, endpoint_association, ReadingPhase.TIE) for kind in _ASSOCIATIONS),
)
