"""Who holds policies: roles, users, groups, and whoever a policy is meant for that is attached to nobody here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from ecrlint.analysis.memory import once
from ecrlint.model.address import short_name
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.policy import Policy, Role, Statement
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with the policies that decide together what they may do.

    `own` are those whose text is here as a whole, so that a rule can say what they lack; `policies` are all that count
    as company. `sure`: there are no others, so what these do not allow is not allowed. `visible` are the policies as if
    nothing but what is here spoke for the holder: what is missing in them may come from elsewhere. `unread`: among what is
    here is a policy of this holder whose text is not known, or not all of it.
    """

    label: str
    address: str
    span: Span
    own: tuple[Policy, ...]
    policies: tuple[Policy, ...]
    sure: bool
    role: Role | None = None
    visible: tuple[Policy, ...] = field(init=False)

    def __post_init__(self) -> None:
        seen = (replace(policy, open=()) if policy.open and not self.sure else policy for policy in self.policies)
        object.__setattr__(self, "visible", tuple(seen))

    @property
    def unread(self) -> bool:
        return self.role is not None and any(policy.open and not policy.elsewhere for policy in self.policies)

    def statements(self) -> Iterator[tuple[Policy, Statement]]:
        """The statements of its own policies, each with the policy that it is in."""
        for policy in self.own:
            for statement in policy.statements:
                yield policy, statement


@once
def holders(stack: Stack) -> Iterator[Holder]:
    """Everybody who holds policies, those first of whom everything is known."""
    roles = [_of_role(role) for role in stack.roles if role.kind != "group"]
    yield from sorted(roles, key=lambda holder: not holder.sure)
    for role in stack.roles:
        if role.kind == "group" and not _has_members(stack, role):
            yield replace(_of_role(role), sure=False)
    for policy in stack.policies:
        if policy.kind == "identity":
            yield _of_loose(policy, stack)


def _of_role(role: Role) -> Holder:
    own = tuple(policy for policy in role.policies if policy.complete and policy.kind == "identity")
    return Holder(f'{role.kind} "{role.label}"', role.address, role.span, own, role.policies, role.complete, role)


def _of_loose(policy: Policy, stack: Stack) -> Holder:
    """All policies that are attached to nobody here may be meant for the same holder."""
    own = (policy,) if policy.complete else ()
    return Holder(f'policy "{short_name(policy.name, policy.span)}"', policy.name, policy.span, own, stack.policies, sure=False)


def _has_members(stack: Stack, group: Role) -> bool:
    """Whether users of the stack are in a group; then it is they who hold its policies."""
    mine = {id(policy) for policy in group.policies}
    return any(id(policy) in mine for role in stack.roles if role.kind == "user" for policy in role.policies)
