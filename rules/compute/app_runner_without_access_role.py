"""A service of App Runner runs an ECR image, and has no access role that can pull it.

## What fails

Creating the service, or its first deployment.

## Why

App Runner pulls as the *access role*, which it assumes as `build.apprunner.amazonaws.com`. The *instance role*, assumed
as `tasks.apprunner.amazonaws.com`, is for the program and does not pull. An image of ECR Public needs no access role.

Found are a service without an access role, an access role that does not trust App Runner's builds, and one that is not
granted the login and the two pull actions.

## Fix

Terraform:

```hcl
resource "aws_iam_role" "access" {
  name = "shop-access"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "build.apprunner.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "access" {
  role       = aws_iam_role.access.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AWSAppRunnerServicePolicyForECRAccess"
}

resource "aws_apprunner_service" "shop" {
  source_configuration {
    authentication_configuration {
      access_role_arn = aws_iam_role.access.arn
    }
    # ...
  }
}
```

CloudFormation:

```yaml
Shop:
  Type: AWS::AppRunner::Service
  Properties:
    SourceConfiguration:
      AuthenticationConfiguration:
        AccessRoleArn: !GetAtt AccessRole.Arn # with AWSAppRunnerServicePolicyForECRAccess
```

## References

- [How App Runner works with IAM: the access role](https://docs.aws.amazon.com/apprunner/latest/dg/security_iam_service-with-iam.html)
- [AuthenticationConfiguration](https://docs.aws.amazon.com/apprunner/latest/api/API_AuthenticationConfiguration.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PULL, granted_somewhere
from ecrlint.analysis.pullers import lacking_to_pull
from ecrlint.analysis.trust import principals, trusts
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value
from ecrlint.model.workload import WebService
from ecrlint.wording.words import listing, quoted, setting, statement

SEVERITY = Severity.ERROR
SYMPTOM = (
    "Failed to pull your application image. Be sure you configure your service with a valid access role to your ECR repository.",
    "InvalidRequestException: Error in assuming access role ...",
)

_BUILDS, _PROGRAMS = "build.apprunner.amazonaws.com", "tasks.apprunner.amazonaws.com"
_TRUST = f'"Principal": {{"Service": "{_BUILDS}"}}, "Action": "sts:AssumeRole"'


def check(stack: Stack) -> Iterator[Finding]:
    for service in stack.web_services:
        if service.exists is YES and service.private is YES:
            yield from _check(stack, service)


def _check(stack: Stack, service: WebService) -> Iterator[Finding]:
    value = service.access_role
    if value is None:
        yield _missing(stack, service)
        return
    role = stack.role(value)
    if role is None:
        return
    lacking = lacking_to_pull(stack, role, service.image)
    of_program = bool(lacking) and trusts(role, _PROGRAMS) is YES  # the role of the program in the wrong place: one cause
    if trusts(role, _BUILDS) is NO:
        another = setting("access_role_arn", "<role with AWSAppRunnerServicePolicyForECRAccess>", service.span)
        yield _not_trusting(service, role, value, another if of_program else _TRUST)
        if of_program:
            return
    if lacking:
        yield _cannot_pull(service, role, value, lacking)


def _missing(stack: Stack, service: WebService) -> Finding:
    other = stack.role(service.instance_role)
    unused = other is not None and all(granted_somewhere(other, action) is YES for action in PULL.actions)
    more = f', and instance role "{other.label}", which grants the pull, is for its program' if unused and other else ""
    return Finding(
        span=service.image.span,
        message=f'service "{service.label}" runs an image of ECR and has no access role{more}',
        help=setting("access_role_arn", "<role with AWSAppRunnerServicePolicyForECRAccess>", service.span),
        address=service.address,
        cause="no access role",
        related=tuple(_related(service, other if unused else None, "grants the pull")),
        aws=SYMPTOM[0],
        roots=((service.address, "no access role"),),
    )


def _not_trusting(service: WebService, role: Role, value: Value, fix: str) -> Finding:
    found = [principal.value for _, principal in principals(role)]
    return Finding(
        span=found[0].span if found else role.span,
        message=f'access role "{role.label}" of service "{service.label}" trusts'
        f" {quoted(found[0]) if found else 'somebody else'}, not {_BUILDS}",
        help=fix,
        address=role.address,
        cause=f"does not trust {_BUILDS}",
        related=(Related(value.span, "the access role of the service"), *_related(service, role, "the access role")),
        aws=SYMPTOM[1],
    )


def _cannot_pull(service: WebService, role: Role, value: Value, lacking: tuple[str, ...]) -> Finding:
    return Finding(
        span=value.span,
        message=f'service "{service.label}" pulls as "{role.label}", which is not granted {listing(lacking)}',
        help=f"add to a policy of {role.label}: {statement(lacking)}",
        address=service.address,
        cause=f"missing {' '.join(lacking)}",
        related=(
            *_related(service, role, "the access role"),
            Related(service.image.span, "the image that it runs"),
            *(Related(policy.attached or policy.span, f'a policy of "{role.label}"') for policy in role.policies),
        ),
        aws=SYMPTOM[0],
        roots=tuple((role.address, action) for action in lacking),
    )


def _related(service: WebService, role: Role | None, what: str) -> Iterator[Related]:
    yield Related(service.span, f'service "{service.label}"')
    if role is not None:
        yield Related(role.span, f'role "{role.label}": {what}')
