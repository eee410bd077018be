"""CloudFormation's makers of instances from templates: groups, fleets, capacity providers, node groups, Batch."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.cloudformation.vpc import name
from ecrlint.adapt.interfaces import ANYWHERE, interface, of_nodes, placement
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.model.dataclass import replace
from ecrlint.model.network import Placement
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO
from ecrlint.model.value import Value, present, string

_TEMPLATES = (
    *("LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy", "LaunchTemplateConfigs"),
    "SpotFleetRequestConfigData",
)


def group(unit: CloudFormationTemplate, resource: Resource) -> None:
    """An Auto Scaling group or a fleet, with the templates that it names anywhere: its own, mixed, or as an override."""
    get = resource.attributes.get
    unit.draft.hosts.group(resource.address, get("AutoScalingGroupName"), map(get, _TEMPLATES), resource.span, resource.exists)
    subnets = get("VPCZoneIdentifier") if resource.type == "AWS::AutoScaling::AutoScalingGroup" else None
    made = _placed(unit, resource, unit.draft.hosts.groups[resource.address], present(subnets))
    of_any = unit.draft.hosts.are_unknown(map(get, _TEMPLATES))
    unit.draft.hosts.placements.append(replace(made, of_any=of_any))


def _placed(unit: CloudFormationTemplate, resource: Resource, templates: tuple[str, ...], subnets: Value | None) -> Placement:
    """Where what launches templates puts the instances; those of a fleet are anywhere."""
    stated = ANYWHERE if subnets is None else interface(subnets, None, name)
    made_from = [unit.draft.hosts.interfaces.get(address, ANYWHERE) for address in templates] or [ANYWHERE]
    return placement(resource, templates, stated, made_from)


def capacity_provider(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    if present(get("ManagedInstancesProvider")) is not None:
        unit.draft.managed_providers |= {resource.address, string(get("Name")) or resource.address}
    elif resource.exists is not NO:
        unit.draft.hosts.provider(resource.address, get("Name"), get("AutoScalingGroupProvider"), resource.span)


def node_group(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    if resource.exists is not NO:
        templates = unit.draft.hosts.named(get("LaunchTemplate"))
        unit.draft.hosts.use(templates, "eks", resource.span, get("NodeRole"))
        unit.draft.hosts.placements.append(of_nodes(_placed(unit, resource, templates, present(get("Subnets")))))


ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::AutoScaling::AutoScalingGroup", group, ReadingPhase.OWNER),
    ResourceType("AWS::EC2::EC2Fleet", group, ReadingPhase.OWNER),
    ResourceType("AWS::EC2::SpotFleet", group, ReadingPhase.OWNER),
    ResourceType("AWS::ECS::CapacityProvider", capacity_provider, ReadingPhase.POOL),
    ResourceType("AWS::EKS::Nodegroup", node_group, ReadingPhase.TIE),
)
