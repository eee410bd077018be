"""CloudFormation's makers of instances from templates: groups, fleets, capacity providers, node groups, Batch."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.unit import Unit
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


def capacity_provider(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    if resource.exists is not NO:
        unit.hosts.provider(resource.address, get("Name"), get("AutoScalingGroupProvider"), resource.span)


def node_group(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    if resource.exists is not NO:
        unit.hosts.use(unit.hosts.named(get("LaunchTemplate")), "eks", resource.span, get("NodeRole"))


def compute_environment(unit: Unit, resource: Resource) -> None:
    resources = resource.attributes.get("ComputeResources")
    if isinstance(resources, Map) and resource.exists is not NO:
        template: Value | None = resources.get("LaunchTemplate")
        unit.hosts.use(unit.hosts.named(template), "batch", resource.span, resources.get("InstanceRole"))
