"""What an HCL template means once its pieces are known: escapes, `~`, the indentation that `<<-` takes, directives.

It does what Terraform does, which is what hashicorp/hcl does (`hclsyntax/parser_template.go`): escapes first, then `~`,
then `<<-`, then the tree. A heredoc's text is one piece a line, so `~` takes the rest of a line and no more, and a line
that a `~` joined to the one before it keeps its indentation (hashicorp/terraform#23710).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ecrlint.model.dataclass import dataclass
from ecrlint.model.node import Node
from ecrlint.model.source import Span

MAX_DIRECTIVES = 150
"""How deep `%{ if }` and `%{ for }` may nest; what is deeper is `unreadable`."""

# Patterns stay text, so that they cost nothing before they are first used.
_ESCAPE = r'\\(?:[nrt"\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})|\$\$\{|%%\{'
_HEREDOC_ESCAPE = r"\$\$\{|%%\{"
_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", '\\"': '"', "\\\\": "\\", "$${": "${", "%%{": "%{"}
_CLOSES = {"endif": "if", "endfor": "for"}


@dataclass(slots=True)
class Piece:
    """One piece of a template, in the order of the text. `kind` is `text`, `value`, or the word of a directive.

    `node` is the expression of a `value`, the condition of an `if`, the collection of a `for`; `names` the names of a
    `for`, the key's first; `before` and `after` say whether a `~` takes the blanks on that side.
    """

    kind: str
    span: Span
    text: str = ""
    node: Node | None = None
    names: tuple[str, ...] = ()
    before: bool = False
    after: bool = False


def unescaped(raw: str, quoted: bool) -> str:
    """The text of a literal part; only a quoted string has escapes that begin with a backslash."""
    if "{" not in raw and not (quoted and "\\" in raw):
        return raw
    return re.sub(_ESCAPE if quoted else _HEREDOC_ESCAPE, _unescape, raw)


def _unescape(match: re.Match[str]) -> str:
    found = match.group()
    plain = _ESCAPES.get(found)
    if plain is not None:
        return plain
    code = int(found[2:], 16)
    return found if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF else chr(code)


def assemble(pieces: Sequence[Piece], span: Span, quoted: bool, flush: bool) -> Node:
    """A `string` where all is literal, the expression itself where a quoted string is only that, else a `template`.

    `flush` is for a heredoc that begins with `<<-`. The text of the pieces may be changed.
    """
    bare = len(pieces) == 1 or (bool(pieces) and pieces[0].kind == "if")
    if any(piece.before or piece.after for piece in pieces):
        _strip(pieces, quoted)
    if flush:
        _flush(pieces)
    parts = _parts(pieces, span)
    if not parts:
        return Node("string", "", span)
    if len(parts) == 1 and (parts[0].tag == "string" and pieces[0].kind == "text"):
        return Node("string", parts[0].value, span)
    if len(parts) == 1 and quoted and bare and parts[0].tag != "for":
        return parts[0]
    return Node("template", tuple(parts), span)


def _strip(pieces: Sequence[Piece], quoted: bool) -> None:
    """Take the blanks away beside each `~`: in a heredoc only those of the same line, its end included."""
    for i, piece in enumerate(pieces):
        if piece.kind != "text":
            continue
        text = piece.text
        if i and pieces[i - 1].after:
            end = len(text) if quoted else text.find("\n") + 1 or len(text)
            text = text[:end].lstrip() + text[end:]
            if not quoted:  # the place of the text begins where it does, not on the line before
                span = piece.span
                piece.span = Span(span.source, min(span.start + len(piece.text) - len(text), span.end), span.end)
        if i + 1 < len(pieces) and pieces[i + 1].before:
            start = 0 if quoted else text.rfind("\n", 0, max(len(text) - 1, 0)) + 1
            text = text[:start] + text[start:].rstrip()
        piece.text = text


def _flush(pieces: Sequence[Piece]) -> None:
    """Take the least indentation of all lines that are not blank from each of them."""
    least = min(_indents(pieces), default=0)
    if not least:
        return
    newline = True
    for piece in pieces:
        if piece.kind == "text":
            kept = []
            for line in _lines(piece.text):
                kept.append(line[least:] if newline and not _is_blank(line) else line)
                newline = line.endswith("\n")
            piece.text = "".join(kept)
        else:
            newline = False


def _indents(pieces: Sequence[Piece]) -> Iterator[int]:
    newline = True
    for piece in pieces:
        if piece.kind == "text":
            for line in _lines(piece.text):
                if newline and not _is_blank(line):
                    yield len(line) - len(line.lstrip())
                newline = line.endswith("\n")
        else:
            if newline:
                yield 0
            newline = False


def _lines(text: str) -> list[str]:
    """The lines with their ends; only a line feed ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _is_blank(line: str) -> bool:
    return line.endswith("\n") and not line.strip()


class _Open:
    """A directive whose end has not been met."""

    __slots__ = ("body_start", "parts", "piece", "then")

    def __init__(self, piece: Piece) -> None:
        self.piece = piece
        self.parts: list[Node] = []
        self.then: Node | None = None
        self.body_start = piece.span.end

    def body(self, end: int) -> Node:
        """What stands between two marks of the directive."""
        span = Span(self.piece.span.source, self.body_start, max(self.body_start, end))
        if not self.parts:
            return Node("string", "", span)
        if len(self.parts) == 1 and self.parts[0].tag == "string":
            return self.parts[0]
        return Node("template", tuple(self.parts), span)

    def closed(self, end: Piece) -> Node:
        span = Span(end.span.source, self.piece.span.start, max(self.piece.span.start, end.span.end))
        subject, body = self.piece.node, self.body(end.span.start)
        if subject is None or (self.piece.kind == "for" and not self.piece.names):
            return Node("unreadable", None, span)
        if self.piece.kind == "for":
            *key, name = self.piece.names
            return Node("for", (key[0] if key else None, name, subject, None, body, None, False, True), span)
        if self.then is None:
            return Node("conditional", (subject, body, Node("string", "", span)), span)
        return Node("conditional", (subject, self.then, body), span)


def _parts(pieces: Sequence[Piece], span: Span) -> list[Node]:
    """The parts of the whole, directives with what is in them; `unreadable` where they do not match."""
    parts: list[Node] = []
    stack: list[_Open] = []
    for piece in pieces:
        into = stack[-1].parts if stack else parts
        if piece.kind == "text":
            if piece.text:
                into.append(Node("string", piece.text, piece.span))
        elif piece.kind == "value":
            into.append(piece.node or Node("unreadable", None, piece.span))
        elif piece.kind in ("if", "for") and len(stack) < MAX_DIRECTIVES:
            stack.append(_Open(piece))
        elif piece.kind == "else" and stack and stack[-1].piece.kind == "if" and stack[-1].then is None:
            top = stack[-1]
            top.then = top.body(piece.span.start)
            top.parts, top.body_start = [], piece.span.end
        elif stack and _CLOSES.get(piece.kind) == stack[-1].piece.kind:
            node = stack.pop().closed(piece)
            (stack[-1].parts if stack else parts).append(node)
        else:
            into.append(Node("unreadable", None, piece.span))
    if stack:
        start = stack[0].piece.span.start
        parts.append(Node("unreadable", None, Span(span.source, start, max(start, span.end))))
    return parts
