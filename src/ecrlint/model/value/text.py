"""Text: how it is joined and taken apart. Nothing else in the package does either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ecrlint.model.source import Span
from ecrlint.model.value.types import Scalar, Text, Unknown, Value


def join(parts: Iterable[Value | str], span: Span) -> Value:
    """The string that the parts make one after the other: a `Scalar` where all are known, the only hole, or a `Text`.

    A known part that follows on another in the file becomes one with it. Others stay apart, so that each keeps its place;
    `pieces` sees through that.
    """
    joined: list[Value] = []
    for part in _flat(parts, span):
        last = joined[-1] if joined else None
        if isinstance(part, Scalar) and isinstance(last, Scalar) and _follows(part.span, last.span):
            joined[-1] = Scalar(f"{last.value}{part.value}", Span(last.span.source, last.span.start, part.span.end))
        else:
            joined.append(part)
    if all(isinstance(part, Scalar) for part in joined):
        return Scalar("".join(str(part.value) for part in joined if isinstance(part, Scalar)), span)
    return joined[0] if len(joined) == 1 else Text(tuple(joined), span)


def pieces(value: Value) -> tuple[Value, ...]:
    """What a string is made of: known strings, no two of them side by side and none empty, and holes.

    Equal strings have equal pieces, however they were joined. A value that is no `Text` is its only piece.
    """
    if not isinstance(value, Text):
        return (value,)
    merged: list[Value] = []
    for part in _flat(value.parts, value.span):
        last = merged[-1] if merged else None
        if isinstance(part, Scalar) and isinstance(last, Scalar):
            merged[-1] = Scalar(f"{last.value}{part.value}", last.span)
        else:
            merged.append(part)
    return tuple(merged) or (Scalar("", value.span),)


def prefix(value: Value) -> str:
    """The known string that a string begins with; empty where it begins with a hole."""
    if isinstance(value, Scalar):
        return value.value if isinstance(value.value, str) else ""
    return "".join(_until_hole(value.parts)) if isinstance(value, Text) else ""


def suffix(value: Value) -> str:
    """The known string that a string ends with; empty where it ends with a hole."""
    if isinstance(value, Scalar):
        return value.value if isinstance(value.value, str) else ""
    return "".join([*_until_hole(value.parts, backwards=True)][::-1]) if isinstance(value, Text) else ""


def _until_hole(parts: Sequence[Value], backwards: bool = False) -> Iterator[str]:
    for part in _flat(parts, parts[0].span, backwards) if parts else ():
        if not isinstance(part, Scalar):
            return
        yield str(part.value)


def _flat(parts: Iterable[Value | str], span: Span, backwards: bool = False) -> Iterator[Value]:
    for part in reversed([*parts]) if backwards else parts:
        if isinstance(part, Text):
            yield from _flat(part.parts, part.span, backwards)
        elif isinstance(part, str):
            if part:
                yield Scalar(part, span)
        elif isinstance(part, Scalar) and part.value is not None:
            known = written(part)
            if known:
                yield part if known is part.value else Scalar(known, part.span)
        elif isinstance(part, Scalar):
            yield Unknown("null stands in a string", part.span, error=True)
        else:
            yield part


def written(value: Scalar) -> str:
    """A known value as it is written into a string."""
    if isinstance(value.value, bool):
        return "true" if value.value else "false"
    return value.value if isinstance(value.value, str) else str(value.value)


def _follows(span: Span, before: Span) -> bool:
    return span.source is before.source and span.start == before.end
