"""JSON text to nodes, on tree-sitter: exact places, in a file of its own or inside a string of another, and it reads on
after an error.

The nodes have the data tags of `ecrlint.model.node`, and `unreadable` (value None) for what is nested too deep or is no
JSON; in a map, what is no JSON is an entry whose key is empty.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Locate, Source, Span
from ecrlint.parse.density import CROWDED, is_crowded
from ecrlint.parse.numbers import read_number

if TYPE_CHECKING:
    import tree_sitter

MAX_DEPTH = 200
"""How deep lists and objects may nest; what is deeper is `unreadable`."""

INVALID = "not valid JSON"
"""How the message of a problem begins after which the value cannot be trusted to be whole."""

_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]|//[^\n]*|/\*.*?\*/', re.DOTALL)
_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"?|(//[^\n]*|/\*.*?(?:\*/|\Z))', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "\\": "\\", "/": "/"}
_SURROGATES = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")
_FOUND = re.compile(r'"(?:[^"\\\n]|\\.)*"?|[\w.+$-]+|.', re.DOTALL)
_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])', re.DOTALL)
_VALUES = {"object", "array", "string", "number", "true", "false", "null"}
_CLOSERS = {"{": "}", "[": "]"}


@cache
def _parser() -> tree_sitter.Parser:
    import tree_sitter
    import tree_sitter_json

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_json.language()))


def parse(source: Source) -> tuple[Node | None, list[Problem]]:
    """The value of a JSON file, None where there is none, and a problem for each thing that is not JSON."""
    node, problems = parse_embedded(source.text, source.span)
    return node, [replace(one, message=f"this is {one.message}") if one.message.startswith(INVALID) else one for one in problems]


def parse_embedded(text: str, locate: Locate) -> tuple[Node | None, list[Problem]]:
    """The value of a JSON text that stands inside a file, with places in that file."""
    if is_crowded(text):
        span = locate(0, 1)
        return None, [Problem(CROWDED, span.path, span)]
    problems: list[Problem] = []
    data = text.encode(errors="replace")
    root = _parser().parse(data).root_node
    if root.has_error and (commas := _commas_too_many(text)):
        tolerant = _without(text, commas)
        again = _parser().parse(tolerant.encode(errors="replace")).root_node
        if not again.has_error:
            text, data, root = tolerant, tolerant.encode(errors="replace"), again
            spans = (locate(at, at + 1) for at in commas)
            problems.extend(Problem("JSON has no comma at the end", span.path, span, harmless=True) for span in spans)
    if root.has_error:
        problems.append(_syntax_problem(text, data, root, locate))
        if root.type != "document":  # nothing was closed: tree-sitter makes a value of it only once it is
            locate = _within(len(text), locate)
            text += _missing_closers(text)
            data = text.encode(errors="replace")
            root = _parser().parse(data).root_node
    elif "/" in text and not problems:
        problems.extend(_comment_problems(text, locate))
    problems.extend(_depth_problems(text, locate))
    values = [child for child in root.children if child.type in _VALUES] if root.type == "document" else []
    if not values:
        if not problems:
            problems.append(_problem("expected a value, found the end", locate, len(text), len(text)))
        return None, problems
    reader = _JsonReader(text, data, locate)
    if len(values) > 1 and not problems:
        start = reader.char(values[1].start_byte)
        problems.append(_problem(f"expected the end, found {_found(text, start)}", locate, start, start + 1))
    return reader.node(values[0], 0), problems


def _within(length: int, locate: Locate) -> Locate:
    """The places of a text of which only the first `length` characters are in the file."""
    return lambda start, end: locate(min(start, length), min(end, length))


class _JsonReader:
    """Makes nodes of one parsed text."""

    def __init__(self, text: str, data: bytes, locate: Locate) -> None:
        self.text = text
        self.locate = locate
        self.continuations: array[int] | None = None
        if len(data) != len(text) and not data.isascii():
            self.continuations = array("L", (match.start() for match in re.finditer(rb"[\x80-\xbf]", data)))

    def char(self, byte: int) -> int:
        """The character offset of a byte offset."""
        return byte if self.continuations is None else byte - bisect_left(self.continuations, byte)

    def node(self, node: tree_sitter.Node, depth: int) -> Node:
        kind = node.type
        start, end = node.start_byte, node.end_byte
        if self.continuations is not None:
            start, end = self.char(start), self.char(end)
        span = self.locate(start, end)
        if kind == "string":
            return Node("string", unescape(self.text[start + 1 : end - 1]), span)
        if kind == "object":
            if depth >= MAX_DEPTH:
                return Node("unreadable", None, span)
            return Node.deferred("map", lambda: tuple(self._pairs(node, depth + 1)), span)
        if kind == "array":
            if depth >= MAX_DEPTH:
                return Node("unreadable", None, span)
            return Node.deferred("list", lambda: tuple(self._items(node, depth + 1)), span)
        if kind == "number":
            return _number(self.text[start:end], span)
        if kind == "null":
            return Node("null", None, span)
        return Node("bool", kind == "true", span)

    def _items(self, node: tree_sitter.Node, depth: int) -> Iterator[Node]:
        for child in node.children:
            if child.is_error or _made_up(child):
                yield self._unreadable(child)
            elif child.type in _VALUES:
                yield self.node(child, depth)

    def _pairs(self, node: tree_sitter.Node, depth: int) -> Iterator[tuple[Node, Node]]:
        for child in node.children:
            if child.type == "pair":
                parts = child.children
                if len(parts) > 2 and parts[-1].type in _VALUES and not any(map(_made_up, parts)):
                    yield self.node(parts[0], depth), self.node(parts[-1], depth)
                    continue
            if child.type == "pair" or child.is_error:
                lost = self._unreadable(child)
                yield Node("string", "", lost.span), lost
                yield from self._pairs(child, depth)

    def _unreadable(self, node: tree_sitter.Node) -> Node:
        return Node("unreadable", None, self.locate(self.char(node.start_byte), self.char(node.end_byte)))


def _made_up(node: tree_sitter.Node) -> bool:
    """Whether tree-sitter put a node here, or left text out, to go on after an error."""
    return node.has_error and (node.is_error or node.is_missing or node.end_byte - node.start_byte < 2)


def unescape(text: str) -> str:
    """The string that the raw inside of a JSON string stands for."""
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_character, text)
    return _SURROGATES.sub(lambda pair: pair.group().encode("utf-16", "surrogatepass").decode("utf-16"), plain)


def _character(match: re.Match[str]) -> str:
    code, plain = match.groups()
    return chr(int(code, 16)) if code else _ESCAPES.get(plain, match.group())


def _number(text: str, span: Span) -> Node:
    """A number; one that nobody counts with stays the text that it is."""
    number = read_number(text)
    return Node("string", text, span) if number is None else Node("number", number, span)


# Problems


def _problem(what: str, locate: Locate, start: int, end: int) -> Problem:
    span = locate(start, end)
    return Problem(f"{INVALID}: {what}", span.path, span)


def _syntax_problem(text: str, data: bytes, root: tree_sitter.Node, locate: Locate) -> Problem:
    """The first syntax error, in words: the standard parser knows what it expected, tree-sitter only where."""
    import json

    try:
        json.loads(_without_comments(text) if "/" in text else text, strict=False)
    except json.JSONDecodeError as error:
        return _standard_problem(text, error.msg, error.pos, locate)
    except (RecursionError, ValueError):
        pass
    start = _JsonReader(text, data, locate).char(_first_error(root).start_byte)
    return _problem(f"unexpected {_found(text, start)}", locate, start, min(start + 1, len(text)))


def _standard_problem(text: str, message: str, position: int, locate: Locate) -> Problem:
    if message.startswith("Illegal trailing comma"):
        position += 1
        while text[position].isspace():
            position += 1
        message = "Expecting value" if text[position] == "]" else "Expecting property name"
    what = {
        "Expecting value": "expected a value, found {}",
        "Expecting ',' delimiter": 'expected ",", found {}',
        "Expecting ':' delimiter": 'expected ":", found {}',
        "Extra data": "expected the end, found {}",
        "Unterminated string starting at": "this string has no end",
    }.get(message)
    if what is None and message.startswith("Expecting property name"):
        what = "expected a name in double quotes, found {}"
    elif what is None:
        what = "{} is not an escape" if "escape" in message else "unexpected {}"
    found = f'"{text[position : position + 2]}"' if "escape" in what else _found(text, position)
    return _problem(what.format(found), locate, min(position, len(text)), min(position + 1, len(text)))


def _commas_too_many(text: str) -> list[int]:
    """Where a comma stands before the end of a list or an object."""
    return [match.start() for match in _COMMA.finditer(text) if match.group().startswith(",")]


def _without(text: str, places: list[int]) -> str:
    characters = list(text)
    for place in places:
        characters[place] = " "
    return "".join(characters)


def _found(text: str, position: int) -> str:
    """What stands at a place, in double quotes and not longer than a glance."""
    match = _FOUND.match(text, position)
    if match is None:
        return "the end"
    word = match.group()
    word = word if len(word) <= 30 else word[:27] + "..."
    if word.startswith('"') and word != '"':
        return word
    return f'"{word if word.isprintable() else ascii(word)[1:-1]}"'


def _comment_problems(text: str, locate: Locate) -> Iterator[Problem]:
    for match in _COMMENT.finditer(text):
        if match.group(1):
            span = locate(match.start(), match.end())
            yield Problem("JSON has no comments", span.path, span)
            return


def _without_comments(text: str) -> str:
    """The text with blanks in the place of its comments."""
    return _COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group()) if match.group(1) else match.group(), text)


def _depth_problems(text: str, locate: Locate) -> Iterator[Problem]:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return
    depth = 0
    for match in _STRUCTURE.finditer(text):
        token = match.group()
        if token in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                span = locate(match.start(), match.end())
                yield Problem(f"what is nested more than {MAX_DEPTH} levels deep is not read", span.path, span)
                return
        elif token in "}]":
            depth -= 1


def _missing_closers(text: str) -> str:
    """The brackets that a text opens and does not close, innermost first."""
    open_brackets: list[str] = []
    for match in _STRUCTURE.finditer(text):
        token = match.group()
        if token in _CLOSERS:
            open_brackets.append(_CLOSERS[token])
        elif open_brackets and token == open_brackets[-1]:
            open_brackets.pop()
        elif token[0] == '"' and (len(token) == 1 or token[-1] != '"'):
            open_brackets.append('"')
    return "".join(reversed(open_brackets))


def _first_error(root: tree_sitter.Node) -> tree_sitter.Node:
    """The smallest node with the first error."""
    node: tree_sitter.Node | None = root
    while node is not None:
        root = node
        node = next((child for child in root.children if child.has_error or child.is_missing), None)
    return root
