"""VPCs with their subnets, route tables, routes and security groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecrlint.adapt.network_draft import Direction, Tie, blocks, mentioned, peers, route
from ecrlint.adapt.table import Entries, Presence, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.address import type_of
from ecrlint.model.dataclass import replace
from ecrlint.model.network import NetworkPart, Peer, Route, RouteTable, Rules, SecurityGroup, SecurityGroupRule, Subnet, Vpc
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import List, Map, Ref, Scalar, Text, Value, boolean, is_null, string


def name(value: Value | None) -> str | None:
    """The name of what an id refers to; for an attribute other than its id, the address with the attribute."""
    if isinstance(value, Text) and len(value.parts) == 1:
        value = value.parts[0]
    if isinstance(value, Ref):
        return value.address if value.attribute in ("", "id") else f"{value.address}.{value.attribute}"
    return string(value) or None


def vpc(unit: TerraformRoot, resource: Resource) -> None:
    get, address = resource.attributes.get, resource.address
    table, group = f"{address}.main_route_table_id", f"{address}.default_security_group_id"
    unit.draft.network.vpcs[address] = Vpc(
        address, resource.span, table, group, get("enable_dns_support"), get("enable_dns_hostnames")
    )
    unit.draft.network.same[f"{address}.default_route_table_id"] = table


def subnet(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    unit.draft.network.subnets[resource.address] = Subnet(
        resource.address, resource.span, name(get("vpc_id")), get("cidr_block"), get("availability_zone")
    )


def route_table(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    unit.draft.network.tables[resource.address] = RouteTable(resource.address, resource.span, name(get("vpc_id")))
    _inline_routes(unit, resource, resource.address)


def default_route_table(unit: TerraformRoot, resource: Resource) -> None:
    """The main route table of a VPC, taken over by Terraform."""
    table = unit.draft.network.real(name(resource.attributes.get("default_route_table_id")))
    if table is not None:
        unit.draft.network.same[resource.address] = table
    _inline_routes(unit, resource, table)


def _inline_routes(unit: TerraformRoot, resource: Resource, table: str | None) -> None:
    listed = resource.attributes.get("route")
    if resource.ignored & {"route", "all"}:
        unit.draft.network.routes.append((table, _any_route(resource, listed)))
    for item in _blocks(listed):
        if item is None:
            unit.draft.network.routes.append((table, _any_route(resource, listed)))
        else:
            _route(unit, item, table, item.span, resource.exists)
    propagating = resource.attributes.get("propagating_vgws")
    if not is_null(propagating) and not (isinstance(propagating, List) and propagating.complete and not propagating.items):
        unit.draft.network.routes.append((table, _any_route(resource, propagating)))


def _any_route(resource: Resource, value: Value | None) -> Route:
    return Route(None, "other", resource.span if value is None else value.span)


def separate_route(unit: TerraformRoot, resource: Resource) -> None:
    _route(unit, resource.attributes, name(resource.attributes.get("route_table_id")), resource.span, resource.exists)


_DESTINATIONS = (
    "cidr_block",
    "destination_cidr_block",
    "ipv6_cidr_block",
    "destination_ipv6_cidr_block",
    "destination_prefix_list_id",
)


def _route(unit: TerraformRoot, given: Map, table: str | None, span: Span, exists: Truth) -> None:
    destination = next((value for word in _DESTINATIONS if not is_null(value := given.get(word)) and string(value) != ""), None)
    gateway = given.get("gateway_id")
    to_internet = isinstance(gateway, Ref) and type_of(gateway.address) == "aws_internet_gateway"
    made = route(destination, gateway, to_internet, given.get("nat_gateway_id"), span, exists)
    if made is not None:
        unit.draft.network.routes.append((table, made))


def propagation(unit: TerraformRoot, resource: Resource) -> None:
    unit.draft.network.routes.append((name(resource.attributes.get("route_table_id")), _any_route(resource, None)))


def association(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    if is_null(get("gateway_id")):
        tie = Tie(name(get("subnet_id")), name(get("route_table_id")), resource.address, resource.exists)
        unit.draft.network.associations.append(tie)


def main_association(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    unit.draft.network.mains.append(Tie(name(get("vpc_id")), name(get("route_table_id")), resource.address, resource.exists))


_BOTH: tuple[Direction, Direction] = ("ingress", "egress")


def security_group(unit: TerraformRoot, resource: Resource) -> None:
    made = unit.draft.kept.once(resource, "group", resource.attributes, lambda: _group(resource, resource.address))
    unit.draft.network.groups[resource.address] = made


def default_security_group(unit: TerraformRoot, resource: Resource) -> None:
    """The default security group of a VPC, taken over by Terraform: it has the rules that are stated and no others."""
    of = name(resource.attributes.get("vpc_id"))
    address = f"{of}.default_security_group_id"
    if of is not None:
        unit.draft.network.same[resource.address] = address
        unit.draft.network.groups[address] = _group(resource, address)


def _group(resource: Resource, address: str) -> SecurityGroup:
    get = resource.attributes.get
    rules = [_inline_rules(get(direction), address, resource.exists) for direction in _BOTH]
    for at, direction in enumerate(_BOTH):
        if resource.ignored & {direction, "all"}:
            rules[at] = replace(rules[at], open=("changes to its rules are ignored",))
    return SecurityGroup(address, resource.span, name(get("vpc_id")), *rules)


def _inline_rules(value: Value | None, address: str, exists: Truth) -> Rules:
    """The rules in a group's own block. Without an egress block and a separate rule, the provider removes AWS's default.

    https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group
    """
    found = [None if item is None else _rule(item, address, item.span, exists) for item in _blocks(value)]
    known = tuple(rule for rule in found if rule is not None)
    return Rules(known, () if len(known) == len(found) else ("a rule of it is not known",))


def _rule(given: Map, address: str | None, span: Span, exists: Truth) -> SecurityGroupRule:
    known = set(given.entries)

    def get(word: str) -> Value | None:
        return given.get(word) if word in known or not given.complete else None  # most of the words are not there

    found = (
        *(peer for word in _BLOCKS for peer in blocks(get(word))),
        *(peer for word in _GROUPS for peer in peers("group", get(word), name)),
        *(peer for word in _PREFIX_LISTS for peer in peers("prefix list", get(word), name)),
        *_own(get("self"), address),
    )
    protocol = get("protocol") or get("ip_protocol")
    return SecurityGroupRule(protocol, get("from_port"), get("to_port"), found, span, exists)


def rule_of_module(given: Map, address: str, exists: Truth) -> SecurityGroupRule | None:
    """A rule as `vpc-endpoints` takes it, for HTTPS where it says nothing else; None for one that lets something out."""
    if string(given.get("type")) == "egress":
        return None
    rule = _rule(given, address, given.span, exists)
    https, tcp = Scalar(443, given.span), Scalar("tcp", given.span)
    low, high = rule.from_port or https, rule.to_port or https
    return replace(rule, protocol=rule.protocol or tcp, from_port=low, to_port=high)


_BLOCKS = ("cidr_blocks", "ipv6_cidr_blocks", "cidr_ipv4", "cidr_ipv6")
_GROUPS = ("security_groups", "source_security_group_id", "referenced_security_group_id")
_PREFIX_LISTS = ("prefix_list_ids", "prefix_list_id")


def _own(value: Value | None, address: str | None) -> Iterator[Peer]:
    itself = boolean(value, NO)
    if itself is YES:
        yield Peer("unknown") if address is None else Peer("group", address)
    elif itself is MAYBE:
        yield Peer("unknown")


_DIRECTIONS: Mapping[str, Direction] = {
    "aws_vpc_security_group_ingress_rule": "ingress",
    "aws_vpc_security_group_egress_rule": "egress",
}


def separate_rule(unit: TerraformRoot, resource: Resource) -> None:
    group = name(resource.attributes.get("security_group_id"))
    stated = _DIRECTIONS.get(resource.type) or string(resource.attributes.get("type"))
    given = resource.attributes
    rule = unit.draft.kept.once(resource, "rule", given, lambda: _rule(given, group, resource.span, resource.exists))
    for direction in _BOTH:
        if stated in (direction, None):
            unit.draft.network.rules.append((group, direction, rule if stated else replace(rule, exists=Truth.MAYBE)))


def _blocks(value: Value | None) -> Iterator[Map | None]:
    """The blocks of one kind, with None for each that is not known."""
    if is_null(value):
        return
    items = value.items if isinstance(value, List) else (value,)
    yield from (item if isinstance(item, Map) else None for item in items if not is_null(item))
    if isinstance(value, List) and not value.complete:
        yield None


def outsider(unit: TerraformRoot, resource: Resource) -> None:
    """A module that is not here may add anything to what it is given."""
    given, gives_any_name = resource.attributes, unit.draft.identities.gives_any_name
    found = unit.draft.kept.once(resource, "mentioned", given, lambda: mentioned(given, name, gives_any_name))
    unit.draft.network.outsiders.append((f"{resource.address} is not here", found))


_LOOKED_UP: Mapping[str, tuple[NetworkPart, ...]] = {
    "data.aws_security_group": ("security groups",),
    "data.aws_security_groups": ("security groups",),
    "data.aws_route_table": ("route tables",),
    "data.aws_route_tables": ("route tables",),
    "data.aws_subnet": ("subnets",),
    "data.aws_subnets": ("subnets",),
    "data.aws_vpc": ("VPCs", "route tables"),  # also its main one
    "data.aws_vpcs": ("VPCs",),
    "data.aws_vpc_endpoint": ("endpoints",),
}
_PLACES = ("data.aws_subnet", "data.aws_subnets", "data.aws_vpc", "data.aws_vpcs")
"""What nearly every root looks up, to place something in it: it shows by what is added to it."""

_IN_BLOCK = r"(?:(?!\n\})[\s\S])*?"
_TO_SUBNETS = rf'\baws_route_table_association\b(?:"\s*:|{_IN_BLOCK}\bsubnet_id\W+(?!aws_subnet\b)\w)'
_TO_MAIN = rf'\baws_route\b(?:"\s*:|{_IN_BLOCK}\broute_table_id\W+(?!aws_)\w)'


def looked_up(unit: TerraformRoot, resource: Resource) -> None:
    unit.draft.network.looked_up.update(_LOOKED_UP[resource.type])


def _shown_as_data(kind: str) -> Presence:
    word = kind.removeprefix("data.")
    return {} if kind in _PLACES else {"network part": rf'\bdata\W{{1,8}}{word}\b|"{word}"\s*:'}


ENTRIES: Entries[TerraformRoot] = (
    *(ResourceType(kind, looked_up, gives=_shown_as_data(kind)) for kind in _LOOKED_UP),
    ResourceType("aws_vpc", vpc),
    ResourceType("aws_subnet", subnet),
    ResourceType("aws_route_table", route_table),
    ResourceType("aws_default_route_table", default_route_table, ReadingPhase.TIE),
    ResourceType("aws_route", separate_route, ReadingPhase.TIE, gives={"network part": _TO_MAIN}),
    ResourceType("aws_vpn_gateway_route_propagation", propagation, ReadingPhase.TIE),
    ResourceType("aws_route_table_association", association, ReadingPhase.TIE, gives={"network part": _TO_SUBNETS}),
    ResourceType("aws_main_route_table_association", main_association, ReadingPhase.TIE, gives={"network part": ""}),
    ResourceType("aws_security_group", security_group),
    ResourceType("aws_default_security_group", default_security_group, ReadingPhase.TIE),
    ResourceType("aws_security_group_rule", separate_rule, ReadingPhase.TIE),
    *(ResourceType(kind, separate_rule, ReadingPhase.TIE) for kind in _DIRECTIONS),
    ResourceType("aws_cloudformation_stack", outsider, ReadingPhase.REST),
)
