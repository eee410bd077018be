"""CloudFormation's makers of instances from templates: groups, fleets, capacity providers, node groups, Batch."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.unit import Unit, present
from ecrlint.adapt.cloudformation.vpc import name
from ecrlint.adapt.interfaces import ANYWHERE, interface, of_nodes, placement
from ecrlint.model.network import Placement
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO
from ecrlint.model.value import Map, Value

_TEMPLATES = (
    *("LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy", "LaunchTemplateConfigs"),
    "SpotFleetRequestConfigData",
)


def group(unit: Unit, resource: Resource) -> None:
    """An Auto Scaling group or a fleet, with the templates that it names anywhere: its own, mixed, or as an override."""
    get = resource.attributes.get
    unit.hosts.group(resource.address, get("AutoScalingGroupName"), map(get, _TEMPLATES), resource.span, resource.exists)
    subnets = get("VPCZoneIdentifier") if resource.type == "AWS::AutoScaling::AutoScalingGroup" else None
    unit.hosts.placements.append(_placed(unit, resource, unit.hosts.groups[resource.address], present(subnets)))


def _placed(unit: Unit, resource: Resource, templates: tuple[str, ...], subnets: Value | None) -> Placement:
    """Where what launches templates puts the instances; those of a fleet are anywhere."""
    stated = ANYWHERE if subnets is None else interface(subnets, None, name)
    made_from = [unit.hosts.interfaces.get(address, ANYWHERE) for address in templates] or [ANYWHERE]
    return placement(resource, templates, stated, made_from)


def capacity_provider(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    if resource.exists is not NO:
        unit.hosts.provider(resource.address, get("Name"), get("AutoScalingGroupProvider"), resource.span)


def node_group(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    if resource.exists is not NO:
        templates = unit.hosts.named(get("LaunchTemplate"))
        unit.hosts.use(templates, "eks", resource.span, get("NodeRole"))
        unit.hosts.placements.append(of_nodes(_placed(unit, resource, templates, present(get("Subnets")))))


def compute_environment(unit: Unit, resource: Resource) -> None:
    resources = resource.attributes.get("ComputeResources")
    if isinstance(resources, Map) and resource.exists is not NO:
        template: Value | None = resources.get("LaunchTemplate")
        unit.hosts.use(unit.hosts.named(template), "batch", resource.span, resources.get("InstanceRole"))
