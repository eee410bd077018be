"""What a host does with containers, ECR and AWS, read from its user data, its image and its role."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from ecrlint.model.host import Use, What
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, alternatives

_HOLE = "\0"

_USES: tuple[tuple[What, str], ...] = (
    ("ecs", r"ECS_CLUSTER\b|/etc/ecs/ecs\.config|\becs-init\b|amazon-ecs-agent|\[settings\.ecs\]"),
    ("eks", r"/etc/eks/bootstrap\.sh|\bnodeadm\b|node\.eks\.aws|\[settings\.kubernetes\]"),
    ("login", r"\becr\s+get-(login(-password)?|authorization-token)\b|\becr-login\b|amazon-ecr-credential-helper"),
    ("runner", r"\b(gitlab-runner|actions-runner|actions/runner|buildkite-agent|circleci-runner)\b|\bjenkins\b"),
    ("docker", r"(?<![\w.-])(docker|docker-compose|dockerd|podman|nerdctl)(?![\w-])|\b(docker\.io|docker-ce)\b|get\.docker\.com"),
)
# A script is read as words, comments left out. Patterns stay text, so that they cost nothing before they are first used.
_COMMENT = r"(?m)^[ \t]*#(?!!).*$"
_QUOTED = r"\"(?:[^\"\\]|\\.|\\\n)*\"|'[^']*'"
_RUN = rf"\b(?:docker|podman|nerdctl)(?:['\",\s]+container)?['\",\s]+(?:run|create)\b(?:{_QUOTED}|\\\n|\\.|[^\n\\;|&\"'])*"
_UP = r"\bdocker(?:-compose|\s+compose)\b[^\n;|&]{0,300}\sup\b|\bdocker\s+(?:stack\s+deploy|service\s+create)\b"
_EXECUTOR = r"\bexecutor['\"]?[\s=:]+['\"]?docker(?![\w+-])"
_OTHER_NETWORK = r"--net(?:work)?[='\",\s]+(?:host|none|container:)|\bnetwork[_-]mode['\"]?\s*[:=\s]\s*['\"]?(?:host|none)\b"
_OWN_CREDENTIALS = (
    r"AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|PROFILE|WEB_IDENTITY|CONTAINER_CREDENTIALS)"
    r"|(?<![\w-])\.aws\b|env[-_]file"
)
_SUBSTITUTED = r"\$\([^()]*\)|`[^`]*`"
_AWS_CLI = r"(?<![\w./-])aws"
_AWS_CLI_IMAGE = r"\b(?:amazon|aws-cli)/aws-cli(?::\S+)?"
_SERVICE = r"\s+(?:--[\w-]+(?:[=\s]+[^\s-]\S*)?\s+){0,8}(?!help\b|configure\b)([a-z][a-z0-9-]+)\s+[a-z]"
_WITHOUT_CREDENTIALS = r"--no-sign-request"

_METADATA = r"169\.254\.169\.254|\bec2-metadata\b|fd00:ec2::254|//instance-data\b"
_TOKEN = "x-aws-ec2-metadata-token"

_IMAGES: tuple[tuple[What, str], ...] = (
    ("ecs", r"(?i)ecs[-_]?optimized|amzn2?-ami-ecs|al2023-ami-ecs|/ecs/optimized|bottlerocket[/-]aws-ecs"),
    ("eks", r"(?i)\bamazon-eks-(?:\w+-)?node-|/eks/optimized-ami|bottlerocket[/-]aws-k8s"),
)
_POLICIES: dict[str, What] = {
    "AmazonEC2ContainerServiceforEC2Role": "ecs",
    "AmazonEKSWorkerNodePolicy": "eks",
    "AmazonEKSWorkerNodeMinimalPolicy": "eks",
}


def uses(value: Value | None) -> tuple[Use, ...]:
    """The uses that user data shows, each with the first place where it does so."""
    found: dict[What, Use] = {}
    for script in _scripts(value):
        for what, span in _uses(script):
            found.setdefault(what, Use(what, span))
    return tuple(found.values())


def calls(value: Value | None) -> tuple[str, ...]:
    """The AWS services that user data calls by the AWS CLI on the host itself, not in a container."""
    hosts = (_on_the_host(script.text) for script in _scripts(value))
    found = (match.group(1) for text in hosts for match in re.finditer(_AWS_CLI + _SERVICE, text))
    return tuple(dict.fromkeys("s3" if name == "s3api" else name for name in found))


def asks_without_token(value: Value | None) -> Truth:
    """Whether user data asks the metadata service for something by IMDSv1; `MAYBE` where what it says is not known."""
    for script in _scripts(value):
        if re.search(_METADATA, script.text) and _TOKEN not in script.text.lower():
            return YES
    sides = () if value is None else alternatives(value)
    return MAYBE if any(isinstance(side, (Ref, Unknown)) for side in sides) else NO


def of_image(name: str) -> What | None:
    """What an image is made for, by the name or parameter that AWS publishes it under."""
    return next((what for what, pattern in _IMAGES if re.search(pattern, name)), None)


def of_role(role: Role, seen: tuple[Use, ...]) -> tuple[Use, ...]:
    """The uses beyond those seen that are shown by AWS's own policies on the role of a host."""
    found: dict[What, Use] = {}
    for policy in role.policies:
        what = _POLICIES.get(policy.managed or "")
        if what is not None and all(use.what != what for use in seen):
            found.setdefault(what, Use(what, policy.attached or policy.span))
    return tuple(found.values())


# Scripts


@dataclass(frozen=True, slots=True)
class _Script:
    """A stretch of user data that runs on as one text, and where its pieces begin in it and stand in files."""

    text: str
    pieces: tuple[tuple[int, Span], ...]

    def place(self, match: re.Match[str]) -> Span:
        """Where matched words stand in the file; the whole piece where they are not found there word for word."""
        span = next(span for start, span in reversed(self.pieces) if start <= match.start())
        words = match.group().split("\n", 1)[0].split(_HOLE, 1)[0].rstrip("\\ ")
        at = span.source.text.find(words, span.start, span.end)
        return span if at < 0 else Span(span.source, at, at + len(words))


def _scripts(value: Value | None) -> Iterator[_Script]:
    """The known stretches of user data, without comments; what is not known in them stands as one NUL each."""
    match value:
        case Scalar(value=str(text)):
            yield _script((_decoded(text),), (value.span,))
        case Text(parts=parts):
            texts = [part.value if isinstance(part, Scalar) and isinstance(part.value, str) else _HOLE for part in parts]
            yield _script(tuple(texts), tuple(part.span for part in parts))
            for part in parts:
                if not isinstance(part, Scalar):
                    yield from _scripts(part)
        case Choice():
            yield from _scripts(value.then)
            yield from _scripts(value.otherwise)
        case List():
            for item in value.items:
                yield from _scripts(item)
        case Map():
            for item in value.entries.values():
                yield from _scripts(item)
        case Json():
            yield from _scripts(value.value)
        case Scalar() | Ref() | Unknown() | None:
            return


def _script(texts: tuple[str, ...], spans: tuple[Span, ...]) -> _Script:
    starts = accumulate(map(len, texts), initial=0)
    text = re.sub(_COMMENT, lambda comment: " " * len(comment.group()), "".join(texts))
    return _Script(text, tuple(zip(starts, spans, strict=False)))


def _decoded(text: str) -> str:
    if len(text) < 16 or re.search(r"[^A-Za-z0-9+/=\s]", text):
        return text
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return text


# What a script shows


def _uses(script: _Script) -> Iterator[tuple[What, Span]]:
    on_the_host = _on_the_host(script.text)
    jobs = re.search(_EXECUTOR, script.text)
    for what, pattern in _USES:
        match = re.search(pattern, on_the_host if what in ("login", "runner") else script.text)
        if match and not (what == "runner" and jobs):
            yield what, script.place(match)
    for match in re.finditer(_RUN, script.text):
        if not re.search(f"{_OTHER_NETWORK}|{_OWN_CREDENTIALS}", match.group()):
            yield "bridged", script.place(match)
            if _calls_aws(_inside(match.group())):
                yield "bridged-client", script.place(match)
    started = jobs or re.search(_UP, script.text)
    if started and not re.search(f"{_OTHER_NETWORK}|{_OWN_CREDENTIALS}", script.text):
        yield "bridged", script.place(started)


def _calls_aws(command: str) -> bool:
    """Whether what runs in a container certainly needs credentials: the AWS CLI does."""
    if re.search(_WITHOUT_CREDENTIALS, command):
        return False
    return re.search(f"(?:{_AWS_CLI}|{_AWS_CLI_IMAGE}){_SERVICE}", command.replace("\\\n", "  ")) is not None


def _inside(command: str) -> str:
    """What of the command that starts a container runs in it: not what the shell substitutes before."""
    return re.sub(_SUBSTITUTED, _blank, command)


def _on_the_host(text: str) -> str:
    """The script without what runs in containers; every place stays where it is."""
    return re.sub(_RUN, _outside, text)


def _outside(run: re.Match[str]) -> str:
    kept = (match.span() for match in re.finditer(_SUBSTITUTED, run.group()))
    blank = list(" " * len(run.group()))
    for start, end in kept:
        blank[start:end] = run.group()[start:end]
    return "".join(blank)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())
