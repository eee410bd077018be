"""A build pushes its cache to ECR with a BuildKit whose cache is an image index.

## What fails

The export of the cache at the end of the build, and with it the step.

## Why

Before version 0.21 BuildKit wrote a registry cache as an index of layers, which ECR refuses. With `image-manifest=true` the
cache is an image manifest; since 0.21 this is the default. Only a BuildKit that is pinned to an older version is reported.

## Fix

```yaml
- uses: docker/build-push-action@v6
  with:
    cache-to: type=registry,ref=${{ steps.ecr.outputs.registry }}/shop:cache,mode=max,image-manifest=true,oci-mediatypes=true
```

## References

- [Announcing remote cache support in Amazon ECR for BuildKit clients](https://aws.amazon.com/blogs/containers/announcing-remote-cache-support-in-amazon-ecr-for-buildkit-clients/)
- [Registry cache of BuildKit](https://docs.docker.com/build/cache/backends/registry/)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.analysis.job_pushes import Pushed, builder, cache_of, fields, image, pushes
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.image import in_private_ecr
from ecrlint.model.job import Builder
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import Value, string

SEVERITY = Severity.ERROR
SYMPTOM = (
    'error writing manifest blob: failed commit on ref "sha256:...": unexpected status from PUT request to'
    " https://....dkr.ecr....amazonaws.com/v2/.../manifests/...: 400 Bad Request"
)

_SINCE = (0, 21)
"""The version since which `image-manifest` is true by default. https://github.com/moby/buildkit/releases/tag/v0.21.0"""

_OWN_IMAGE = re.compile(r"(?:docker\.io/)?moby/buildkit:v(\d+)\.(\d+)")


def check(stack: Stack) -> Iterator[Finding]:
    for one in pushes(stack):
        used = builder(one)
        if one.build is None or used is None or not _is_old(used):
            continue
        for cache in one.build.caches:
            reference = cache_of(cache)
            if reference is not None and image(reference) is not None and in_private_ecr(reference) is YES:
                if fields(cache).get("image-manifest", "false") == "false":
                    yield _finding(one, cache, used)


def _is_old(used: Builder) -> bool:
    match = _OWN_IMAGE.match(string(used.image) or "")
    return match is not None and (int(match[1]), int(match[2])) < _SINCE


def _finding(one: Pushed, cache: Value, used: Builder) -> Finding:
    version = string(used.image)
    return Finding(
        span=cache.span,
        message=f'the cache of job "{one.job.label}" is an image index, which ECR refuses: {version} writes no image manifest',
        help="add image-manifest=true,oci-mediatypes=true, or use BuildKit 0.21 or later",
        address=one.job.address,
        cause="cache",
        severity=None if one.sure else Severity.WARNING,
        related=(Related(used.span if used.image is None else used.image.span, "the version of BuildKit"),),
    )
