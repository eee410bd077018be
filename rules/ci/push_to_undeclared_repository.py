"""A job pushes to a repository that the files make under a slightly different name, or in another region.

## What fails

`docker push`, unless somebody else makes the repository.

## Why

ECR makes no repository when an image is pushed, unless a repository creation template for pushes says so. A registry is
of one region: a repository in `eu-west-1` is not in the registry of `us-east-1`.

Repositories of other stacks are not in the files, so only a near miss is reported: the same name in another region, or a
name that differs in a letter.

## Fix

Push to the region, and the name, of the repository:

```yaml
- uses: aws-actions/configure-aws-credentials@v5
  with:
    aws-region: eu-west-1
```

## References

- [Pushing a Docker image](https://docs.aws.amazon.com/AmazonECR/latest/userguide/docker-push-ecr-image.html)
- [Repository creation templates](https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html)
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from ecrlint.analysis.job_pushes import Pushed, creates_repositories, is_elsewhere, named, names, pushes, region_of
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.job import Credentials
from ecrlint.model.source import Span
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.value import string

SEVERITY = Severity.WARNING
SYMPTOM = "name unknown: The repository with name '...' does not exist in the registry with id '...'"


def check(stack: Stack) -> Iterator[Finding]:
    for one in pushes(stack):
        name = string(one.image.name)
        if name is None or creates_repositories(one):
            continue
        same = named(stack, name)
        if same and all(_is_in_other_region(repository, one) for repository in same):
            yield _in_other_region(one, name, same[0])
        elif not same and (near := _near(stack, name)) is not None:
            yield _of_near_name(one, name, near)


def _is_in_other_region(repository: Repository, one: Pushed) -> bool:
    return is_elsewhere(repository, one.image) and region_of(repository) not in (None, one.image.region)


def _near(stack: Stack, name: str) -> Repository | None:
    """The one repository whose name is a slip away; names that differ in digits or a whole word are meant to differ."""
    known = names(stack)
    found = get_close_matches(name, [other for other in known if _is_slip(name, other)], n=2, cutoff=0.8)
    return known[found[0]] if len(found) == 1 and not any(string(other.name) is None for other in known.values()) else None


def _is_slip(a: str, b: str) -> bool:
    """Whether two names differ in a dash, an underscore, a slash or an `s` at the end alone."""
    if a == b or len(a) < 4:
        return False
    plain = [name.replace("-", "").replace("_", "").replace("/", "").removesuffix("s") for name in (a, b)]
    return plain[0] == plain[1]


def _in_other_region(one: Pushed, name: str, repository: Repository) -> Finding:
    place = _region_of(one)
    return Finding(
        span=place or one.span,
        message=f'job "{one.job.label}" pushes "{name}" in {one.image.region}, and the repository is in {region_of(repository)}',
        help=f"use region {region_of(repository)}",
        address=one.job.address,
        cause=f"{name} in {one.image.region}",
        related=(Related(one.span, "the push"), Related(repository.span, f'repository "{repository.label}"')),
    )


def _region_of(one: Pushed) -> Span | None:
    """Where the region of a push comes from, if it is that of the credentials."""
    for step in one.job.steps[: one.at]:
        for act in step.acts:
            if isinstance(act, Credentials) and act.region is not None and string(act.region) == one.image.region:
                return act.region.span
    return None


def _of_near_name(one: Pushed, name: str, repository: Repository) -> Finding:
    own = string(repository.name)
    return Finding(
        span=one.span,
        message=f'job "{one.job.label}" pushes to "{name}", and the repository is named "{own}"',
        help=f'push to "{own}"',
        address=one.job.address,
        cause=f"{name} for {own}",
        related=(Related(repository.span, f'repository "{repository.label}"'),),
    )
