"""The stack's own repositories, and whom their policies name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecrlint.iam import patterns, principals
from ecrlint.iam.policies import covers_action
from ecrlint.model.image import repository_arn
from ecrlint.model.policy import Policy, Principal, Role, Statement
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import MAYBE, NO, YES, Truth, any_of
from ecrlint.model.value import Ref, Scalar, Unknown, Value, join, pieces, same


def named(stack: Stack, image: Value) -> Repository | None:
    """The repository of the stack that an image is surely pulled from: the one with its account, region and name."""
    arn = repository_arn(image)
    if arn is None:
        return None
    found = [one for one in stack.repositories if one.arn is not None and patterns.equals(_place(one.arn), _place(arn)) is YES]
    return found[0] if len(found) == 1 else None


def _place(arn: Value) -> Value:
    """Region, account and name of a repository: its ARN without the partition, which the region decides."""
    parts = pieces(arn)
    return join(parts[2:], arn.span) if len(parts) > 2 else arn


def lets_service_in(policy: Policy, service: str, actions: Iterable[str]) -> Truth:
    """Whether a repository's policy allows any of these actions to an AWS service, whatever its conditions."""
    if not policy.complete:
        return MAYBE
    principal = Principal("Service", Scalar(service, policy.span))
    return any_of(_allows(one, action, principal) for one in policy.statements for action in actions)


def _allows(statement: Statement, action: str, principal: Principal) -> Truth:
    if statement.effect == "Deny":
        return NO
    return covers_action(statement, action) & principals.covers(statement, principal)


def roles_named(stack: Stack, principal: Principal) -> Iterator[Role]:
    """The roles, users and groups of the stack that a principal may be, by its ARN; an account is none of them."""
    for role in stack.roles:
        if principal.kind == "AWS" and patterns.equals(principal.value, principal_of(role).value) is not NO:
            yield role


def principal_of(role: Role) -> Principal:
    """A role, user or group by its ARN, whose path is not known."""
    span = role.span
    parts = (
        Scalar("arn:", span),
        Ref("aws", "partition", span),
        Scalar(":iam::", span),
        Ref("aws", "account_id", span),
        Scalar(f":{role.kind}/", span),
        Unknown("its path", span),
    )
    name = pieces(role.name)
    return Principal("AWS", join((*parts, *name), span))


def let_in_beside(policy: Policy, statement: Statement, principal: Principal, actions: Iterable[str]) -> tuple[str, ...]:
    """The actions that a repository's policy may allow to one principal of a statement: there, and wherever it is named."""
    speaking = [one for one in policy.statements if one is statement or (one.effect != "Deny" and _names(one, principal))]
    return tuple(action for action in actions if any(covers_action(one, action) is not NO for one in speaking))


def _names(statement: Statement, principal: Principal) -> bool:
    """Whether a statement speaks of a principal or of everyone; two of whom one is not known may be the same."""
    if principals.covers(statement, principal) is YES:
        return True
    named = [one.value for one in statement.principals or ()]
    return any(same(one, principal.value) or not same(one, one) for one in named) or not same(principal.value, principal.value)
