"""The JSON document that a string value holds, as values with their own places; holes stay where they are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ecrlint.evaluate.alignment import Pieces
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, alternatives, assume, join, prefix
from ecrlint.parse.json import INVALID, parse_embedded

# Holes are parsed as characters of the two planes for private use: one for a hole inside a JSON string, one for a hole
# that stands where a value does (written with quotes around it, so that it parses).
_INSIDE, _BARE = 0xF0000, 0x100000
_PLANE = 0xFFFD
_MAX_CHOICES = 4
"""How many conditions may decide the syntax of a text. Each doubles how often it is read."""
_HOLE = re.compile("[\U000f0000-\U0010ffff]")
_QUOTE = re.compile(r'\\.|"', re.DOTALL)


FREE = frozenset({"content", "input"})
"""Attributes whose string may be a document or anything else: one that is not JSON is no problem."""


def decode_attribute(name: str, value: Value) -> tuple[Value, list[Problem]]:
    """The document that an attribute holds, as `decode` gives it; one that may hold anything keeps what is no document."""
    if name not in FREE:
        return decode(value, name.replace("_", " "))
    if isinstance(value, (Scalar, Text)) and not prefix(value).lstrip().startswith("{"):
        return value, []
    document, problems = decode(value)
    return (value, []) if problems else (document, [])


def decode(value: Value, what: str = "document") -> tuple[Value, list[Problem]]:
    """The document that a value is or holds as JSON text; `what` names it in problems ("this policy is not valid JSON").

    A known empty string is null: no document. What is not known yet stays as it is. A text that cannot be parsed is
    a problem, unless a hole outside JSON strings may be the reason; either way the value is unknown then.
    """
    match value:
        case Json(language="json"):
            return value.value, []
        case Json():
            return Unknown("it is YAML, not JSON", value.span), []
        case Scalar(value=str(text)):
            if not text.strip():
                return Scalar(None, value.span), []
            return _Reading([value], [0], []).read(text, value.span, what)
        case Text():
            return _decode_text(value, what)
        case Choice():
            then, problems = decode(value.then, what)
            otherwise, more = decode(value.otherwise, what)
            return replace(value, then=then, otherwise=otherwise), problems + more
        case _:
            return value, []


def from_node(node: Node, problems: list[Problem] | None = None) -> Value:
    """The value of plain data. Of an entry that is there twice the last counts, and a problem says so."""
    return _Reading([], [], [] if problems is None else problems).value(node)


def _decode_text(value: Text, what: str, choices: int = 0) -> tuple[Value, list[Problem]]:
    choice = _choice_of_syntax(value) if choices < _MAX_CHOICES else None
    if choice is not None:
        then, problems = _decode_text(_text(assume(value, choice.condition, True)), what, choices + 1)
        otherwise, more = _decode_text(_text(assume(value, choice.condition, False)), what, choices + 1)
        # What is broken on one side alone may be a side that never comes with the other conditions as they are.
        return replace(choice, then=then, otherwise=otherwise, span=value.span), problems if problems and more else []
    return _decode_pieces(value, what)


def _text(value: Value) -> Text:
    return value if isinstance(value, Text) else Text((value,), value.span)


def _choice_of_syntax(text: Text) -> Choice | None:
    """The first choice outside JSON strings that is not one between whole JSON values: the text is one of two documents."""
    inside = False
    for part in text.parts:
        if isinstance(part, Scalar):
            inside = _is_inside(str(part.value), inside)
        elif isinstance(part, Choice) and not inside and not all(map(_is_json, alternatives(part))):
            return part
    return None


def _is_json(value: Value) -> bool:
    """Whether a value is one JSON value by itself, as far as it is known."""
    match value:
        case Scalar(value=str(text)):
            return bool(text.strip()) and not decode(value)[1]
        case Text():
            return not decode(value)[1]
        case _:
            return True


def _decode_pieces(value: Text, what: str) -> tuple[Value, list[Problem]]:
    starts: list[int] = []
    words: list[str] = []
    length = 0
    inside = bare = False
    for part in value.parts:
        if isinstance(part, Scalar):
            word = str(part.value)
            if _HOLE.search(word):
                return Unknown("it has characters for private use", value.span), []
            inside = _is_inside(word, inside)
        elif len(starts) > _PLANE:
            return Unknown("it has too many parts that are not known", value.span), []
        else:
            word = chr(_INSIDE + len(starts)) if inside else f'"{chr(_BARE + len(starts))}"'
            bare = bare or not inside
        starts.append(length)
        words.append(word)
        length += len(word)
    return _Reading(value.parts, starts, []).read("".join(words), value.span, what, bare)


def _is_inside(text: str, inside: bool) -> bool:
    """Whether the end of a text is inside a JSON string, given whether its start is."""
    for match in _QUOTE.finditer(text):
        if match.group() == '"':
            inside = not inside
    return inside


class _Reading:
    """Turns the nodes of one parsed text into values, and puts the holes back."""

    def __init__(self, values: Sequence[Value], starts: Sequence[int], problems: list[Problem]) -> None:
        self.values = values
        self.locate = Pieces(values, starts).locate
        self.problems = problems

    def read(self, text: str, span: Span, what: str, bare: bool = False) -> tuple[Value, list[Problem]]:
        node, problems = parse_embedded(text, self.locate)
        broken = [problem for problem in problems if problem.message.startswith(INVALID)]
        if node is not None and not broken:
            return self.value(node), problems + self.problems
        if bare:
            return Unknown("a part of it that is not known decides what it is", span), []
        return Unknown(f"this {what} is {INVALID}", span), [
            replace(problem, message=f"this {what} is {problem.message}") for problem in broken
        ]

    # Values

    def value(self, node: Node) -> Value:
        match node.tag:
            case "string":
                return self._string(node)
            case "map":
                return self._map(node)
            case "list":
                return self._list(node)
            case "number" | "bool" | "null":
                return Scalar(node.value, node.span)
            case "unreadable":
                return Unknown("it is nested too deep", node.span)
            case tag:
                return Unknown(f"{tag} is not known here", node.span)

    def _map(self, node: Node) -> Value:
        entries: dict[str, Value] = {}
        complete = True
        for key, item in node.value:
            name = key.value
            if (self.values and _HOLE.search(name)) or (item.tag == "unreadable" and not name):
                complete = False
                continue
            if name in entries:
                self.problems.append(
                    Problem(f'"{name}" is here twice: the last one counts', key.span.path, key.span, harmless=True)
                )
            entries[name] = self.value(item)
        return Map(entries, node.span, complete)

    def _list(self, node: Node) -> Value:
        items = tuple(self.value(item) for item in node.value)
        # A hole that stands for an item may turn out to be several, with commas between.
        complete = not self.values or not any(self._bare(item) for item in node.value)
        return List(items, node.span, complete)

    def _bare(self, node: Node) -> bool:
        """Whether this is a hole that stands where a value does and whose text is not known."""
        if node.tag != "string" or len(node.value) != 1 or ord(node.value) < _BARE:
            return False
        hole = self.values[ord(node.value) - _BARE]
        return not (isinstance(hole, Json) and hole.language == "json")

    def _string(self, node: Node) -> Value:
        text = node.value
        if not self.values or not _HOLE.search(text):
            return Scalar(text, node.span)
        if len(text) == 1:
            code = ord(text)
            return self.values[code - _INSIDE] if code < _BARE else self._fragment(self.values[code - _BARE])
        parts: list[Value] = []
        at = 0
        before: int | None = None
        for match in _HOLE.finditer(text):
            hole = ord(match.group()) - _INSIDE
            if match.start() > at:
                parts.append(Scalar(text[at : match.start()], self._between(node.span, before, hole)))
            parts.append(self.values[hole])
            at, before = match.end(), hole
        if at < len(text):
            parts.append(Scalar(text[at:], self._between(node.span, before, None)))
        return join(parts, node.span)

    def _between(self, span: Span, before: int | None, after: int | None) -> Span:
        """The place of the literal text between two holes of a JSON string, or between one and an end of the string."""
        piece = self.values[after - 1] if after is not None else self.values[(before or 0) + 1]
        start = span.start + 1 if before is None else piece.span.start
        end = span.end - 1 if after is None else piece.span.end
        return Span(span.source, start, end) if piece.span.source is span.source and start <= end else span

    def _fragment(self, value: Value) -> Value:
        """The value that a hole in value position holds as JSON text."""
        match value:
            case Json(language="json"):
                return value.value
            case Choice():
                return replace(value, then=self._fragment(value.then), otherwise=self._fragment(value.otherwise))
            case Scalar(value=str()) | Text():
                decoded, problems = decode(value)
                return Unknown("a part of it is not JSON by itself", value.span) if problems else decoded
            case Ref():
                name = f"{value.address}.{value.attribute}" if value.attribute else value.address
                return Unknown(f"{name} is known only after deployment", value.span)
            case Json():
                return Unknown("a part of it is YAML", value.span)
            case _:
                return value
