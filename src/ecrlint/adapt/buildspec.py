"""What a build specification of CodeBuild does with Docker, read as words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value

_START = r"(?:^[ \t]*(?:-[ \t]+)?|[;&|(][ \t]*)[\"']?(?:sudo[ \t]+)?(?:[A-Z_]+=\S*[ \t]+)*"
_DAEMON = (
    r"docker[ \t]+(?:(?:image|builder|buildx)[ \t]+)?(?:build|bake|push|pull|run|load|save|tag)\b"
    r"|docker[ \t]+compose[ \t]+(?:build|push|up|run)\b"
)
_COMPOSE = r"docker-compose[ \t]+(?:-\S+[ \t]+\S+[ \t]+)*(?:build|push|up|run)\b"
_COMMAND = rf"(?m){_START}((?:{_DAEMON}|{_COMPOSE}))"
_OTHER_DAEMON = r"\bDOCKER_HOST\b|\bdocker[ \t]+context\b|\bbuildx[ \t]+create\b[^\n]*--driver[ =](?:remote|kubernetes)"
_COMMENT = r"(?m)^[ \t]*#.*$"


def calls_docker(spec: Value | None) -> Scalar | None:
    """The first words that call the Docker daemon; None where none do, or another daemon may be meant."""
    texts = list(_texts(spec))
    if _is_open(spec) or any(re.search(_OTHER_DAEMON, text) for text, _ in texts):
        return None
    for text, span in texts:
        text = re.sub(_COMMENT, lambda comment: " " * len(comment.group()), text)
        found = next((one for one in re.finditer(_COMMAND, text) if not _is_conditional(text[: one.start(1)])), None)
        if found:
            at = span.source.text.find(found.group(1), span.start, span.end)
            return Scalar(found.group(1), span if at < 0 else Span(span.source, at, at + len(found.group(1))))
    return None


def _is_conditional(before: str) -> bool:
    """Whether a command after this text may be skipped."""
    line = before.rsplit("\n", 1)[-1]
    opened, closed = (len(re.findall(word, before)) for word in (r"\bthen\b", r"\bfi\b"))
    return opened > closed or re.search(r"\[|\btest\b|\bif\b|\|\|", line) is not None


def _is_open(value: Value | None) -> bool:
    """Whether commands are called that are not known as a whole."""
    match value:
        case Map(entries=entries):
            commands = entries.get("commands")
            listed = commands.items if isinstance(commands, List) and commands.complete else (commands,)
            if any(isinstance(one, (List, Ref, Unknown)) for one in listed):
                return True
            return any(map(_is_open, entries.values()))
        case Json():
            return _is_open(value.value)
        case _:
            return False


def _texts(value: Value | None) -> Iterator[tuple[str, Span]]:
    """The known texts of a specification, each with its place; a hole in one is a word of its own."""
    match value:
        case Scalar(value=str(text)):
            yield text, value.span
        case Text(parts=parts):
            known = (part.value if isinstance(part, Scalar) and isinstance(part.value, str) else "\0" for part in parts)
            yield "".join(known), value.span
        case List(items=items):
            for item in items:
                yield from _texts(item)
        case Map(entries=entries):
            for item in entries.values():
                yield from _texts(item)
        case Json():
            yield from _texts(value.value)
        case Choice():
            yield from _texts(value.then)
            yield from _texts(value.otherwise)
        case _:
            return
