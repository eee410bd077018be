"""Who pulls an image of a private registry as which role, of every kind of puller that has one."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis import instances
from ecrlint.analysis.kubelets import pulling
from ecrlint.analysis.managed import images_of
from ecrlint.analysis.pullers import context_of, images, lacking_to_pull, starts
from ecrlint.iam.request import ANYWHERE, RequestContext
from ecrlint.model.dataclass import dataclass
from ecrlint.model.image import in_private_ecr
from ecrlint.model.policy import Role
from ecrlint.model.script import Pull, Run
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value, string


@dataclass(frozen=True, slots=True)
class PullAsRole:
    """A pull of an image as a role that is not known to lack the pull itself; `place` is where the role is named.

    Not `sure`: what the role is for may run another image.
    """

    label: str
    address: str
    role: Role
    called: str
    place: Span
    image: Value
    context: RequestContext = ANYWHERE
    sure: bool = True


def role_pulls(stack: Stack) -> Iterator[PullAsRole]:
    """The pulls of private images, of every kind of puller, as a role that is not known to lack the pull itself."""
    yield from _of_tasks(stack)
    yield from _of_services(stack)
    yield from _of_machines(stack)


def _of_tasks(stack: Stack) -> Iterator[PullAsRole]:
    for start in starts(stack):
        role, reference = start.execution_role, start.task.execution_role
        if start.flaw is None and role is not None and reference is not None:
            label = f'{start.task.noun} "{start.task.label}"'
            for image in images(start.task):
                context = context_of(stack, start.task, image)
                yield PullAsRole(label, start.task.address, role, "execution role", reference.span, image, context)
    for pull in instances.granted(stack):
        label = f'{pull.machine.kind} "{pull.machine.label}"'
        yield PullAsRole(label, pull.machine.address, pull.role, "instance role", pull.role.span, pull.image)


def _of_services(stack: Stack) -> Iterator[PullAsRole]:
    for service in stack.web_services:
        role, reference = stack.role(service.access_role), service.access_role
        if service.exists is YES and role is not None and reference is not None:
            if not lacking_to_pull(stack, role, service.image):
                label = f'service "{service.label}"'
                yield PullAsRole(label, service.address, role, "access role", reference.span, service.image)
    for project in stack.projects:
        role, reference = stack.role(project.role), project.role
        if project.exists is YES and string(project.credentials) == "SERVICE_ROLE" and role is not None and reference is not None:
            if not lacking_to_pull(stack, role, project.image):
                label = f'project "{project.label}"'
                yield PullAsRole(label, project.address, role, "service role", reference.span, project.image)
    for workload in stack.managed:
        role = stack.role(workload.role) if workload.exists is YES else None
        for image in () if role is None else images_of(stack, workload):
            if role is not None and not lacking_to_pull(stack, role, image):
                label = f'{workload.kind} "{workload.label}"'
                sure = not workload.bundled
                yield PullAsRole(label, workload.address, role, "role", workload.reference, image, sure=sure)


def _of_machines(stack: Stack) -> Iterator[PullAsRole]:
    for kubelet, image in pulling(stack):
        if not kubelet.missing:
            yield PullAsRole(kubelet.what, kubelet.address, kubelet.role, "node role", kubelet.place, image, sure=False)
    for host in stack.hosts:
        said, role = host.user_data, host.role
        if role is None or host.exists is NO or said.own or said.login is None:
            continue
        for script in said.scripts:
            for act in script.acts:
                pulled = act.image if isinstance(act, (Pull, Run)) and not act.command.inside else None
                if pulled is not None and in_private_ecr(pulled) is YES and not lacking_to_pull(stack, role, pulled):
                    label = f'{host.kind} "{host.label}"'
                    yield PullAsRole(label, host.address, role, "instance role", pulled.span, pulled)
