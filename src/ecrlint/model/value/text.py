"""Text: how it is joined and taken apart. Nothing else in the package does either."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ecrlint.model.source import Span
from ecrlint.model.value.types import Scalar, Text, Unknown, Value, alternatives


def join(parts: Iterable[Value | str], span: Span) -> Value:
    """The string that the parts make one after the other: a `Scalar` where all are known, the only hole, or a `Text`.

    A known part that follows on another in the file becomes one with it. Others stay apart, so that each keeps its place;
    `pieces` sees through that.
    """
    joined: list[Value] = []
    for part in _flat(parts, span):
        last = joined[-1] if joined else None
        if type(part) is Scalar and type(last) is Scalar and _follows(part.span, last.span):
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
        if type(part) is Scalar and type(last) is Scalar:
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


def mentions(value: Value, word: str) -> bool:
    """Whether a known part of a string has a word in it, on some side of its conditions."""
    parts = (part for side in alternatives(value) for part in pieces(side))
    return any(isinstance(part, Scalar) and word in written(part) for part in parts)


def _until_hole(parts: Sequence[Value], backwards: bool = False) -> Iterator[str]:
    for part in reversed(parts) if backwards else parts:
        ends = [part] if not isinstance(part, Text) else _flat(part.parts, part.span)[:: -1 if backwards else 1]
        for end in ends:
            if not isinstance(end, Scalar) or end.value is None:
                return
            yield written(end)


def _flat(parts: Iterable[Value | str], span: Span) -> list[Value]:
    """The parts without texts among them, and without those that are empty; each known one is a string."""
    flat: list[Value] = []
    for part in parts:
        if type(part) is Scalar:
            if type(part.value) is str:
                if part.value:
                    flat.append(part)
                elif part.input is not None:
                    flat.append(part.input)
            elif part.input is not None:
                flat.append(part.input)
            elif part.value is None:
                flat.append(Unknown("null stands in a string", part.span, error=True))
            else:
                flat.append(Scalar(written(part), part.span))
        elif type(part) is Text:
            flat.extend(_flat(part.parts, part.span))
        elif not isinstance(part, str):
            flat.append(part)
        elif part:
            flat.append(Scalar(part, span))
    return flat


def written(value: Scalar) -> str:
    """A known value as it is written into a string."""
    if isinstance(value.value, bool):
        return "true" if value.value else "false"
    return value.value if isinstance(value.value, str) else str(value.value)


def _follows(span: Span, before: Span) -> bool:
    return span.source is before.source and span.start == before.end
