"""Which hosts pull the images of an ECS task that has no execution role, and whether they can.

On EC2 the agent of the instance pulls such an image with the instance's role.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ecrlint.analysis.clusters import hosts_of, runs_on_instances
from ecrlint.analysis.memory import once
from ecrlint.analysis.pullers import lacking_to_pull
from ecrlint.model.dataclass import dataclass
from ecrlint.model.image import in_private_ecr
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value

if TYPE_CHECKING:
    from ecrlint.model.host import Host
    from ecrlint.model.policy import Role
    from ecrlint.model.stack import Stack
    from ecrlint.model.workload import Service, Task


@dataclass(frozen=True, slots=True)
class InstancePull:
    """An image that a service pulls as the role of a host; `missing` are the actions that this role is known not to have."""

    service: Service
    task: Task
    image: Value
    host: Host
    role: Role
    missing: tuple[str, ...]


@once
def refused(stack: Stack) -> Iterator[InstancePull]:
    """The pulls that fail: on every host that a service runs on, the role lacks something that the image needs."""
    for service, task, image, hosts in _pulls(stack):
        found = [(host, host.role, _missing(stack, host, image)) for host in hosts]
        if all(missing for _, _, missing in found):
            yield from (
                InstancePull(service, task, image, host, role, missing) for host, role, missing in found if role is not None
            )


def granted(stack: Stack) -> Iterator[InstancePull]:
    """The pulls as the role of a host that is not known to lack anything for them."""
    for service, task, image, hosts in _pulls(stack):
        for host in hosts:
            if _is_as_role(host) and host.role is not None and not lacking_to_pull(stack, host.role, image):
                yield InstancePull(service, task, image, host, host.role, ())


def _pulls(stack: Stack) -> Iterator[tuple[Service, Task, Value, tuple[Host, ...]]]:
    """The images of private registries that services pull as the role of a host, with all hosts that each runs on."""
    for service in stack.services:
        hosts = hosts_of(stack, service) if service.exists is not NO else ()
        for task in stack.tasks if hosts else ():
            if task.address in service.tasks and task.exists is not NO and pull_as_themselves(service, task):
                images = (container.image for container in task.containers)
                yield from ((service, task, image, hosts) for image in images if image and in_private_ecr(image) is YES)


def _missing(stack: Stack, host: Host, image: Value) -> tuple[str, ...]:
    """What the role of a host certainly lacks; nothing where its agent may have other credentials, or the image already."""
    if host.role is None or not _is_as_role(host):
        return ()
    return tuple(dict.fromkeys(lacking_to_pull(stack, host.role, image)))


def _is_as_role(host: Host) -> bool:
    """Whether what pulls on a host has surely no credentials but those of its role."""
    return not host.user_data.own and host.user_data.whole


def pull_as_themselves(service: Service, task: Task) -> bool:
    """Whether a service surely runs a task on instances that pull for it as their own role."""
    return task.execution_role is None and runs_on_instances(service, task)
