"""The text around a place: what it is part of, and edits in the style of what stands there."""

from __future__ import annotations

import re

from ecrlint.model.finding import Edit
from ecrlint.model.source import Span
from ecrlint.model.value import Value, string

COMMENT = re.compile(r"[ \t]*(?:#|//|/\*)")
DASH = re.compile(r"[ \t]*-[ ]+")
_STRING = r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'"


def quote_of(value: Value) -> str | None:
    """The quotes around a known string that is written out at its place, which may be none; None for everything else."""
    known, text = string(value), value.span.text
    return next((quote for quote in ("", '"', "'") if known is not None and text == f"{quote}{known}{quote}"), None)


def line_before(span: Span) -> str:
    return span.source.text[span.source.line_starts[span.line - 1] : span.start]


def line_after(span: Span) -> str:
    return span.source.text[span.end : line_end(span)]


def line_end(span: Span) -> int:
    """The offset at which the line ends that a span ends on, before its line feed."""
    text = span.source.text
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end
    return end - 1 if end > span.end and text[end - 1] == "\r" else end


def stands_alone(span: Span, key: str) -> bool:
    """Whether a value is all that a key has, and not a part of an expression."""
    start = span.source.line_starts[max(0, span.line - 2)]
    return re.search(rf"""\b{key}["']?\s*[:=]\s*$""", span.source.text[start : span.start], re.IGNORECASE) is not None


def in_list(span: Span) -> bool:
    """Whether a value is an item of a list in brackets, and neither an argument nor what a `for` makes."""
    text, at = span.source.text, _opening(span)
    return at >= 0 and text[at] == "[" and not re.match(r"\s*for\b", text[at + 1 : at + 80]) and last_before(span) in ("[", ",")


def _opening(span: Span) -> int:
    """The offset of the bracket around a span, strings and comments on their own lines left out; -1 where there is none."""
    depth, text = 0, span.source.text
    for line in range(span.line, 0, -1):
        start = span.source.line_starts[line - 1]
        written = text[start : span.start] if line == span.line else span.source.line_text(line)
        if line != span.line and COMMENT.match(written):
            continue
        blank = re.sub(_STRING, lambda found: " " * len(found[0]), written)
        for at in range(len(blank) - 1, -1, -1):
            depth += (blank[at] in ")]}") - (blank[at] in "([{")
            if depth < 0:
                return start + at
    return -1


def last_before(span: Span) -> str:
    """The last character before a span that is neither white space nor in a comment on a line of its own."""
    for line in range(span.line, 0, -1):
        written = line_before(span) if line == span.line else span.source.line_text(line)
        if written.strip() and not (line != span.line and COMMENT.match(written)):
            return written.rstrip()[-1]
    return ""


def lines_above(span: Span, text: str) -> Edit:
    """Whole lines above the one that a span starts on, and above the comments that belong to it."""
    source, line = span.source, span.line
    while line > 1 and COMMENT.match(source.line_text(line - 1)):
        line -= 1
    return insert(span, source.line_starts[line - 1], text)


def insert(span: Span, at: int, text: str) -> Edit:
    """Text at an offset, with the line ends of the file."""
    newline = "\r\n" if "\r\n" in span.source.text else "\n"
    return Edit(Span(span.source, at, at), text.replace("\n", newline))
