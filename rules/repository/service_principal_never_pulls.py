"""A repository's policy grants a pull or push to an AWS service that never makes one as itself.

## What fails

The pull of whatever is meant to get it from here: ECS pulls with the execution role or the instance's role, EKS with the
node's or the pod execution role, App Runner with its access role, Batch with the execution role or the instance's. None of
these calls is made as `ecs-tasks.amazonaws.com` or another service principal, so the statement matches no call. It is a
warning, as the roles may have what they need in policies of their own.

## Why

A service principal in a repository's policy is for services that call ECR as themselves: Lambda for the images of functions,
CodeBuild for the image that a build runs in. The others assume a role and call ECR as that role.

## Fix

Terraform:

```hcl
Principal = { AWS = aws_iam_role.execution.arn }
```

CloudFormation:

```yaml
Principal:
  AWS: !GetAtt ExecutionRole.Arn
```

Within one account the role's own policy is enough, and the statement can go.

## References

- [Using images of Amazon ECR with Amazon ECS](https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html)
- [Repository policy examples](https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PULL, PUSH
from ecrlint.analysis.documents import of_repositories
from ecrlint.iam.policies import covers_action
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.policy import Statement
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import string
from ecrlint.wording.messages import HOST_PULL_REFUSED, TASK_PULL_REFUSED
from ecrlint.wording.words import quoted

SEVERITY = Severity.WARNING
SYMPTOM = (TASK_PULL_REFUSED, HOST_PULL_REFUSED)
_PULLS_AS = {
    "ecs-tasks": "ECS pulls as the execution role of the task",
    "ecs": "ECS pulls as the execution role of the task",
    "ec2": "an instance pulls as the role of its profile",
    "eks": "the nodes pull as the role of their profile",
    "eks-nodegroup": "the nodes pull as the role of their profile",
    "eks-fargate-pods": "pods on Fargate pull as their pod execution role",
    "batch": "Batch pulls as the execution role of the job, or the role of the instance",
    "build.apprunner": "App Runner pulls as its access role",
    "tasks.apprunner": "App Runner pulls as its access role",
    "apprunner": "App Runner pulls as its access role",
    "elasticbeanstalk": "the instances pull as the role of their profile",
}


def check(stack: Stack) -> Iterator[Finding]:
    for document in of_repositories(stack):
        for statement in document.policy.statements:
            if not _grants_images(statement):
                continue
            for principal in statement.principals or ():
                service = string(principal.value) or ""
                pulls_as = _PULLS_AS.get(service.removesuffix(".amazonaws.com"))
                if principal.kind == "Service" and pulls_as is not None:
                    yield Finding(
                        span=principal.value.span,
                        message=f"{document.label} grants a pull to {quoted(principal.value)}, which makes none: {pulls_as}",
                        help="name that role as the principal instead, or, within the account, give the role a policy",
                        address=document.address,
                        cause=f"service {service}",
                    )


def _grants_images(statement: Statement) -> bool:
    wanted = (*PULL.actions, *PUSH.actions)
    return statement.effect == "Allow" and any(covers_action(statement, action) is YES for action in wanted)
