"""Where ECS puts tasks: the network of services and of scheduled tasks."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.adapt.definitions import definitions
from ecrlint.adapt.ecs import launch_of, surely
from ecrlint.adapt.network_draft import names
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.adapt.terraform.vpc import name
from ecrlint.model.network import Placement
from ecrlint.model.stack import Resource
from ecrlint.model.value import List, Map, Value, is_null


def service(unit: TerraformRoot, resource: Resource) -> None:
    _place(unit, resource, resource.attributes, "task_definition")


def event_target(unit: TerraformRoot, resource: Resource) -> None:
    """A rule of EventBridge that runs a task."""
    for given in _blocks(resource.attributes.get("ecs_target")):
        _place(unit, resource, given, "task_definition_arn")


def schedule(unit: TerraformRoot, resource: Resource) -> None:
    """A schedule of EventBridge Scheduler that runs a task."""
    for target in _blocks(resource.attributes.get("target")):
        for given in _blocks(target.get("ecs_parameters")):
            _place(unit, resource, given, "task_definition_arn")


def _place(unit: TerraformRoot, resource: Resource, given: Map, definition: str) -> None:
    network = next(_blocks(given.get("network_configuration")), None)
    task = given.get(definition)
    if network is None or task is None:
        return
    unit.draft.network.placements.append(
        Placement(
            address=resource.address,
            span=resource.span,
            tasks=surely(definitions(unit, task, resource)),
            launch=_launch(given),
            subnets=names(network.get("subnets"), name),
            groups=names(network.get("security_groups"), name),
            public_ip=network.get("assign_public_ip"),
            exists=resource.exists,
        )
    )


def _launch(given: Map) -> Value | None:
    """The launch type that a service states, or that all of its capacity providers have."""
    stated = given.get("launch_type")
    if not is_null(stated):
        return stated
    strategy = given.get("capacity_provider_strategy")
    if is_null(strategy):
        return None
    providers = [one.get("capacity_provider") for one in _blocks(strategy)]
    known = isinstance(strategy, List) and strategy.complete and len(providers) == len(strategy.items)
    return launch_of(providers if known else [None], given.span)


def _blocks(value: Value | None) -> Iterator[Map]:
    if isinstance(value, List):
        yield from (item for item in value.items if isinstance(item, Map))


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_cloudwatch_event_target", event_target, ReadingPhase.TIE),
    ResourceType("aws_scheduler_schedule", schedule, ReadingPhase.TIE),
    ResourceType("aws_ecs_service", service, ReadingPhase.REST),
)
