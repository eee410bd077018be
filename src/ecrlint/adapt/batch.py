"""Job definitions of AWS Batch, whose containers are those of ECS tasks, and the compute environments that run them."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.adapt.ecs import container, containers, entry
from ecrlint.adapt.interfaces import ANYWHERE, placement
from ecrlint.adapt.job_queues import EnvironmentDraft, kind_of
from ecrlint.adapt.policy import Expand
from ecrlint.adapt.stack_draft import StackDraft
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.value import Json, List, Map, Scalar, Unknown, Value, is_null, string
from ecrlint.model.workload import Container, Task


@dataclass(frozen=True, slots=True)
class Properties:
    """What either language states of a job definition: its name, and the properties for one container or for ECS."""

    name: Value | None
    container: Value | None
    ecs: Value | None
    capabilities: Value | None
    span: Span


def jobs(resource: Resource, stated: Properties, expand: Expand) -> Iterator[Task]:
    """The job definition as a task; nothing for one that runs on EKS or on many nodes."""
    one, ecs = _opened(stated.container), _opened(stated.ecs)
    if isinstance(one, Map):
        yield _job(resource, stated, one, (container(one, expand),), "jobRoleArn")
    elif isinstance(ecs, Map):
        tasks = entry(ecs, "taskProperties")
        for task in tasks.items if isinstance(tasks, List) else ():
            if isinstance(task, Map):
                found, reasons = containers(entry(task, "containers"), expand)
                yield _job(resource, stated, task, found, "taskRoleArn", reasons)


def public_ip(stated: Properties) -> Value | None:
    """What a job definition states of public addresses, which its jobs have on Fargate alone."""
    one, ecs = _opened(stated.container), _opened(stated.ecs)
    tasks = entry(ecs, "taskProperties") if isinstance(ecs, Map) else None
    of = tasks.items[0] if isinstance(tasks, List) and len(tasks.items) == 1 else one
    network = entry(of, "networkConfiguration") if isinstance(of, Map) else None
    if isinstance(network, Map):
        return entry(network, "assignPublicIp")
    return network if isinstance(of, Map) else Unknown("its properties are not known", stated.span)


def _job(
    resource: Resource, stated: Properties, of: Map, found: tuple[Container, ...], own_role: str, open: tuple[str, ...] = ()
) -> Task:
    return Task(
        address=resource.address,
        family=stated.name,
        span=resource.span,
        containers=found,
        execution_role=_role(of, "executionRoleArn"),
        task_role=_role(of, own_role),
        compatibilities=_launches(stated.capabilities, resource),
        exists=resource.exists,
        open=open,
        noun="job",
    )


def _role(of: Map, name: str) -> Value | None:
    found = entry(of, name)
    if found is None and not of.complete:
        return Unknown(f"{name} may be set by something that is not known", of.span)
    return None if string(found) == "" else found


def _launches(capabilities: Value | None, resource: Resource) -> tuple[Value, ...]:
    """The platforms of a job definition: EC2 where none is stated."""
    if capabilities is None or is_null(capabilities) or (isinstance(capabilities, List) and not capabilities.items):
        return (Scalar("EC2", resource.span),)
    if isinstance(capabilities, List) and capabilities.complete:
        return capabilities.items
    return (Unknown("its platforms are not known", capabilities.span),)


def _opened(value: Value | None) -> Value | None:
    return value.value if isinstance(value, Json) else value


def add_environment(draft: StackDraft, environment: EnvironmentDraft, template: Map | None, profile: Value | None) -> None:
    """A compute environment, whose launch template is told what it is for; instances get their first interface by both."""
    resource = environment.resource
    hosts = draft.hosts.named(template) if template is not None else ()
    draft.hosts.use(hosts, "batch", resource.span, profile)
    if kind_of(environment) == "EC2":
        made_from = [draft.hosts.interfaces.get(address, ANYWHERE) for address in hosts]
        made_from = made_from or ([ANYWHERE] if template is not None else [])
        draft.hosts.placements.append(placement(resource, hosts, environment.interface, made_from))
    plain = environment.plain and (template is None or len(hosts) == 1)
    draft.batch.environments[resource.address] = replace(environment, hosts=hosts, plain=plain)
