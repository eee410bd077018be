"""A repository's policy lets in everyone, of whatever account, without a condition.

## What fails

Nothing fails; that is the danger. Whoever has an AWS account can pull the images, or push others in their place, if the
statement has the actions of a push.

## Why

`"Principal": "*"` and `"Principal": {"AWS": "*"}` mean every principal of every account. A condition on the organization
(`aws:PrincipalOrgID`), on an account (`aws:PrincipalAccount`) or on a VPC endpoint (`aws:SourceVpce`) makes it narrower, and so
does a Deny under one. `aws:SecureTransport` does not: everyone uses it. For images that are meant for the public
there is ECR Public.

## Fix

Terraform:

```hcl
policy = jsonencode({
  Version = "2012-10-17"
  Statement = [{
    Effect    = "Allow"
    Principal = "*"
    Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    Condition = { StringEquals = { "aws:PrincipalOrgID" = "o-a1b2c3d4e5" } }
  }]
})
```

CloudFormation:

```yaml
- Effect: Allow
  Principal: "*"
  Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
  Condition:
    StringEquals:
      aws:PrincipalOrgID: o-a1b2c3d4e5
```

## References

- [Repository policy examples](https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html)
- [The Principal element](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PULL, PUSH_INTENT
from ecrlint.analysis.documents import Document, of_repositories
from ecrlint.iam import principals
from ecrlint.iam.policies import covers_action
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.policy import Statement
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES

SEVERITY = Severity.WARNING
EXPOSURE = 8.6
SYMPTOM = "no error: the pull of a stranger succeeds"
_TRUE_OF_EVERYONE = frozenset({"aws:securetransport"})


def check(stack: Stack) -> Iterator[Finding]:
    for document in of_repositories(stack):
        for statement in document.policy.statements:
            everyone = next((one for one in statement.principals or () if principals.is_everyone(one)), None)
            if everyone is None or statement.effect != "Allow" or _is_narrowed(statement, document):
                continue
            what = _what(statement)
            if what:
                yield Finding(
                    span=everyone.value.span,
                    message=f"{document.label} lets everyone, of whatever AWS account, {what}",
                    help='name the accounts that are meant, or add a condition on "aws:PrincipalOrgID"',
                    address=document.address,
                    cause=f"everyone may {what}",
                )


def _is_narrowed(statement: Statement, document: Document) -> bool:
    """Whether a condition, or a Deny that may reach someone, keeps any part of everyone out."""
    if any(one.key.lower() not in _TRUE_OF_EVERYONE for one in statement.conditions):
        return True
    return bool(document.policy.open) or any(one.effect != "Allow" and _may_keep_out(one) for one in document.policy.statements)


def _may_keep_out(deny: Statement) -> bool:
    keys = [one.key.lower() for one in deny.conditions]
    return deny.not_principals is not None or any(key not in _TRUE_OF_EVERYONE for key in keys)


def _what(statement: Statement) -> str:
    pulls = all(covers_action(statement, action) is YES for action in PULL.actions)
    pushes = any(covers_action(statement, action) is YES for action in PUSH_INTENT)
    return "pull and push" if pulls and pushes else "push" if pushes else "pull" if pulls else ""
