"""Who may assume a role with a token of a CI service, by the trust policy of the role and its OpenID Connect provider."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from ecrlint.analysis.capability import LOGIN, PULL, PUSH, WHOLE, granted_somewhere
from ecrlint.iam import conditions, patterns
from ecrlint.iam import decide as iam
from ecrlint.iam.policies import covers_action
from ecrlint.iam.request import Fact, RequestContext
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.policy import IdentityProvider, Policy, PolicyCondition, Principal, Role, Statement
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, Truth
from ecrlint.model.value import Scalar, Value, pieces, string, suffix

WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
"""What a token of an OpenID Connect provider is exchanged with.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

GITHUB, GITLAB, CIRCLECI = "token.actions.githubusercontent.com", "gitlab.com", "oidc.circleci.com"
BITBUCKET = "api.bitbucket.org"

_PROVIDER = "oidc-provider/"


@dataclass(frozen=True, slots=True)
class Federated:
    """A statement of a trust policy that lets the tokens of one CI service in, by the issuer that its ARN names."""

    statement: Statement
    issuer: str

    @property
    def host(self) -> str:
        """The issuer without its path: that of CircleCI ends with the id of an organization."""
        return self.issuer.partition("/")[0]

    def claims(self, claim: str) -> Iterator[PolicyCondition]:
        """The conditions on a claim of the token."""
        key = f"{self.issuer}:{claim}".lower()
        yield from (condition for condition in self.statement.conditions if condition.key.lower() == key)


def issuer(principal: Value) -> str | None:
    """The issuer that the ARN of a provider ends with, without its scheme; None where that is not known."""
    _, mark, found = suffix(principal).rpartition(_PROVIDER)
    return found.removesuffix("/") if mark and found else None


def federated(role: Role) -> tuple[Federated, ...] | None:
    """The statements that let the tokens of CI services in, each of one issuer.

    None where others may let them in too: a part of the trust policy is not known.
    """
    if role.trust is None or role.trust.open:
        return None
    found: list[Federated] = []
    for statement in role.trust.statements:
        if statement.effect == "Deny":
            continue
        if statement.effect is None or statement.principals is None:
            return None
        issuers = {issuer(one.value) for one in statement.principals if one.kind == "Federated"}
        if any(one.kind == "Federated" and _may_be_any(one.value) for one in statement.principals) or len(issuers) > 1:
            return None
        found += [Federated(statement, one) for one in issuers if one is not None and is_ci(one)]
    return tuple(found)


def _may_be_any(principal: Value) -> bool:
    """Whether a principal may be the provider of any issuer."""
    return issuer(principal) is None and not isinstance(principal, Scalar)


def is_ci(issuer: str) -> bool:
    return issuer.partition("/")[0] in (GITHUB, GITLAB, CIRCLECI, BITBUCKET)


@dataclass(frozen=True, slots=True)
class Never:
    """Why a statement lets no token in, with the value that says so. Not `sure`: some repositories may send such a token.

    `takes` are the audiences of the provider, where the value is another one.
    """

    why: Literal["action", "wildcard", "pull request", "repository alone", "audience", "key"]
    statement: Federated
    value: Value
    condition: PolicyCondition | None = None
    sure: bool = True
    provider: IdentityProvider | None = None
    takes: tuple[str, ...] = ()


def never(stack: Stack, one: Federated) -> Never | None:
    """Why a statement matches no token of its issuer, whatever job has it; None where it may match one."""
    actions = one.statement.actions
    if actions and covers_action(one.statement, WEB_IDENTITY) is NO:
        return Never("action", one, actions[0])
    found = [made for condition in one.statement.conditions if (made := _never_holds(stack, one, condition)) is not None]
    return min(found, key=lambda made: not made.sure, default=None)


def _never_holds(stack: Stack, one: Federated, condition: PolicyCondition) -> Never | None:
    if not conditions.needs_value(condition):
        return None
    host, _, claim = condition.key.rpartition(":")
    value = condition.values[0]
    if host.lower().removesuffix("/") != one.issuer.lower():  # `aws:` and `sts:` are keys of every call
        return Never("key", one, value, condition) if claim and "." in host else None
    if claim.lower() == "sub":
        if is_literal(condition) and all(map(_has_wildcard, condition.values)):
            return Never("wildcard", one, value, condition)
        if one.issuer == GITHUB and all(map(_is_of_pull_ref, condition.values)):
            return Never("pull request", one, value, condition, sure=False)
        if one.issuer == GITHUB and all(map(_is_of_repository_alone, condition.values)):
            return Never("repository alone", one, value, condition, sure=False)
    return _never_an_audience(stack, one, condition) if claim.lower() == "aud" else None


def _never_an_audience(stack: Stack, one: Federated, condition: PolicyCondition) -> Never | None:
    found = provider(stack, one.issuer)
    taken = None if found is None else audiences(found)
    if not taken or any(may_be(condition, audience) for audience in taken):
        return None
    return Never("audience", one, condition.values[0], condition, provider=found, takes=taken)


def _has_wildcard(value: Value) -> bool:
    """Whether a string has a wildcard in what is known of it, and no variable or escape."""
    texts = list(_known(value))
    return any("*" in text or "?" in text for text in texts) and not any("${" in text for text in texts)


def _is_of_pull_ref(value: Value) -> bool:
    return any(":ref:refs/pull/" in text for text in _known(value))


def _is_of_repository_alone(value: Value) -> bool:
    """Whether a subject ends with the name of a repository, with nothing that may stand for more."""
    return re.fullmatch(r"repo:[^:*?$]+", string(value) or "") is not None


def _known(value: Value) -> Iterator[str]:
    for part in pieces(value):
        text = string(part)
        if text is not None:
            yield text


def provider(stack: Stack, issuer: str) -> IdentityProvider | None:
    """The one provider of an issuer that the stack makes."""
    found = [one for one in stack.identity_providers if issuer_of(one) == issuer]
    return found[0] if len(found) == 1 else None


def issuer_of(provider: IdentityProvider) -> str | None:
    """The issuer of a provider, without its scheme."""
    url = string(provider.url)
    return None if url is None else url.removeprefix("https://").removesuffix("/")


def concerns_ecr(role: Role) -> bool:
    """Whether a role may do anything with ECR, or policies that are not known may let it."""
    actions = (*LOGIN.actions, *PULL.actions, *PUSH.actions)
    return any(granted_somewhere(role, action) is not NO for action in actions)


def is_literal(condition: PolicyCondition) -> bool:
    """Whether a condition compares strings as they are, so that `*` is a character like others."""
    return condition.operator.lower().rpartition(":")[2].removesuffix("ifexists").startswith("stringequals")


def may_be(condition: PolicyCondition, text: str) -> bool:
    """Whether a condition on a claim may hold for a token with this value, as far as it is known."""
    value = Scalar(text, condition.span)
    if is_literal(condition):
        return any(patterns.equals(one, value) is not NO for one in condition.values)
    return any(patterns.matches(one, value) is not NO for one in condition.values)


def audiences(provider: IdentityProvider) -> tuple[str, ...] | None:
    """The audiences that a provider takes; None where one of them is not known."""
    found = tuple(string(one) for one in provider.audiences)
    return None if None in found else tuple(one for one in found if one is not None)


def admits(role: Role, issuer: str, claims: Mapping[str, Fact]) -> Truth:
    """Whether the trust policy of a role admits a token of an issuer with these claims; of others nothing is known."""
    if role.trust is None:
        return MAYBE
    statements = tuple(_of_issuer(role.trust, issuer))
    keys = {f"{issuer}:{claim}".lower(): fact for claim, fact in claims.items()}
    policy = replace(role.trust, statements=statements)
    return iam.decide((policy,), WEB_IDENTITY, WHOLE, open=policy.open, context=RequestContext(keys=keys)).truth


def _of_issuer(trust: Policy, wanted: str) -> Iterator[Statement]:
    """The statements that may speak of the tokens of an issuer, as if they spoke of nobody else."""
    for statement in trust.statements:
        named = [one for one in statement.principals or () if one.kind in ("Federated", "*")]
        own = [one for one in named if one.kind == "*" or issuer(one.value) in (wanted, None)]
        if statement.principals is None or own:
            sure = statement.principals is not None and any(issuer(one.value) == wanted for one in own)
            everybody = (Principal("*", Scalar("*", statement.span)),)
            effect = statement.effect if sure or statement.effect == "Allow" else None
            yield replace(statement, principals=everybody, effect=effect)


def subject_conditions(role: Role, issuer: str) -> tuple[PolicyCondition, ...]:
    """The conditions on the subject of a token of an issuer."""
    found = federated(role) or ()
    return tuple(condition for one in found if one.issuer == issuer for condition in one.claims("sub"))


def trusts_issuer(role: Role, wanted: str) -> bool:
    """Whether a role surely trusts an issuer."""
    statements = () if role.trust is None else role.trust.statements
    principals = (one for statement in statements if statement.effect == "Allow" for one in statement.principals or ())
    return any(one.kind == "Federated" and issuer(one.value) == wanted for one in principals)


def never_admits(stack: Stack, role: Role) -> bool:
    """Whether no statement on a CI service can match any of its tokens."""
    found = federated(role)
    return bool(found) and all(never(stack, one) is not None for one in found or ())
