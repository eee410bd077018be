"""A repository's policy names a principal that cannot be one: none at all, a wildcard in a name, or a malformed account.

## What fails

Setting the policy, and with it the deployment: `Invalid repository policy provided`.

## Why

A statement of a repository's policy needs a principal. That is `*` for everyone, an account (its 12 digits, or
`arn:aws:iam::111122223333:root`), a role, a user, or a session by its ARN, or an AWS service. A wildcard cannot stand for a
part of a name: `arn:aws:iam::111122223333:role/ci-*` is no principal. To let in several roles by their names, name the
account and put the pattern in a condition on `aws:PrincipalArn`. Groups are no principals either.

## Fix

Terraform:

```hcl
policy = jsonencode({
  Version = "2012-10-17"
  Statement = [{
    Effect    = "Allow"
    Principal = { AWS = "arn:aws:iam::222233334444:root" }
    Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    Condition = { ArnLike = { "aws:PrincipalArn" = "arn:aws:iam::222233334444:role/ci-*" } }
  }]
})
```

CloudFormation:

```yaml
- Effect: Allow
  Principal:
    AWS: arn:aws:iam::222233334444:root
  Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
  Condition:
    ArnLike:
      aws:PrincipalArn: arn:aws:iam::222233334444:role/ci-*
```

## References

- [The Principal element](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html)
- [Repository policies](https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.analysis.accounts import miscounted
from ecrlint.analysis.documents import Document, of_repositories
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.policy import Statement
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.value import Value, pieces, string
from ecrlint.wording.messages import INVALID_REPOSITORY_POLICY
from ecrlint.wording.words import quoted

SEVERITY = Severity.ERROR
SYMPTOM = INVALID_REPOSITORY_POLICY
_IDENTITY = re.compile(r"arn:[a-z-]+:(?:iam|sts)::(?P<account>[^:]*):(?P<kind>[^/]*)")
_NO_PRINCIPALS = ("group", "policy", "instance-profile", "oidc-provider", "saml-provider")


def check(stack: Stack) -> Iterator[Finding]:
    for document in of_repositories(stack):
        for statement in document.policy.statements:
            if statement.effect is None:
                continue
            if not statement.principals and not statement.not_principals:
                yield _finding(document, statement.span, "names no principal in this statement", "no principal")
            else:
                yield from _flawed(document, statement)


def _flawed(document: Document, statement: Statement) -> Iterator[Finding]:
    for principal in (*(statement.principals or ()), *(statement.not_principals or ())):
        why = _flaw(principal.value) if principal.kind == "AWS" else None
        if why is not None:
            said = f"names a principal that ECR refuses: {quoted(principal.value)} {why}"
            yield _finding(document, principal.value.span, said, f"principal {quoted(principal.value)}")


def _flaw(value: Value) -> str | None:
    """Why a value can be no principal, whatever its holes are; None where it may be one."""
    parts = pieces(value)
    known = [string(part) or "" for part in parts]
    if known[0].startswith("arn:") and any("*" in text or "?" in text for text in known):
        return "has a wildcard in it, and only * alone, for everyone, is a principal"
    text = string(value)
    if text is None:
        return None
    found = _IDENTITY.match(text)
    account = found["account"] if found else text
    why = miscounted(account)
    if why is not None or found is None:
        return why
    if not account and "${" not in value.span.text:  # a variable may be empty only until somebody sets it
        return "names no account"
    return f"is a {found['kind']}, which is no principal" if found["kind"] in _NO_PRINCIPALS else None


def _finding(document: Document, span: Span, said: str, cause: str) -> Finding:
    return Finding(
        span=span,
        message=f"{document.label} {said}",
        help='name an account, a role or a user in full: "arn:aws:iam::<12 digits>:root"',
        address=document.address,
        cause=cause,
    )
