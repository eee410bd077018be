"""A container is given secrets, registry credentials or environment files that its execution role may not read.

## What fails

The start of every task, on every launch type, before the program runs.

## Why

ECS reads them as the execution role: a secret of Secrets Manager and registry credentials with
`secretsmanager:GetSecretValue`, a parameter of Parameter Store with `ssm:GetParameters`, an environment file with
`s3:GetObject` and, on its bucket, `s3:GetBucketLocation`. `AmazonECSTaskExecutionRolePolicy` has none of these. A grant on
the task role is for the program and does not count. Under a key of your own, `kms:Decrypt` on the key comes on top.

It speaks only where every policy of the role is in the files, and where no policy on a secret or a bucket of the stack
may let the role in; of a key only where the key is in the files too, without a policy or a grant of its own.

## Fix

Terraform:

```hcl
resource "aws_iam_role_policy" "secrets" {
  role = aws_iam_role.execution.id # not the task role
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = aws_secretsmanager_secret.database.arn
    }]
  })
}
```

CloudFormation:

```yaml
Policies:
  - PolicyName: secrets
    PolicyDocument:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Action: secretsmanager:GetSecretValue
          Resource: !Ref DatabaseSecret
```

## References

- [Amazon ECS task execution IAM role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html)
- [Pass sensitive data to an Amazon ECS container](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html)
- [Customer managed keys and Parameter Store](https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html)
- [Pass environment variables from a file](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.fetches import Refused, refused
from ecrlint.analysis.pullers import TaskStart, starts
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.wording.words import listing, quoted, statement

SEVERITY = Severity.ERROR
SYMPTOM = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to"
    " retrieve secret from asm: service call has been retried ... time(s): failed to fetch secret ... from secrets manager:"
    " AccessDeniedException: User: ... is not authorized to perform: secretsmanager:GetSecretValue on resource: ... because no"
    " identity-based policy allows the secretsmanager:GetSecretValue action",
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to"
    " retrieve secrets from ssm: service call has been retried ... time(s): AccessDeniedException: User: ... is not authorized"
    " to perform: ssm:GetParameters on resource: ... because no identity-based policy allows the ssm:GetParameters action",
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to"
    " retrieve secrets from ssm: service call has been retried ... time(s): AccessDeniedException: User: ... is not authorized"
    " to perform: kms:Decrypt on resource: ... because no identity-based policy allows the kms:Decrypt action",
    "ResourceInitializationError: failed to download env files: file download command: non empty error stream: service call has"
    " been retried ... time(s): AccessDenied: Access Denied status code: 403",
)

_OF_SERVICE = dict(zip(("secretsmanager", "ssm", "kms", "s3"), SYMPTOM, strict=True))

_RESOURCE: dict[tuple[str, ...], str] = {("kms:Decrypt",): "<the ARN of its key>"}


def check(stack: Stack) -> Iterator[Finding]:
    for start in starts(stack):
        role = start.execution_role
        found = [] if role is None else list(refused(stack, start.task, role))
        if role is not None and found:
            unused = start.task_role is not None and not any(refused(stack, start.task, start.task_role))
            yield _finding(start, role, found, start.task_role if unused else None)


def _finding(start: TaskStart, role: Role, found: list[Refused], unused: Role | None) -> Finding:
    first, *others = found
    missing = tuple(dict.fromkeys(action for one in found for action in one.missing))
    more = f" and {len(others)} more" if others else ""
    return Finding(
        span=first.fetch.span,
        message=f'{start.task.noun} "{start.task.label}" reads {first.fetch.what} {quoted(first.fetch.source)}{more} as'
        f' "{role.label}", which is not granted {listing(missing)}',
        help=f"add to a policy of {role.label}: {statement(missing, _RESOURCE.get(missing, '<its ARN>'))}",
        address=start.task.address,
        cause=f"missing {' '.join(missing)}",
        related=tuple(_related(start, role, others, unused)),
        aws=_OF_SERVICE[missing[0].partition(":")[0]],
        roots=tuple((role.address, action) for action in missing),
    )


def _related(start: TaskStart, role: Role, others: list[Refused], unused: Role | None) -> Iterator[Related]:
    yield Related(start.task.span, f'{start.task.noun} definition "{start.task.label}"')
    yield Related(role.span, f'execution role "{role.label}"')
    yield from (Related(one.fetch.span, f"this {one.fetch.what} too") for one in others)
    for policy in role.policies:
        yield Related(policy.attached or policy.span, f'a policy of "{role.label}"')
    if unused is not None:
        yield Related(unused.span, f'{start.task.own_role} "{unused.label}" may read it, which is for the program alone')
