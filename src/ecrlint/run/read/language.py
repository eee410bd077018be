"""The language that a file is written in: by its name where that decides, otherwise by its bytes."""

from __future__ import annotations

import re

from ecrlint.model.source import Language

_TEMPLATE_TYPE = re.compile(rb"Type['\"]?\s*:\s*['\"]?(AWS|Custom|Alexa)::")

_PLAN = re.compile(rb"^(?:\xef\xbb\xbf)?[ \t]*\{", re.MULTILINE)
_LINE_OF_PLAN = re.compile(r"^[ \t]*\{", re.MULTILINE)

SCRIPT = ".sh"

_WORKFLOW = re.compile(r"(?:^|/)\.github/workflows/[^/]+\.ya?ml$")
"""GitHub reads workflows from this folder alone."""

_GITLAB = re.compile(r"(?:^|/)\.gitlab-ci\.ya?ml$")
"""GitLab reads the pipeline of a project from a file of this name."""

MANIFESTS = frozenset({"kubernetes-manifest", "compose-file", "dockerrun"})
"""The languages of what runs containers outside of AWS's own services."""

_COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose(?:[.-][\w.-]+)?\.ya?ml$")
_DOCKERRUN = "Dockerrun.aws.json"
_OF_ECR, _OF_KEYS = (b"ecr.", b"dkr.", b"ecr get-", b"kubernetes.io/dockerc"), (b"AKIA", b"ASIA")
_KEY = re.compile(rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")
_KUBERNETES = re.compile(rb"^(?:- |  )?apiVersion[ \t]*:", re.MULTILINE)

_SCRIPT = re.compile(rb"(?i)dkr[.-]ecr|\becr(?:-public)?[ ]|public\.ecr\.aws")
"""How a shell script shows that it works with ECR; one that does not is none of ours."""

_BUILDSPEC = re.compile(rb"^version[ \t]*:[ \t]*['\"]?0\.[12]\b", re.MULTILINE)
_PHASES = re.compile(rb"^phases[ \t]*:", re.MULTILINE)


def language(path: str, data: bytes) -> Language:
    """The language of a file. What a broken or half-written file was meant to be counts as well."""
    if path.endswith((".tf.json", ".tfvars.json")):
        return "terraform-json"
    if path.endswith((".tf", ".tofu", ".tfvars")):
        return "terraform"
    if path.endswith(".hcl"):
        return "terragrunt"
    if _WORKFLOW.search(path):
        return "github-workflow" if b"jobs" in data else "other"
    if _GITLAB.search(path):
        return "gitlab-pipeline"
    if path.endswith(SCRIPT):
        return "script" if _SCRIPT.search(data) else "other"
    if path.rpartition("/")[2] == _DOCKERRUN:
        return "dockerrun"
    if path.endswith((".yml", ".yaml")) and _names_image_or_key(data):
        found = _manifest(path, data)
        if found != "other":
            return found
    found = _of_bytes(data)
    if found == "other" and path.endswith((".yml", ".yaml")) and b"phases" in data and _is_buildspec(data):
        return "buildspec"
    return found


def _names_image_or_key(data: bytes) -> bool:
    """Whether a manifest concerns ECR, or has an access key or a login; one that does not is none of ours."""
    if any(word in data for word in _OF_ECR):
        return True
    return any(word in data for word in _OF_KEYS) and _KEY.search(data) is not None


def _manifest(path: str, data: bytes) -> Language:
    if _COMPOSE.search(path):
        return "compose-file" if b"services" in data else "other"
    return "kubernetes-manifest" if b"kind" in data and _KUBERNETES.search(data) else "other"


def _is_buildspec(data: bytes) -> bool:
    return _PHASES.search(data) is not None and _BUILDSPEC.search(data) is not None


def evident(path: str, head: bytes) -> Language:
    """The language of a file by its beginning, where more of it is not read."""
    found = language(path, head)
    is_plan = found == "other" and b'"format_version"' in head and b'"terraform_version"' in head
    return "terraform-plan" if is_plan else found


def plan_alone(text: str) -> str:
    """A plan with blanks in the place of the lines before and after it, which a program that calls Terraform has written."""
    start = _LINE_OF_PLAN.search(text)
    if start is None:
        return text
    end = text.rfind("}") + 1
    return re.sub(r"\S", " ", text[: start.start()]) + text[start.start() : end] + re.sub(r"\S", " ", text[end:])


def _of_bytes(data: bytes) -> Language:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        data = data.decode("utf-16", errors="replace").encode(errors="replace")
    if b'"format_version"' in data and (b'"planned_values"' in data or b'"resource_changes"' in data) and _PLAN.search(data):
        return "terraform-plan"
    if b"json-schema.org/" in data[:4096]:
        return "other"  # it says what a template looks like
    if b"AWSTemplateFormatVersion" in data or (b"AWS::" in data and _TEMPLATE_TYPE.search(data)):
        return "cloudformation"
    if b"ontainerDefinitions" in data:
        return "task-definition"
    if b'"Statement"' in data and b'"Effect"' in data:
        return "iam-policy"
    return "other"
