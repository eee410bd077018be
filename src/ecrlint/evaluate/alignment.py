"""Where each character of a string value stands in the file: the decoded text laid alongside its raw text.

The raw text has what the value has not: quotes, a heredoc's header, indentation that is taken away, escapes,
interpolations that were replaced by a known value. Nothing is guessed: where the two do not fit, every place is the whole.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from ecrlint.model.source import Locate, Source, Span
from ecrlint.model.value import Scalar, Value

_HEADER = re.compile(r"<<-?[ \t]*\"?[\w.-]+\"?[ \t]*\r?\n|[|>][-+0-9]*[ \t]*(?:#[^\n]*)?\r?\n|[\"']")
_STOPS = {
    "plain": re.compile(r"[\r\n]|\$\$\{|%%\{|[$%]\{"),
    "escaped": re.compile(r"[\r\n\\]|\$\$\{|%%\{|[$%]\{"),
    "doubled": re.compile(r"[\r\n]|\$\$\{|%%\{|[$%]\{|''"),
}
"""What may stand for something else in a raw text: without escapes, between double quotes, between YAML's single quotes."""

_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}"
    r"|\r?\n[ \t]*|.)",
    re.DOTALL,
)
_BLANKS = re.compile(r"[ \t]*")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0", "a": "\a", "v": "\v", "e": "\x1b"}


def align(text: str, span: Span) -> Locate:
    """The places of `text`, which the raw text at `span` stands for."""
    source, start, end = span.source, span.start, span.end
    raw = source.text
    if end - start == len(text) and raw.startswith(text, start):
        return lambda first, last: Span(source, start + first, start + last)
    header = _HEADER.match(raw, start, end)
    if header and raw.startswith(text, header.end()) and not _has_escapes(header.group(), text):
        shift = header.end()
        return lambda first, last: Span(source, shift + first, shift + last)
    for begin, escapes in _readings(header, start):
        walk = _Walk(text, raw, begin, end, escapes)
        if walk.run():
            return walk.locator(source)
    return lambda first, last: span


class Pieces:
    """The places of a text that is put together from values, of which `starts` says where each begins in it.

    What stands in a value that is no string has the place of that value.
    """

    def __init__(self, values: Sequence[Value], starts: Sequence[int]) -> None:
        self.values = values
        self.starts = starts
        self._located: list[Locate | None] = [None] * len(values)

    def locate(self, start: int, end: int) -> Span:
        """The place in the file; where it runs over parts that stand in different files, what of it is in the first."""
        first = max(bisect_right(self.starts, start) - 1, 0)
        span = self._locate_in(first, start, end)
        if end <= start or first == len(self.values) - 1 or self.starts[first + 1] >= end:
            return span
        last = bisect_right(self.starts, end - 1) - 1
        tail = self._locate_in(last, end - 1, end)
        if tail.source is span.source and tail.end >= span.start:
            return Span(span.source, span.start, tail.end)
        return span

    def _locate_in(self, index: int, start: int, end: int) -> Span:
        value = self.values[index]
        if not isinstance(value, Scalar):
            return value.span
        text = str(value.value)
        locate = self._located[index]
        if locate is None:
            locate = self._located[index] = align(text, value.span)
        return locate(start - self.starts[index], min(end - self.starts[index], len(text)))


def _has_escapes(quote: str, text: str) -> bool:
    """Whether a text has characters that its raw text doubles."""
    return (quote == '"' and "\\" in text) or (quote == "'" and "'" in text)


def _readings(header: re.Match[str] | None, start: int) -> list[tuple[int, str]]:
    """The ways to read a raw text, likeliest first: where its content starts, and how it escapes."""
    readings = [(start, "plain"), (start, "escaped"), (start, "doubled")]
    if header is not None:
        readings.insert(0, (header.end(), {'"': "escaped", "'": "doubled"}.get(header.group(), "plain")))
    return readings


class _Walk:
    """One attempt to lay a text alongside its raw text; `at` and `to` are the places reached in each."""

    def __init__(self, text: str, raw: str, start: int, end: int, escapes: str) -> None:
        self.text = text
        self.raw = raw
        self.end = end
        self.stop = _STOPS[escapes]
        self.at = 0
        self.to = start
        # Pieces of the text: where each starts, where it starts in the raw text, and where it ends there if its
        # length differs (-1 where it is the same text).
        self.starts: list[int] = []
        self.raw_starts: list[int] = []
        self.raw_ends: list[int] = []

    def run(self) -> bool:
        """Walk to the end of the text; False where the two do not fit."""
        length = len(self.text)
        self._skip_indentation()
        while self.at < length:
            found = self.stop.search(self.raw, self.to, self.end)
            plain_end = found.start() if found else self.end
            if plain_end > self.to:
                if not self._plain(plain_end):
                    return False
            elif found is None:
                return self._rest_is_blank()
            elif not self._special(found.group()):
                return False
        return True

    def _rest_is_blank(self) -> bool:
        """Whether only line ends are left of the text, which a span of raw text need not cover."""
        rest = len(self.text) - self.at
        if self.text[self.at :].strip():
            return False
        self._piece(rest, 0, same=False)
        return True

    def locator(self, source: Source) -> Locate:
        starts, raw_starts, raw_ends = self.starts, self.raw_starts, self.raw_ends

        def locate(first: int, last: int) -> Span:
            if not starts:
                return Span(source, self.to, self.to)
            at = max(bisect_right(starts, first) - 1, 0)
            start = raw_starts[at] if raw_ends[at] >= 0 else raw_starts[at] + first - starts[at]
            if last <= first:
                return Span(source, start, start)
            at = max(bisect_right(starts, last - 1) - 1, 0)
            end = raw_ends[at] if raw_ends[at] >= 0 else raw_starts[at] + last - starts[at]
            return Span(source, start, end)

        return locate

    def _piece(self, length: int, raw_length: int, same: bool) -> None:
        self.starts.append(self.at)
        self.raw_starts.append(self.to)
        self.raw_ends.append(-1 if same else self.to + raw_length)
        self.at += length
        self.to += raw_length

    def _plain(self, raw_end: int) -> bool:
        """Lay a run without anything special alongside the text."""
        length = min(raw_end - self.to, len(self.text) - self.at)
        if not self.raw.startswith(self.text[self.at : self.at + length], self.to):
            length = self._common(length)
            if not length:
                blanks = _BLANKS.match(self.raw, self.to, raw_end)
                if not blanks or not blanks.group():
                    return False
                self.to = blanks.end()
                return True
        self._piece(length, length, same=True)
        return True

    def _common(self, limit: int) -> int:
        text, raw, at, to = self.text, self.raw, self.at, self.to
        return next((i for i in range(limit) if text[at + i] != raw[to + i]), limit)

    def _special(self, found: str) -> bool:
        if found == "\r":
            self._piece(1, 1, same=True) if self.text[self.at] == "\r" else self._skip(1)
            return True
        if found == "\n":
            return self._line_end()
        if found == "''":
            return self._expect("'", 2)
        if found in ("$${", "%%{") and self.text.startswith(found[1:], self.at):
            return self._expect(found[1:], 3)
        if found == "\\":
            return self._escape()
        return self._interpolation(found)

    def _expect(self, plain: str, raw_length: int) -> bool:
        if not self.text.startswith(plain, self.at):
            return False
        self._piece(len(plain), raw_length, same=len(plain) == raw_length)
        return True

    def _skip(self, length: int) -> None:
        self.to += length

    def _line_end(self) -> bool:
        """A raw line feed is one in the text, a blank (folded), or nothing; then the indentation goes."""
        if self.text[self.at] in "\n ":
            self._piece(1, 1, same=True)
        else:
            self._skip(1)
        self._skip_indentation()
        return True

    def _skip_indentation(self) -> None:
        blanks = _BLANKS.match(self.raw, self.to, self.end)
        kept = _BLANKS.match(self.text, self.at)
        if blanks and kept:
            self._skip(max(0, len(blanks.group()) - len(kept.group())))

    def _escape(self) -> bool:
        match = _ESCAPE.match(self.raw, self.to, self.end)
        if match is None:
            return False
        raw = match.group()
        if raw[1] in "\r\n":
            self._skip(len(raw))
            return True
        if raw[1] in "uUx" and len(raw) > 2:
            plain = "".join(chr(int(code, 16)) for code in re.findall(r"\\[uUx]([0-9A-Fa-f]+)", raw) if int(code, 16) < 0x110000)
            if len(plain) == 2:
                plain = plain.encode("utf-16", "surrogatepass").decode("utf-16")
        else:
            plain = _ESCAPES.get(raw[1], raw[1])
        return self._expect(plain, len(raw))

    def _interpolation(self, found: str) -> bool:
        """`${...}` that is text, the escape `${!...}` of Fn::Sub, or a place where a known value was put in."""
        if found == "${" and self.raw.startswith("!", self.to + 2) and not self.text.startswith("${!", self.at):
            return self._expect("${", 3)
        close = _interpolation_end(self.raw, self.to, self.end)
        while self.raw.startswith(("${", "%{"), close, self.end):
            close = _interpolation_end(self.raw, close, self.end)
        if self.text.startswith(self.raw[self.to : close], self.at):
            self._piece(close - self.to, close - self.to, same=True)
            return True
        if self.text.startswith(found, self.at):  # text after all: JSON has no interpolations
            return self._expect(found, 2)
        follows = self._literal_after(close)
        resumed = self.text.find(follows, self.at) if follows else len(self.text)
        if resumed < 0:
            return False
        self._piece(resumed - self.at, close - self.to, same=False)
        return True

    def _literal_after(self, close: int) -> str:
        """The known text that follows an interpolation, empty where it is the last thing."""
        found = self.stop.search(self.raw, close, self.end)
        if found is None:
            return "" if self.end - close <= 1 else self.raw[close : self.end - 1]
        if found.start() > close:
            return self.raw[close : found.start()]
        if found.group() == "\\":
            return _ESCAPES.get(self.raw[close + 1], self.raw[close + 1])
        return "\n" if found.group() in "\r\n" else ""


def _interpolation_end(raw: str, start: int, end: int) -> int:
    """Where the interpolation at `start` ends: after its closing brace."""
    depth = 0
    for at in range(start, end):
        if raw[at] == "{":
            depth += 1
        elif raw[at] == "}":
            depth -= 1
            if depth == 0:
                return at + 1
    return end
