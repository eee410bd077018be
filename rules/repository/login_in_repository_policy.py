"""A repository's policy grants an action that is not about a repository, the login first of all.

## What fails

The login of whoever is meant to get it from here: the statement grants the pull or the push, and
`ecr:GetAuthorizationToken` is denied all the same. Nothing fails where identity policies grant the login, as they
usually do; then the line only misleads.

## Why

AWS checks `ecr:GetAuthorizationToken` against `*`, and the actions on the registry (`ecr:PutRegistryPolicy`,
`ecr:CreatePullThroughCacheRule` and others) as well. The policy of a repository speaks of that repository alone and so
can grant none of them. Across accounts the token comes from the caller's own account.

## Fix

Terraform:

```hcl
resource "aws_iam_role_policy" "login" {
  role = aws_iam_role.ci.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" }]
  })
}
```

CloudFormation:

```yaml
Policies:
  - PolicyName: login
    PolicyDocument:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Action: ecr:GetAuthorizationToken
          Resource: "*"
```

## References

- [Repository policy examples](https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html)
- [Actions of Amazon ECR, with the resources that each accepts](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import TOKEN
from ecrlint.analysis.documents import Document, of_repositories
from ecrlint.iam import actions
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.value import Value, string
from ecrlint.wording.messages import LOGIN_REFUSED
from ecrlint.wording.words import quoted

SEVERITY = Severity.WARNING
SYMPTOM = LOGIN_REFUSED


def check(stack: Stack) -> Iterator[Finding]:
    for document in of_repositories(stack):
        found = list(_misplaced(document))
        if found:
            yield _finding(document, found)


def _misplaced(document: Document) -> Iterator[Value]:
    """The patterns of the policy that are the plain names of actions on no repository."""
    for statement in document.policy.statements:
        for pattern in statement.actions or ():
            action = actions.find(string(pattern) or "")
            if statement.effect == "Allow" and action is not None and action.name.startswith("ecr:") and not action.types:
                yield pattern


def _finding(document: Document, found: list[Value]) -> Finding:
    first, *others = sorted(found, key=lambda one: (string(one) or "").lower() != TOKEN.lower())
    is_token = (string(first) or "").lower() == TOKEN.lower()
    what = "the login" if is_token else "an action on the registry"
    return Finding(
        span=first.span,
        message=f"{document.label} cannot grant {quoted(first)}: it speaks of the repository alone, and {what} is none of it",
        help="grant it in an identity policy of whoever needs it, on the resource *",
        address=document.address,
        cause=f"misplaced {string(first)}",
        related=tuple(Related(one.span, "here too") for one in others if one.span != first.span),
        aws=LOGIN_REFUSED if is_token else "",
    )
