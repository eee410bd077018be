"""Private zones of Route 53, and what may bring them into a VPC from elsewhere."""

from __future__ import annotations

from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.stack import Resource
from ecrlint.model.value import Scalar, is_null, mentions


def zone(unit: TerraformRoot, resource: Resource) -> None:
    stated = resource.attributes.get("name") or Scalar("", resource.span)
    unit.draft.network.zones.append(unit.expand(stated))


def looked_up_zone(unit: TerraformRoot, resource: Resource) -> None:
    """A zone that somebody else made: one that is not said to be private is that of a domain of the user's."""
    if not is_null(resource.attributes.get("private_zone")):
        zone(unit, resource)


def record(unit: TerraformRoot, resource: Resource) -> None:
    """A record for a name of the registry is in a private zone, whoever made that: nobody else can have one."""
    stated = resource.attributes.get("name")
    if stated is not None and mentions(unit.expand(stated), ".ecr"):
        zone(unit, resource)


def shared(unit: TerraformRoot, resource: Resource) -> None:
    """What ties the VPCs of a unit to others, in which zones may be made for all of them."""
    unit.draft.network.open.append(f"{resource.address} may bring private zones")


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_route53_zone", zone),
    ResourceType("data.aws_route53_zone", looked_up_zone),
    ResourceType("aws_route53_record", record),
    ResourceType("aws_route53profiles_association", shared),
    ResourceType("aws_route53_zone_association", shared),
    ResourceType("aws_route53_vpc_association_authorization", shared),
    ResourceType("aws_route53_resolver_endpoint", shared),
    ResourceType("aws_route53_resolver_rule_association", shared),
    ResourceType("aws_ec2_transit_gateway_vpc_attachment", shared),
    ResourceType("aws_networkmanager_vpc_attachment", shared),
    ResourceType("aws_ram_resource_share", shared),
)
