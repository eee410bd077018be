"""The modules `terraform-aws-modules/vpc` and its `vpc-endpoints`, read from their arguments where they are not here.

Which argument makes which resource, for all versions since 3; where versions differ, nothing is said. All subnets of one
kind (`private_subnets`) stand for each other, as do their route tables.
https://registry.terraform.io/modules/terraform-aws-modules/vpc/aws/latest
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ecrlint.adapt.network_draft import names
from ecrlint.adapt.policy import policy
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform import vpc
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model import arn
from ecrlint.model.dataclass import replace
from ecrlint.model.network import NONE, Associations, Endpoint, Route, RouteTable, Rules, SecurityGroup, Subnet, Vpc
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO, YES, Truth
from ecrlint.model.value import Map, Scalar, Unknown, Value, boolean, is_null, string

_SOURCE = re.compile(r"terraform-aws-modules/(?:vpc/aws|terraform-aws-vpc(?:\.git)?)(//modules/vpc-endpoints)?/?(?:\?.*)?$")
_HARMLESS = re.compile(
    r"terraform-aws-modules/(?:terraform-aws-)?(acm|alb|autoscaling|cloudfront|dynamodb-table|ec2-instance|ecr|ecs|efs|elb|iam|kms"
    r"|lambda|rds|rds-aurora|s3-bucket|security-group|sns|sqs)(?:/aws|\.git|$)"
)
"""Modules of the same authors that add neither endpoints nor routes to the VPC that they are given."""

_OWN_TABLES = ("public", "private", "intra")
_KINDS = (*_OWN_TABLES, "database", "elasticache", "redshift", "outpost")


def module(unit: TerraformRoot, resource: Resource) -> None:
    """A module that is not here."""
    source = string(resource.attributes.get("source")) or ""
    found = _SOURCE.search(source)
    if found is None:
        if _HARMLESS.search(source):
            kept = {word: value for word, value in resource.attributes.entries.items() if "security_group" in word}
            resource = replace(resource, attributes=replace(resource.attributes, entries=kept))
        vpc.outsider(unit, resource)
    elif resource.exists is not NO:
        (_endpoints if found.group(1) else _vpc)(unit, resource)


def _vpc(unit: TerraformRoot, resource: Resource) -> None:
    get, address, span = resource.attributes.get, resource.address, resource.span
    if boolean(get("create_vpc"), YES) is not YES:
        return vpc.outsider(unit, resource)
    table, group = f"{address}.vpc_main_route_table_id", f"{address}.default_security_group_id"
    unit.draft.network.same |= {f"{address}.vpc_id": address, f"{address}.default_route_table_id": table}
    unit.draft.network.vpcs[address] = Vpc(
        address,
        span,
        table,
        group,
        get("enable_dns_support"),
        get("enable_dns_hostnames"),
        tuple(_more(resource)),
        summarised=True,
    )
    # Whether the default group has AWS's rules or none depends on the module's version.
    unknown = Rules((), ("its rules depend on the version of the module",))
    unit.draft.network.groups[group] = SecurityGroup(group, span, address, unknown, unknown)
    for kind in _OWN_TABLES:
        name = f"{address}.{kind}_route_table_ids"
        unit.draft.network.tables[name] = RouteTable(name, span, address, tuple(_routes(get, kind, span)))
    if not is_null(get("default_route_table_routes")):
        unit.draft.network.routes.append((table, Route(None, "other", span)))
    for kind in _KINDS:
        given = get(f"{kind}_subnets")
        if not is_null(given):
            name = f"{address}.{kind}_subnets"
            own = kind if kind in _OWN_TABLES else "private"
            open = () if kind in _OWN_TABLES or not _has_own_table(get, kind) else ("it may have a route table of its own",)
            tables = Associations((f"{address}.{own}_route_table_ids",), open)
            unit.draft.network.subnets[name] = Subnet(name, span if given is None else given.span, address, table=tables)


def _more(resource: Resource) -> Iterator[str]:
    """Why a VPC of the module may have endpoints: its versions before 3 make them by arguments of their own."""
    for word in resource.attributes.entries:
        if re.fullmatch(r"enable_\w+_endpoint", word) and boolean(resource.attributes.get(word), NO) is not NO:
            yield f"{word} makes an endpoint in it"


_Get = Callable[[str], "Value | None"]


def _routes(get: _Get, kind: str, span: Span) -> Iterator[Route]:
    """The routes that lead out of the subnets of a kind."""
    if kind == "public" and (gateway := boolean(get("create_igw"), YES)) is not NO:
        yield Route(Scalar("0.0.0.0/0", span), "internet gateway", span, gateway)
    if kind == "private":
        nat = boolean(get("enable_nat_gateway"), NO) & boolean(get("create_private_nat_gateway_route"), YES)
        if nat is not NO:
            yield Route(Scalar("0.0.0.0/0", span), "NAT gateway", span, nat)
    if kind != "intra" and boolean(get("enable_ipv6"), NO) is not NO:
        yield Route(Scalar("::/0", span), "other", span)
    if boolean(get(f"propagate_{kind}_route_tables_vgw"), NO) is not NO:
        yield Route(None, "other", span)


def _has_own_table(get: _Get, kind: str) -> bool:
    words = (f"create_{kind}_subnet_route_table", f"enable_public_{kind}", f"create_{kind}_internet_gateway_route")
    return any(boolean(get(word), NO) is not NO for word in words)


def _endpoints(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    given, create = get("endpoints"), boolean(get("create"), YES)
    if create is NO or is_null(given):
        return
    if not isinstance(given, Map) or not given.complete:
        vpc.outsider(unit, resource)
    own = _own_group(unit, resource)
    groups = _together(names(get("security_group_ids"), vpc.name), own)
    subnets = names(get("subnet_ids"), vpc.name)
    for key in given.entries if isinstance(given, Map) else ():
        entry = given.entries[key] if isinstance(given, Map) else None
        if isinstance(entry, Map):
            made = boolean(entry.get("create"), YES) & create & resource.exists
            if made is not NO:
                address = f'{resource.address}.endpoints["{key}"]'
                unit.draft.endpoints[address] = _endpoint(unit, resource, entry, address, groups, subnets, made)
        else:
            vpc.outsider(unit, resource)


def _endpoint(
    unit: TerraformRoot, resource: Resource, entry: Map, address: str, groups: Associations, subnets: Associations, made: Truth
) -> Endpoint:
    get, span = entry.get, entry.span
    kind = get("service_type")
    interface = is_null(kind) or string(kind) == "Interface"
    document = get("policy")
    return Endpoint(
        address=address,
        service=unit.expand(_service(entry)),
        type=Scalar("Interface", span) if is_null(kind) else kind,
        span=span,
        policy=None if document is None or is_null(document) else policy(document, "endpoint", address, unit.expand),
        exists=made,
        vpc=vpc.name(resource.attributes.get("vpc_id")),
        private_dns=get("private_dns_enabled"),
        region=next(
            (found for word in ("service_region",) if not is_null(found := get(word))), resource.attributes.get("region")
        ),
        deployed=unit.places.get(resource.provider, {}).get("region"),
        subnets=_together(subnets, _subnets(entry)) if interface else NONE,
        groups=_together(groups, names(get("security_group_ids"), vpc.name)) if interface else NONE,
        tables=NONE if interface else names(get("route_table_ids"), vpc.name),
    )


def _subnets(entry: Map) -> Associations:
    listed = names(entry.get("subnet_ids"), vpc.name)
    more = is_null(entry.get("subnet_configurations"))
    return listed if more else replace(listed, open=(*listed.open, "it has subnets by configuration"))


def _service(entry: Map) -> Value:
    for word in ("service_endpoint", "service_name"):
        stated = entry.get(word)
        if stated is not None and not is_null(stated):
            return stated
    short = entry.get("service")
    return Unknown("it names no service", entry.span) if short is None else arn.endpoint_service(short.span, short)


def _own_group(unit: TerraformRoot, resource: Resource) -> Associations:
    """The security group that the module makes for its endpoints, where it is told to."""
    get = resource.attributes.get
    wanted = boolean(get("create_security_group"), NO)
    if wanted is NO:
        return NONE
    address, given = f"{resource.address}.security_group_id", get("security_group_rules")
    entries = given.entries if isinstance(given, Map) else {}
    ingress = tuple(
        rule
        for item in entries.values()
        if isinstance(item, Map) and (rule := vpc.rule_of_module(item, address, resource.exists))
    )
    known = is_null(given) or (isinstance(given, Map) and given.complete and all(isinstance(i, Map) for i in entries.values()))
    rules = Rules(ingress, () if known else ("its rules are not known",))
    unit.draft.network.groups[address] = SecurityGroup(
        address, resource.span, vpc.name(get("vpc_id")), rules, Rules((), ("the module may give it any",))
    )
    return Associations((address,), () if wanted is YES else ("the module may make no security group",))


def _together(a: Associations, b: Associations) -> Associations:
    return Associations(tuple(dict.fromkeys((*a.names, *b.names))), (*a.open, *b.open), a.span or b.span)


ENTRIES: Entries[TerraformRoot] = (ResourceType("module", module, ReadingPhase.REST),)
