"""What a host does with containers and ECR, read from its user data."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from ecrlint.model.source import Span
from ecrlint.model.stack import Use
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value

_USES = (
    ("ecs", r"ECS_CLUSTER\b|/etc/ecs/ecs\.config|\becs-init\b|amazon-ecs-agent"),
    ("eks", r"/etc/eks/bootstrap\.sh|\bnodeadm\b|node\.eks\.aws"),
    ("login", r"\becr\s+get-login(-password)?\b|docker-credential-ecr-login|amazon-ecr-credential-helper"),
    ("docker", r"(?<![\w.-])(docker|docker-compose|dockerd|podman|nerdctl)(?![\w-])|\b(docker\.io|docker-ce)\b|get\.docker\.com"),
    ("runner", r"\b(gitlab-runner|actions-runner|actions/runner|buildkite-agent|circleci-runner)\b|\bjenkins\b"),
)
# A script is read as words, comments left out. Patterns stay text, so that they cost nothing before they are first used.
_COMMENT = r"(?m)^[ \t]*#(?!!).*$"
_RUN = r"\bdocker\s+run\b(?:[^\n\\]|\\\n|\\.)*"
_HOST_NETWORK = r"--net(work)?[= ]+host\b"
_SOCKET = r"/var/run/docker\.sock"
_OWN_CREDENTIALS = r"AWS_ACCESS_KEY_ID|\.aws\b|AWS_WEB_IDENTITY|AWS_CONTAINER_CREDENTIALS"


def uses(value: Value | None) -> tuple[Use, ...]:
    """The uses that user data shows, each with the place where it does so."""
    if value is None:
        return ()
    found: dict[str, Use] = {}
    for text, span in _texts(value):
        text = re.sub(_COMMENT, "", text)
        for what, pattern in _USES:
            match = re.search(pattern, text)
            if match and what not in found:
                found[what] = Use(what, _place(text, span, match.group()))  # type: ignore[arg-type]
        for match in re.finditer(_RUN, text):
            command = match.group()
            if re.search(_SOCKET, command) and not re.search(f"{_HOST_NETWORK}|{_OWN_CREDENTIALS}", command):
                found.setdefault("bridged-client", Use("bridged-client", _place(text, span, command)))
    return tuple(found.values())


def _texts(value: Value) -> Iterator[tuple[str, Span]]:
    """The known stretches of a script. Holes stand as one space each, so that words do not grow together."""
    match value:
        case Scalar(value=str(text)):
            yield _decoded(text), value.span
        case Text():
            for part in value.parts:
                if isinstance(part, Scalar) and isinstance(part.value, str):
                    yield part.value, part.span
                else:
                    yield from _texts(part)
        case Choice():
            yield from _texts(value.then)
            yield from _texts(value.otherwise)
        case List():
            for item in value.items:
                yield from _texts(item)
        case Map():
            for item in value.entries.values():
                yield from _texts(item)
        case Json():
            yield from _texts(value.value)
        case Scalar() | Ref() | Unknown():
            return


def _decoded(text: str) -> str:
    if len(text) < 16 or re.search(r"[^A-Za-z0-9+/=\s]", text):
        return text
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return text


def _place(text: str, span: Span, words: str) -> Span:
    """Where the words stand in the file; the whole text where they are not found there word for word."""
    line = words.split("\n", 1)[0].rstrip("\\ ")
    at = span.source.text.find(line, span.start, span.end)
    return span if at < 0 else Span(span.source, at, at + len(line))
