"""Where ECS puts tasks: the network of services, of rules, schedules and pipes of EventBridge, and of state machines."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.adapt.ecs import launch_of, parked
from ecrlint.adapt.interfaces import interface
from ecrlint.adapt.runs import call, place, state_machine, submit
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.adapt.terraform.vpc import name
from ecrlint.model.network import PlacementNoun
from ecrlint.model.stack import Resource
from ecrlint.model.value import Json, List, Map, Value, is_null


def service(unit: TerraformRoot, resource: Resource) -> None:
    _place(unit, resource, resource.attributes, "task_definition", "service")


def event_target(unit: TerraformRoot, resource: Resource) -> None:
    """A rule of EventBridge that runs a task, or submits a job to the queue that is its target."""
    get = resource.attributes.get
    for given in _blocks(get("ecs_target")):
        _place(unit, resource, given, "task_definition_arn", "rule", get("arn"))
    for given in _blocks(get("batch_target")):
        submit(unit, resource, given.get("job_definition"), get("arn"))


def schedule(unit: TerraformRoot, resource: Resource) -> None:
    """A schedule of EventBridge Scheduler that runs a task, itself or by a call of AWS that has its parameters as input."""
    for target in _blocks(resource.attributes.get("target")):
        for given in _blocks(target.get("ecs_parameters")):
            _place(unit, resource, given, "task_definition_arn", "schedule", target.get("arn"))
        called, parameters = target.get("arn"), target.get("input")
        if called is not None and isinstance(parameters, Json) and isinstance(parameters.value, Map):
            call(unit, resource, called, parameters.value, name, "schedule")


def pipe(unit: TerraformRoot, resource: Resource) -> None:
    """A pipe of EventBridge that runs a task, or submits a job to the queue that is its target."""
    for target in _blocks(resource.attributes.get("target_parameters")):
        for given in _blocks(target.get("ecs_task_parameters")):
            _place(unit, resource, given, "task_definition_arn", "pipe", resource.attributes.get("target"))
        for given in _blocks(target.get("batch_job_parameters")):
            submit(unit, resource, given.get("job_definition"), resource.attributes.get("target"))


def steps(unit: TerraformRoot, resource: Resource) -> None:
    """A state machine of Step Functions."""
    if unit.draft.tasks:
        state_machine(unit, resource, resource.attributes.get("definition"), name)


def _place(
    unit: TerraformRoot, resource: Resource, given: Map, definition: str, noun: PlacementNoun, cluster: Value | None = None
) -> None:
    network = next(_blocks(given.get("network_configuration")), None)
    if network is not None:
        network = next(_blocks(network.get("aws_vpc_configuration")), network)
    stated = None if network is None else interface(network.get("subnets"), network.get("security_groups"), name)
    public_ip = None if network is None else network.get("assign_public_ip")
    count = resource.current("desired_count") if noun == "service" else None
    assumed = parked(unit, count, given.get("scheduling_strategy"))
    place(unit, resource, noun, given.get(definition), _launch(unit, given), stated, public_ip, assumed, cluster)


def _launch(unit: TerraformRoot, given: Map) -> Value | None:
    """The launch type that a service states, or that all of its capacity providers have."""
    stated = given.get("launch_type")
    if not is_null(stated):
        return stated
    strategy = given.get("capacity_provider_strategy")
    if is_null(strategy):
        return None
    providers = [one.get("capacity_provider") for one in _blocks(strategy)]
    known = isinstance(strategy, List) and strategy.complete and len(providers) == len(strategy.items)
    return launch_of(unit, providers if known else [None], given.span)


def _blocks(value: Value | None) -> Iterator[Map]:
    if isinstance(value, List):
        yield from (item for item in value.items if isinstance(item, Map))


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_cloudwatch_event_target", event_target, ReadingPhase.TIE),
    ResourceType("aws_scheduler_schedule", schedule, ReadingPhase.TIE),
    ResourceType("aws_pipes_pipe", pipe, ReadingPhase.TIE),
    ResourceType("aws_sfn_state_machine", steps, ReadingPhase.TIE, documents=frozenset({"definition"})),
    ResourceType("aws_ecs_service", service, ReadingPhase.REST),
    ResourceType("aws_appautoscaling_target"),
)
