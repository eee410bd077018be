"""A task logs with awslogs, and its execution role lacks what writing the log needs.

## What fails

The start of every task on Fargate, ECS Anywhere or Managed Instances, before the program runs. With
`awslogs-create-group`, the start of the first task: a warning here, since a log group that is there already need not
be created.

## Why

The log driver works as the execution role. It needs `logs:CreateLogStream` and `logs:PutLogEvents`, which
`AmazonECSTaskExecutionRolePolicy` has, and, to create the group, `logs:CreateLogGroup`, which it has not. The task role,
which the program uses, does not count. On EC2 the role of the instance may stand in: this rule leaves such tasks alone.

Where the same role cannot pull either, that alone is said, and the fix for both is shown there.

## Fix

Terraform:

```hcl
resource "aws_iam_role_policy" "logs" {
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"] # and logs:CreateLogGroup for awslogs-create-group
      Resource = "${aws_cloudwatch_log_group.shop.arn}:*"
    }]
  })
}
```

CloudFormation:

```yaml
Policies:
  - PolicyName: logs
    PolicyDocument:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Action: [logs:CreateLogStream, logs:PutLogEvents]
          Resource: !GetAtt LogGroup.Arn
```

## References

- [Amazon ECS task execution IAM role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html)
- [Send Amazon ECS logs to CloudWatch](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import LOG_GROUP
from ecrlint.analysis.pullers import TaskStart, lacking_to_log, missing_for_logs, starts
from ecrlint.iam import patterns
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value, boolean, string
from ecrlint.model.workload import Container, Log
from ecrlint.wording.words import listing, quoted, statement

SEVERITY = Severity.ERROR
SYMPTOM = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried ... times: failed to create"
    " Cloudwatch log stream: AccessDeniedException: User: ... is not authorized to perform: logs:CreateLogStream on resource:"
    " ... because no identity-based policy allows the logs:CreateLogStream action",
    "ResourceInitializationError: failed to validate logger args: create stream has been retried ... times: failed to create"
    " Cloudwatch log group: AccessDeniedException: User: ... is not authorized to perform: logs:CreateLogGroup on resource:"
    " ... because no identity-based policy allows the logs:CreateLogGroup action",
)


def check(stack: Stack) -> Iterator[Finding]:
    for start in starts(stack):
        role, reference = start.execution_role, start.task.execution_role
        if role is None or reference is None:
            continue
        if start.missing_logs:
            yield _cannot_log(start, role, reference)
        elif container := _cannot_create(stack, start, role):
            yield _cannot_create_group(start, role, *container)


def _cannot_log(start: TaskStart, role: Role, reference: Value) -> Finding:
    missing = start.missing_logs
    return Finding(
        span=reference.span,
        message=f'{start.task.noun} "{start.task.label}" logs with awslogs as "{role.label}", which is not granted'
        f" {listing(missing)}",
        help=f"add to a policy of {role.label}: {statement(missing)}",
        address=start.task.address,
        cause=f"missing {' '.join(missing)}",
        related=tuple(_related(start, role, _logs(start))),
        aws=SYMPTOM[0],
        roots=tuple((role.address, action) for action in missing),
    )


def _logs(start: TaskStart) -> list[Log]:
    found = (container.log for container in start.task.containers)
    return [log for log in found if log is not None and string(log.driver) == "awslogs"]


def _cannot_create(stack: Stack, start: TaskStart, role: Role) -> tuple[Container, Log] | None:
    """The first container whose log group is to be created, by a role that is known not to do that, and is not in the stack."""
    if start.launch == "ECS" or start.task.launches_on("EC2") is not NO:
        return None
    for container in start.task.containers:
        log = container.log
        if log is None or string(log.driver) != "awslogs" or boolean(log.creates_group, NO) is not YES or log.group is None:
            continue
        is_here = any(patterns.equals(log.group, one) is not NO for one in stack.log_groups)
        if not is_here and lacking_to_log(role, log, LOG_GROUP):
            return container, log
    return None


def _cannot_create_group(start: TaskStart, role: Role, container: Container, log: Log) -> Finding:
    (action,) = LOG_GROUP.actions
    group = "its log group" if log.group is None else f"log group {quoted(log.group)}"
    place = log.creates_group.span if log.creates_group is not None else container.span
    return Finding(
        span=place,
        message=f'{start.task.noun} "{start.task.label}" creates {group} as "{role.label}", which is not granted {action}',
        help=f"add to a policy of {role.label}: {statement((action,))}, or make the log group here",
        address=start.task.address,
        cause=f"missing {action}",
        severity=Severity.WARNING,
        related=tuple(_related(start, role, [])),
        aws=SYMPTOM[1],
        roots=((role.address, action),),
    )


def _related(start: TaskStart, role: Role, logs: list[Log]) -> Iterator[Related]:
    yield Related(start.task.span, f'{start.task.noun} definition "{start.task.label}"')
    yield Related(role.span, f'execution role "{role.label}"')
    yield from (Related(log.driver.span, "a container that logs with awslogs") for log in logs)
    for policy in role.policies:
        yield Related(policy.attached or policy.span, f'a policy of "{role.label}"')
    task_role = start.task_role
    if task_role is not None and logs and not missing_for_logs(start.task, task_role):
        yield Related(
            task_role.span, f'{start.task.own_role} "{task_role.label}" may write logs, and the log driver does not use it'
        )
