"""Where ECS puts tasks: the network of services."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate, items
from ecrlint.adapt.cloudformation.vpc import name
from ecrlint.adapt.definitions import definitions
from ecrlint.adapt.ecs import launch_of, surely
from ecrlint.adapt.network_draft import names
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.model.network import Placement
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Value, present


def service(unit: CloudFormationTemplate, resource: Resource) -> None:
    """Where a service puts its tasks."""
    get = resource.attributes.get
    given, definition = get("NetworkConfiguration"), get("TaskDefinition")
    network = given.get("AwsvpcConfiguration") if isinstance(given, Map) else None
    if not isinstance(network, Map) or definition is None:
        return
    unit.draft.network.placements.append(
        Placement(
            address=resource.address,
            span=resource.span,
            tasks=surely(definitions(unit, definition, resource)),
            launch=_launch(resource),
            subnets=names(network.get("Subnets"), name),
            groups=names(network.get("SecurityGroups"), name),
            public_ip=network.get("AssignPublicIp"),
            exists=resource.exists,
        )
    )


def _launch(resource: Resource) -> Value | None:
    stated = present(resource.attributes.get("LaunchType"))
    strategy = present(resource.attributes.get("CapacityProviderStrategy"))
    if stated is not None or strategy is None:
        return stated
    providers = [item.get("CapacityProvider") if isinstance(item, Map) else None for item in items(strategy)]
    return launch_of(providers, strategy.span)


ENTRIES: Entries[CloudFormationTemplate] = (ResourceType("AWS::ECS::Service", service, ReadingPhase.TIE),)
