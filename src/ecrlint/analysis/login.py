"""Whether somebody may log in to ECR, and the statements that look as if they allowed it and do not."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import (
    BEARER_TOKEN,
    LOGIN,
    PUBLIC_LOGIN,
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
from ecrlint.analysis.intent import pushing, pushing_to_public
from ecrlint.analysis.spelling import service_of
from ecrlint.iam import patterns
from ecrlint.iam.managed import NOWHERE
from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import Policy, Statement
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Scalar, Value, string

_OTHERS = ("GetRepositoryPolicy", "BatchGetImage", "PutImage")
"""Actions that a pattern covers too if it means more than the token."""


@dataclass(frozen=True, slots=True)
class InVain:
    """An Allow that covers the login token on resources of which none is `*`.

    `by_name`: its pattern means nothing else. `token` is that of ECR or of ECR Public.
    """

    policy: Policy
    statement: Statement
    pattern: Value
    by_name: bool
    token: str = TOKEN

    @property
    def resources(self) -> tuple[Value, ...]:
        return self.statement.resources or ()

    @property
    def of_whole_service(self) -> bool:
        """Whether its pattern covers every action of the service, or of all of them."""
        return (string(self.pattern) or "?").rpartition(":")[2].strip("*") == ""


def needed_for(token: str) -> tuple[str, ...]:
    """The actions without which nobody gets a login token of ECR, or of ECR Public."""
    return (PUBLIC_TOKEN, BEARER_TOKEN) if token == PUBLIC_TOKEN else (token,)


def lacks_login(holder: Holder, token: str = TOKEN) -> bool:
    """Whether nothing that is here lets a holder log in, and no Deny is the reason."""
    login = LOGIN if token == TOKEN else PUBLIC_LOGIN
    return can(holder.visible, login).truth is NO and denies_token(holder.policies, token) is None


def logs_in_elsewhere(holder: Holder, token: str) -> bool:
    """Whether a holder pushes to one of ECR and ECR Public, and of the other has the login, which this token is of, and nothing
    to log in for."""
    service = token.partition(":")[0]
    actions = [one for _, statement in holder.statements() if statement.effect == "Allow" for one in statement.actions or ()]
    named = {(string(one) or "").lower() for one in actions if service_of(one) == service}
    pushes = pushing(holder.own) if token == PUBLIC_TOKEN else pushing_to_public(holder.own)
    return named == {token.lower()} and any(pushes)


def in_vain(holder: Holder, token: str = TOKEN) -> Iterator[InVain]:
    """The statements of a holder that cover the login token in vain, those that name it first."""
    found = [one for policy, statement in holder.statements() for one in _in_vain(policy, statement, token)]
    yield from sorted(found, key=lambda one: not one.by_name)


def _in_vain(policy: Policy, statement: Statement, token: str) -> Iterator[InVain]:
    if not statement.resources or covers_token_in_vain(statement, token) is not YES:
        return
    service = token.partition(":")[0]
    for pattern in statement.actions or ():
        if _covers(pattern, token):
            means_more = any(_covers(pattern, f"{service}:{other}") for other in _OTHERS)
            yield InVain(policy, statement, pattern, not means_more, token)
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
