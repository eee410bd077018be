"""A job puts the registry before a repository that has the registry in its name already.

## What fails

`docker push`, in every run of the job.

## Why

The URI of a repository is the registry, a slash and the name. Where a variable holds the whole URI and the registry of the
login is put before it once more, everything after the first slash is taken for the name, and there is no such repository.

## Fix

Keep the name alone in the variable:

```yaml
env:
  ECR_REPOSITORY: shop
```

## References

- [Pushing a Docker image](https://docs.aws.amazon.com/AmazonECR/latest/userguide/docker-push-ecr-image.html)
- [amazon-ecr-login: outputs](https://github.com/aws-actions/amazon-ecr-login)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.analysis.job_pushes import Pushed, pushes
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.value import Text, string

SEVERITY = Severity.ERROR
SYMPTOM = "name unknown: The repository with name '....dkr.ecr....amazonaws.com/...' does not exist in the registry with id '...'"

_REGISTRY = re.compile(r"\.dkr[.-]ecr(?:-fips)?\.")


def check(stack: Stack) -> Iterator[Finding]:
    for one in pushes(stack):
        parts = one.image.name.parts if isinstance(one.image.name, Text) else (one.image.name,)
        found = next((part for part in parts if _REGISTRY.search(string(part) or "")), None)
        if found is not None:
            name = string(found) or ""
            yield _finding(one, _variable(one, name) or found.span, name)


def _variable(one: Pushed, name: str) -> Span | None:
    """Where the variable is set that holds a name."""
    return next((value.span for value in one.step.variables.values() if string(value) == name), None)


def _finding(one: Pushed, place: Span, name: str) -> Finding:
    return Finding(
        span=place,
        message=f'job "{one.job.label}" puts the registry before "{name}", which begins with a registry already',
        help=f'use the name alone: "{name.partition("/")[2]}"',
        address=one.job.address,
        cause=name,
        severity=None if one.sure else Severity.WARNING,
        related=() if place == one.span else (Related(one.span, "the push"),),
    )
