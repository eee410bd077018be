"""A role that a task uses as task role or execution role does not trust ecs-tasks.amazonaws.com.

## What fails

The start of every task of the definition, or already the creation of its service.

## Why

ECS assumes both roles of a task as `ecs-tasks.amazonaws.com`, on every launch type. `ecs.amazonaws.com` is the
principal of services and of infrastructure roles, `ec2.amazonaws.com` that of container instances; neither lets a
task in.

## Fix

Terraform:

```hcl
assume_role_policy = jsonencode({
  Version = "2012-10-17"
  Statement = [{
    Effect    = "Allow"
    Principal = { Service = "ecs-tasks.amazonaws.com" }
    Action    = "sts:AssumeRole"
  }]
})
```

CloudFormation:

```yaml
AssumeRolePolicyDocument:
  Version: "2012-10-17"
  Statement:
    - Effect: Allow
      Principal: {Service: ecs-tasks.amazonaws.com}
      Action: sts:AssumeRole
```

## References

- [Amazon ECS task IAM role: the trust policy](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html)
- [Amazon ECS task execution IAM role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.trust import ECS_TASKS, principals, trusts
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Value, string
from ecrlint.model.workload import Task
from ecrlint.wording.words import quoted

SEVERITY = Severity.ERROR
SYMPTOM = (
    "ECS was unable to assume the role '...' that was provided for this task. Please verify that the role being passed has the"
    " proper trust relationship and permissions and that your IAM user has permissions to pass this role."
)


def check(stack: Stack) -> Iterator[Finding]:
    made_for_sure = [task for task in stack.tasks if task.exists is YES]
    maybe_made = [task for task in stack.tasks if task.exists is MAYBE]
    distrusted: set[str] = set()
    for task in (*made_for_sure, *maybe_made):
        for use, value in (("execution role", task.execution_role), (task.own_role, task.task_role)):
            role = stack.role(value)
            if role is not None and value is not None and trusts(role, ECS_TASKS) is NO:
                if task.exists is YES or role.address not in distrusted:
                    yield _finding(task, use, value, role)
                distrusted.add(role.address)


def _finding(task: Task, use: str, value: Value, role: Role) -> Finding:
    place, instead = _instead(role)
    unsure = "" if task.exists is YES else f", if {task.address} is made"
    return Finding(
        span=place,
        message=f'{use} "{role.label}" of {task.noun} "{task.label}" {instead}{unsure}',
        help=f'"Principal": {{"Service": "{ECS_TASKS}"}}, "Action": "sts:AssumeRole"',
        address=role.address,
        cause=f"does not trust {ECS_TASKS}",
        severity=None if task.exists is YES else Severity.WARNING,
        related=(Related(value.span, f'the {use} of {task.noun} "{task.label}"'), Related(role.span, f'role "{role.label}"')),
    )


def _instead(role: Role) -> tuple[Span, str]:
    """The place to edit, and what the trust policy says there."""
    for statement, principal in principals(role):
        if string(principal.value) == ECS_TASKS and statement.actions:
            action = statement.actions[0]
            return action.span, f"lets {ECS_TASKS} do {quoted(action)}, not sts:AssumeRole"
    for _, principal in principals(role):
        return principal.value.span, f"trusts {quoted(principal.value)}, not {ECS_TASKS}"
    return role.span, f"does not trust {ECS_TASKS}"
