"""The words of a shell script, masked, so that a grammar sees nothing of it but its structure.

Everything in a word that the shell expands, quotes or escapes becomes letters of the same length, and so do `[[ ]]`, `(( ))`
and the items of an array; comments and the bodies of here-documents become blanks. tree-sitter-bash then has no word that it
could split (`$A.dkr.ecr.$R.amazonaws.com`, its issue 315), no here-document that eats a pipe, and nothing that costs it
quadratic time. What was masked is kept as marks, by the place where it starts.
"""

from __future__ import annotations

import re
from typing import Literal

from ecrlint.model.dataclass import dataclass

FIRST_HOLE = 0xF0000
"""A hole of a template stands in the text as one character of a plane for private use, counted from here."""

MAX_DEPTH = 10
"""How deep substitutions and quotes may nest; what is deeper counts as never closed."""

_PLAIN = re.compile(r"[A-Za-z0-9_./:,@%+^=-]+")
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!-]", re.ASCII)
_HEREDOC = re.compile(r"<<(-?)[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|(\\?)([^\s'\"\\;&|<>()`$]+))")
_BRACED = re.compile(r"([!#]?)([A-Za-z_]\w*|[0-9]+|[@*#?$!-])(\[[^\]{}]*\])?(.*)", re.ASCII | re.DOTALL)
_OPERATOR = re.compile(r":?[-=?+]|##?|%%?|//?|\^\^?|,,?|:|@")
_GITHUB = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands in a word at a place: `start` and `end` enclose it, `inner` is the stretch of text within.

    `name` and `operator` are those of a variable; `inner` of one is what follows its operator.
    """

    kind: Literal["variable", "substitution", "arithmetic", "process", "test", "array", "hole", "opaque"]
    start: int
    end: int
    inner: tuple[int, int] = (0, 0)
    name: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Heredoc:
    """The body of a here-document, or the word of a here-string; not `expands` where its mark is quoted."""

    start: int
    end: int
    expands: bool
    strips_tabs: bool
    is_word: bool = False


class Lexed:
    """A text, its skeleton of the same length, its marks, and its here-documents by the place of their operator.

    `broken` is where a quote or a bracket opens that is never closed.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.marks: dict[int, Mark] = {}
        self.heredocs: dict[int, Heredoc] = {}
        self.broken: int | None = None
        self._length = len(text)
        self._pending: list[tuple[int, re.Match[str]]] = []
        self.skeleton = "".join(self._pieces())

    # The top level

    def _pieces(self) -> list[str]:
        text, length = self.text, self._length
        pieces: list[str] = []
        at = 0
        in_word = False
        while at < length:
            plain = _PLAIN.match(text, at)
            if plain:
                pieces.append(plain.group())
                at, in_word = plain.end(), True
                continue
            character = text[at]
            end = at + 1
            if character == "\n":
                end, in_word = self._after_heredocs(at + 1), False
                piece = "\n" * (end - at)
            elif character in " \t;&|)!":
                piece = character if character != "!" or (not in_word and text[at + 1 : at + 2].isspace()) else "q"
                in_word = piece == "q"
            elif character == "\r":
                piece, in_word = " ", False
            elif character == "#" and not in_word:
                end = self._line_end(at)
                piece = " " * (end - at)
            elif character == "\\" and text[at + 1 : at + 2] in ("\n", "\r"):
                end = at + (3 if text.startswith("\\\r\n", at) else 2)
                piece = "\\\n" if end - at == 2 else " \\\n"
            elif character in "<>":
                end, piece, in_word = self._redirection(at)
            elif character == "(" and not (in_word and text[at - 1] == "=") and not text.startswith("((", at):
                piece, in_word = "(", False
            elif character in "{}" and self._is_alone(at, in_word):
                piece, in_word = character, False
            else:
                end = self._word(at, in_word)
                piece, in_word = "q" * (end - at), True
            pieces.append(piece)
            at = end
        return pieces

    def _is_alone(self, at: int, in_word: bool) -> bool:
        """Whether a brace is a word of the grammar: `{` before a blank, `}` where no word goes on."""
        return not in_word and (self.text[at] == "}" or self.text[at + 1 : at + 2] in ("", " ", "\t", "\n", "\r"))

    def _word(self, at: int, in_word: bool) -> int:
        """The end of what a word has at a place that is more than plain characters; it is marked."""
        text = self.text
        character = text[at]
        if character == "\\":
            return min(at + 2, self._length)
        if character == "(" and in_word:
            end = self._parenthesis(at + 1)
            return self._mark("array", at, end, (at + 1, end - 1))
        if character == "(":
            end = self._parenthesis(at + 1)
            return self._mark("test", at, end, (at + 2, end - 2))
        if character == "[" and not in_word and text.startswith("[[", at) and text[at + 2 : at + 3].isspace():
            end = text.find(" ]]", at)
            if end < 0:
                return self._never_closed(at)
            self._expansions(at + 2, end)
            return self._mark("test", at, end + 3, (at + 2, end))
        return self._expansion(at, 0)

    def _redirection(self, at: int) -> tuple[int, str, bool]:
        """The end of a redirection's operator, what the grammar sees of it, and whether a word has begun."""
        text = self.text
        if text.startswith(("<(", ">("), at):
            end = self._parenthesis(at + 2)
            return self._mark("process", at, end, (at + 2, end - 1)), "q" * (end - at), True
        if text.startswith("<<<", at):
            self.heredocs[at] = Heredoc(at, at, True, False, is_word=True)
            return at + 3, "<  ", False
        heredoc = _HEREDOC.match(text, at)
        if heredoc is None:
            return at + 1, text[at], False
        self._pending.append((at, heredoc))
        return heredoc.end(), "<" + "q" * (heredoc.end() - at - 1), True

    def _after_heredocs(self, at: int) -> int:
        """The end of the here-documents whose bodies begin at a line."""
        for operator, heredoc in self._pending:
            start = at
            at, end = _body(self.text, at, heredoc)
            expands = heredoc.group(5) is not None and not heredoc.group(4)
            self.heredocs[operator] = Heredoc(start, end, expands, bool(heredoc.group(1)))
            if expands:
                self._expansions(start, end)
        self._pending = []
        return at

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return self._length if end < 0 else end

    def _mark(self, kind: str, start: int, end: int, inner: tuple[int, int], name: str = "", operator: str = "") -> int:
        self.marks[start] = Mark(kind, start, end, (inner[0], max(inner)), name, operator)  # type: ignore[arg-type]
        return end

    def _never_closed(self, at: int) -> int:
        if self.broken is None or at < self.broken:
            self.broken = at
        return self._length

    # What the shell expands

    def _expansions(self, at: int, end: int, depth: int = 0) -> None:
        """Mark what the shell expands in a stretch of text that is read as if between double quotes."""
        text = self.text
        while at < end:
            character = text[at]
            if character == "\\":
                at += 2
            elif character in "$`" or ord(character) >= FIRST_HOLE:
                at = self._expansion(at, depth, quoted=True)
            else:
                at += 1

    def _expansion(self, at: int, depth: int, quoted: bool = False) -> int:
        text = self.text
        character = text[at]
        if depth > MAX_DEPTH:
            return self._never_closed(at)
        if ord(character) >= FIRST_HOLE:
            return self._mark("hole", at, at + 1, (at, at + 1))
        if character == "'" and not quoted:
            end = text.find("'", at + 1)
            self._holes(at + 1, end)
            return end + 1 if end >= 0 else self._never_closed(at)
        if character == '"' and not quoted:
            return self._double(at, depth)
        if character == "`":
            return self._backticks(at)
        if character == "$":
            return self._dollar(at, depth, quoted)
        return at + 1

    def _holes(self, at: int, end: int) -> None:
        for place in range(at, max(at, end)):
            if ord(self.text[place]) >= FIRST_HOLE:
                self._mark("hole", place, place + 1, (place, place + 1))

    def _double(self, at: int, depth: int) -> int:
        """The end of a string in double quotes."""
        text, length = self.text, self._length
        place = at + 1
        while place < length:
            character = text[place]
            if character == '"':
                return place + 1
            if character == "\\":
                place += 2
            elif character in "$`" or ord(character) >= FIRST_HOLE:
                place = self._expansion(place, depth + 1, quoted=True)
            else:
                place += 1
        return self._never_closed(at)

    def _backticks(self, at: int) -> int:
        place = at + 1
        while place < self._length:
            if self.text[place] == "`":
                return self._mark("substitution", at, place + 1, (at + 1, place))
            place += 2 if self.text[place] == "\\" else 1
        return self._never_closed(at)

    def _dollar(self, at: int, depth: int, quoted: bool) -> int:
        text = self.text
        if text.startswith("${{", at) and (github := _GITHUB.match(text, at)):
            return self._mark("opaque", at, github.end(), (at, github.end()))
        if text.startswith("${", at):
            return self._braced(at, depth)
        if text.startswith("$(", at):
            end = self._parenthesis(at + 2)
            if text.startswith("$((", at) and text.startswith("))", end - 2):
                return self._mark("arithmetic", at, end, (at + 3, end - 2))
            return self._mark("substitution", at, end, (at + 2, end - 1))
        if text.startswith("$'", at) and not quoted:
            place = at + 2
            while place < self._length and text[place] != "'":
                place += 2 if text[place] == "\\" else 1
            return self._mark("opaque", at, place + 1, (at + 2, place)) if place < self._length else self._never_closed(at)
        if text.startswith('$"', at) and not quoted:
            return self._double(at + 1, depth)
        name = _NAME.match(text, at + 1)
        if name is None:
            return at + 1
        return self._mark("variable", at, name.end(), (name.end(), name.end()), name.group())

    def _braced(self, at: int, depth: int) -> int:
        end = self._brace(at + 2)
        inner = self.text[at + 2 : end - 1]
        parsed = _BRACED.fullmatch(inner)
        if parsed is None:
            return self._mark("opaque", at, end, (at + 2, end - 1))
        before, name, index, rest = parsed.groups()
        if index in ("[@]", "[*]") and not before and not rest:
            return self._mark("variable", at, end, (end - 1, end - 1), f"{name}[@]")
        if before or index:
            return self._mark("opaque", at, end, (at + 2, end - 1))
        operator = _OPERATOR.match(rest)
        if rest and operator is None:
            return self._mark("opaque", at, end, (at + 2, end - 1))
        start = end - 1 - len(rest) + (operator.end() if operator else 0)
        self._expansions(start, end - 1, depth + 1)
        return self._mark("variable", at, end, (start, end - 1), name, operator.group() if operator else "")

    # Ends, without marks

    def _parenthesis(self, at: int) -> int:
        end = _closed(self.text, at, ")", 0)
        return end if end > 0 else self._never_closed(at)

    def _brace(self, at: int) -> int:
        end = _closed(self.text, at, "}", 0)
        return end if end > 0 else self._never_closed(at)


def _closed(text: str, at: int, closer: str, depth: int) -> int:
    """The end of what is closed by `)` or `}` in a script; 0 where it is never closed."""
    length = len(text)
    opener = "(" if closer == ")" else "{"
    levels = 1
    in_word = closer == "}"
    pending: list[re.Match[str]] = []
    while at < length:
        plain = _PLAIN.match(text, at)
        if plain:
            at, in_word = plain.end(), True
            continue
        character = text[at]
        if character == closer:
            levels -= 1
            if not levels:
                return at + 1
        elif character == opener:
            levels += 1
        if character == "\\":
            at += 2
        elif character == "'" and closer == ")":
            at = text.find("'", at + 1) + 1
        elif character == '"':
            at = _quoted(text, at + 1, depth + 1)
        elif character == "#" and not in_word and closer == ")":
            end = text.find("\n", at)
            at = length if end < 0 else end
        elif character == "<" and closer == ")" and not text.startswith("<<<", at) and (heredoc := _HEREDOC.match(text, at)):
            pending.append(heredoc)
            at = heredoc.end()
        elif character == "\n":
            at += 1
            for heredoc in pending:
                at, _ = _body(text, at, heredoc)
            pending = []
        else:
            at += 3 if text.startswith("<<<", at) else 1
        if not at:
            return 0
        in_word = closer == "}" or character not in " \t\n;&|()<>"
    return 0


def _quoted(text: str, at: int, depth: int) -> int:
    """The end of a string in double quotes; 0 where it is never closed."""
    if depth > MAX_DEPTH:
        return 0
    length = len(text)
    while at < length:
        character = text[at]
        if character == '"':
            return at + 1
        if character == "\\":
            at += 2
        elif text.startswith(("$(", "${"), at):
            at = _closed(text, at + 2, ")" if text[at + 1] == "(" else "}", depth + 1)
            if not at:
                return 0
        else:
            at += 1
    return 0


def _body(text: str, at: int, heredoc: re.Match[str]) -> tuple[int, int]:
    """Where what follows a here-document begins, and where its body ends."""
    mark = heredoc.group(2) or heredoc.group(3) or heredoc.group(5)
    length = len(text)
    while at < length:
        end = text.find("\n", at)
        stop = length if end < 0 else end
        line = text[at:stop].rstrip("\r")
        if (line.lstrip("\t") if heredoc.group(1) else line) == mark:
            return min(stop + (end >= 0), length), at
        at = stop + 1
    return length, length
