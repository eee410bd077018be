"""The execution role of a task lacks an action that pulling its image needs.

## What fails

The start of every task: on Fargate with a `ResourceInitializationError` where the login is missing, with a
`CannotPullContainerError` where the layers are. On EC2 too, as soon as the task has an execution role: ECS does not
fall back to the role of the instance.

## Why

A pull is three calls, all made as the execution role: `ecr:GetAuthorizationToken`, which has no resource but `*`,
then `ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer` on the repository. `ecr:BatchCheckLayerAvailability` belongs
to pushing. A grant on an S3 bucket, on another repository, or of the token on a repository is none of them. What the
policy of the repository itself gives to the role counts, but not for the login. A condition on `aws:SourceIp` never holds
for what goes through a VPC endpoint, nor one on `aws:SourceVpce` for the login of a task on Fargate.

An image below the prefix of a pull through cache rule needs two more, until the cache has it: `cache-pull-not-granted`.

This rule speaks only where every policy of the role is in the files. What is attached by hand, or by another stack,
it cannot see.

## Fix

Terraform:

```hcl
resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
```

CloudFormation:

```yaml
ExecutionRole:
  Type: AWS::IAM::Role
  Properties:
    ManagedPolicyArns:
      - arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
```

## References

- [Amazon ECS task execution IAM role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html)
- [Using Amazon ECR images with Amazon ECS](https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html)
- [CannotPullContainer task errors](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import TOKEN, kept_by_conditions
from ecrlint.analysis.pullers import Flaw, TaskStart, starts
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.model.value import Value
from ecrlint.wording.messages import HOST_PULL_REFUSED, TASK_LOGIN_REFUSED, TASK_PULL_REFUSED
from ecrlint.wording.words import listing, statement

SEVERITY = Severity.ERROR
SYMPTOM = (TASK_LOGIN_REFUSED, TASK_PULL_REFUSED, HOST_PULL_REFUSED)


def check(stack: Stack) -> Iterator[Finding]:
    for start in starts(stack):
        role, reference = start.execution_role, start.task.execution_role
        if start.flaw is Flaw.CANNOT_PULL and role is not None and reference is not None:
            yield _finding(start, role, reference)


def _finding(start: TaskStart, role: Role, reference: Value) -> Finding:
    lacking = (*start.missing, *start.missing_logs)
    return Finding(
        span=reference.span,
        message=f'{start.task.noun} "{start.task.label}" pulls as "{role.label}", which is not granted {listing(start.missing)}',
        help=f"add to a policy of {role.label}: {statement(lacking)}",
        address=start.task.address,
        cause=f"missing {' '.join(start.missing)}",
        related=tuple(_related(start, role)),
        aws=SYMPTOM[0] if TOKEN in start.missing else SYMPTOM[1],
        roots=start.roots,
        explains=tuple((role.address, action) for action in start.missing_logs),
    )


def _related(start: TaskStart, role: Role) -> Iterator[Related]:
    yield Related(start.task.span, f'{start.task.noun} definition "{start.task.label}"')
    yield Related(role.span, f'execution role "{role.label}"')
    yield from (Related(need.span, "an image that it pulls") for need in start.needs if need.what == "image")
    for policy in role.policies:
        yield Related(policy.attached or policy.span, f'a policy of "{role.label}"')
    if role.boundary is not None:
        yield Related(role.boundary.attached or role.boundary.span, f'the permissions boundary of "{role.label}"')
    for action in start.missing:
        yield from kept_by_conditions(role, action, start.context)
