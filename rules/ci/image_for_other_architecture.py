"""A job builds an image for one processor architecture, and what runs it has another.

## What fails

The start of the program: the image is pulled, and its program cannot be executed.

## Why

A Lambda function runs on `x86_64` and a task definition on `X86_64` unless they say otherwise. An image for
`linux/arm64` alone has no program for these, and the other way round.

Only literal platforms count, and only where every image that the jobs push to the repository is for the same one.

## Fix

Build for the architecture of the function or task, or change that. Terraform:

```hcl
resource "aws_lambda_function" "shop" {
  architectures = ["arm64"]
}
```

CloudFormation:

```yaml
Architectures: [arm64]
```

Workflow:

```yaml
- uses: docker/build-push-action@v6
  with:
    platforms: linux/amd64
```

## References

- [Selecting an architecture for a Lambda function](https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html)
- [Task definition parameters: runtime platform](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html#runtime-platform)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.job_pushes import Pushed, functions, pushes, repositories, tasks
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import Value, string

SEVERITY = Severity.ERROR
SYMPTOM = ("exec format error", "Runtime.InvalidEntrypoint")

_ARCHITECTURES = {"linux/amd64": "x86_64", "linux/arm64": "arm64", "linux/arm64/v8": "arm64"}


def check(stack: Stack) -> Iterator[Finding]:
    for one in pushes(stack):
        built = _architecture(one)
        if built is None or not _is_the_only_one(stack, one, built):
            continue
        for function in functions(one):
            wanted = "x86_64" if function.architecture is None else string(function.architecture)
            if wanted is not None and wanted.lower() != built and function.exists is YES:
                yield _finding(one, built, f'function "{function.label}"', function.span, function.architecture, wanted)
        for task in tasks(one):
            wanted = string(task.architecture)
            if wanted is None and task.architecture is None and task.launches_on("FARGATE") is YES:
                wanted = "X86_64"
            if wanted is not None and wanted.lower() != built and task.exists is YES:
                yield _finding(one, built, f'task "{task.label}"', task.span, task.architecture, wanted)


def _architecture(one: Pushed) -> str | None:
    platforms = () if one.build is None else one.build.platforms
    return _ARCHITECTURES.get(string(platforms[0]) or "") if len(platforms) == 1 else None


def _is_the_only_one(stack: Stack, one: Pushed, built: str) -> bool:
    """Whether every image that the pipeline pushes to the same repositories is for one architecture."""
    own = {id(repository) for repository in repositories(one)}
    others = [other for other in pushes(stack) if own & {id(repository) for repository in repositories(other)}]
    return bool(own) and all(_architecture(other) == built for other in others)


def _finding(one: Pushed, built: str, label: str, span: Span, stated: Value | None, wanted: str) -> Finding:
    assert one.build is not None
    default = " by default" if stated is None else ""
    return Finding(
        span=one.build.platforms[0].span,
        message=f'job "{one.job.label}" builds the image for {built}, and {label} runs it on {wanted}{default}',
        help="build for the architecture that it runs on",
        address=one.job.address,
        cause=f"{built} for {label}",
        severity=None if one.sure else Severity.WARNING,
        related=(Related(span if stated is None else stated.span, label),),
    )
