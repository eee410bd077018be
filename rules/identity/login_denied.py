"""Whoever is granted the login to ECR is also denied it, and a Deny always wins.

## What fails

`aws ecr get-login-password`, the ECR login of a CI job, the credential helper, or the pull of a task, whatever other
policies allow.

## Why

An explicit Deny overrides every Allow. A Deny that is meant for repositories reaches the login more easily than it
seems, because `ecr:GetAuthorizationToken` is asked for the resource `*` and has none of the keys of a repository:

- `NotResource` with the approved repositories: `*` is not among them, so the login is denied
- `NotAction` without the token, on `*`
- a negated condition on a tag of the repository (`StringNotEquals` on `aws:ResourceTag/...`): a key that is not there
  is not equal, so the Deny holds
- `ecr:*` on `*`

A Deny on the ARNs of repositories does not touch it. This rule speaks where the same holder, or the same document, also
names the login or a push or pull, so that it is meant to work.

## Fix

Terraform:

```hcl
data "aws_iam_policy_document" "guard" {
  statement {
    effect        = "Deny"
    actions       = ["ecr:PutImage", "ecr:InitiateLayerUpload"]
    not_resources = ["arn:aws:ecr:*:*:repository/team-*"]
  }
}
```

CloudFormation:

```yaml
- Effect: Deny
  Action: [ecr:PutImage, ecr:InitiateLayerUpload]
  NotResource: !Sub "arn:${AWS::Partition}:ecr:*:*:repository/team-*"
```

## References

- [How IAM decides](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html)
- [Actions of Amazon ECR, with the resources that each accepts](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import LOGIN, PULL, PUSH, TOKEN, can, denies_token, names
from ecrlint.analysis.holders import Holder, holders
from ecrlint.analysis.spelling import service_of
from ecrlint.analysis.trust import may_never_log_in
from ecrlint.iam.patterns import any_matches_action
from ecrlint.iam.policies import statements
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Policy
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import string

SEVERITY = Severity.ERROR
SYMPTOM = (
    "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: User: ... is not"
    f" authorized to perform: {TOKEN} on resource: * with an explicit deny in an identity-based policy"
)
_OF_ECR = "ContainerRegistry"  # the AWS managed policies that are about ECR alone, and were attached for it


def check(stack: Stack) -> Iterator[Finding]:
    seen: set[Span] = set()
    for holder in holders(stack):
        decision = denies_token(_together(holder))
        if decision is None or decision.by[0] in seen or not _is_meant_to_work(holder, decision.by[0]):
            continue
        seen.add(decision.by[0])
        yield Finding(
            span=decision.by[0],
            message=f"{holder.label} is denied {TOKEN} here, whatever else allows it, so it cannot log in",
            help=f"leave {TOKEN} out of this Deny: name the actions on repositories that it is meant for",
            address=holder.address,
            cause="login denied",
            severity=Severity.WARNING if holder.role is None or may_never_log_in(holder.role) else None,
            related=tuple(_related(holder)),
            roots=((holder.address, TOKEN),),
        )


def _together(holder: Holder) -> tuple[Policy, ...]:
    """The policies that certainly speak for one holder: of those that are attached to nobody, each stands alone."""
    return holder.own if holder.role is None else holder.policies


def _is_meant_to_work(holder: Holder, denied: Span) -> bool:
    """Whether a pattern for ECR allows the login, a push or a pull, and the login would not fail without the Deny too.

    A policy of AWS is attached as a whole: a Deny that names the token may be there to take just that away.
    """
    named = any(_named(policy) for policy in holder.own)
    if not named and not _names_token(holder, denied):
        named = any(_OF_ECR in (policy.managed or "") for policy in holder.policies)
    return named and (holder.role is None or can(_without_deny(holder), LOGIN).truth is not NO)


def _names_token(holder: Holder, denied: Span) -> bool:
    """Whether the Deny at a place names the login, and not only a pattern for it."""
    denies = (one for policy in holder.policies for one in statements(policy) if one.effect == "Deny")
    return any(
        (string(pattern) or "").lower() == TOKEN.lower() and denied in (one.span, pattern.span)
        for one in denies
        for pattern in one.actions or ()
    )


def _named(policy: Policy) -> bool:
    needed = (*LOGIN.actions, *PUSH.actions, *PULL.actions)
    for one in policy.statements:
        patterns = tuple(pattern for pattern in one.actions or () if service_of(pattern) == "ecr")
        if one.effect == "Allow" and any(any_matches_action(patterns, action) is YES for action in needed):
            return True
    return False


def _without_deny(holder: Holder) -> Iterator[Policy]:
    for policy in holder.policies:
        kept = tuple(one for one in statements(policy) if one.effect == "Allow")
        yield replace(policy, statements=kept, managed=None)


def _related(holder: Holder) -> Iterator[Related]:
    if holder.role is not None:
        yield Related(holder.span, holder.label)
    for policy in holder.own:
        for one in policy.statements:
            if one.effect == "Allow":
                yield from (Related(pattern.span, "the login is granted here") for _, pattern in names(one, LOGIN))
