"""A job pushes an image index to a repository from which a Lambda function takes its image.

## What fails

The creation or the update of the function, once it is given this image.

## Why

Buildx adds provenance to an image unless it is told not to, and an image with an attestation, or for several platforms, is an
index of manifests. Lambda takes the manifest of one image. (Known of Lambda as of November 2026.)

Reported where the job sets up Buildx, whose default driver can write an index.

## Fix

```yaml
- uses: docker/build-push-action@v6
  with:
    platforms: linux/amd64
    provenance: false
    sbom: false
```

## References

- [Create a Lambda function from a container image](https://docs.aws.amazon.com/lambda/latest/dg/images-create.html)
- [Provenance attestations](https://docs.docker.com/build/metadata/attestations/slsa-provenance/)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.job_pushes import Pushed, attests, builder, functions, pushes
from ecrlint.fixes.workflows import without_provenance
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.script import Build
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import string
from ecrlint.model.workload import Function

SEVERITY = Severity.WARNING
SYMPTOM = (
    "InvalidParameterValueException: The image manifest, config or layer media type for the source image ... is not supported."
)

_PROVENANCE = "provenance is added"


def check(stack: Stack) -> Iterator[Finding]:
    for one in pushes(stack):
        used = builder(one)
        if one.build is None or used is None or string(used.driver) not in (None, "docker-container", "kubernetes", "remote"):
            continue
        if used.driver is not None and string(used.driver) is None:
            continue
        why = _why(one, one.build)
        for function in functions(one)[:1] if why else ():
            yield _finding(one, one.build, function, why)


def _why(one: Pushed, build: Build) -> str:
    if len(build.platforms) > 1 and all(string(platform) for platform in build.platforms):
        return "it is built for several platforms"
    return _PROVENANCE if attests(one, build) is YES else ""


def _finding(one: Pushed, build: Build, function: Function, why: str) -> Finding:
    return Finding(
        span=build.command.span,
        message=f'job "{one.job.label}" pushes an image index ({why}), and function "{function.label}" takes it',
        help="set provenance: false and sbom: false, and build for one platform",
        address=one.job.address,
        cause=f"index for {function.address}",
        related=(Related(function.span, f'function "{function.label}"'),),
        fix=without_provenance(build) if why == _PROVENANCE and build.sbom is None and not build.attestations else (),
    )
