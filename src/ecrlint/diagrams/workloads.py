"""The way of the images of each workload of a stack, from who pulls to the repository, with what is known of each step."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.clusters import hosts_of, runs_on_instances
from ecrlint.analysis.instances import Instance, instance, machines_of
from ecrlint.analysis.network.consumers import Consumer, consumers, of_service, on_fargate
from ecrlint.analysis.pullers import TaskStart, start
from ecrlint.analysis.trust import ECS_TASKS
from ecrlint.diagrams import machines, permissions
from ecrlint.diagrams.network_steps import crossing
from ecrlint.diagrams.services import functions, managed, projects, web_services
from ecrlint.model.image import in_private_ecr
from ecrlint.model.network import Placement
from ecrlint.model.picture import PathStep, Picture, Stage
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Value
from ecrlint.model.workload import Service, Task


def pictures(stack: Stack) -> Iterator[Picture]:
    """Those of all workloads whose images are in ECR, or may be."""
    for task in stack.tasks:
        images = _images(task)
        if task.exists is not NO and images:
            yield from _of_task(stack, task, images)
    yield from functions(stack)
    yield from web_services(stack)
    yield from managed(stack)
    yield from projects(stack)
    yield from machines.nodes(stack)
    yield from machines.hosts(stack)


def _images(task: Task) -> tuple[Value, ...]:
    """The images of a task that may be in ECR: where some are, the others that nobody knows are no reason to doubt."""
    images = [one.image for one in task.containers if one.image is not None and in_private_ecr(one.image) is not NO]
    return tuple([one for one in images if in_private_ecr(one) is YES] or images)


def _of_task(stack: Stack, task: Task, images: tuple[Value, ...]) -> Iterator[Picture]:
    placements = {one.address: one for one in stack.network.placements if task.address in one.tasks and one.exists is not NO}
    listed = (*stack.services, *stack.task_runs)
    services = {one.address: one for one in listed if task.address in one.tasks and one.exists is not NO}
    begun = start(stack, task)
    starters = dict.fromkeys((*services, *placements)) if task.noun == "task" else {}
    for address in starters:
        yield _started(stack, begun, images, placements.get(address), services.get(address))
    if not starters:
        consumer = next((one for one in consumers(stack) if one.task is task and one.kind == "service"), None)
        before = () if consumer is None else (_instances(consumer.placement),)
        machines = machines_of(stack, task)
        pulling = _pulling(stack, begun, images, task.span, placements.get(task.address), machines, consumer)
        stages = (_runs(begun, before), *pulling, permissions.repositories(stack, images))
        yield Picture(task.noun, task.label, task.address, task.span, stages)


def _started(
    stack: Stack, begun: TaskStart, images: tuple[Value, ...], placement: Placement | None, service: Service | None
) -> Picture:
    starter = service or placement
    assert starter is not None
    kind = starter.noun
    first = permissions.workload(kind, starter.label, starter.exists, starter.span)
    hosts = hosts_of(stack, service) if service is not None and runs_on_instances(service, begun.task) else None
    machines = None if hosts is None else tuple(map(instance, hosts))
    consumer = of_service(stack, service, begun.task, hosts) if service is not None and hosts else None
    before = (first,) if consumer is None else (first, _instances(consumer.placement))
    stages = (_runs(begun, before), *_pulling(stack, begun, images, starter.span, placement, machines, consumer))
    return Picture(kind, starter.label, starter.address, starter.span, (*stages, permissions.repositories(stack, images)))


def _instances(made_by: Placement) -> PathStep:
    words = "they pull, whatever network the tasks have"
    return PathStep("workload", f'instances of "{made_by.label}"', YES, made_by.span, words)


def _runs(begun: TaskStart, before: tuple[PathStep, ...]) -> Stage:
    task = begun.task
    on = "" if begun.launch == "ECS" else f"is for {begun.launch}"
    own = permissions.workload(task.noun, task.label, task.exists, task.span, on)
    return Stage("runs", (*before, own))


def _pulling(
    stack: Stack,
    begun: TaskStart,
    images: tuple[Value, ...],
    place: Span,
    placement: Placement | None,
    machines: tuple[Instance, ...] | None,
    consumer: Consumer | None,
) -> Iterator[Stage]:
    """As whom a task pulls, what that is let do, and from where it pulls: `machines` where it surely runs on instances, and
    `consumer` where it is known which."""
    task = begun.task
    if task.execution_role is not None:
        step, role = permissions.of_role(stack, "execution role", task.execution_role, ECS_TASKS)
        yield Stage("pulls as", (step,))
        steps = permissions.unknown(task.execution_role) if role is None else permissions.of(stack, role, images, begun.context)
        yield Stage("may", tuple(steps))
    elif begun.flaw is not None:
        said = f"{begun.launch} pulls with the execution role, and there is none"
        yield Stage("pulls as", (PathStep("role", "no execution role", NO, task.span, said),))
        role = None
    elif machines is not None:
        roles = {one.role.address: one.role for one in machines if one.role is not None}
        role = next(iter(roles.values())) if len(roles) == 1 else None
        yield from _as_machines(stack, machines, task, images)
    elif begun.launch != "ECS":
        role = None
        said = f"{begun.launch} pulls an image of ECR with the execution role"
        yield Stage("pulls as", (PathStep("role", "no execution role", MAYBE, task.span, said),))
    else:
        role = None
        said = "there is no execution role, so the instances pull as theirs, if it runs on such"
        yield Stage("pulls as", (PathStep("role", "role of the instances", MAYBE, task.span, said),))
    if placement is not None and on_fargate(placement, task):
        starter = Consumer("Fargate", placement, placement.label, placement.span, task, images[0], assumed=placement.assumed)
        yield from crossing(stack, starter, role)
    elif consumer is not None:
        yield from crossing(stack, consumer, role)
    elif machines is not None:
        yield _unseen(place, "network of the instances", "the instances pull, and where all of them are is not known")
    elif placement is None:
        yield _unseen(place, "network of the tasks", "nothing in these files says where it starts")
    else:
        yield _unseen(place, "network of the tasks", "whether it starts on Fargate is not known")


def _unseen(place: Span, label: str, words: str) -> Stage:
    return Stage("starts in", (PathStep("subnet", label, MAYBE, place, words),))


def _as_machines(stack: Stack, machines: tuple[Instance, ...], task: Task, images: tuple[Value, ...]) -> Iterator[Stage]:
    """As the role of the instances that a task runs on."""
    roles: dict[str, Role] = {one.role.address: one.role for one in machines if one.role is not None}
    if not machines or any(one.role is None for one in machines):
        said = "there is no execution role, so the instances pull as theirs, which is not known"
        yield Stage("pulls as", (PathStep("role", "role of the instances", MAYBE, task.span, said),))
        return
    label = 'instance role "{}"'
    yield Stage("pulls as", tuple(PathStep("role", label.format(one.label), YES, one.span) for one in roles.values()))
    why = "the agent of the instance may have credentials of its own" if any(one.others for one in machines) else ""
    steps = permissions.doubted((step for role in roles.values() for step in permissions.of(stack, role, images)), why)
    yield Stage("may", tuple(dict.fromkeys(steps)))
