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
from ecrlint.model.address import from_outside
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import Ref, Value
from ecrlint.model.workload import Task
from ecrlint.wording.words import listing, quoted

SEVERITY = Severity.WARNING
EXPOSURE = 4.5
SYMPTOM = "no error: AWS accepts one role for both, and every process in the container gets the credentials of the execution role"


def check(stack: Stack) -> Iterator[Finding]:
    if stack.settled:
        return  # that one side of a condition gives both the same role is how modules offer a default
    together: dict[object, list[Task]] = {}
    for task in stack.tasks:
        if task.exists is not NO and task.task_role is not None and one_role(stack, task):
            together.setdefault(_given_at(task.task_role), []).append(task)
    for tasks in together.values():
        yield _finding(stack, sorted(tasks, key=lambda task: task.address))


def _given_at(role: Value) -> object:
    """What says which role it is, for all tasks that are given it: the input of the unit, or the place in a file."""
    if isinstance(role, Ref) and from_outside(role.address, role.attribute):
        return role.address
    return role.span.path, role.span.start


def _finding(stack: Stack, tasks: list[Task]) -> Finding:
    """The tasks whose role is given at one place, as the argument of a module that all of them are in."""
    first = tasks[0]
    assert first.task_role is not None
    role = stack.role(first.task_role)
    name = quoted(first.task_role) if role is None else f'"{role.label}"'
    labels = [f'"{label}"' for label in dict.fromkeys(task.label for task in tasks)]
    them = f"{first.noun} {labels[0]} has" if len(labels) == 1 else f"{first.noun}s {listing(labels)} have"
    return Finding(
        span=first.task_role.span,
        message=f"{them} {name} as {first.own_role} and as execution role",
        help="give the program a task role of its own, or none where it calls no AWS API",
        address=first.address,
        cause="one role for both",
        related=tuple(dict.fromkeys(_related(tasks, role))),
    )


def _related(tasks: list[Task], role: Role | None) -> Iterator[Related]:
    for task in tasks:
        if task.execution_role is not None:
            yield Related(task.execution_role.span, "the execution role")
        yield Related(task.span, f'{task.noun} definition "{task.label}"')
    if role is not None:
        yield Related(role.span, f'role "{role.label}"')
        grants = [grant for grant in (can(role, LOGIN), can(role, PULL)) if grant.truth is not NO]
        places = dict.fromkeys(span for grant in grants for span in grant.by)
        yield from (Related(span, "granted to the program too") for span in places)
