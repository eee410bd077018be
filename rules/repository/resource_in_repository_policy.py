"""A repository's policy has a Resource element, which ECR has refused as an invalid policy.

## What fails

Setting the policy, and with it the deployment: `Invalid repository policy provided`. Where ECR does take it, the element
says nothing.

## Why

The policy of a repository speaks of that repository alone, so its statements need no `Resource`, and for a long time ECR
refused every policy that had one. Some pages of AWS show one with `"Resource": "*"`, so this is a warning. Identity policies,
the policy of a registry and those of VPC endpoints are another matter: they do need it.

## Fix

Terraform:

```hcl
resource "aws_ecr_repository_policy" "shop" {
  repository = aws_ecr_repository.shop.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::222233334444:root" }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}
```

CloudFormation:

```yaml
RepositoryPolicyText:
  Version: "2012-10-17"
  Statement:
    - Effect: Allow
      Principal:
        AWS: arn:aws:iam::222233334444:root
      Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
```

## References

- [Repository policies](https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html)
- [What the CDK says of it](https://github.com/aws/aws-cdk/issues/24314)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.documents import documents, of_repositories
from ecrlint.fixes.edits import without_element
from ecrlint.model.finding import Edit, Finding, Related, Severity
from ecrlint.model.policy import Statement
from ecrlint.model.stack import Stack
from ecrlint.wording.messages import INVALID_REPOSITORY_POLICY

SEVERITY = Severity.WARNING
SYMPTOM = INVALID_REPOSITORY_POLICY


def check(stack: Stack) -> Iterator[Finding]:
    for document in of_repositories(stack):
        scoped = [one for one in document.policy.statements if one.resources or one.not_resources]
        places = [(*(one.resources or ()), *(one.not_resources or ()))[0].span for one in scoped]
        if places and not document.loose:
            yield Finding(
                span=places[0],
                message=f"{document.label} has a Resource element, with which ECR may refuse it as invalid",
                help="remove the element: the policy speaks of its own repository alone",
                address=document.address,
                cause="resource element",
                related=tuple(Related(place, "here too") for place in dict.fromkeys(places[1:]) if place != places[0]),
                fix=_fix(stack, scoped),
            )


def _fix(stack: Stack, scoped: list[Statement]) -> tuple[Edit, ...]:
    """Every element taken out, unless a policy of another kind is made of the same statements."""
    others = (one for one in documents(stack) if one.policy.kind != "repository")
    elsewhere = {statement.span for one in others for statement in one.policy.statements}
    edits = [
        without_element(
            (*(one.resources or ()), *(one.not_resources or ())), "Resource", "NotResource", "resources", "not_resources"
        )
        for one in scoped
        if one.span not in elsewhere
    ]
    return tuple(dict.fromkeys(edit for some in edits for edit in some)) if len(edits) == len(scoped) and all(edits) else ()
