"""Whether somebody may log in to ECR, and the statements that look as if they allowed it and do not."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import (
    LOGIN,
    PUBLIC_TOKEN,
    PULL,
    PUSH,
    TOKEN,
    can,
    covers_token_in_vain,
    denies_token,
    granted_somewhere,
)
from ecrlint.analysis.holders import Holder
from ecrlint.analysis.intent import pushing
from ecrlint.analysis.spelling import service_of
from ecrlint.iam import patterns
from ecrlint.iam.managed import NOWHERE
from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import Policy, Statement
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Scalar, Value, string

_OTHERS = ("ecr:GetRepositoryPolicy", "ecr:BatchGetImage")
"""Actions that a pattern covers too if it means more than the token."""


@dataclass(frozen=True, slots=True)
class InVain:
    """An Allow that covers the login token on resources of which none is `*`. `by_name`: its pattern means nothing else."""

    policy: Policy
    statement: Statement
    pattern: Value
    by_name: bool

    @property
    def resources(self) -> tuple[Value, ...]:
        return self.statement.resources or ()


def lacks_login(holder: Holder) -> bool:
    """Whether nothing that is here lets a holder log in, and no Deny is the reason."""
    return can(holder.visible, LOGIN).truth is NO and denies_token(holder.policies) is None


def logs_in_to_public_alone(holder: Holder) -> bool:
    """Whether a holder pushes to ECR, and of ECR Public has the login and nothing to log in for."""
    actions = [one for _, statement in holder.statements() if statement.effect == "Allow" for one in statement.actions or ()]
    public = {(string(one) or "").lower() for one in actions if service_of(one) == "ecr-public"}
    return public == {PUBLIC_TOKEN.lower()} and any(pushing(holder.own))


def in_vain(holder: Holder) -> Iterator[InVain]:
    """The statements of a holder that cover the login token in vain, those that name it first."""
    found = [one for policy, statement in holder.statements() for one in _in_vain(policy, statement)]
    yield from sorted(found, key=lambda one: not one.by_name)


def _in_vain(policy: Policy, statement: Statement) -> Iterator[InVain]:
    if not statement.resources or covers_token_in_vain(statement) is not YES:
        return
    for pattern in statement.actions or ():
        if _covers(pattern, TOKEN):
            yield InVain(policy, statement, pattern, not any(_covers(pattern, other) for other in _OTHERS))
            return


def _covers(pattern: Value, action: str) -> bool:
    return patterns.matches(pattern, Scalar(action, NOWHERE), ignore_case=True) is YES


def may_push(holder: Holder) -> bool:
    """Whether a holder has all five push actions, each on some repository."""
    return _has_all(holder, PUSH.actions)


def may_pull(holder: Holder) -> bool:
    """Whether a holder has both pull actions, each on some repository."""
    return _has_all(holder, PULL.actions)


def _has_all(holder: Holder, actions: tuple[str, ...]) -> bool:
    return all(granted_somewhere(holder.policies, action) is YES for action in actions)
