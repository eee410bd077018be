"""What runs tasks and jobs in the words of AWS's own APIs: CloudFormation's services, rules and schedules, and state machines.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecrlint.adapt.definitions import definitions
from ecrlint.adapt.ecs import cluster as named_cluster
from ecrlint.adapt.ecs import launch_of, launches, parked, surely
from ecrlint.adapt.interfaces import Interface, interface
from ecrlint.adapt.kept import Unit
from ecrlint.adapt.network_draft import Name
from ecrlint.model.dataclass import replace
from ecrlint.model.network import Placement, PlacementGuess, PlacementNoun
from ecrlint.model.stack import Resource
from ecrlint.model.value import Json, List, Map, Scalar, Unknown, Value, is_null, join, present, string, suffix
from ecrlint.model.workload import Service

_RUNS_A_TASK = ("ecs:runTask", "ecs:runTask.sync", "ecs:runTask.waitForTaskToken")
"""How the ARN of a step of a state machine ends that runs a task.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html
"""

_SUBMITS_A_JOB = ("batch:submitJob", "batch:submitJob.sync")
"""The same of one that submits a job: https://docs.aws.amazon.com/step-functions/latest/dg/connect-batch.html"""


def place(
    unit: Unit,
    resource: Resource,
    noun: PlacementNoun,
    definition: Value | None,
    launch: Value | None,
    interface: Interface | None,
    public_ip: Value | None,
    assumed: PlacementGuess | None = None,
    cluster: Value | None = None,
) -> None:
    """What runs the tasks of a definition, with the interface that it gives them; None where it states none. `cluster` is where,
    for anything but a service."""
    started = definitions(unit, definition, resource)
    if noun != "service":  # which is read for itself
        unit.draft.launches.extend(launches(resource, started, launch))
        if started and cluster is not None:
            named = named_cluster(cluster, unit.draft.clusters)
            runs = Service(resource.address, resource.span, surely(started), launch, named, exists=resource.exists, noun=noun)
            unit.draft.task_runs.append(runs)
    if started and interface is not None:
        unit.draft.network.placements.append(
            Placement(
                address=resource.address,
                span=resource.span,
                tasks=surely(started),
                launch=launch,
                subnets=interface.subnets,
                groups=interface.groups,
                public_ip=public_ip,
                exists=resource.exists,
                noun=noun,
                assumed=assumed,
            )
        )


def run(unit: Unit, resource: Resource, given: Map, name: Name, noun: PlacementNoun, cluster: Value | None = None) -> None:
    """What a resource states of a task that it runs, as RunTask takes it; `cluster`, where it says that elsewhere."""
    network = _field(_field(given, "NetworkConfiguration"), "AwsvpcConfiguration", "AwsVpcConfiguration")
    stated = interface(_field(network, "Subnets"), _field(network, "SecurityGroups"), name) if isinstance(network, Map) else None
    definition = _field(given, "TaskDefinition", "TaskDefinitionArn")
    is_service = noun == "service"
    assumed = parked(unit, given.get("DesiredCount"), given.get("SchedulingStrategy")) if is_service else None
    where = cluster if cluster is not None else _field(given, "Cluster")
    place(unit, resource, noun, definition, _launch(unit, given), stated, _field(network, "AssignPublicIp"), assumed, where)


def submit(unit: Unit, resource: Resource, definition: Value | None, queue: Value | None) -> None:
    """What submits jobs of a definition of Batch to a queue."""
    for address, sure in definitions(unit, definition, resource, "job").items():
        unit.draft.batch.submitted.append((address, queue if sure else None))


def _launch(unit: Unit, given: Map) -> Value | None:
    """The launch type that is stated, or that all of the capacity providers have."""
    strategy = _field(given, "CapacityProviderStrategy")
    stated = _field(given, "LaunchType")
    if stated is not None or strategy is None:
        return stated
    items = strategy.items if isinstance(strategy, List) and strategy.complete else (strategy,)
    known = [item for item in items if not is_null(item)]
    return launch_of(unit, [_field(item, "CapacityProvider") for item in known], strategy.span)


def _field(value: Value | None, *spellings: str) -> Value | None:
    """A field of an object; what a state machine works out while it runs (`Subnets.$`, `{% $subnets %}`) is not known."""
    if not isinstance(value, Map):
        return None if value is None else Unknown(f"{spellings[0]} is in an object that is not known", value.span)
    for spelling in spellings:
        if f"{spelling}.$" in value.entries:
            return Unknown(f"{spelling} is worked out while the state machine runs", value.span)
        found = present(value.get(spelling))
        if found is not None:
            return Unknown(f"{spelling} is an expression", found.span) if (string(found) or "").startswith("{%") else found
    return None


def state_machine(unit: Unit, resource: Resource, definition: Value | None, name: Name) -> None:
    """The tasks that the steps of a state machine run."""
    if isinstance(definition, Json):
        definition = definition.value
    for state in _states(definition):
        parameters = next((found for word in ("Parameters", "Arguments") if (found := state.get(word)) is not None), None)
        called = state.get("Resource")
        if isinstance(parameters, Map) and called is not None:
            call(unit, resource, called, parameters, name, "state machine")


def call(unit: Unit, resource: Resource, called: Value, parameters: Map, name: Name, noun: PlacementNoun) -> None:
    """A call of AWS by an ARN that ends with the action, which may run a task or submit a job."""
    action = suffix(called).rpartition(":::")[2]
    if action.endswith(_RUNS_A_TASK):
        run(unit, resource, parameters, name, noun)
    elif action.endswith(_SUBMITS_A_JOB):
        submit(unit, resource, _field(parameters, "JobDefinition"), _field(parameters, "JobQueue"))


def _states(value: Value | None) -> Iterator[Map]:
    match value:
        case List():
            for item in value.items:
                yield from _states(item)
        case Map():
            if string(value.get("Type")) == "Task":
                yield value
            states = value.get("States")
            for item in states.entries.values() if isinstance(states, Map) else ():
                yield from _states(item)
            for word in ("Branches", "Iterator", "ItemProcessor"):
                yield from _states(value.get(word))


def filled(value: Value, substitutions: Mapping[str, Value]) -> Value:
    """A definition with what stands in it for values that are given beside it (`${Definition}`)."""
    match value:
        case Map():
            return replace(value, entries={key: filled(item, substitutions) for key, item in value.entries.items()})
        case List():
            return replace(value, items=tuple(filled(item, substitutions) for item in value.items))
        case Scalar(value=str(text)) if "${" in text:
            before, _, rest = text.partition("${")
            key, mark, after = rest.partition("}")
            if not mark or key not in substitutions:
                return value
            return join([before, substitutions[key], filled(Scalar(after, value.span), substitutions)], value.span)
        case _:
            return value
