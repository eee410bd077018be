"""What the shell makes of a word: variables, defaults, substitutions and quotes replaced by what they are worth."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate

from ecrlint.evaluate.script.shell_state import ShellState, joined
from ecrlint.model.node import Node
from ecrlint.model.script import Word
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Flag, List, Map, Ref, Scalar, Unknown, Value, pieces

Substitute = Callable[[Node, ShellState, tuple[Value, ...]], Value]
"""What the script of a substitution writes; it runs."""

_BLANKS = re.compile(r"[ \t\n]+")
_MAX_WORDS = 200


class Expansion:
    """Expands the words of one script, whose template has these holes."""

    def __init__(self, substitute: Substitute, holes: tuple[Value, ...]) -> None:
        self.substitute = substitute
        self.holes = holes

    def words(self, nodes: tuple[Node, ...], state: ShellState) -> tuple[Word, ...]:
        """The words that a command gets: what is known and not quoted is split at blanks."""
        words: list[Word] = []
        for node in nodes:
            words.extend(self._split(node, state))
            if len(words) > _MAX_WORDS:
                words = [*words[:_MAX_WORDS], Word(Unknown("there are too many words", node.span), node.span, splits=True)]
                break
        return tuple(words)

    def text(self, node: Node, state: ShellState) -> Value:
        """The value of a word that is not split, such as that of an assignment."""
        if node.tag == "array":
            return List(tuple(word.value for word in self.words(node.value, state)), node.span)
        values = [value for part in node.value for value in (self._part(part, state),) if value is not None]
        plain = [_first_item(value) for value in values]
        return joined(plain, node.span)

    def _split(self, node: Node, state: ShellState) -> list[Word]:
        """The words that one word becomes."""
        parts: tuple[Node, ...] = node.value
        words: list[list[Value]] = []
        current: list[Value] | None = None
        splits = False
        for part in parts:
            quoted = part.value[-1] if part.tag != "array" else False
            value = self._part(part, state)
            if value is None:
                continue
            if isinstance(value, List):  # "$@" and "${items[@]}" are a word each
                for at, item in enumerate(value.items):
                    if at and current is not None:
                        words.append(current)
                        current = None
                    current = [*(current or []), item]
                splits = splits or not value.complete
                continue
            if quoted or part.tag == "text":
                current = [*(current or []), value]
                continue
            known = value.value if isinstance(value, Scalar) else None
            if not isinstance(known, str):
                splits = True
                current = [*(current or []), value]
                continue
            for at, piece in enumerate(_BLANKS.split(known)):
                if at and current is not None:
                    words.append(current)
                    current = None
                if piece:
                    shown = value if piece == known else Scalar(piece, value.span)
                    current = [*(current or []), shown]
        if current is not None:
            words.append(current)
        return [Word(joined(word, node.span), node.span, splits) for word in words]

    def _part(self, part: Node, state: ShellState) -> Value | None:
        """The value of a part of a word; None where it is nothing at all."""
        match part.tag:
            case "text":
                return Scalar(part.value[0], part.span)
            case "hole":
                hole: int = part.value[0]
                return self.holes[hole]
            case "substitution":
                return self.substitute(part.value[0], state, self.holes)
            case "variable":
                return self._variable(part, state)
            case "process":
                self.substitute(part.value[0], state, self.holes)
                return state.fresh("file", part.span)
            case "opaque" | "test":
                return state.fresh(part.value[0][:60], part.span)
            case _:
                return Unknown("what the shell makes of it is not known", part.span)

    # Variables

    def _variable(self, part: Node, state: ShellState) -> Value | None:
        name, operator, operand, _ = part.value
        span = part.span
        if name in ("@", "*", "#") or name.isdigit():
            found = self._argument(name, state, span)
            return self._operated(name, found, operator, operand, state, span) if operator and name.isdigit() else found
        if name in "?$!-":
            return state.fresh(f"${name}", span)
        if name.endswith("[@]"):
            items = state.lookup(name[:-3], span)
            return items if isinstance(items, List) else state.fresh(name, span)
        value = state.lookup(name, span)
        if isinstance(value, List):
            value = _first_item(value)
        if not operator:
            return value
        return self._operated(name, value, operator, operand, state, span)

    def _argument(self, name: str, state: ShellState, span: Span) -> Value | None:
        arguments = state.arguments
        if arguments is None:
            return (
                state.fresh(f"${name}", span) if name.isdigit() or name == "#" else List((state.fresh("$@", span),), span, False)
            )
        if name.isdigit() and name != "0":
            at = int(name) - 1
            return arguments[at] if at < len(arguments) else None
        if name == "#":
            return Scalar(str(len(arguments)), span)
        return List(arguments, span) if name != "0" else state.fresh("$0", span)

    def _operated(
        self, name: str, value: Value | None, operator: str, operand: tuple[Node, ...], state: ShellState, span: Span
    ) -> Value | None:
        given = joined([item for part in operand if (item := self._part(part, state)) is not None], span)
        kind = operator.lstrip(":")
        if operator in (":-", "-", ":=", "="):
            settled = _with_default(name, value, operator, given, span)
            if kind == "=":
                state.assign(name, settled)
            return settled
        if operator in (":+", "+"):
            empty = Scalar("", span)
            if value is None:
                return empty
            return given if _is_set(value, operator) else Choice(Flag(f"{name} is set"), given, empty, span)
        if kind == "?":
            return value
        if isinstance(value, Scalar) and isinstance(value.value, str) and isinstance(given, Scalar):
            changed = _changed(value.value, operator, str(given.value))
            return state.fresh(name, span) if changed is None else Scalar(changed, span)
        if isinstance(value, Ref) and isinstance(given, Scalar):
            return Ref(value.address, f"{value.attribute}{operator}{given.value}", span)
        return state.fresh(name, span)


def _first_item(value: Value) -> Value:
    if isinstance(value, List):
        return value.items[0] if value.items else Scalar("", value.span)
    if isinstance(value, Map):
        return Unknown("it is a map", value.span)
    return value


def _is_set(value: Value, operator: str) -> bool:
    """Whether a value is known to be set, and with `:` not to be empty."""
    if isinstance(value, Scalar):
        return not operator.startswith(":") or value.value != ""
    return any(isinstance(part, Scalar) and part.value for part in pieces(value))


def _with_default(name: str, value: Value | None, operator: str, default: Value, span: Span) -> Value:
    if value is None:
        return default
    if isinstance(value, Scalar):
        return value if value.value != "" or not operator.startswith(":") else default
    if _is_set(value, operator):
        return value
    return Choice(Flag(f"{name} is set"), value, default, span)


def _changed(text: str, operator: str, given: str) -> str | None:
    """What an operator makes of a known text; None where that is not computed here."""
    if operator in ("#", "##", "%", "%%") and len(text) <= 300 and len(given) <= 50:
        return _trimmed(text, operator, given)
    match operator:
        case "^^":
            return text.upper() if not given else None
        case ",,":
            return text.lower() if not given else None
        case ":":
            numbers = re.fullmatch(r"\s*(\d{1,6})(?::(\d{1,6}))?", given)
            if numbers is None:
                return None
            start = int(numbers.group(1))
            return text[start : start + int(numbers.group(2))] if numbers.group(2) else text[start:]
        case "/" | "//":
            old, _, new = given.partition("/")
            if not old or re.search(r"[*?\[\\#%]", old):
                return None
            return text.replace(old, new, -1 if operator == "//" else 1)
        case _:
            return None


def _trimmed(text: str, operator: str, pattern: str) -> str | None:
    """A text without the shortest or longest beginning or end that a pattern matches."""
    if pattern.count("*") > 3 or "[" in pattern or "\\" in pattern:
        return None
    matches = re.compile(translate(pattern)).match
    lengths = range(len(text) + 1)
    if operator[0] == "#":
        ends = lengths if operator == "#" else reversed(lengths)
        return next((text[end:] for end in ends if matches(text[:end])), text)
    starts = reversed(lengths) if operator == "%" else lengths
    return next((text[:start] for start in starts if matches(text[start:])), text)
