"""What pulls from private ECR, and through which network interface.

On Fargate a task pulls through its own interface. On EC2 it is the instance that pulls, through its first interface and
whatever network the task has, and on EKS the node; all of these are looked at only where nothing else may pull for them.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from ecrlint.analysis.clusters import hosts_of, runs_on_instances
from ecrlint.analysis.memory import once
from ecrlint.iam.request import Caller
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Related, Severity
from ecrlint.model.image import in_private_ecr
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import string

if TYPE_CHECKING:
    from ecrlint.model.host import Host
    from ecrlint.model.network import Placement, PlacementGuess
    from ecrlint.model.policy import Role
    from ecrlint.model.source import Span
    from ecrlint.model.stack import Stack
    from ecrlint.model.value import Value
    from ecrlint.model.workload import Service, Task

ConsumerKind = Literal["Fargate", "service", "nodes", "login"]


@dataclass(frozen=True, slots=True)
class Consumer:
    """What pulls a private image, where its interface is (`placement`).

    `kind`: a task on Fargate; a service on instances, which pull for it; nodes of EKS, which pull the images of EKS's own
    add-ons at least; an instance that logs in. `name` and `shown` are what it is called by and the place that shows that it
    pulls. `task` and `image` are what it is for, where that is in the stack; `host` what the instances are made from. `assumed`:
    why it is not sure that its tasks run there.
    """

    kind: ConsumerKind
    placement: Placement
    name: str
    shown: Span
    task: Task | None = None
    image: Value | None = None
    host: Host | None = None
    assumed: PlacementGuess | None = None

    @property
    def label(self) -> str:
        return f'"{self.name}"'

    @property
    def has_public_ip(self) -> Truth:
        """Whether it gets a public address; an instance may get one in many ways."""
        return self.placement.has_public_ip if self.kind == "Fargate" else MAYBE

    @property
    def severity(self) -> Severity | None:
        """That of what its subnets prove: a warning where there may be more of them than are here."""
        return Severity.WARNING if self.placement.subnets.open else self.doubt

    @property
    def doubt(self) -> Severity | None:
        """A warning where another machine may pull, or one that is not known to be as AWS makes it and may use a proxy."""
        return None if self._is_of_aws and not self.assumed else Severity.WARNING

    @property
    def weight(self) -> Severity | None:
        """That of what it shows of something else (a security group, an endpoint): a warning where it may not be made itself."""
        return self.doubt if self.placement.exists is YES else Severity.WARNING

    @property
    def _is_of_aws(self) -> bool:
        host = self.host
        return host is None or host.image is None or any(use.shown == "image" for use in host.uses)

    def places(self) -> Iterator[Related]:
        """The places that show that it pulls, and from where."""
        where = self.placement
        if self.kind == "Fargate":
            yield Related(where.span, f"{self.label} pulls on Fargate")
        elif self.kind == "service":
            yield Related(self.shown, f"{self.label} runs on instances, which pull for it")
            yield Related(where.span, f'"{where.label}" makes the instances')
        elif self.kind == "nodes":
            yield Related(where.span, f"the nodes of {self.label} pull the images of EKS's own add-ons")
        else:
            yield Related(where.span, f'"{where.label}" makes the instance' if where.label != self.name else "the instance")
            yield Related(self.shown, "where it logs in to ECR")
        if self.assumed == "queue":
            yield Related(self.shown, "nothing in these files submits this job: it is taken to run in their compute environments")
        elif self.assumed == "count":
            yield Related(self.shown, "it wants no tasks: the first fails when somebody raises its count")
        elif self.assumed == "export":
            place = where.subnets.span or where.span
            yield Related(place, "what it imports is taken to be the export of these files whose name is alike")
        if self.image is not None:
            yield Related(self.image.span, "the image that it pulls")


def role_of(stack: Stack, consumer: Consumer) -> Role | None:
    """The role that a consumer pulls with, where it is in the stack."""
    task = consumer.task
    if task is not None and (task.execution_role is not None or consumer.kind == "Fargate"):
        return stack.role(task.execution_role)
    if consumer.kind == "nodes":
        return next((stack.role(one.role) for one in stack.nodes if one.address == consumer.placement.address), None)
    if consumer.host is not None and consumer.host.user_data.own:
        return None
    if task is not None and task.noun == "job":
        made = {one.address: one for queue in stack.job_queues if queue.job == task.address for one in queue.environments}
        return stack.role(made[consumer.placement.address].role) if consumer.placement.address in made else None
    return None if consumer.host is None else consumer.host.role


def calls_as(consumer: Consumer) -> Caller:
    """Where the calls of a pull come from: the agent on an instance makes them with the execution role, if there is one."""
    if consumer.kind == "Fargate":
        return Caller.FARGATE
    return Caller.HOST if consumer.task is None or consumer.task.execution_role is None else Caller.UNKNOWN


@once
def consumers(stack: Stack) -> Iterator[Consumer]:
    """Whatever surely pulls from private ECR through an interface that is known."""
    yield from on_own_interfaces(stack)
    yield from _jobs(stack)
    if stack.hosts or stack.nodes:
        yield from _services(stack)
        yield from _nodes(stack)
        yield from _logging_in(stack)


@once
def on_own_interfaces(stack: Stack) -> Iterator[Consumer]:
    """Whatever starts, on Fargate, a task of the stack that pulls from private ECR."""
    return (one for one in _on_fargate(stack) if one.image is not None)


def with_other_images(stack: Stack) -> Iterator[Consumer]:
    """Whatever starts, on Fargate, a task of the stack that pulls nothing from private ECR."""
    return (one for one in _on_fargate(stack) if one.image is None)


@once
def _on_fargate(stack: Stack) -> Iterator[Consumer]:
    tasks = {task.address: task for task in stack.tasks if task.exists is not NO}
    for placement in stack.network.placements:
        for task in (tasks[address] for address in placement.tasks if address in tasks):
            if placement.exists is not NO and on_fargate(placement, task):
                name = task.label if placement.noun == "job" else placement.label
                yield Consumer("Fargate", placement, name, placement.span, task, _image(task), assumed=placement.assumed)


def _image(task: Task) -> Value | None:
    return next((one.image for one in task.containers if in_private_ecr(one.image) is YES), None)


def on_fargate(placement: Placement, task: Task) -> bool:
    if placement.launch is not None:
        return (string(placement.launch) or "").upper() == "FARGATE"
    kinds = [(string(one) or "").upper() for one in task.compatibilities]
    return bool(kinds) and all(kind == "FARGATE" for kind in kinds)


def _services(stack: Stack) -> Iterator[Consumer]:
    tasks = {task.address: task for task in stack.tasks if task.exists is not NO}
    for service in stack.services:
        hosts = hosts_of(stack, service) if service.exists is not NO else ()
        for task in (tasks[address] for address in service.tasks if address in tasks) if hosts else ():
            found = of_service(stack, service, task, hosts)
            if found is not None:
                yield found


def of_service(stack: Stack, service: Service, task: Task, hosts: Iterable[Host]) -> Consumer | None:
    """A service that surely runs a task on these hosts, where they all are in one place."""
    image = _image(task)
    if image is None or not runs_on_instances(service, task):
        return None
    found = _only_place(stack, hosts)
    if found is None:
        return None
    placement, host = found
    return Consumer("service", placement, service.label, service.span, task, image, host, service.assumed or placement.assumed)


def _jobs(stack: Stack) -> Iterator[Consumer]:
    """The jobs of Batch that run on instances of one compute environment, which pull for them as services' instances do."""
    tasks = {task.address: task for task in stack.tasks if task.exists is not NO} if stack.job_queues else {}
    placements = {one.address: one for one in stack.network.placements} if tasks else {}
    for queue in stack.job_queues:
        task, first = tasks.get(queue.job), queue.environments[0]
        placement, image = placements.get(first.address), None if task is None else _image(task)
        if task is None or image is None or placement is None or len(queue.environments) > 1 or not first.plain:
            continue
        hosts = [host for host in stack.hosts if host.address in first.hosts]
        if all(map(_goes_straight, hosts)):
            host = next(iter(hosts), None)
            assumed: PlacementGuess | None = "queue" if queue.assumed else placement.assumed
            yield Consumer("service", placement, task.label, task.span, task, image, host, assumed)


def _nodes(stack: Stack) -> Iterator[Consumer]:
    if stack.without_addons:
        return
    placements = {one.address: one for one in stack.network.placements}
    hosts = {host.address: host for host in stack.hosts}
    for nodes in stack.nodes:
        placement = placements.get(nodes.address)
        if nodes.kind == "node group" and nodes.exists is not NO and placement is not None:
            made_from = [hosts[address] for address in placement.hosts if address in hosts]
            if len(made_from) <= 1 and all(map(_goes_straight, made_from)):
                host = next(iter(made_from), None)
                yield Consumer("nodes", placement, nodes.label, nodes.span, host=host, assumed=placement.assumed)


def _logging_in(stack: Stack) -> Iterator[Consumer]:
    for host in stack.hosts:
        login = host.user_data.login
        if login is not None and host.exists is not NO and not any(use.what in ("ecs", "eks", "batch") for use in host.uses):
            found = _only_place(stack, [host])
            if found is not None:
                yield Consumer("login", found[0], found[0].label, login, host=host, assumed=found[0].assumed)


def _only_place(stack: Stack, hosts: Iterable[Host]) -> tuple[Placement, Host] | None:
    """The one place where the instances that are made from these hosts are; None where there may be others."""
    found: dict[str, tuple[Placement, Host]] = {}
    for host in hosts:
        places = [one for one in stack.network.placements if (one.of_any or host.address in one.hosts) and one.exists is not NO]
        if not places or not _goes_straight(host):
            return None
        found.update((place.address, (place, host)) for place in places)
    return next(iter(found.values())) if len(found) == 1 else None


def _goes_straight(host: Host) -> bool:
    """Whether nothing in its user data may send the pulls of a host through a proxy."""
    return host.user_data.whole and not host.user_data.proxy
