"""The permissions to pull are on the task role, while ECS pulls with the execution role and that cannot.

## What fails

Without an execution role, the registration of a Fargate task; with one that cannot pull, the start of every task. The
permissions look right and are on the wrong one of two roles.

## Why

A task has two roles. The *execution role* is what ECS itself uses before the container runs: login, pull, log stream,
secrets. The *task role* is what the program in the container uses. Nothing in the container pulls its own image, so a
pull granted to the task role is never used. A task role that may push is another matter (a build job in a container):
this rule leaves it alone.

## Fix

Terraform:

```hcl
resource "aws_iam_role_policy" "pull" {
  role   = aws_iam_role.execution.id # not aws_iam_role.task.id
  policy = data.aws_iam_policy_document.pull.json
}

resource "aws_ecs_task_definition" "shop" {
  execution_role_arn = aws_iam_role.execution.arn # pulls
  task_role_arn      = aws_iam_role.task.arn      # what the program may do
  # ...
}
```

CloudFormation:

```yaml
ExecutionRole:
  Type: AWS::IAM::Role
  Properties:
    ManagedPolicyArns: # not those of the task role
      - arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
Task:
  Type: AWS::ECS::TaskDefinition
  Properties:
    ExecutionRoleArn: !GetAtt ExecutionRole.Arn
    TaskRoleArn: !GetAtt TaskRole.Arn
```

## References

- [Amazon ECS task execution IAM role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html)
- [Amazon ECS task IAM role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PULL, can
from ecrlint.analysis.pullers import Flaw, TaskStart, missing_for_logs, starts
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.model.value import Value
from ecrlint.wording.messages import NO_EXECUTION_ROLE, TASK_LOGIN_REFUSED
from ecrlint.wording.words import listing, with_execution_role

SEVERITY = Severity.ERROR
SYMPTOM = (NO_EXECUTION_ROLE, TASK_LOGIN_REFUSED)


def check(stack: Stack) -> Iterator[Finding]:
    for start in starts(stack):
        role, reference = start.task_role, start.task.task_role
        if start.flaw is Flaw.PULL_ON_TASK_ROLE and role is not None and reference is not None:
            yield _finding(start, role, reference)


def _finding(start: TaskStart, task_role: Role, reference: Value) -> Finding:
    task, execution_role = start.task, start.execution_role
    if execution_role is None:
        pulls = f"{start.launch} pulls with an execution role, and there is none"
        fix = with_execution_role(task, "<role that may pull>")
    else:
        pulls = f'{start.launch} pulls as "{execution_role.label}", which is not granted {listing(start.missing)}'
        fix = f'attach the pull permissions to role "{execution_role.label}"'
    return Finding(
        span=reference.span,
        message=f'{task.own_role} "{task_role.label}" grants the pull; {pulls}',
        help=fix,
        address=task.address,
        cause="pull on task role",
        related=tuple(_related(start, task_role)),
        aws=SYMPTOM[0] if execution_role is None else SYMPTOM[1],
        roots=start.roots,
        explains=tuple(_moved_too(start, task_role)),
    )


def _moved_too(start: TaskStart, task_role: Role) -> Iterator[tuple[str, str]]:
    """What else the execution role lacks that stands with the pull on the task role."""
    for action in start.missing_logs:
        if start.execution_role is not None and action not in missing_for_logs(start.task, task_role):
            yield start.execution_role.address, action


def _related(start: TaskStart, task_role: Role) -> Iterator[Related]:
    yield Related(start.task.span, f'{start.task.noun} definition "{start.task.label}"')
    yield Related(task_role.span, f'{start.task.own_role} "{task_role.label}"')
    yield from (Related(span, "the pull is granted here") for span in can(task_role, PULL).by)
    if start.execution_role is not None:
        yield Related(start.execution_role.span, f'execution role "{start.execution_role.label}"')
    yield from (Related(need.span, "an image that it pulls") for need in start.needs if need.what == "image")
