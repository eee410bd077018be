"""A loose ECS task definition, as it is registered or as `describe-task-definition` prints it, to a Stack."""

from __future__ import annotations

from ecrlint.adapt.ecs import containers
from ecrlint.adapt.policy import Expand
from ecrlint.model.stack import Stack
from ecrlint.model.value import List, Map, Ref, Value, present
from ecrlint.model.workload import Task


def is_task_definition(value: Value) -> bool:
    """Whether a document is a task definition: it has a list of container definitions, itself or under `taskDefinition`.

    Elastic Beanstalk's `Dockerrun.aws.json` has one too and is none.
    """
    if not isinstance(value, Map) or "AWSEBDockerrunVersion" in value.entries:
        return False
    inner = value.entries.get("taskDefinition")
    return _has_containers(value) or (isinstance(inner, Map) and _has_containers(inner))


def _has_containers(value: Map) -> bool:
    found = (value.entries.get(name) for name in ("containerDefinitions", "ContainerDefinitions"))
    return any(isinstance(item, (List, Ref)) for item in found)


def adapt(name: str, value: Value) -> Stack:
    """The stack of the one task that a definition describes; its roles are elsewhere."""
    found = task(name, value, lambda part: part)
    return Stack(name) if found is None else Stack(name, tasks=(found,))


def task(address: str, value: Value, expand: Expand) -> Task | None:
    """The task that a definition describes; None where this is none."""
    if isinstance(value, Map) and isinstance(value.entries.get("taskDefinition"), Map):
        value = value.entries["taskDefinition"]
    if not isinstance(value, Map):
        return None
    definition = value

    def get(word: str) -> Value | None:
        found = definition.entries.get(word)
        return found if found is not None else definition.get(word[0].upper() + word[1:])

    found, reasons = containers(get("containerDefinitions"), expand)
    compatibilities = get("requiresCompatibilities")
    return Task(
        address=address,
        family=get("family"),
        span=definition.span,
        containers=found,
        execution_role=present(get("executionRoleArn")),
        task_role=present(get("taskRoleArn")),
        compatibilities=compatibilities.items if isinstance(compatibilities, List) else (),
        open=reasons,
    )
