"""Who pulls on EKS: the kubelet, with the role of its node, never with that of a pod or its service account.

https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
https://docs.aws.amazon.com/eks/latest/userguide/pod-execution-role.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PULL, granted_somewhere
from ecrlint.analysis.hosts import use
from ecrlint.analysis.intent import pushing
from ecrlint.analysis.manifests import private_images
from ecrlint.analysis.memory import once
from ecrlint.analysis.pullers import lacking_to_pull
from ecrlint.analysis.trust import principals
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Related
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, YES
from ecrlint.model.value import Value, prefix, string

_PODS = "pods.eks.amazonaws.com"
_SERVICE_ACCOUNT = "system:serviceaccount:"


@dataclass(frozen=True, slots=True)
class Kubelet:
    """Nodes with the role that they pull with, and what that is known not to be granted. `place` names the role; not `launched`:
    nothing in the files launches them."""

    what: str
    address: str
    span: Span
    place: Span
    role: Role
    missing: tuple[str, ...]
    launched: bool = True

    @property
    def roots(self) -> tuple[tuple[str, str], ...]:
        return tuple((self.role.address, action) for action in self.missing)

    def related(self) -> Iterator[Related]:
        """The places that show it."""
        yield Related(self.span, self.what)
        yield Related(self.role.span, f'node role "{self.role.label}"')
        places = dict.fromkeys(policy.attached or policy.span for policy in self.role.policies)
        yield from (Related(place, f'a policy of "{self.role.label}"') for place in places)


@once
def powerless(stack: Stack) -> Iterator[Kubelet]:
    """The nodes whose role is known not to log in or pull, each role once.

    Every node pulls images of AWS's own, unless its cluster leaves out the add-ons that these are for.
    """
    seen: set[str] = set()
    for one in () if stack.without_addons else _kubelets(stack):
        if one.missing and one.role.address not in seen:
            seen.add(one.role.address)
            yield one


def _kubelets(stack: Stack) -> Iterator[Kubelet]:
    for nodes in stack.nodes:
        role = stack.role(nodes.role) if nodes.kind != "Fargate profile" and nodes.exists is YES else None
        if role is not None:
            what = f'{"" if nodes.kind == "node group" else "a node of "}{nodes.kind} "{nodes.label}"'
            launched = nodes.kind != "instance profile"
            missing = lacking_to_pull(stack, role, None)
            place = nodes.span if nodes.kind in ("node class", "instance profile") else nodes.role.span
            yield Kubelet(what, nodes.address, nodes.span, place, role, missing, launched)
    for host in stack.hosts:
        node = use(host, "eks") if host.exists is YES and host.user_data.own is None else None
        if node is not None and node.shown != "image" and host.role is not None:
            what = f'EKS node of {host.kind} "{host.label}"'
            missing = lacking_to_pull(stack, host.role, None)
            yield Kubelet(what, host.address, host.span, node.span, host.role, missing)


def pulling(stack: Stack) -> Iterator[tuple[Kubelet, Value]]:
    """The images of private registries that nodes pull for the pods of manifests, of this unit and of those beside it.

    On which nodes a pod runs is not known.
    """
    images = tuple(private_images((*stack.manifests, *stack.manifests_beside), "pods"))
    for kubelet in _kubelets(stack) if images else ():
        for image in images:
            yield kubelet, image


@once
def of_service_accounts(stack: Stack) -> Iterator[Role]:
    """The roles of pods that grant the pull and no push: who builds images in a pod pulls and pushes as the pod."""
    for role in stack.roles:
        granted = all(granted_somewhere(role, action) is YES for action in PULL.actions)
        if granted and _is_for_pods(role) and not _may_push(role):
            yield role


def _may_push(role: Role) -> bool:
    """Whether a statement means a push, or one that is not known may grant it."""
    return any(pushing(role.policies)) or granted_somewhere(role, "ecr:PutImage") is MAYBE


def _is_for_pods(role: Role) -> bool:
    for statement, principal in principals(role):
        if string(principal.value) == _PODS:
            return True
        for condition in statement.conditions:
            if principal.kind == "Federated" and any(map(_is_service_account, condition.values)):
                return True
    return False


def _is_service_account(value: Value) -> bool:
    return prefix(value).startswith(_SERVICE_ACCOUNT)
