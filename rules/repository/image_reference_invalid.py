"""An image reference looks like one of ECR and names no registry or repository that can exist.

## What fails

The pull, before any permission counts: the reference is invalid, or its host does not resolve.

## Why

The host of a private registry is `<account>.dkr.ecr.<region>.amazonaws.com`, with an account of 12 digits, and in China
`amazonaws.com.cn`. A reference has no `https://`, the name of a repository is lower case, and after a colon comes a tag.
References that are put together are read as far as their parts are known.

## Fix

Terraform:

```hcl
image = "${aws_ecr_repository.shop.repository_url}:${var.tag}"
```

CloudFormation:

```yaml
Image: !Sub "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/shop:${Tag}"
```

## References

- [Registries of Amazon ECR](https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html)
- [CannotPullContainer errors of Amazon ECS](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.images import flaw
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.wording.words import canonical, quoted

SEVERITY = Severity.ERROR
SYMPTOM = (
    "CannotPullContainerError: failed to resolve ref ...: invalid reference format",
    "CannotPullContainerError: pull image manifest has been retried ... time(s): failed to resolve ref ...: failed to do request:"
    " Head ...: dial tcp: lookup ...: no such host",
)


def check(stack: Stack) -> Iterator[Finding]:
    seen: set[Span] = set()
    for task in stack.tasks:
        for container in task.containers if task.exists is not NO else ():
            image = container.image
            why = None if image is None or image.span in seen else flaw(image)
            if image is not None and why is not None:
                seen.add(image.span)
                yield Finding(
                    span=image.span,
                    message=f'task definition "{task.label}" pulls {quoted(image)}, which {why}',
                    help="write <account of 12 digits>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>, or refer to the repository",
                    address=task.address,
                    cause=f'image "{canonical(image)}"',
                    related=(Related(task.span, f'task definition "{task.label}"'),),
                    aws=SYMPTOM[1] if "host" in why or "account" in why else SYMPTOM[0],
                )
