"""The words of a script as nodes: what is literal in them, and what the shell puts in."""

from __future__ import annotations

import re
from collections.abc import Callable

from ecrlint.model.node import Node
from ecrlint.model.source import Locate, Span
from ecrlint.parse.shell.lexer import FIRST_HOLE, Lexed, Mark

MAX_DEPTH = 12
"""How deep scripts may nest in one another; what is deeper is not read."""

MAX_PARTS = 200
"""How many parts a word may have; what one with more is worth is not known."""

_LITERAL = re.compile(r"[^\\'\"`$\U000f0000-\U0010ffff]+")
_IN_QUOTES = re.compile(r"[^\\`$\U000f0000-\U0010ffff\"]+")
_IN_SINGLE = re.compile(r"[^\U000f0000-\U0010ffff]+")
_BODY = re.compile(r"[^\\`$\U000f0000-\U0010ffff]+")


class Words:
    """Makes word nodes of one lexed script; `script` parses a script that stands in a word."""

    def __init__(self, lexed: Lexed, locate: Locate, script: Callable[[str, Locate, int], Node], depth: int) -> None:
        self.lexed = lexed
        self.locate = locate
        self.script = script
        self.depth = depth

    def word(self, start: int, end: int) -> Node:
        """The word at a stretch of the text."""
        span = self.locate(start, end)
        parts = self._parts(start, end)
        if len(parts) > MAX_PARTS:
            parts = [Node("opaque", (self.lexed.text[start:end], False), span)]
        return Node("word", tuple(parts), span)

    def body(self, start: int, end: int, expands: bool, strips_tabs: bool) -> Node:
        """The body of a here-document, as one quoted word."""
        parts = self._quoted(start, end, _BODY) if expands else self._verbatim(start, end)
        if strips_tabs:
            parts = [_without_tabs(part) for part in parts]
        return Node("word", tuple(parts), self.locate(start, end))

    def items(self, start: int, end: int) -> tuple[Node, ...]:
        """The words between the brackets of an array, which are read as those of a command."""
        if self.depth >= MAX_DEPTH:
            return ()
        locate = self.locate
        text = "_ " + self.lexed.text[start:end].replace("\n", " ")
        script = self.script(
            text, lambda first, last: locate(start + max(first - 2, 0), start + max(last - 2, 0)), self.depth + 1
        )
        statements: tuple[Node, ...] = script.value
        words: tuple[Node, ...] = statements[0].value[1][1:] if len(statements) == 1 and statements[0].tag == "command" else ()
        return words

    def _parts(self, at: int, end: int) -> list[Node]:
        text = self.lexed.text
        parts: list[Node] = []
        while at < end:
            if (mark := self.lexed.marks.get(at)) is not None and mark.end <= end:
                parts.append(self._marked(mark, False))
                if mark.kind == "test":
                    inside = [self.lexed.marks[place] for place in range(at + 1, mark.end) if place in self.lexed.marks]
                    parts.extend(self._marked(other, True) for other in inside)
                at = mark.end
                continue
            character = text[at]
            if character == "\\":
                if text[at + 1 : at + 2] not in ("\n", "\r"):
                    parts.append(self._text(text[at + 1 : at + 2], True, at, min(at + 2, end)))
                at += 3 if text.startswith("\\\r\n", at) else 2
            elif character == "'":
                close = text.find("'", at + 1, end)
                close = end if close < 0 else close
                parts.extend(self._verbatim(at + 1, close) or [self._text("", True, at + 1, at + 1)])
                at = close + 1
            elif character == '"':
                close = self._string_end(at + 1, end)
                parts.extend(self._quoted(at + 1, close, _IN_QUOTES) or [self._text("", True, at + 1, at + 1)])
                at = close + 1
            else:
                match = _LITERAL.match(text, at, end)
                stop = match.end() if match else at + 1
                if not (match is None and character == "$" and text[at + 1 : at + 2] == '"'):
                    parts.append(self._text(text[at:stop], False, at, stop))
                at = stop
        return parts

    def _string_end(self, at: int, end: int) -> int:
        text = self.lexed.text
        while at < end:
            if (mark := self.lexed.marks.get(at)) is not None:
                at = mark.end
            elif text[at] == '"':
                return at
            else:
                at += 2 if text[at] == "\\" else 1
        return end

    def _quoted(self, at: int, end: int, literal: re.Pattern[str]) -> list[Node]:
        text = self.lexed.text
        parts: list[Node] = []
        while at < end:
            if (mark := self.lexed.marks.get(at)) is not None and mark.end <= end:
                parts.append(self._marked(mark, True))
                at = mark.end
            elif text[at] == "\\":
                escaped = text[at + 1 : at + 2]
                if escaped != "\n":
                    plain = escaped if escaped in '$`"\\' else "\\" + escaped
                    parts.append(self._text(plain, True, at, min(at + 2, end)))
                at += 2
            else:
                match = literal.match(text, at, end)
                stop = match.end() if match else at + 1
                parts.append(self._text(text[at:stop], True, at, stop))
                at = stop
        return parts

    def _verbatim(self, at: int, end: int) -> list[Node]:
        text = self.lexed.text
        parts: list[Node] = []
        while at < end:
            if ord(text[at]) >= FIRST_HOLE:
                parts.append(Node("hole", (ord(text[at]) - FIRST_HOLE, True), self.locate(at, at + 1)))
                at += 1
                continue
            match = _IN_SINGLE.match(text, at, end)
            stop = match.end() if match else at + 1
            parts.append(self._text(text[at:stop], True, at, stop))
            at = stop
        return parts

    def _text(self, text: str, quoted: bool, start: int, end: int) -> Node:
        return Node("text", (text, quoted), self.locate(start, end))

    def _marked(self, mark: Mark, quoted: bool) -> Node:
        text = self.lexed.text
        span = self.locate(mark.start, mark.end)
        start, end = mark.inner
        if mark.kind == "hole":
            return Node("hole", (ord(text[mark.start]) - FIRST_HOLE, quoted), span)
        if mark.kind == "variable":
            operand = tuple(self._quoted(start, end, _BODY)) if mark.operator and self.depth < MAX_DEPTH else ()
            return Node("variable", (mark.name, mark.operator, operand, quoted), span)
        if mark.kind in ("substitution", "process"):
            inner = Node.deferred("script", self._inner, span, start, end, text[mark.start] == "`")
            return Node(mark.kind, (inner, quoted), span)
        if mark.kind == "array":
            return Node("array", self.items(start, end), span)
        return Node("test" if mark.kind == "test" else "opaque", (text[mark.start : mark.end], quoted), span)

    def _inner(self, start: int, end: int, backticks: bool) -> tuple[Node, ...]:
        if self.depth >= MAX_DEPTH:
            return (Node("unreadable", "it is nested too deep", self.locate(start, end)),)
        text = self.lexed.text[start:end]
        if backticks and "\\" in text:
            text = re.sub(r"\\([`$\\])", r" \1", text)  # of the same length
        locate = self.locate

        def shifted(first: int, last: int) -> Span:
            return locate(start + first, start + last)

        statements: tuple[Node, ...] = self.script(text, shifted, self.depth + 1).value
        return statements


def _without_tabs(part: Node) -> Node:
    if part.tag != "text":
        return part
    text, quoted = part.value
    return Node("text", (re.sub(r"(?m)^\t+", "", text), quoted), part.span)
