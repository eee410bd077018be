"""Which version of the AWS CLI a machine has."""

from __future__ import annotations

import re

from ecrlint.analysis.script_acts import Runner
from ecrlint.model.host import Host
from ecrlint.model.job import Job
from ecrlint.model.truth import MAYBE, YES, Truth
from ecrlint.model.value import string
from ecrlint.model.workload import Project

_CURATED = re.compile(r"aws/codebuild/(?:standard|amazonlinux2?-(?:x86_64|aarch64)-standard):([5-9]|\d\d)\.")
"""The build images with version 2: https://github.com/aws/aws-codebuild-docker-images"""

_PACKAGE = re.compile(
    r"\b(?:pip[\d.]*|pipx|easy_install|apt|apt-get|yum|dnf|apk|conda|brew|amazon-linux-extras)\b[^\n|;&]*\baws-?cli\b(?!-?v2)"
    r"|\bawscli-bundle\b|\baws-cli/1"
)


def has_version_2(runner: Runner) -> Truth:
    """Whether a machine comes with version 2 of the AWS CLI."""
    runs_on = runner.runs_on
    if isinstance(runs_on, Job):
        return YES if runs_on.platform == "github" and runs_on.hosted is YES else MAYBE
    if isinstance(runs_on, Project):
        return YES if _CURATED.match(string(runs_on.image) or "") else MAYBE
    return _of_host(runs_on)


def _of_host(host: Host) -> Truth:
    """Amazon Linux 2 has version 1, Amazon Linux 2023 version 2: https://docs.aws.amazon.com/linux/al2023/ug/awscli2.html"""
    return host.supports_tokens


def installs_version_1(runner: Runner) -> bool:
    """Whether a script installs the AWS CLI from a package, which may be version 1, or asks for its version."""
    return any(_PACKAGE.search(performed.script.text) for performed in runner.acts)
