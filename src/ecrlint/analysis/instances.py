"""Which hosts pull the images of an ECS task that has no execution role, and whether they can.

On EC2 the agent of the instance pulls such an image with the instance's role.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ecrlint.analysis.clusters import hosts_of, runs_on_instances
from ecrlint.analysis.memory import once
from ecrlint.analysis.pullers import images, lacking_to_pull
from ecrlint.model.dataclass import dataclass
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value

if TYPE_CHECKING:
    from ecrlint.model.host import Host
    from ecrlint.model.policy import Role
    from ecrlint.model.stack import Stack
    from ecrlint.model.workload import ComputeEnvironment, JobQueue, Service, Task


@dataclass(frozen=True, slots=True)
class InstancePull:
    """An image that a machine pulls as its role; `missing` are the actions that this role is known not to have.

    `runner` is what starts the task there: a service, a schedule, the queue of a job. `sure`: the pull is made whatever else is
    so.
    """

    runner: Service | JobQueue
    task: Task
    image: Value
    machine: Host | ComputeEnvironment
    role: Role
    missing: tuple[str, ...]
    sure: bool


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance that pulls images. `role` is that of its profile; `others`: its agent may have other credentials."""

    made_by: Host | ComputeEnvironment
    role: Role | None
    others: bool


def instance(host: Host) -> Instance:
    """What is made from a host."""
    return Instance(host, host.role, host.user_data.own is not None or not host.user_data.whole)


def _of_environment(stack: Stack, environment: ComputeEnvironment) -> Instance:
    """An instance of a compute environment, whose profile that states."""
    made_from = [instance(host) for host in stack.hosts if host.address in environment.hosts]
    return Instance(environment, stack.role(environment.role), not environment.plain or any(one.others for one in made_from))


def machines_of(stack: Stack, job: Task) -> tuple[Instance, ...] | None:
    """The instances that a job of Batch surely runs on, one for each compute environment; None where it is not known which."""
    queues = [queue for queue in stack.job_queues if queue.job == job.address and not queue.assumed]
    return tuple(_of_environment(stack, one) for queue in queues for one in queue.environments) if queues else None


@dataclass(frozen=True, slots=True)
class _Pull:
    """An image of a private registry that a task, or a job, pulls as the role of a machine, with all that it may run on."""

    runner: Service | JobQueue
    task: Task
    image: Value
    machines: tuple[Instance, ...]
    sure: bool

    def by(self, machine: Instance, role: Role, missing: tuple[str, ...] = ()) -> InstancePull:
        sure = self.sure and machine.made_by.exists is YES
        return InstancePull(self.runner, self.task, self.image, machine.made_by, role, missing, sure)


@once
def refused(stack: Stack) -> Iterator[InstancePull]:
    """The pulls that fail: on every machine that a task may run on, the role lacks something that the image needs."""
    for pull in _pulls(stack):
        found = [(machine, machine.role, _missing(stack, machine, pull.image)) for machine in pull.machines]
        if all(missing for _, _, missing in found):
            yield from (pull.by(machine, role, missing) for machine, role, missing in found if role is not None)


def granted(stack: Stack) -> Iterator[InstancePull]:
    """The pulls as the role of a machine that is not known to lack anything for them."""
    for pull in _pulls(stack):
        for machine in pull.machines:
            if not machine.others and machine.role is not None and not lacking_to_pull(stack, machine.role, pull.image):
                yield pull.by(machine, machine.role)


def _pulls(stack: Stack) -> Iterator[_Pull]:
    tasks = {task.address: task for task in stack.tasks if task.exists is not NO and task.execution_role is None}
    for service in (*stack.services, *stack.task_runs):
        hosts = hosts_of(stack, service) if service.exists is not NO else ()
        for task in (tasks[address] for address in service.tasks if address in tasks) if hosts else ():
            if runs_on_instances(service, task):
                machines = tuple(map(instance, hosts))
                yield from (_Pull(service, task, image, machines, service.exists is YES) for image in images(task))
    for queue in stack.job_queues:
        if queue.exists is not NO and queue.job in tasks:
            machines = tuple(_of_environment(stack, one) for one in queue.environments)
            sure = queue.exists is YES and not queue.assumed
            yield from (_Pull(queue, tasks[queue.job], image, machines, sure) for image in images(tasks[queue.job]))


def _missing(stack: Stack, machine: Instance, image: Value) -> tuple[str, ...]:
    """What the role of a machine certainly lacks; nothing where its agent may have other credentials, or the image already."""
    if machine.role is None or machine.others:
        return ()
    return tuple(dict.fromkeys(lacking_to_pull(stack, machine.role, image)))
