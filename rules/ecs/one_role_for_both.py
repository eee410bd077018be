"""One role is both task role and execution role.

## What fails

Nothing yet. But the program in the container can then do all that ECS does before it runs: pull every image and read
every secret that the execution role may, and whatever is added for the program's sake later. And since all
permissions are on one role, nobody notices which of the two roles a missing one belongs to.

## Why

The *execution role* is used by ECS (login, pull, log stream, secrets), the *task role* by the program. AWS keeps the
execution role's credentials away from the container; the task role's are handed to every process in it at
`169.254.170.2`.

## Fix

Terraform:

```hcl
resource "aws_ecs_task_definition" "shop" {
  execution_role_arn = aws_iam_role.execution.arn
  task_role_arn      = aws_iam_role.shop.arn # a role of its own, or none where the program calls no AWS API
  # ...
}
```

CloudFormation:

```yaml
Task:
  Type: AWS::ECS::TaskDefinition
  Properties:
    ExecutionRoleArn: !GetAtt ExecutionRole.Arn
    TaskRoleArn: !GetAtt ShopRole.Arn
```

## References

- [Amazon ECS task IAM role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html)
- [Security in Amazon ECS: IAM roles](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-iam-roles.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import LOGIN, PULL, can
from ecrlint.analysis.pullers import one_role
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import Value
from ecrlint.model.workload import Task
from ecrlint.wording.words import quoted

SEVERITY = Severity.WARNING
EXPOSURE = 4.5
SYMPTOM = "no error: AWS accepts one role for both, and every process in the container gets the credentials of the execution role"


def check(stack: Stack) -> Iterator[Finding]:
    if stack.settled:
        return  # that one side of a condition gives both the same role is how modules offer a default
    for task in stack.tasks:
        if task.exists is not NO and task.task_role is not None and one_role(stack, task):
            yield _finding(stack, task, task.task_role)


def _finding(stack: Stack, task: Task, value: Value) -> Finding:
    role = stack.role(value)
    name = quoted(value) if role is None else f'"{role.label}"'
    return Finding(
        span=value.span,
        message=f'{task.noun} "{task.label}" has {name} as {task.own_role} and as execution role',
        help="give the program a task role of its own, or none where it calls no AWS API",
        address=task.address,
        cause="one role for both",
        related=tuple(_related(task, role)),
    )


def _related(task: Task, role: Role | None) -> Iterator[Related]:
    if task.execution_role is not None:
        yield Related(task.execution_role.span, "the execution role")
    yield Related(task.span, f'{task.noun} definition "{task.label}"')
    if role is not None:
        yield Related(role.span, f'role "{role.label}"')
        grants = [grant for grant in (can(role, LOGIN), can(role, PULL)) if grant.truth is not NO]
        places = dict.fromkeys(span for grant in grants for span in grant.by)
        yield from (Related(span, "granted to the program too") for span in places)
