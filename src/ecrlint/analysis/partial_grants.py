"""Statements that grant a part of what a push or a pull needs, where nothing grants the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ecrlint.analysis.capability import Capability, gaps, granted_somewhere
from ecrlint.analysis.holders import Holder
from ecrlint.analysis.intent import first, means_to_push
from ecrlint.analysis.repositories import let_in_beside, roles_named
from ecrlint.analysis.resource_policies import may_let_in
from ecrlint.analysis.spelling import misspells
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Related
from ecrlint.model.policy import Policy, Role, Statement
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO

Means = Callable[[Statement], object]
"""Whether a statement is meant for a capability: anything that is true or not."""


@dataclass(frozen=True, slots=True)
class Half:
    """A statement that is meant for a capability, and those of its actions that nothing adds to it."""

    policy: Policy
    statement: Statement
    missing: tuple[str, ...]

    @property
    def start_of_push(self) -> Span:
        """The first of its actions that shows that it is meant for a push."""
        return first(means_to_push(self.statement)).span


def of_holder(stack: Stack, holder: Holder, capability: Capability, means: Means) -> Iterator[Half]:
    """The halves among a holder's own statements; none where a policy that is here and cannot be read may have the rest.

    What is there and misspelt is not missing: unknown-ecr-action says it.
    """
    own = {id(one): policy for policy, one in holder.statements() if means(one)}
    if not own or holder.unread:
        return
    for gap in gaps(holder.visible, capability):
        policy = own.get(id(gap.statement))
        missing = tuple(action for action in gap.missing if _is_missing(stack, holder, action))
        if policy is not None and missing:
            yield Half(policy, gap.statement, missing)


def _is_missing(stack: Stack, holder: Holder, action: str) -> bool:
    """Whether an action is not just misspelt, and no repository of the stack may grant it by its own policy."""
    added = holder.role is not None and may_let_in(stack, holder.role, action) is not NO
    return not added and not misspells(holder.policies, action)


def of_repository(stack: Stack, policy: Policy, capability: Capability, means: Means) -> Iterator[Half]:
    """The halves in a repository's policy, for each AWS principal that it names."""
    for one in policy.statements:
        if not means(one) or one.conditions:
            continue
        for principal in one.principals or ():
            if principal.kind not in ("AWS", "*"):
                continue
            together = let_in_beside(policy, one, principal, capability.actions)
            own = tuple(roles_named(stack, principal))
            missing = tuple(action for action in capability.actions if action not in together and not _has(own, action))
            missing = tuple(action for action in missing if not misspells((policy,), action))
            if missing:
                yield Half(policy, one, missing)


def _has(roles: Iterable[Role], action: str) -> bool:
    return any(granted_somewhere(role, action) is not NO for role in roles)


def by_missing(halves: Iterable[Half]) -> Iterator[tuple[tuple[str, ...], list[Half]]]:
    """The halves that lack the same, together."""
    found: dict[tuple[str, ...], list[Half]] = {}
    for half in halves:
        found.setdefault(half.missing, []).append(half)
    yield from found.items()


def elsewhere(places: Iterable[Span]) -> tuple[Related, ...]:
    """The other places where the same is missing: all but the first, each once."""
    first, *others = places
    return tuple(Related(place, "the same is missing here") for place in dict.fromkeys(others) if place != first)
