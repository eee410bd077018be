"""Where ECS puts tasks: the network of services, of rules and schedules of EventBridge, and of state machines."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate, items
from ecrlint.adapt.cloudformation.vpc import name
from ecrlint.adapt.runs import filled, run, state_machine
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map


def service(unit: CloudFormationTemplate, resource: Resource) -> None:
    run(unit, resource, resource.attributes, name, "service")


def rule(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A rule of EventBridge, with the targets that are tasks."""
    for target in items(resource.attributes.get("Targets")) if unit.draft.tasks else ():
        given = target.get("EcsParameters") if isinstance(target, Map) else None
        if isinstance(given, Map):
            run(unit, resource, given, name, "rule")


def schedule(unit: CloudFormationTemplate, resource: Resource) -> None:
    target = resource.attributes.get("Target") if unit.draft.tasks else None
    given = target.get("EcsParameters") if isinstance(target, Map) else None
    if isinstance(given, Map):
        run(unit, resource, given, name, "schedule")


def pipe(unit: CloudFormationTemplate, resource: Resource) -> None:
    target = resource.attributes.get("TargetParameters") if unit.draft.tasks else None
    given = target.get("EcsTaskParameters") if isinstance(target, Map) else None
    if isinstance(given, Map):
        run(unit, resource, given, name, "pipe")


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
    ResourceType("AWS::ECS::Service", service, ReadingPhase.TIE),
    ResourceType("AWS::Events::Rule", rule, ReadingPhase.TIE),
    ResourceType("AWS::Scheduler::Schedule", schedule, ReadingPhase.TIE),
    ResourceType("AWS::Pipes::Pipe", pipe, ReadingPhase.TIE),
    ResourceType("AWS::StepFunctions::StateMachine", steps, ReadingPhase.TIE, documents=_DEFINITION),
    ResourceType("AWS::Serverless::StateMachine", steps, ReadingPhase.TIE),
)
