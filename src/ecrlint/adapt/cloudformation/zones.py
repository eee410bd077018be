"""Private zones of Route 53, and what may bring them into a VPC from elsewhere."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.model.stack import Resource
from ecrlint.model.value import Scalar, mentions


def zone(unit: CloudFormationTemplate, resource: Resource) -> None:
    unit.draft.network.zones.append(unit.expand(resource.attributes.get("Name") or Scalar("", resource.span)))


def record(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A record for a name of the registry is in a private zone, whoever made that: nobody else can have one."""
    stated = resource.attributes.get("Name")
    if stated is not None and mentions(unit.expand(stated), ".ecr"):
        zone(unit, resource)


def shared(unit: CloudFormationTemplate, resource: Resource) -> None:
    """What ties the VPCs of a unit to others, in which zones may be made for all of them."""
    unit.draft.network.open.append(f"{resource.address} may bring private zones")


ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::Route53::HostedZone", zone),
    ResourceType("AWS::Route53::RecordSet", record),
    ResourceType("AWS::Route53Profiles::ProfileAssociation", shared),
    ResourceType("AWS::Route53Resolver::ResolverEndpoint", shared),
    ResourceType("AWS::Route53Resolver::ResolverRuleAssociation", shared),
    ResourceType("AWS::EC2::TransitGatewayAttachment", shared),
    ResourceType("AWS::EC2::TransitGatewayVpcAttachment", shared),
    ResourceType("AWS::NetworkManager::VpcAttachment", shared),
    ResourceType("AWS::RAM::ResourceShare", shared),
)
