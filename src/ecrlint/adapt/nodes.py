"""What shows that machines are nodes of EKS, in every format.

https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
"""

from __future__ import annotations

from collections.abc import Iterable

from ecrlint.adapt.host_uses import NODE_POLICIES
from ecrlint.adapt.stack_draft import StackDraft
from ecrlint.model.dataclass import replace
from ecrlint.model.stack import Resource, Stack
from ecrlint.model.value import Value
from ecrlint.model.workload import Nodes, NodesKind

JOINS_AS_NODE = frozenset({"EC2_LINUX", "EC2_WINDOWS"})
"""The types of access entries by which instances join a cluster."""


def add(draft: StackDraft, resource: Resource, kind: NodesKind, role: Value | None, namespaces: tuple[Value, ...] = ()) -> None:
    """The nodes that a resource makes or lets join, where it names their role."""
    if role is not None:
        draft.nodes.append(Nodes(resource.address, kind, resource.span, role, namespaces, resource.exists))


def with_self_managed(stack: Stack, profiles: Iterable[tuple[Resource, Value | None]]) -> Stack:
    """A stack with the nodes that nothing in it launches: instance profiles, each with its role, that have the policies of nodes.

    Karpenter launches instances with such a profile, and so does who runs the nodes by hand.
    """
    owners = [stack.role(nodes.role) for nodes in stack.nodes] + [host.role for host in stack.hosts]
    seen = {role.address for role in owners if role is not None}
    made: list[Nodes] = []
    for profile, value in profiles:
        role = stack.role(value)
        if value is None or role is None or role.address in seen:
            continue
        if any(policy.managed in NODE_POLICIES for policy in role.policies):
            seen.add(role.address)
            made.append(Nodes(profile.address, "instance profile", profile.span, value, (), profile.exists))
    return replace(stack, nodes=(*stack.nodes, *made)) if made else stack
