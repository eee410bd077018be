"""A task or job on EC2 has no execution role, and the role of its instances cannot pull its image.

## What fails

The start of every task that the service places on these instances, and of every job of AWS Batch that its queue does: the
agent logs in to ECR and pulls with the role of the instance, and ECR refuses.

## Why

On EC2, the agent of the instance pulls what a task without an execution role needs. The role of the instance then needs
the login (`ecr:GetAuthorizationToken` on `*`), `ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer`; the managed policy
for container instances has them, those for Systems Manager or CloudWatch do not. The task role is no help: it is for the
program in the container.

This rule speaks only where the service, its cluster or capacity providers, the instances in it, their instance profile
and every policy of its role are in the files; of a job, its queue and all compute environments of that. Where nothing in the
files submits a job, they are taken to run it, and the finding is a warning.

## Fix

Terraform:

```hcl
resource "aws_iam_role_policy_attachment" "instances" {
  role       = aws_iam_role.instances.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}
```

CloudFormation:

```yaml
InstanceRole:
  Type: AWS::IAM::Role
  Properties:
    ManagedPolicyArns:
      - arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role
```

## References

- [Amazon ECS container instance IAM role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html)
- [Using Amazon ECR images with Amazon ECS](https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.instances import InstancePull, refused
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.workload import Service
from ecrlint.wording.messages import HOST_PULL_REFUSED
from ecrlint.wording.words import listing, statement

SEVERITY = Severity.ERROR
SYMPTOM = HOST_PULL_REFUSED


def check(stack: Stack) -> Iterator[Finding]:
    by_role: dict[str, list[InstancePull]] = {}
    for pull in refused(stack):
        by_role.setdefault(pull.role.address, []).append(pull)
    yield from map(_finding, by_role.values())


def _finding(pulls: list[InstancePull]) -> Finding:
    first = pulls[0]
    role, machine = first.role, first.machine
    missing = tuple(dict.fromkeys(action for pull in pulls for action in pull.missing))
    task, who = first.task, f'{machine.kind} "{machine.label}" pulls as "{role.label}"'
    return Finding(
        span=role.span,
        message=f'{task.noun} "{task.label}" has no execution role, so {who}, which is not granted {listing(missing)}',
        help=f"add to a policy of {role.label}: {statement(missing)}",
        address=role.address,
        cause=f"missing {' '.join(missing)}",
        severity=None if any(pull.sure for pull in pulls) else Severity.WARNING,
        related=tuple(_related(pulls)),
        roots=tuple((role.address, action) for action in missing),
    )


def _related(pulls: list[InstancePull]) -> Iterator[Related]:
    first = pulls[0]
    task, machine = first.task, first.machine
    if isinstance(first.runner, Service):
        yield Related(first.runner.span, f'{first.runner.noun} "{first.runner.label}"')
    elif first.runner.assumed:
        yield Related(task.span, "nothing in these files submits this job: it is taken to run in their compute environments")
    else:
        yield Related(first.runner.span, f'job queue "{first.runner.label}"')
    yield Related(task.span, f'{task.noun} definition "{task.label}"')
    yield Related(machine.span, f'{machine.kind} "{machine.label}"')
    for span in dict.fromkeys(pull.image.span for pull in pulls):
        yield Related(span, "an image that it pulls")
    for policy in first.role.policies:
        yield Related(policy.attached or policy.span, f'a policy of "{first.role.label}"')
