"""Where ECS puts tasks: the network of services, of rules and schedules of EventBridge, and of state machines."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate, items
from ecrlint.adapt.cloudformation.vpc import name
from ecrlint.adapt.runs import filled, run, state_machine, submit
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.model.network import PlacementNoun
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Value


def service(unit: CloudFormationTemplate, resource: Resource) -> None:
    run(unit, resource, resource.attributes, name, "service")


def rule(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A rule of EventBridge, with the targets that are tasks or job queues."""
    for target in items(resource.attributes.get("Targets")) if unit.draft.tasks else ():
        if isinstance(target, Map):
            _target(unit, resource, target, "EcsParameters", target.get("Arn"), "rule")


def schedule(unit: CloudFormationTemplate, resource: Resource) -> None:
    target = resource.attributes.get("Target") if unit.draft.tasks else None
    if isinstance(target, Map):
        _target(unit, resource, target, "EcsParameters", target.get("Arn"), "schedule")


def pipe(unit: CloudFormationTemplate, resource: Resource) -> None:
    target = resource.attributes.get("TargetParameters") if unit.draft.tasks else None
    if isinstance(target, Map):
        _target(unit, resource, target, "EcsTaskParameters", resource.attributes.get("Target"), "pipe")


def _target(
    unit: CloudFormationTemplate, resource: Resource, target: Map, task: str, place: Value | None, noun: PlacementNoun
) -> None:
    """A target that is a task, or a job; `place` is the cluster or the queue."""
    given = target.get(task)
    if isinstance(given, Map):
        run(unit, resource, given, name, noun, place)
    for word in ("BatchParameters", "BatchJobParameters"):
        job = target.get(word)
        if isinstance(job, Map):
            submit(unit, resource, job.get("JobDefinition"), place)


def steps(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A state machine, whose definition is an object or a string, with what is to stand in it for names."""
    if not unit.draft.tasks:
        return
    get = resource.attributes.get
    given = get("DefinitionSubstitutions")
    for definition in (get("Definition"), get("DefinitionString")):
        if definition is not None:
            state_machine(unit, resource, filled(definition, given.entries if isinstance(given, Map) else {}), name)


_DEFINITION = frozenset({"DefinitionString"})

ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::ApplicationAutoScaling::ScalableTarget"),
    ResourceType("AWS::ECS::Service", service, ReadingPhase.TIE),
    ResourceType("AWS::Events::Rule", rule, ReadingPhase.TIE),
    ResourceType("AWS::Scheduler::Schedule", schedule, ReadingPhase.TIE),
    ResourceType("AWS::Pipes::Pipe", pipe, ReadingPhase.TIE),
    ResourceType("AWS::StepFunctions::StateMachine", steps, ReadingPhase.TIE, documents=_DEFINITION),
    ResourceType("AWS::Serverless::StateMachine", steps, ReadingPhase.TIE),
)
