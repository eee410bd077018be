"""A function is in one region and its image in another.

## What fails

Creating or updating the function.

## Why

Lambda pulls only from the ECR of its own region. Another account is possible, another region is not.

CloudFormation does not say in a template where it is deployed, so the rule cannot apply there.

## Fix

Pull from a repository of the function's region; replication keeps one up to date. Terraform:

```hcl
resource "aws_ecr_replication_configuration" "to_the_functions" {
  replication_configuration {
    rule {
      destination {
        region      = "eu-central-1" # the region of the function
        registry_id = data.aws_caller_identity.current.account_id
      }
    }
  }
}
```

CloudFormation:

```yaml
Replication:
  Type: AWS::ECR::ReplicationConfiguration
  Properties:
    ReplicationConfiguration:
      Rules:
        - Destinations:
            - Region: eu-central-1 # the region of the function
              RegistryId: !Ref AWS::AccountId
```

## References

- [Create a Lambda function using a container image](https://docs.aws.amazon.com/lambda/latest/dg/images-create.html)
- [Private image replication in Amazon ECR](https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.iam.request import segment
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.image import in_private_ecr, repository_arn
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import string
from ecrlint.model.workload import Function

SEVERITY = Severity.ERROR
SYMPTOM = "InvalidParameterValueException: Source image ... is not valid. Provide a valid source image."


def check(stack: Stack) -> Iterator[Finding]:
    for function in stack.functions:
        region = _region_of_image(function)
        own = string(function.region)
        if function.exists is YES and region is not None and own is not None and region != own:
            yield _finding(function, own, region)


def _region_of_image(function: Function) -> str | None:
    arn = repository_arn(function.image) if in_private_ecr(function.image) is YES else None
    region = None if arn is None else segment(arn, 3)
    return None if region is None else string(region)


def _finding(function: Function, own: str, region: str) -> Finding:
    return Finding(
        span=function.image.span,
        message=f'function "{function.label}" is in {own} and its image in {region}; Lambda pulls only from its own region',
        help=f"pull from a repository of {own}, kept up to date by replication",
        address=function.address,
        cause=f"image in {region}",
        related=(Related(function.span, "the function"), Related(function.region.span, "the region that it is deployed to")),
    )
