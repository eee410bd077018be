"""The way of the images of machines: nodes of EKS, whose kubelets pull for their pods, and hosts that log in by themselves."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.hosts import use
from ecrlint.analysis.manifests import private_images
from ecrlint.analysis.network.consumers import ConsumerKind, consumers
from ecrlint.diagrams import permissions
from ecrlint.diagrams.network_steps import crossing
from ecrlint.model.host import Host
from ecrlint.model.picture import PathStep, Picture, Stage
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES

_EC2 = "ec2.amazonaws.com"
_PODS = "which images the pods run is not in these files"


def nodes(stack: Stack) -> Iterator[Picture]:
    """The nodes of EKS, whose kubelets pull for their pods."""
    pods = _of_pods(stack)
    for group in stack.nodes:
        if group.exists is not NO:
            service = "eks-fargate-pods.amazonaws.com" if group.kind == "Fargate profile" else _EC2
            first = permissions.workload(group.kind, group.label, group.exists, group.span)
            step, role = permissions.of_role(stack, "node role" if service == _EC2 else "pod execution role", group.role, service)
            steps = permissions.unknown(group.role) if role is None else _may(stack, role, "")
            way = _way(stack, role, "nodes", group.address)
            yield _machine(group.kind, group.label, group.address, first, step, tuple(steps), way, pods)
    groups = {group.address for group in stack.nodes}
    drawn = {address for one in stack.network.placements if one.address in groups for address in one.hosts}
    for host in stack.hosts:
        role = None if host.address in drawn else host.role
        node = use(host, "eks")
        if host.exists is not NO and role is not None and node is not None:
            by_image = "only its image shows that it is a node" if node.shown == "image" else ""
            why = "it may have credentials of its own" if host.user_data.own else by_image
            first = permissions.workload(host.kind, host.label, host.exists, host.span, "is a node of EKS")
            step = PathStep("role", f'node role "{role.label}"', YES, role.span)
            yield _machine(host.kind, host.label, host.address, first, step, tuple(_may(stack, role, why)), (), pods)


def _of_pods(stack: Stack) -> Stage | str:
    """From where the pods' images come that manifests state."""
    images = tuple(private_images((*stack.manifests, *stack.manifests_beside), "pods"))
    return permissions.repositories(stack, images) if images else _PODS


def _unknown(span: Span, words: str) -> Stage:
    return Stage("from", (PathStep("repository", "repositories", MAYBE, span, words),))


def _may(stack: Stack, role: Role, why: str) -> tuple[PathStep, ...]:
    """What a node's role is let do; where the cluster leaves the usual add-ons out, its pods may need nothing of ECR."""
    why = "the cluster leaves out what every node pulls from ECR" if stack.without_addons else why
    return permissions.doubted(permissions.of(stack, role, (None,)), why)


def _way(stack: Stack, role: Role | None, kind: ConsumerKind, address: str) -> tuple[Stage, ...]:
    """From where the machine at an address pulls, and through what; nothing where that is not known."""
    for consumer in consumers(stack):
        own = consumer.placement.address if consumer.host is None or kind == "nodes" else consumer.host.address
        if consumer.kind == kind and own == address:
            return crossing(stack, consumer, role)
    return ()


def _machine(
    kind: str,
    label: str,
    address: str,
    first: PathStep,
    role: PathStep,
    may: tuple[PathStep, ...],
    way: tuple[Stage, ...],
    pulled: Stage | str,
) -> Picture:
    """The picture of a machine; `pulled` is from where, or why that is not known."""
    last = _unknown(first.span, pulled) if isinstance(pulled, str) else pulled
    permitted = (Stage("may", may),) if may else ()
    stages = (Stage("runs", (first,)), Stage("pulls as", (role,)), *permitted, *way, last)
    return Picture(kind, label, address, first.span, stages)


def hosts(stack: Stack) -> Iterator[Picture]:
    """Hosts that log in to ECR when they start."""
    for host in stack.hosts:
        login = host.user_data.login
        if host.exists is not NO and login is not None and use(host, "eks") is None:
            first = permissions.workload(host.kind, host.label, host.exists, login, "logs in when it starts")
            may = () if host.role is None else tuple(permissions.of(stack, host.role, (None,)))
            way = _way(stack, host.role, "login", host.address)
            words = "which images it runs is not known"
            yield _machine(host.kind, host.label, host.address, first, _profile(host), may, way, words)


def _profile(host: Host) -> PathStep:
    if host.role is not None:
        return PathStep("role", f'instance role "{host.role.label}"', YES, host.role.span)
    launched = host.kind != "launch template" or host.launched is not None
    if host.profile is None:
        sure = launched and host.user_data.whole and not host.user_data.own
        words = "so it has no credentials to log in with" if sure else "others may be given to it"
        return PathStep("role", "no instance profile", NO if sure else MAYBE, host.span, words)
    return PathStep("role", "role of the instance profile", MAYBE, host.profile.span, "its policies are not in these files")
