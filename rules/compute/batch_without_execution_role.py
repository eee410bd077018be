"""A job definition for Fargate has no execution role.

## What fails

Registering the job definition, whatever registry its image comes from.

## Why

On Fargate there is no instance whose role could pull the image and write the log, so that Batch wants an execution role
for every job there. The job role is for the program in the container and plays no part in starting it. On EC2, which is
the default platform, the role of the instance stands in.

## Fix

Terraform:

```hcl
resource "aws_batch_job_definition" "report" {
  platform_capabilities = ["FARGATE"]
  container_properties = jsonencode({
    executionRoleArn = aws_iam_role.execution.arn # with AmazonECSTaskExecutionRolePolicy
    jobRoleArn       = aws_iam_role.report.arn
    # ...
  })
}
```

CloudFormation:

```yaml
Report:
  Type: AWS::Batch::JobDefinition
  Properties:
    PlatformCapabilities: [FARGATE]
    ContainerProperties:
      ExecutionRoleArn: !GetAtt ExecutionRole.Arn # with AmazonECSTaskExecutionRolePolicy
      JobRoleArn: !GetAtt ReportRole.Arn
```

## References

- [ContainerProperties: executionRoleArn](https://docs.aws.amazon.com/batch/latest/APIReference/API_ContainerProperties.html)
- [AWS Batch IAM execution role](https://docs.aws.amazon.com/batch/latest/userguide/execution-IAM-role.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.pullers import Flaw, TaskStart, starts
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.wording.words import with_execution_role

SEVERITY = Severity.ERROR
SYMPTOM = "ClientException: Error executing request, Exception : ... executionRoleArn ..., RequestId: ..."


def check(stack: Stack) -> Iterator[Finding]:
    for start in starts(stack):
        if start.flaw is Flaw.NO_EXECUTION_ROLE and start.task.noun == "job":
            yield _finding(start)


def _finding(start: TaskStart) -> Finding:
    job = start.task
    images = [container.image for container in job.containers if container.image is not None]
    return Finding(
        span=images[0].span if images else job.span,
        message=f'job "{job.label}" runs on Fargate and has no execution role',
        help=with_execution_role(job, "<role with AmazonECSTaskExecutionRolePolicy>"),
        address=job.address,
        cause="no execution role",
        related=tuple(_related(start)),
        roots=start.roots,
    )


def _related(start: TaskStart) -> Iterator[Related]:
    yield Related(start.task.span, f'job definition "{start.task.label}"')
    yield from (Related(value.span, "it is for Fargate") for value in start.task.compatibilities)
    if start.task.task_role is not None:
        yield Related(start.task.task_role.span, "the job role is for its program alone")
