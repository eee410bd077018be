"""An image reference looks like one of ECR and names no registry or repository that can exist.

## What fails

The pull, before any permission counts: the reference is invalid, or its host does not resolve.

## Why

The host of a private registry is `<account>.dkr.ecr.<region>.amazonaws.com`, with an account of 12 digits, and in China
`amazonaws.com.cn`. A reference has no `https://`, the name of a repository is lower case, and after a colon comes a tag.
References that are put together are read as far as their parts are known. In a Kubernetes manifest, a Compose file or a
`Dockerrun.aws.json` it is a warning, because what deploys them may write another image into them.

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
from ecrlint.model.value import Value
from ecrlint.wording.words import canonical, quoted

SEVERITY = Severity.ERROR
SYMPTOM = (
    "CannotPullContainerError: failed to resolve ref ...: invalid reference format",
    "CannotPullContainerError: pull image manifest has been retried ... time(s): failed to resolve ref ...: failed to do request:"
    " Head ...: dial tcp: lookup ...: no such host",
)

_REWRITTEN = ("kubernetes-manifest", "compose-file", "dockerrun")
"""The languages of files whose images a deployment commonly replaces."""


def check(stack: Stack) -> Iterator[Finding]:
    seen: set[Span] = set()
    for image, title, address, span in _images(stack):
        why = None if image.span in seen else flaw(image)
        if why is not None:
            seen.add(image.span)
            yield Finding(
                span=image.span,
                message=f"{title} pulls {quoted(image)}, which {why}",
                help="write <account of 12 digits>.dkr.ecr.<region>.amazonaws.com/<name>:<tag>, or refer to the repository",
                address=address,
                cause=f'image "{canonical(image)}"',
                severity=Severity.WARNING if span.source.language in _REWRITTEN else None,
                related=(Related(span, title),),
                aws=SYMPTOM[1] if "host" in why or "account" in why else SYMPTOM[0],
            )


def _images(stack: Stack) -> Iterator[tuple[Value, str, str, Span]]:
    """The images that something of a stack pulls, with what that is called, its address and its place."""
    for task in stack.tasks:
        for container in task.containers if task.exists is not NO else ():
            if container.image is not None:
                yield container.image, f'task definition "{task.label}"', task.address, task.span
    for manifest in stack.manifests:
        for container in manifest.containers if manifest.exists is not NO else ():
            if container.image is not None:
                yield container.image, manifest.title, manifest.address, manifest.span
    for workload in stack.managed:
        for image in workload.images if workload.exists is not NO else ():
            yield image, f'{workload.kind} "{workload.label}"', workload.address, workload.span
    for function in stack.functions:
        if function.exists is not NO:
            yield function.image, f'function "{function.label}"', function.address, function.span
    for service in stack.web_services:
        if service.exists is not NO:
            yield service.image, f'service "{service.label}"', service.address, service.span
