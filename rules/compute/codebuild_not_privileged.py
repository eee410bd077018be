"""A CodeBuild project builds or pushes images with Docker and does not run in privileged mode.

## What fails

The first command that needs the Docker daemon: nothing is built, nothing is pushed.

## Why

The daemon inside the build's container starts only in privileged mode, which is off unless it is set. Builders that need
no daemon (kaniko, buildah, Jib, ko), and a Docker server of the project's own, need no privileged mode either.

In a build image that is not one of CodeBuild's own, `docker` may be another program, so that this is a warning there.

A build specification that is named by its path is a file of the source that the project builds. It is read where that may be the
repository that is scanned: an error where the location of the source is the remote `origin` of the repository, a warning where
either of them is not known, and nothing where they differ.

## Fix

Terraform:

```hcl
environment {
  compute_type    = "BUILD_GENERAL1_SMALL"
  image           = "aws/codebuild/amazonlinux-x86_64-standard:5.0"
  type            = "LINUX_CONTAINER"
  privileged_mode = true
}
```

CloudFormation:

```yaml
Environment:
  ComputeType: BUILD_GENERAL1_SMALL
  Image: aws/codebuild/amazonlinux-x86_64-standard:5.0
  Type: LINUX_CONTAINER
  PrivilegedMode: true
```

## References

- [Docker in CodeBuild](https://docs.aws.amazon.com/codebuild/latest/userguide/sample-docker.html)
- [Troubleshooting: Cannot connect to the Docker daemon](https://docs.aws.amazon.com/codebuild/latest/userguide/troubleshooting.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Scalar, Text, Unknown, Value, apart, boolean, is_null, prefix, string
from ecrlint.model.workload import Project
from ecrlint.wording.words import quoted, setting

SEVERITY = Severity.ERROR
SYMPTOM = "Cannot connect to the Docker daemon at unix:/var/run/docker.sock. Is the docker daemon running?"

_MACHINES = ("LINUX_CONTAINER", "LINUX_GPU_CONTAINER", "ARM_CONTAINER")
_CURATED = "aws/codebuild/"
_ALWAYS_PRIVILEGED = "aws/codebuild/docker:"
"""The images of CodeBuild's first years that came with Docker support."""


def check(stack: Stack) -> Iterator[Finding]:
    for project in stack.projects:
        docker = project.docker
        if project.exists is YES and docker is not None and not project.has_daemon and string(project.kind) in _MACHINES:
            if boolean(project.privileged, NO) is NO and not prefix(project.image).startswith(_ALWAYS_PRIVILEGED):
                yield _finding(project, docker)


def _has_no_daemon(image: Value) -> bool:
    """Whether an image is one of CodeBuild's that surely start no daemon by themselves."""
    privileged = Text((Scalar(_ALWAYS_PRIVILEGED, image.span), Unknown("its version", image.span)), image.span)
    return prefix(image).startswith(_CURATED) and apart(privileged, image)


def _finding(project: Project, docker: Value) -> Finding:
    stated = project.privileged
    place = project.image.span if stated is None or is_null(stated) else stated.span
    unless = "" if project.builds_here is YES else " (when its source is this repository)"
    sure = project.builds_here is YES and _has_no_daemon(project.image)
    return Finding(
        span=place,
        message=f'project "{project.label}" runs {quoted(docker)} and is not in privileged mode, so there is no Docker daemon'
        f"{unless}",
        help=setting("privileged_mode", "true", project.span),
        address=project.address,
        cause="not privileged",
        severity=Severity.ERROR if sure else Severity.WARNING,
        related=(
            Related(docker.span, "this needs the Docker daemon"),
            Related(project.span, f"the project, whose builds run in {quoted(project.image)}"),
        ),
    )
