"""CloudFormation's VPCs with their subnets, route tables, routes and security groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate, items
from ecrlint.adapt.network_draft import Direction, Tie, all_traffic, blocks, mentioned, peers, route
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.model.network import Peer, Route, RouteTable, Rules, SecurityGroup, SecurityGroupRule, Subnet, Vpc
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.truth import Truth
from ecrlint.model.value import Map, Ref, Text, Value, is_null, present, string

_IDS = frozenset({"Ref", "Id", "VpcId", "SubnetId", "RouteTableId", "GroupId"})


def name(value: Value | None) -> str | None:
    """The name of what an id refers to; for an attribute other than its id, the logical id with the attribute."""
    if isinstance(value, Text) and len(value.parts) == 1:
        value = value.parts[0]
    if isinstance(value, Ref):
        return value.address if value.attribute in _IDS else f"{value.address}.{value.attribute}"
    return string(value) or None


def vpc(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A VPC. CloudFormation cannot name its main route table, so nothing of the unit adds routes to it."""
    get, address = resource.attributes.get, resource.address
    unit.draft.network.vpcs[address] = Vpc(
        address,
        resource.span,
        table=f"{address}.main",
        group=f"{address}.DefaultSecurityGroup",
        dns_support=get("EnableDnsSupport"),
        dns_hostnames=get("EnableDnsHostnames"),
    )


def subnet(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    unit.draft.network.subnets[resource.address] = Subnet(
        resource.address, resource.span, name(get("VpcId")), get("CidrBlock"), get("AvailabilityZone")
    )


def route_table(unit: CloudFormationTemplate, resource: Resource) -> None:
    unit.draft.network.tables[resource.address] = RouteTable(
        resource.address, resource.span, name(resource.attributes.get("VpcId"))
    )


_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def separate_route(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    destination = next((value for word in _DESTINATIONS if (value := present(get(word))) is not None), None)
    gateway = get("GatewayId")
    target = unit.resources.get(gateway.address) if isinstance(gateway, Ref) else None
    to_internet = target is not None and target.type == "AWS::EC2::InternetGateway"
    made = route(destination, gateway, to_internet, present(get("NatGatewayId")), resource.span, resource.exists)
    if made is not None:
        unit.draft.network.routes.append((name(get("RouteTableId")), made))


def propagation(unit: CloudFormationTemplate, resource: Resource) -> None:
    for table in items(resource.attributes.get("RouteTableIds")):
        unit.draft.network.routes.append((name(table), Route(None, "other", resource.span)))


def association(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    unit.draft.network.associations.append(
        Tie(name(get("SubnetId")), name(get("RouteTableId")), resource.address, resource.exists)
    )


def security_group(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A security group. Without SecurityGroupEgress, the rule that lets everything out stays.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html
    """
    get = resource.attributes.get
    stated = get("SecurityGroupEgress")
    egress = _inline_rules(stated, resource.exists)
    if is_null(stated):
        egress = Rules((all_traffic(resource.span, Peer("cidr", "0.0.0.0/0")),))
    unit.draft.network.groups[resource.address] = SecurityGroup(
        resource.address, resource.span, name(get("VpcId")), _inline_rules(get("SecurityGroupIngress"), resource.exists), egress
    )


def _inline_rules(value: Value | None, exists: Truth) -> Rules:
    found = [_rule(item, item.span, exists) if isinstance(item, Map) else None for item in items(value) if not is_null(item)]
    known = tuple(rule for rule in found if rule is not None)
    return Rules(known, () if len(known) == len(found) else ("a rule of it is not known",))


def _rule(given: Map, span: Span, exists: Truth) -> SecurityGroupRule:
    get = given.get
    return SecurityGroupRule(get("IpProtocol"), get("FromPort"), get("ToPort"), tuple(_peers(given)), span, exists)


def _peers(given: Map) -> Iterator[Peer]:
    for word in ("CidrIp", "CidrIpv6"):
        yield from blocks(given.get(word))
    for side in ("Source", "Destination"):
        yield from peers("group", given.get(f"{side}SecurityGroupId"), name)
        yield from peers("prefix list", given.get(f"{side}PrefixListId"), name)
    if not is_null(given.get("SourceSecurityGroupName")):
        yield Peer("unknown")


_DIRECTIONS: Mapping[str, Direction] = {
    "AWS::EC2::SecurityGroupIngress": "ingress",
    "AWS::EC2::SecurityGroupEgress": "egress",
}


def separate_rule(unit: CloudFormationTemplate, resource: Resource) -> None:
    rule = _rule(resource.attributes, resource.span, resource.exists)
    group = present(resource.attributes.get("GroupId"))
    unit.draft.network.rules.append((name(group), _DIRECTIONS[resource.type], rule))


def outsider(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A nested stack that is not here may add anything to what it is given."""
    given = resource.attributes.get("Parameters")
    arguments = given if isinstance(given, Map) else resource.attributes
    mentions = mentioned(arguments, name, unit.draft.identities.gives_any_name)
    unit.draft.network.outsiders.append((f"{resource.address} is not here", mentions))


def unread(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A part of the template that is not read may add anything to anything."""
    for part in (unit.draft.network.vpcs, unit.draft.network.tables, unit.draft.network.groups):
        unit.draft.network.outsiders.append((f"a part of the template is not read: {resource.address}", frozenset(part)))


ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::EC2::VPC", vpc),
    ResourceType("AWS::EC2::Subnet", subnet),
    ResourceType("AWS::EC2::RouteTable", route_table),
    ResourceType("AWS::EC2::Route", separate_route),
    ResourceType("AWS::EC2::InternetGateway"),
    ResourceType("AWS::EC2::VPNGatewayRoutePropagation", propagation),
    ResourceType("AWS::EC2::SubnetRouteTableAssociation", association),
    ResourceType("AWS::EC2::SecurityGroup", security_group),
    *(ResourceType(kind, separate_rule) for kind in _DIRECTIONS),
    ResourceType("AWS::CloudFormation::Stack", outsider, ReadingPhase.TIE),
    ResourceType("AWS::Serverless::Application", outsider, ReadingPhase.TIE),
    ResourceType("unread", unread, ReadingPhase.TIE),
)
