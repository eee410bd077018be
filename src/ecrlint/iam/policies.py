"""The policies that decide together, with what a decision asks of all of them worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import Any, TypeAlias

from ecrlint.iam import managed, patterns
from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import Policy, Statement
from ecrlint.model.truth import MAYBE, NO, Truth
from ecrlint.model.value import Value

_FEW = 16
"""So many policies, or statements, are read faster one by one."""

_MOST_KEPT = 1 << 9


def statements(policy: Policy) -> tuple[Statement, ...]:
    """The statements of a policy; those of an AWS managed policy come from the table and have no place of their own."""
    return policy.statements if policy.managed is None else (*policy.statements, *managed.statements(policy.managed))


def unseen(policy: Policy, action: str) -> tuple[str, ...]:
    """Why a policy may say more about an action than `statements` gives; empty: it does not."""
    if policy.managed is None:
        return policy.open
    if not managed.exists(policy.managed):
        return (*policy.open, f"AWS managed policy {policy.managed} is not in ecrlint's table")
    if not managed.covers(action):
        return (*policy.open, f"ecrlint's table of AWS managed policies does not cover {action}")
    return policy.open


def covers_action(statement: Statement, action: str) -> Truth:
    """Whether the Action or NotAction element covers an action; case does not count."""
    listed = statement.actions
    if listed is not None:
        return patterns.any_matches_action(listed, action)
    return MAYBE if statement.not_actions is None else ~patterns.any_matches_action(statement.not_actions, action)


Speaking: TypeAlias = tuple[Policy, Statement, Truth]
"""A statement in its policy that may cover an action, and whether it does."""


@dataclass(frozen=True, slots=True)
class _Index:
    """The statements of a set of policies that may cover one action, in order.

    `general` are the places of those that may be about any resource; `particular` those of the others, by what their resources
    end with and the kinds of these endings (see `patterns.ending`).
    """

    found: tuple[Speaking, ...]
    general: tuple[int, ...]
    particular: dict[str, dict[object, list[int]]]

    def about(self, resource: Value) -> Sequence[Speaking]:
        asked = patterns.ending(resource) if self.particular else None
        if asked is None:
            return self.found
        places = list(self.general)
        for kind, by_ending in self.particular.items():
            if kind == asked[0]:
                places += by_ending.get(asked[1], ())
            else:
                places += [place for some in by_ending.values() for place in some]
        return [self.found[place] for place in sorted(set(places))]


@dataclass(frozen=True, slots=True)
class IndexedPolicies:
    """Policies with what decisions ask of them. `limits` are the permissions boundaries.

    `decided` are the decisions on actions that have no resource, which many ask for.
    """

    policies: tuple[Policy, ...]
    limits: tuple[Policy, ...]
    by_action: dict[str, _Index] = field(default_factory=dict)
    reasons: dict[str, tuple[str, ...]] = field(default_factory=dict)
    decided: dict[object, Any] = field(default_factory=dict)

    def about(self, action: str, resource: Value) -> Sequence[Speaking]:
        """The statements that may cover an action, in order: all but those which are known to name only other resources."""
        index = self.by_action.get(action)
        if index is None:
            index = self.by_action[action] = _index(self.policies, action)
        return index.about(resource)

    def unseen(self, action: str) -> tuple[str, ...]:
        """Why the policies, but for boundaries, may say more about an action than is here."""
        if action not in self.reasons:
            granting = (policy for policy in self.policies if policy.kind != "boundary")
            self.reasons[action] = tuple(dict.fromkeys(why for policy in granting for why in unseen(policy, action)))
        return self.reasons[action]


def _index(policies: tuple[Policy, ...], action: str) -> _Index:
    every = ((policy, one, covers_action(one, action)) for policy in policies for one in statements(policy))
    found = tuple(one for one in every if one[2] is not NO)
    general: list[int] = []
    particular: dict[str, dict[object, list[int]]] = {}
    for place, (_, statement, _) in enumerate(found if len(found) > _FEW else ()):
        endings = [patterns.ending(resource) for resource in statement.resources or ()]
        if not endings or None in endings:
            general.append(place)
        for kind, one in (ending for ending in endings if ending is not None):
            particular.setdefault(kind, {}).setdefault(one, []).append(place)
    return _Index(found, tuple(general), particular)


_kept: dict[int, IndexedPolicies] = {}
"""By the identity of the tuple of the policies, which is kept with it so that it stays its own."""


def indexed(policies: tuple[Policy, ...]) -> IndexedPolicies:
    """The index of a set of policies; one of many is made once."""
    found = _kept.get(id(policies))
    if found is not None:
        return found
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    made = _kept[id(policies)] = IndexedPolicies(policies, tuple(policy for policy in policies if policy.kind == "boundary"))
    return made
