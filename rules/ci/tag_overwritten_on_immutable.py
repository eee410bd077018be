"""Each run of a job pushes the same tag to a repository whose tags are immutable.

## What fails

The second push of the tag: the first run succeeds, and every later one fails.

## Why

In a repository with immutable tags a tag is pushed once. `latest`, the name of a branch and the tag of a registry cache
are the same in every run. A tag with the commit in it is new each time.

Not reported: tags that an exclusion filter of the repository leaves mutable, and jobs that delete images first. A tag that
looks like a version is a warning: it may change with each release.

## Fix

Push a tag that is new in each run, or leave this one mutable. Terraform:

```hcl
resource "aws_ecr_repository" "shop" {
  image_tag_mutability = "IMMUTABLE_WITH_EXCLUSION"
  image_tag_mutability_exclusion_filter {
    filter      = "latest"
    filter_type = "WILDCARD"
  }
}
```

CloudFormation:

```yaml
ImageTagMutability: IMMUTABLE_WITH_EXCLUSION
ImageTagMutabilityExclusionFilters:
  - ImageTagMutabilityExclusionFilterType: WILDCARD
    ImageTagMutabilityExclusionFilterValue: latest
```

## References

- [Preventing image tags from being overwritten](https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.analysis.job_pushes import Pushed, cache_of, image, pushes, repositories, repositories_of
from ecrlint.iam import patterns
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.script import AwsCall
from ecrlint.model.source import Span
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import Scalar, Value, string

SEVERITY = Severity.ERROR
SYMPTOM = (
    "tag invalid: The image tag '...' already exists in the '...' repository and cannot be overwritten because the tag is"
    " immutable."
)


def check(stack: Stack) -> Iterator[Finding]:
    for one in pushes(stack):
        tag = one.image.tag
        text = string(tag) if tag is not None else "latest" if "@" not in one.span.text else None
        if text:
            yield from _of_tag(one, text, one.span, repositories(one))
        yield from _of_caches(one)


def _of_caches(one: Pushed) -> Iterator[Finding]:
    for cache in one.build.caches if one.build is not None else ():
        reference = cache_of(cache)
        found = None if reference is None else image(reference)
        text = None if found is None or found.tag is None else string(found.tag)
        if found is not None and text:
            yield from _of_tag(one, text, cache.span, repositories_of(one.stack, found))


def _of_tag(one: Pushed, tag: str, place: Span, found: tuple[Repository, ...]) -> Iterator[Finding]:
    if found and all(_keeps(repository, tag) for repository in found) and not _deletes(one):
        yield _finding(one, tag, place, found[0])


def _keeps(repository: Repository, tag: str) -> bool:
    """Whether a repository surely lets a tag be pushed once."""
    mutability = string(repository.mutability)
    if mutability == "IMMUTABLE":
        return True
    value = Scalar(tag, repository.span)
    return mutability == "IMMUTABLE_WITH_EXCLUSION" and all(patterns.matches(one, value) is NO for one in repository.mutable)


def _deletes(one: Pushed) -> bool:
    """Whether the job may delete the tag first."""
    before = one.job.steps[: one.at + 1]
    return any(step.opaque for step in before) or any(
        isinstance(act, AwsCall)
        and act.service == "ecr"
        and act.operation.startswith(("batch-delete", "delete", "put-image-tag"))
        for step in before
        for act in step.acts
    )


def _finding(one: Pushed, tag: str, place: Span, repository: Repository) -> Finding:
    changes = re.search(r"\d", tag) is not None
    mutability: Value | None = repository.mutability
    return Finding(
        span=place,
        message=f'job "{one.job.label}" pushes tag "{tag}" in each run, and tags of "{repository.label}" are immutable',
        help="push a tag that is new in each run, or exclude this one from immutability",
        address=one.job.address,
        cause=f"{tag} to {repository.address}",
        severity=Severity.WARNING if changes or not one.sure else None,
        related=(Related(repository.span if mutability is None else mutability.span, f'repository "{repository.label}"'),),
    )
