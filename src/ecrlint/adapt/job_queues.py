"""The queues and compute environments of AWS Batch put together: where the jobs of each definition run.

https://docs.aws.amazon.com/batch/latest/userguide/job_queues.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from functools import reduce

from ecrlint.adapt.interfaces import Interface
from ecrlint.model.dataclass import dataclass
from ecrlint.model.network import Associations, Placement
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Ref, Scalar, Value, join, pieces, prefix, same, string
from ecrlint.model.workload import ComputeEnvironment, JobQueue, Task

_KINDS = {"FARGATE": "FARGATE", "FARGATE_SPOT": "FARGATE", "EC2": "EC2", "SPOT": "EC2"}
"""The platform of a compute environment, by its type."""


@dataclass(frozen=True, slots=True)
class EnvironmentDraft:
    """A managed compute environment as its resource states it. `hosts` are the launch templates of its instances.

    `plain`: its instances are made from AWS's own image, and from a template of the unit if from any.
    """

    resource: Resource
    name: Value | None
    kind: Value | None
    interface: Interface
    role: Value | None = None
    hosts: tuple[str, ...] = ()
    plain: bool = True


@dataclass(frozen=True, slots=True)
class QueueDraft:
    """A job queue, with the values that name its compute environments; None for those that are not known."""

    resource: Resource
    name: Value | None
    environments: Sequence[Value | None]


@dataclass
class BatchDraft:
    """What a unit states of Batch beside its job definitions.

    `public_ips` are what job definitions state of public addresses. `submitted` are the job definitions that something submits,
    each with the value that names the queue.
    """

    environments: dict[str, EnvironmentDraft] = field(default_factory=dict)
    queues: dict[str, QueueDraft] = field(default_factory=dict)
    public_ips: dict[str, Value | None] = field(default_factory=dict)
    submitted: list[tuple[str, Value | None]] = field(default_factory=list)

    def placed(self, tasks: Mapping[str, Task]) -> Iterator[Placement]:
        """Where the jobs of each definition for Fargate have their interfaces."""
        for job in tasks.values():
            if job.noun == "job" and job.exists is not NO and job.launches_on("FARGATE") is YES:
                for _, environments, assumed in self._runs(job, "FARGATE"):
                    yield self._on_fargate(job, environments, assumed)

    def _on_fargate(self, job: Task, environments: Sequence[EnvironmentDraft], assumed: bool) -> Placement:
        groups = [one.interface.groups for one in environments]
        unstated = Associations((), ("a compute environment states no security group",))
        return Placement(
            address=job.address,
            span=job.span,
            tasks=(job.address,),
            launch=Scalar("FARGATE", job.span),
            subnets=reduce(_together, (one.interface.subnets for one in environments)),
            groups=reduce(_together, groups) if not any(one.none for one in groups) else unstated,
            public_ip=self.public_ips.get(job.address),
            exists=reduce(lambda a, b: a & b, (one.resource.exists for one in environments), job.exists),
            noun="job",
            assumed="queue" if assumed else None,
        )

    def on_instances(self, tasks: Mapping[str, Task]) -> Iterator[JobQueue]:
        """The queues whose jobs run on instances, each with one job definition."""
        for job in tasks.values():
            if job.noun == "job" and job.exists is not NO and job.launches_on("EC2") is YES and len(job.compatibilities) == 1:
                for resource, environments, assumed in self._runs(job, "EC2"):
                    made = tuple(map(_on_instances, environments))
                    yield JobQueue(resource.address, resource.span, job.address, made, assumed, resource.exists & job.exists)

    def _runs(self, job: Task, kind: str) -> Iterator[tuple[Resource, tuple[EnvironmentDraft, ...], bool]]:
        """Each queue that the jobs of a definition are submitted to, with all that it may run them in.

        Where nothing in the unit submits them, all compute environments of the unit for that platform stand for the queue that
        somebody will name.
        """
        queues = [queue for address, queue in self.submitted if address == job.address]
        for value in queues:
            queue = None if value is None else _only(value, {address: one.name for address, one in self.queues.items()})
            found = None if queue is None else self._of_queue(self.queues[queue], kind)
            if queue is not None and found:
                yield self.queues[queue].resource, found, False
        if not queues:
            kinds = [kind_of(one) for one in self.environments.values()]
            fitting = tuple(one for one in self.environments.values() if kind_of(one) == kind)
            if fitting and None not in kinds and all(self._of_queue(one, "") is not None for one in self.queues.values()):
                yield fitting[0].resource, fitting, True

    def _of_queue(self, queue: QueueDraft, kind: str) -> tuple[EnvironmentDraft, ...] | None:
        """The compute environments of a queue, of this platform; None where one is not known."""
        names = {address: one.name for address, one in self.environments.items()}
        found = [None if value is None else _only(value, names) for value in queue.environments]
        made = [self.environments[address] for address in found if address is not None]
        if len(made) < len(found) or any(kind_of(one) is None for one in made):
            return None
        return tuple(one for one in made if kind_of(one) == kind)


def kind_of(environment: EnvironmentDraft) -> str | None:
    """The platform of a compute environment: `FARGATE` or `EC2`, None where it is not known, empty where it is not made."""
    return _KINDS.get((string(environment.kind) or "").upper()) if environment.resource.exists is not NO else ""


def _together(a: Associations, b: Associations) -> Associations:
    return Associations(tuple(dict.fromkeys((*a.names, *b.names))), tuple(dict.fromkeys((*a.open, *b.open))), a.span or b.span)


def _on_instances(draft: EnvironmentDraft) -> ComputeEnvironment:
    resource = draft.resource
    return ComputeEnvironment(resource.address, resource.span, draft.role, draft.hosts, draft.plain, resource.exists)


def _only(value: Value, names: Mapping[str, Value | None]) -> str | None:
    """The address of what a value names: by reference, by name, or by an ARN that ends with the name."""
    if isinstance(value, Ref) and value.address in names:
        return value.address
    parts = list(pieces(value))
    if prefix(value).startswith("arn:"):
        last = max((at for at, part in enumerate(parts) if "/" in (string(part) or "")), default=len(parts) - 1)
        parts[: last + 1] = [Scalar((string(parts[last]) or "").rpartition("/")[2], parts[last].span)]
    name = join(parts, value.span)
    if isinstance(name, Ref) and name.address in names:
        return name.address
    found = [address for address, own in names.items() if own is not None and same(own, name)]
    return found[0] if len(found) == 1 else None
