"""Whoever pushes has all push actions, but nothing lets it log in.

## What fails

`aws ecr get-login-password`, the ECR login action of a CI job, or the credential helper, before the first layer is
pushed. What then reaches docker is an empty password, so the push may end with `no basic auth credentials` instead.

## Why

The credentials of a registry are fetched with `ecr:GetAuthorizationToken`, which is an action like any other and is
not part of the five that a push needs. The policy of a repository cannot grant it: the token is not about a
repository.

Programs that call ECR's API and never a registry (cleaning up, moving tags, reading scan results) need no login. This
rule speaks of roles, users and policies that hold the push actions, and of no role that only CodePipeline,
CodeDeploy, CloudFormation or Lambda assumes.

## Fix

Terraform:

```hcl
data "aws_iam_policy_document" "push" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  # ... the push actions on the repository
}
```

CloudFormation:

```yaml
Statement:
  - Effect: Allow
    Action: ecr:GetAuthorizationToken
    Resource: "*"
  # ... the push actions on the repository
```

## References

- [IAM permissions for pushing an image](https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html)
- [Private registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PUBLIC_PUSH, PUBLIC_TOKEN, PUSH, TOKEN
from ecrlint.analysis.holders import Holder, holders
from ecrlint.analysis.intent import means_to_push, pushing, pushing_to_public
from ecrlint.analysis.login import in_vain, lacks_login, may_push, needed_for
from ecrlint.analysis.pullers import is_execution_role
from ecrlint.analysis.trust import logs_in, may_be_for_no_program
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.wording.messages import LOGIN_REFUSED, PUBLIC_LOGIN_REFUSED, login_refused
from ecrlint.wording.words import statement

SEVERITY = Severity.ERROR
SYMPTOM = (LOGIN_REFUSED, PUBLIC_LOGIN_REFUSED, "no basic auth credentials")


def check(stack: Stack) -> Iterator[Finding]:
    for holder in holders(stack):
        severity = _severity(stack, holder)
        if severity is not None and lacks_login(holder) and not any(in_vain(holder)):
            yield _finding(holder, severity, _place(holder))
        yield from _of_public_registry(stack, holder)


def _of_public_registry(stack: Stack, holder: Holder) -> Iterator[Finding]:
    """The same for ECR Public, whose pulls need no login: who is to push there is who names an upload."""
    shown = dict(pushing_to_public(holder.own))
    if not shown or frozenset().union(*shown) != set(PUBLIC_PUSH.actions):
        return
    if lacks_login(holder, PUBLIC_TOKEN) and not any(in_vain(holder, PUBLIC_TOKEN)):
        role = holder.role
        if role is None:
            severity = Severity.WARNING
        elif not holder.sure or is_execution_role(stack, role) or logs_in(role) is NO:
            return
        else:
            severity = Severity.WARNING if may_be_for_no_program(role) else Severity.ERROR
        yield _finding(holder, severity, next(iter(shown.values())).span, PUBLIC_TOKEN)


def _severity(stack: Stack, holder: Holder) -> Severity | None:
    """How sure it is that a holder is to log in; None where it may well not be, or where others may grant the login."""
    role = holder.role
    if role is None:
        return Severity.WARNING if _names_all(holder) else None
    if not holder.sure or is_execution_role(stack, role) or logs_in(role) is NO:
        return None
    if may_push(holder):
        return Severity.WARNING if may_be_for_no_program(role) else Severity.ERROR
    return Severity.ERROR if logs_in(role) is YES and any(pushing(holder.own)) else None


def _names_all(holder: Holder) -> bool:
    named = {action for _, one in holder.statements() for action, _ in means_to_push(one)}
    return named == set(PUSH.actions)


def _finding(holder: Holder, severity: Severity, place: Span, token: str = TOKEN) -> Finding:
    whole = f"nothing grants it {token}" if holder.sure else f"does not grant {token}"
    there = " to Amazon ECR Public" if token == PUBLIC_TOKEN else ""
    return Finding(
        span=place,
        message=f"{holder.label} may push{there} but not log in: {whole}"
        if holder.sure
        else f"{holder.label} grants a push{there} but {whole}",
        help=f"add a statement: {statement(needed_for(token))}",
        address=holder.address,
        cause=f"missing {token}",
        severity=severity,
        related=(Related(holder.span, holder.label),) if holder.role is not None else (),
        roots=((holder.address, token),),
        aws=login_refused(token),
    )


def _place(holder: Holder) -> Span:
    for _, _, pattern in pushing(holder.own):
        return pattern.span
    return holder.span
