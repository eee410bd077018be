"""The login to ECR Public is granted without sts:GetServiceBearerToken, which it needs as well.

## What fails

`aws ecr-public get-login-password --region us-east-1`, the login to `public.ecr.aws` of a CI job, or the credential helper.

## Why

A token of ECR Public is a bearer token that STS makes, so `ecr-public:GetAuthorizationToken` is checked together with
`sts:GetServiceBearerToken`. Both are granted on `*` alone. The login to a private registry needs no such thing, and public
images are pulled without any login.

## Fix

Terraform:

```hcl
statement {
  actions   = ["ecr-public:GetAuthorizationToken", "sts:GetServiceBearerToken"]
  resources = ["*"]
}
```

CloudFormation:

```yaml
- Effect: Allow
  Action: [ecr-public:GetAuthorizationToken, sts:GetServiceBearerToken]
  Resource: "*"
```

## References

- [Authentication to a public registry](https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html)
- [Actions of AWS STS](https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import BEARER_TOKEN, PUBLIC_TOKEN, WHOLE, granted_somewhere
from ecrlint.analysis.holders import Holder, holders
from ecrlint.analysis.spelling import service_of
from ecrlint.analysis.trust import runs_docker
from ecrlint.iam.decide import decide
from ecrlint.iam.patterns import any_matches_action
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value, string
from ecrlint.wording.words import statement

SEVERITY = Severity.ERROR
SYMPTOM = (
    "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: User: ... is not authorized"
    f" to perform: {BEARER_TOKEN} because no identity-based policy allows the {BEARER_TOKEN} action"
)


def check(stack: Stack) -> Iterator[Finding]:
    seen: set[Span] = set()
    for holder in holders(stack):
        pattern = _logs_in(holder)
        if pattern is None or pattern.span in seen or holder.unread:
            continue
        if granted_somewhere(holder.visible, BEARER_TOKEN) is not NO:
            continue
        seen.add(pattern.span)
        unless = "" if holder.sure else ", unless another policy grants it"
        yield Finding(
            span=pattern.span,
            message=f"{holder.label} may not log in to Amazon ECR Public: {PUBLIC_TOKEN} needs {BEARER_TOKEN} as well{unless}",
            help=f"add a statement: {statement((BEARER_TOKEN,))}",
            address=holder.address,
            cause=f"missing {BEARER_TOKEN}",
            severity=Severity.ERROR if holder.sure and not _is_wide(pattern) else Severity.WARNING,
            related=(Related(holder.span, holder.label),) if holder.role is not None else (),
        )


def _logs_in(holder: Holder) -> Value | None:
    """The pattern of ECR Public's own by which a holder is granted its login.

    `ecr-public:*` may be for whoever manages repositories and never logs in; only what runs docker makes it more.
    """
    if decide(holder.policies, PUBLIC_TOKEN, WHOLE).truth is not YES:
        return None
    for _, one in holder.statements():
        for pattern in one.actions or () if one.effect == "Allow" else ():
            if service_of(pattern) == "ecr-public" and any_matches_action((pattern,), PUBLIC_TOKEN) is YES:
                return pattern if not _is_wide(pattern) or (holder.role is not None and runs_docker(holder.role)) else None
    return None


def _is_wide(pattern: Value) -> bool:
    return (string(pattern) or "").endswith(":*")
