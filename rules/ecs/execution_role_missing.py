"""A task that pulls, logs or fetches secrets where no instance can do it for it has no execution role.

## What fails

`RegisterTaskDefinition`, and so `terraform apply` or the stack update, for a Fargate task whose image is in a private
ECR repository or whose containers log with `awslogs`, and for every task that fetches secrets, on EC2 too. On ECS
Anywhere and Managed Instances a task with an image of ECR is registered and then fails to start.

## Why

Before a container runs, ECS logs in to ECR, pulls the image, opens the log stream and fetches the secrets. It does
this as the task's *execution role*. The *task role* is for the program in the container, which does not exist yet at
that point; only on EC2 does the role of the instance stand in. A misspelt `execution_role_arn` is no execution role
either, and Terraform refuses it. Public images, and other registries, need none.

## Fix

Terraform:

```hcl
resource "aws_iam_role" "execution" {
  name = "shop-execution"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

resource "aws_ecs_task_definition" "shop" {
  execution_role_arn = aws_iam_role.execution.arn
  # ...
}
```

CloudFormation:

```yaml
ExecutionRole:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: ecs-tasks.amazonaws.com}
          Action: sts:AssumeRole
    ManagedPolicyArns:
      - arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy
Task:
  Type: AWS::ECS::TaskDefinition
  Properties:
    ExecutionRoleArn: !GetAtt ExecutionRole.Arn
```

## References

- [Amazon ECS task execution IAM role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html)
- [Using Amazon ECR images with Amazon ECS](https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.pullers import Flaw, StartRequirement, TaskStart, starts
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.wording.messages import NO_EXECUTION_ROLE
from ecrlint.wording.words import quoted, with_execution_role

SEVERITY = Severity.ERROR
SYMPTOM = (
    NO_EXECUTION_ROLE,
    "ClientException: Fargate requires task definition to have execution role ARN to support log driver awslogs.",
    "ClientException: When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    "Error: Unsupported argument: An argument named ... is not expected here.",
)

_AWS = dict(zip(("image", "log driver", "secrets", "misspelt"), SYMPTOM, strict=True))
_NEEDS = {
    "image": "pulls this image from ECR",
    "log driver": "logs with awslogs",
    "secrets": "fetches secrets",
}


def check(stack: Stack) -> Iterator[Finding]:
    for start in starts(stack):
        if start.flaw is Flaw.NO_EXECUTION_ROLE and start.task.noun == "task":
            yield _finding(start)


def _finding(start: TaskStart) -> Finding:
    first, *others = (need for need in start.needs if start.launch != "ECS" or need.what in ("secrets", "misspelt"))
    task = start.task
    where = "" if start.launch == "ECS" else f" on {start.launch}"
    message, value = f"{_NEEDS.get(first.what)}{where} and has", "<role with AmazonECSTaskExecutionRolePolicy>"
    if first.what == "misspelt" and task.misspelt is not None:
        name, given = task.misspelt
        message, value = f'gives its execution role as "{name}", which is no argument, and so has', quoted(given)
    return Finding(
        span=first.span,
        message=f'{task.noun} "{task.label}" {message} no execution role',
        help=with_execution_role(task, value),
        address=task.address,
        cause="no execution role",
        related=(Related(task.span, f'{task.noun} definition "{task.label}"'), *map(_related, others)),
        aws=_AWS[first.what],
        roots=start.roots,
    )


def _related(need: StartRequirement) -> Related:
    return Related(need.span, f"it also {_NEEDS[need.what]}")
