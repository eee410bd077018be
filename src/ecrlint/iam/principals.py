"""Whether the Principal and NotPrincipal elements cover a caller, and what naming it in a policy on a resource grants.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

import re

from ecrlint.iam import patterns
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.owners import matches_aws
from ecrlint.iam.request import OF_AWS, Request, segment
from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import PolicyCondition, PolicyKind, Principal, Statement
from ecrlint.model.truth import MAYBE, NO, YES, Truth, any_of, either
from ecrlint.model.value import Ref, Scalar, Unknown, Value, alternatives, is_null, join, pieces, prefix, string, suffix

_ACCOUNT = 4
_SORTS = re.compile(r":(role|assumed-role|user)/")
_POSITIVE = re.compile(r"(foranyvalue:)?(arn|string)(equals|like|equalsignorecase)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """The ways in which a list of principals names a caller: with everyone, as the user or session that it is, by the ARN
    of its role, or by its account."""

    everyone: Truth = NO
    itself: Truth = NO
    role: Truth = NO
    account: Truth = NO

    def __or__(self, other: Named) -> Named:
        return Named(
            self.everyone | other.everyone, self.itself | other.itself, self.role | other.role, self.account | other.account
        )

    @property
    def directly(self) -> Truth:
        """Whether it is named otherwise than by its account."""
        return self.everyone | self.itself | self.role


@dataclass(frozen=True, slots=True)
class Granted:
    """Whether a policy on a resource grants something by naming the caller: `within` the caller's permissions boundary, if it
    has one, and `freely`, whatever that does not allow."""

    freely: Truth
    within: Truth


def names_principals(statement: Statement) -> bool:
    return statement.principals is not None or statement.not_principals is not None


def covers(statement: Statement, principal: Principal, *, bounded: bool = False) -> Truth:
    """Whether the Principal or NotPrincipal element covers a caller; an identity policy, which has none, does.

    A Deny with NotPrincipal covers every caller that has a permissions boundary, whomever it lists.
    """
    if statement.principals is not None:
        if principal is OF_AWS and not any(map(is_everyone, statement.principals)):
            return matches_aws([entry.value for entry in statement.principals if entry.kind == "AWS"])
        named = names(statement.principals, principal)
        return named.directly | named.account
    if statement.not_principals is None:
        return YES
    if bounded and statement.effect != "Allow" and principal.kind == "AWS":
        return YES if statement.effect == "Deny" else MAYBE
    return ~_spares(statement.not_principals, principal)


def adds(statement: Statement, principal: Principal, kind: PolicyKind) -> Truth:
    """Whether a statement in a policy on a resource covers a caller so that its own policies need not allow the action too."""
    if statement.principals is None or principal is OF_AWS:
        return covers(statement, principal)
    named = names(statement.principals, principal)
    return named.directly | (named.account & _of_own_account(kind))


def _of_own_account(kind: PolicyKind) -> Truth:
    """Whether naming the account that the resource is in grants something by itself. No page says so of registries."""
    return MAYBE if kind == "registry" else NO


def grants(statement: Statement, request: Request, kind: PolicyKind) -> Granted:
    """What an Allow in the policy of a repository or registry grants to a caller whom it covers.

    Naming the account of both, by its id or its root, grants nothing: it only lets the IAM policies of the account
    decide. What is granted to a user, to a session, or to everyone with a condition on `aws:PrincipalArn` is not limited
    by what the boundary does not allow; what is granted to a role is.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    principal = request.principal
    if statement.principals is None or principal is None or principal is OF_AWS:
        return Granted(MAYBE, YES)
    named = names(statement.principals, principal)
    if principal.kind != "AWS":
        return Granted(named.directly, named.directly)
    account = named.account & (~_is_of_one_account(request.resource, principal) | _of_own_account(kind))
    everyone = named.everyone & (YES if any(map(_is_on_caller, statement.conditions)) else MAYBE)
    return Granted(freely=named.itself | everyone, within=named.directly | account)


def names(entries: tuple[Principal, ...], principal: Principal) -> Named:
    """How a list of principals names a caller."""
    result = Named()
    for entry in entries:
        result = result | _named_on_each_side(entry, principal)
    return result


def _named_on_each_side(entry: Principal, principal: Principal) -> Named:
    """How an entry names a caller, whichever side of its conditions it is."""
    sides = (Principal(entry.kind, side) for side in alternatives(entry.value))
    found = [Named() if is_null(side.value) else _named(side, principal) for side in sides]
    return Named(
        either(one.everyone for one in found),
        either(one.itself for one in found),
        either(one.role for one in found),
        either(one.account for one in found),
    )


def _named(entry: Principal, principal: Principal) -> Named:
    if is_everyone(entry):
        return Named(everyone=YES)
    if entry.kind != principal.kind:
        return Named()
    same = patterns.equals(entry.value, principal.value)
    if entry.kind != "AWS":
        return Named(itself=same)
    everyone = _everyone_in(entry.value)
    account = NO if everyone is None else patterns.matches(everyone, principal.value)
    match _sort(principal.value):
        case "role":
            return Named(itself=_may_be_session(entry.value, principal.value), role=same, account=account)
        case "assumed-role":
            return Named(itself=same, role=_is_role_of(entry.value, principal.value), account=account)
        case "user":
            return Named(itself=same, account=account)
        case _:
            return Named(itself=same & MAYBE, role=same, account=account)


def is_everyone(entry: Principal) -> bool:
    """Whether an entry of `Principal` is `*`, or `*` as an account."""
    return entry.kind == "*" or (entry.kind == "AWS" and string(entry.value) == "*")


def _sort(arn: Value) -> str | None:
    """What an ARN is of, `role`, `assumed-role` or `user`, as far as it is known."""
    found = (_SORTS.search(text) for text in map(string, pieces(arn)) if text is not None)
    return next((match[1] for match in found if match is not None), None)


def _everyone_in(account: Value) -> Value | None:
    """A pattern for the ARNs of all identities of an account that is given by its id or by the ARN of its root.

    None for the ARN of anybody else.
    """
    parts = pieces(account)
    if suffix(account).endswith(":root"):
        of_root = segment(account, _ACCOUNT)
        if of_root is None:
            return join((*parts[:-1], suffix(account).removesuffix("root") + "*"), account.span)
        return join(("arn:", _partition(account), ":*::", of_root, ":*"), account.span)
    if prefix(account).startswith("arn:") and isinstance(parts[-1], Scalar):
        return None
    return join(("arn:*:*::", account, ":*"), account.span)


def _may_be_session(entry: Value, role: Value) -> Truth:
    """Whether an entry is the ARN of a session of a role, whose sessions nobody knows: `MAYBE` at most."""
    if (string(entry) or ":assumed-role/").find(":assumed-role/") < 0:
        return NO
    sessions = join(("arn:*:sts::", _account(role), ":assumed-role/", *_name(role), "/*"), role.span)
    return patterns.matches(sessions, entry) & MAYBE


def _is_role_of(entry: Value, session: Value) -> Truth:
    """Whether an entry is the ARN of the role of a session, which does not have the path of the role."""
    name, slash, _ = (string(session) or "").partition(":assumed-role/")[2].partition("/")
    if not slash:
        return MAYBE if _sort(entry) in ("role", None) else NO
    role = join(("arn:", _partition(session), ":iam::", _account(session), ":role/", name), session.span)
    if patterns.equals(entry, role) is YES:
        return YES
    below = join(("arn:", _partition(session), ":iam::", _account(session), ":role/*/", name), session.span)
    return patterns.matches(below, entry) & MAYBE | patterns.equals(entry, role)


def _account(arn: Value) -> Value:
    return segment(arn, _ACCOUNT) or Unknown("the account is not known", NOWHERE)


def _partition(arn: Value) -> Value:
    return segment(arn, 1) or Ref("aws", "partition", NOWHERE)


def _name(role: Value) -> tuple[Value, ...]:
    """The name of a role: what follows the last slash of its ARN."""
    parts = pieces(role)
    for at in range(len(parts) - 1, -1, -1):
        text = string(parts[at]) or ""
        if "/" in text:
            return (Scalar(text.rpartition("/")[2], parts[at].span), *parts[at + 1 :])
    return (Unknown("the name of the role is not known", NOWHERE),)


def _spares(entries: tuple[Principal, ...], principal: Principal) -> Truth:
    """Whether NotPrincipal takes a caller out.

    AWS asks for the account of whoever is listed to be listed too, and says that a Deny may else deny the account; an
    account alone does not take everybody in it out.
    """
    if principal is OF_AWS and not any(map(is_everyone, entries)):
        return matches_aws([entry.value for entry in entries if entry.kind == "AWS"])
    named = names(entries, principal)
    if named.everyone is YES or principal.kind != "AWS":
        return named.directly
    listed = named.itself & named.role if _sort(principal.value) == "assumed-role" else named.itself | named.role
    sure, possible = listed & named.account, any_of((named.everyone, named.itself, named.role, named.account))
    return YES if sure is YES else possible & MAYBE


def _is_of_one_account(resource: Value, principal: Principal) -> Truth:
    accounts = segment(resource, _ACCOUNT), segment(principal.value, _ACCOUNT)
    return MAYBE if accounts[0] is None or accounts[1] is None else patterns.equals(accounts[0], accounts[1])


def _is_on_caller(condition: PolicyCondition) -> bool:
    return condition.key.lower() == "aws:principalarn" and _POSITIVE.fullmatch(condition.operator) is not None
