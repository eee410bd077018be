"""A function is a container image whose repository does not let Lambda in.

## What fails

Creating or updating the function, and later its start, whenever Lambda has to pull the image again. In another account
than the repository's it always fails: an error. In the same account, where the stack sets a policy on the repository
that leaves Lambda out: a warning, since Lambda tries to add itself with the permissions of whoever deploys, and the next
deployment takes that out again. Where the repository has no policy at all, it works if the deployer may change one: a note.

## Why

Lambda pulls as the service `lambda.amazonaws.com`, by the repository's policy. The role of the function plays no part in
it, whatever `ecr:` actions it has.

## Fix

Terraform:

```hcl
resource "aws_ecr_repository_policy" "thumbnails" {
  repository = aws_ecr_repository.thumbnails.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}
```

CloudFormation:

```yaml
Repository:
  Type: AWS::ECR::Repository
  Properties:
    RepositoryPolicyText:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: lambda.amazonaws.com}
          Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
```

From another account, name that account as a principal too, and give the service the condition `aws:SourceArn` of the
functions.

## References

- [Create a Lambda function using a container image: ECR permissions](https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions)
- [Introducing cross-account Amazon ECR access for AWS Lambda](https://aws.amazon.com/blogs/compute/introducing-cross-account-amazon-ecr-access-for-aws-lambda/)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PULL
from ecrlint.analysis.repositories import lets_service_in, named
from ecrlint.iam.request import segment
from ecrlint.model.address import short_name
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Policy
from ecrlint.model.source import Span
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import string
from ecrlint.model.workload import Function

SEVERITY = Severity.ERROR
SYMPTOM = "Lambda does not have permission to access the ECR image. Check the ECR permissions."

_LAMBDA = "lambda.amazonaws.com"
_PULL = '"Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]'
_HELP = f'{{"Effect": "Allow", "Principal": {{"Service": "{_LAMBDA}"}}, {_PULL}}}'


def check(stack: Stack) -> Iterator[Finding]:
    pulling: dict[str, tuple[Repository, list[Function]]] = {}
    for function in stack.functions:
        repository = named(stack, function.image) if function.exists is YES else None
        if repository is not None:
            pulling.setdefault(repository.address, (repository, []))[1].append(function)
    for repository, functions in pulling.values():
        if repository.policy is None or lets_service_in(repository.policy, _LAMBDA, PULL.actions) is NO:
            yield _finding(repository, functions)


def _finding(repository: Repository, functions: list[Function]) -> Finding:
    abroad = [function for function in functions if _is_abroad(function, repository)]
    first = (abroad or functions)[0]
    name, policy = short_name(repository.address, repository.span), repository.policy
    severity = Severity.ERROR if abroad else Severity.NOTE if policy is None else Severity.WARNING
    where = " of another account" if abroad else ""
    said = "has no policy that lets" if policy is None else "has a policy that does not let"
    return Finding(
        span=first.image.span if policy is None else _place(policy),
        message=f'function "{first.label}" pulls from repository "{name}"{where}, which {said} {_LAMBDA} in',
        help=f"{f'give {name} a policy with' if policy is None else f'add to the policy of {name}'}: {_HELP}{_account(abroad)}",
        address=repository.address,
        cause=f"{_LAMBDA} not let in",
        severity=severity,
        related=tuple(_related(repository, functions)),
        roots=((repository.address, _LAMBDA),),
    )


def _account(abroad: list[Function]) -> str:
    """The statement for the account that a function of another account is made in; Lambda wants it let in as well."""
    own = string(abroad[0].account) if abroad else None
    return "" if own is None else f', {{"Effect": "Allow", "Principal": {{"AWS": "{own}"}}, {_PULL}}}'


def _is_abroad(function: Function, repository: Repository) -> bool:
    own = string(function.account)
    owner = None if repository.arn is None else segment(repository.arn, 4)
    other = None if owner is None else string(owner)
    return own is not None and other is not None and own != other


def _place(policy: Policy) -> Span:
    return policy.statements[0].span if policy.statements else policy.span


def _related(repository: Repository, functions: list[Function]) -> Iterator[Related]:
    yield Related(repository.span, "the repository")
    yield from (Related(function.image.span, f'the image of function "{function.label}"') for function in functions)
