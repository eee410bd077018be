"""Places as the formats count them: on one line, in characters, UTF-16 units or bytes."""

from __future__ import annotations

from ecrlint.model.source import Span


def on_one_line(span: Span) -> Span:
    """The part of a span that lies on its first line: platforms show what is wrong at one line, or not at all."""
    if span.end_line == span.line:
        return span
    end = span.source.line_starts[span.line - 1] + len(span.source.line_text(span.line))
    return Span(span.source, span.start, max(span.start, end))


def in_utf16(span: Span) -> tuple[int, int, int, int]:
    """First line and column, last line and column, as SARIF counts unless told otherwise."""
    return _counted(span, "utf-16-le", 2)


def in_bytes(span: Span) -> tuple[int, int, int, int]:
    """First line and column, last line and column, as reviewdog counts."""
    return _counted(span, "utf-8", 1)


def _counted(span: Span, encoding: str, unit: int) -> tuple[int, int, int, int]:
    line, column, last, end = span.line, span.column, span.end_line, span.end_column
    return line, _column(span, line, column, encoding, unit), last, _column(span, last, end, encoding, unit)


def _column(span: Span, line: int, column: int, encoding: str, unit: int) -> int:
    start = span.source.line_starts[line - 1]
    before = span.source.text[start : start + column - 1]
    return column if before.isascii() else len(before.encode(encoding, "surrogatepass")) // unit + 1
