"""Expressions of GitHub Actions (`${{ }}`), as far as they can be known before a run.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ecrlint.evaluate.alignment import align
from ecrlint.evaluate.budget import DEEP, Budget, Exceeded
from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth, truth
from ecrlint.model.value import (
    Choice,
    List,
    Map,
    Opaque,
    Scalar,
    Text,
    Unknown,
    Value,
    join,
    prefix,
    same,
    string,
    suffix,
    written,
)

Lookup = Callable[[tuple[str, ...], Span], Value]
"""The value of a context by its path: `("steps", "ecr", "outputs", "registry")`."""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?))"
    r"|(?P<name>[A-Za-z_][\w-]*)|(?P<mark>&&|\|\||==|!=|<=|>=|[!<>()\[\].,*]))"
)
_MAX_LENGTH = 4_000
_MAX_DEPTH = 40


class _Unreadable(Exception):
    """This is not an expression."""


def filled(value: Value, lookup: Lookup, budget: Budget) -> Value:
    """A string with its expressions replaced by what they are worth; any other value as it is."""
    text = string(value)
    if text is None or "${{" not in text:
        return value
    budget.write(len(text))
    locate = align(text, value.span)
    parts: list[Value] = []
    at = 0
    for start, end in _expressions(text):
        if start > at:
            parts.append(Scalar(text[at:start], locate(at, start)))
        parts.append(evaluated(text[start + 3 : end - 2], lookup, locate(start, end), budget))
        at = end
    if len(parts) == 1 and at == len(text):
        return parts[0]
    if at < len(text):
        parts.append(Scalar(text[at:], locate(at, len(text))))
    made = join([Scalar("", part.span) if _is_null(part) else part for part in parts], value.span)
    budget.make(budget.weigh(made))
    return made


def _is_null(value: Value) -> bool:
    return isinstance(value, Scalar) and value.value is None


def _expressions(text: str) -> list[tuple[int, int]]:
    """Where each `${{ }}` starts and ends; a `}}` in a string of it does not end it."""
    found: list[tuple[int, int]] = []
    for match in re.finditer(r"\$\{\{(?:[^'}]|'[^']*'|\}(?!\}))*\}\}", text):
        found.append(match.span())
    return found


def condition(value: Value | None, lookup: Lookup, budget: Budget) -> Truth:
    """Whether an `if:` holds, which is an expression with or without its marks; absent, it does."""
    if value is None or _is_null(value):
        return YES
    text = string(value)
    if text is None:
        return is_true(value)
    if "${{" in text:
        bare = text.strip()
        spans = _expressions(bare)
        if spans == [(0, len(bare))]:
            text = bare[3:-2]
        else:
            return is_true(filled(value, lookup, budget))
    return is_true(evaluated(text, lookup, value.span, budget))


def evaluated(text: str, lookup: Lookup, span: Span, budget: Budget) -> Value:
    """What an expression is worth; unknown where it cannot be read."""
    try:
        parser = _Parser(_tokens(text), lookup, span, budget)
        budget.step(len(parser.tokens))
        value = parser.either()
        return value if parser.at == len(parser.tokens) else Unknown(f"{text.strip()} is not an expression", span)
    except _Unreadable:
        return Unknown(f"{text.strip()} is not an expression", span)
    except Exceeded as exceeded:
        return budget.refuse(str(exceeded), span)


def _tokens(text: str) -> list[tuple[str, str]]:
    if len(text) > _MAX_LENGTH:
        raise Exceeded(f"an expression has more than {_MAX_LENGTH} characters")
    found: list[tuple[str, str]] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _Unreadable
        found.append((match.lastgroup or "", match.group(match.lastgroup or 0)))
        at = match.end()
    return found


def is_true(value: Value) -> Truth:
    """Whether a value counts as true: neither false, null, zero nor the empty string."""
    match value:
        case Scalar():
            return truth(bool(value.value))
        case Text():
            return YES
        case List() | Map():
            return YES
        case Choice():
            then, otherwise = is_true(value.then), is_true(value.otherwise)
            return then if then is otherwise else MAYBE
        case _:
            return MAYBE


@dataclass
class _Parser:
    """One pass over the tokens that computes as it reads; each method is one level of precedence."""

    tokens: Sequence[tuple[str, str]]
    lookup: Lookup
    span: Span
    budget: Budget
    at: int = 0
    depth: int = 0

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) and self.tokens[self.at][0] == "mark" else ""

    def _take(self, mark: str) -> bool:
        if self._peek() != mark:
            return False
        self.at += 1
        return True

    def either(self) -> Value:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise Exceeded(DEEP)
        value = self.both()
        while self._take("||"):
            value = self._or(value, self.both())
        self.depth -= 1
        return value

    def both(self) -> Value:
        value = self.equality()
        while self._take("&&"):
            value = self._and(value, self.equality())
        return value

    def equality(self) -> Value:
        value = self.unary()
        while (mark := self._peek()) in ("==", "!=", "<", ">", "<=", ">="):
            self.at += 1
            other = self.unary()
            if mark in ("==", "!="):
                equal = equals(value, other)
                value = self._truth(equal if mark == "==" else ~equal)
            else:
                value = Unknown("an order is not known", self.span)
        return value

    def unary(self) -> Value:
        if self._take("!"):
            self.depth += 1
            if self.depth > _MAX_DEPTH:
                raise Exceeded(DEEP)
            found = self._truth(~is_true(self.unary()))
            self.depth -= 1
            return found
        return self.primary()

    def primary(self) -> Value:
        if self._take("("):
            value = self.either()
            if not self._take(")"):
                raise _Unreadable
            return value
        if self.at >= len(self.tokens):
            raise _Unreadable
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "text":
            return Scalar(text[1:-1].replace("''", "'"), self.span)
        if kind == "number":
            return Scalar(float(text) if re.search(r"[.eE]", text) and "x" not in text else int(text, 0), self.span)
        if kind != "name":
            raise _Unreadable
        if text in ("true", "false", "null"):
            return Scalar({"true": True, "false": False, "null": None}[text], self.span)
        return self._call(text) if self._take("(") else self._context(text)

    def _call(self, name: str) -> Value:
        given: list[Value] = []
        while not self._take(")"):
            given.append(self.either())
            if not self._take(",") and self._peek() != ")":
                raise _Unreadable
        return self._function(name.lower(), given)

    def _context(self, name: str) -> Value:
        path = [name]
        known = True
        while True:
            if self._take("."):
                if self.at >= len(self.tokens):
                    raise _Unreadable
                path.append(self.tokens[self.at][1])
                known = known and self.tokens[self.at][0] == "name"
                self.at += 1
            elif self._take("["):
                text = string(self.either())
                known = known and text is not None
                path.append(text or "")
                if not self._take("]"):
                    raise _Unreadable
            else:
                break
        return self.lookup(tuple(path), self.span) if known else Unknown(f"{'.'.join(path)} is not known", self.span)

    def _truth(self, value: Truth) -> Value:
        return Unknown("a condition is not known", self.span) if value is MAYBE else Scalar(value is YES, self.span)

    def _condition(self) -> Opaque:
        """What decides here; no two places of an expression have the same."""
        return Opaque(f"{self.span.text} ({self.at})")

    def _and(self, value: Value, other: Value) -> Value:
        holds = is_true(value)
        if holds is YES:
            return other
        if holds is NO:
            return value
        if is_true(other) is NO:
            return Scalar(False, self.span)
        return Choice(self._condition(), other, Scalar(False, self.span), self.span)

    def _or(self, value: Value, other: Value) -> Value:
        holds = is_true(value)
        if holds is YES:
            return value
        if holds is NO:
            return other
        if isinstance(value, Choice) and is_true(value.then) is YES and is_true(value.otherwise) is NO:
            return Choice(value.condition, value.then, other, self.span)
        if is_true(other) is YES and not string(other):
            return Scalar(True, self.span)
        return Choice(self._condition(), value, other, self.span)

    def _function(self, name: str, given: list[Value]) -> Value:
        match name, given:
            case ("success" | "always", []):
                return Scalar(True, self.span)
            case ("failure" | "cancelled", []):  # of a run in which everything goes well
                return Scalar(False, self.span)
            case "startswith", [text, start]:
                return self._truth(_starts(text, start))
            case "endswith", [text, end]:
                return self._truth(_ends(text, end))
            case "contains", [Scalar() as text, Scalar() as part]:
                return Scalar(written(part).lower() in written(text).lower(), self.span)
            case "format", [Scalar(value=str(pattern)), *values]:
                return self._formatted(pattern, values)
            case _:
                return Unknown(f"{name}() is not known", self.span)

    def _formatted(self, pattern: str, values: Sequence[Value]) -> Value:
        parts: list[Value | str] = []
        for piece in re.split(r"(\{\{|\}\}|\{\d+\})", pattern):
            number = int(piece[1:-1]) if re.fullmatch(r"\{\d+\}", piece) else -1
            if number >= len(values):
                return Unknown("format() has too few values", self.span)
            parts.append(values[number] if number >= 0 else {"{{": "{", "}}": "}"}.get(piece, piece))
        made = join([part for part in parts if not (isinstance(part, Scalar) and part.value is None)], self.span)
        self.budget.write(len(string(made) or ""))
        self.budget.make(self.budget.weigh(made))
        return made


def equals(a: Value, b: Value) -> Truth:
    """Whether two values are equal; strings ignore case, and where the types differ numbers are compared."""
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        left, right = a.value, b.value
        if isinstance(left, str) and isinstance(right, str):
            return truth(left.lower() == right.lower())
        return truth(_number(left) == _number(right))
    if isinstance(a, Choice) or isinstance(b, Choice):
        choice, other = (a, b) if isinstance(a, Choice) else (b, a)
        assert isinstance(choice, Choice)
        then, otherwise = equals(choice.then, other), equals(choice.otherwise, other)
        return then if then is otherwise else MAYBE
    if same(a, b):
        return YES
    text, known = (a, string(b)) if not isinstance(a, Scalar) else (b, string(a))
    if known is None or not isinstance(text, Text):
        return MAYBE
    head, tail = prefix(text).lower(), suffix(text).lower()
    fits = known.lower().startswith(head) and known.lower().endswith(tail) and len(head) + len(tail) <= len(known)
    return MAYBE if fits else NO


def _number(value: str | int | float | bool | None) -> float:
    if value is None or value == "":
        return 0.0
    try:
        return float(value)
    except ValueError:
        return float("nan")


def _starts(text: Value, start: Value) -> Truth:
    wanted = string(start)
    if wanted is None:
        return MAYBE
    wanted = wanted.lower()
    if isinstance(text, Scalar):
        return truth(written(text).lower().startswith(wanted))
    head = prefix(text).lower() if isinstance(text, Text) else ""
    if head.startswith(wanted):
        return YES
    return MAYBE if wanted.startswith(head) else NO


def _ends(text: Value, end: Value) -> Truth:
    wanted = string(end)
    if wanted is None or not isinstance(text, Scalar):
        return MAYBE
    return truth(written(text).lower().endswith(wanted.lower()))
