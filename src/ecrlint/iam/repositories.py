"""What the policies of the stack's own repositories let in.

Within an account a repository's policy is enough for everything but the login.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecrlint.iam import decide as iam
from ecrlint.iam import patterns
from ecrlint.model.policy import Policy, Principal, Role, Statement
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES, Truth, any_of
from ecrlint.model.value import Ref, Scalar, Text, Unknown, same


def may_let_in(stack: Stack, role: Role, action: str) -> Truth:
    """Whether the policy of any repository of the stack allows an action to a role; `NO` only where none can."""
    policies = [repository.policy for repository in stack.repositories if repository.policy is not None]
    return any_of(_lets_in(policy, role, action) for policy in policies)


def roles_named(stack: Stack, principal: Principal) -> Iterator[Role]:
    """The roles, users and groups of the stack that a principal may be, by its ARN; an account is none of them."""
    for role in stack.roles:
        if principal.kind == "AWS" and patterns.equals(principal.value, principal_of(role).value) is not NO:
            yield role


def _lets_in(policy: Policy, role: Role, action: str) -> Truth:
    if not policy.complete:
        return MAYBE
    allowing = [one for one in policy.statements if one.effect != "Deny" and iam.covers_action(one, action) is not NO]
    return any_of(iam.covers_principal(one, principal_of(role)) for one in allowing)


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
    name = role.name.parts if isinstance(role.name, Text) else (role.name,)
    return Principal("AWS", Text((*parts, *name), span))


def let_in_beside(policy: Policy, statement: Statement, principal: Principal, actions: Iterable[str]) -> tuple[str, ...]:
    """The actions that a repository's policy may allow to one principal of a statement: there, and wherever it is named."""
    speaking = [one for one in policy.statements if one is statement or (one.effect != "Deny" and _names(one, principal))]
    return tuple(action for action in actions if any(iam.covers_action(one, action) is not NO for one in speaking))


def _names(statement: Statement, principal: Principal) -> bool:
    """Whether a statement speaks of a principal or of everyone; two of whom one is not known may be the same."""
    if iam.covers_principal(statement, principal) is YES:
        return True
    named = [one.value for one in statement.principals or ()]
    return any(same(one, principal.value) or not same(one, one) for one in named) or not same(principal.value, principal.value)
