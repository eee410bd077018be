"""Operators. A condition that nobody can know is a choice between true and false, and stays one through `!`, `&&`, `||`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ecrlint.model.source import Span
from ecrlint.model.value import Choice, List, Map, Ref, Scalar, Text, Unknown, Value, holes, same

MAX_CHOICES = 64
"""How many sides a value may have; past that it is unknown."""


def choice(condition: str, then: Value, otherwise: Value, span: Span) -> Value:
    """One of two values; the value itself where both sides are the same."""
    then, otherwise = under(then, condition, True), under(otherwise, condition, False)
    if same(then, otherwise):
        return then
    if _sides(then) + _sides(otherwise) > MAX_CHOICES:
        return Unknown(f"it depends on more than {MAX_CHOICES} combinations of conditions", span)
    return Choice(condition, then, otherwise, span)


def under(value: Value, condition: str, side: bool) -> Value:
    """A value where a condition is known to be on this side."""
    if not isinstance(value, Choice):
        return value
    if value.condition == condition:
        return under(value.then if side else value.otherwise, condition, side)
    then, otherwise = under(value.then, condition, side), under(value.otherwise, condition, side)
    return value if then is value.then and otherwise is value.otherwise else Choice(value.condition, then, otherwise, value.span)


def _sides(value: Value) -> int:
    return _sides(value.then) + _sides(value.otherwise) if isinstance(value, Choice) else 1


def as_condition(value: Value, text: Callable[[], str | None]) -> Value:
    """A value as a condition: true, false, a choice of these, or unknown where it has no value or no words.

    What is not known becomes a choice; `text` gives its words where the value has none of its own.
    """
    match value:
        case Scalar(value=bool()):
            return value
        case Scalar(value="true" | "false"):
            return Scalar(value.value == "true", value.span)
        case Choice():
            then, otherwise = as_condition(value.then, text), as_condition(value.otherwise, text)
            return choice(value.condition, then, otherwise, value.span)
        case Ref():
            return _open(spoken(value), value.span)
        case Unknown(error=False) | Text():
            words = text()
            return _open(words, value.span) if words else Unknown("the condition is not known", value.span)
        case Unknown():
            return value
        case _:
            return Unknown("the condition is not a boolean", value.span, error=True)


def _open(condition: str, span: Span) -> Value:
    return Choice(condition, Scalar(True, span), Scalar(False, span), span)


def spoken(ref: Ref) -> str:
    """A reference as its author wrote it."""
    return f"{ref.address}.{ref.attribute}" if ref.attribute else ref.address


def select(test: Value, then: Value, otherwise: Value, span: Span) -> Value:
    """The side that a condition picks."""
    match test:
        case Scalar(value=True):
            return then
        case Scalar(value=False):
            return otherwise
        case Choice():
            sides = (select(side, then, otherwise, span) for side in (test.then, test.otherwise))
            return choice(test.condition, next(sides), next(sides), span)
        case _:
            return test


def negation(test: Value, span: Span) -> Value:
    return select(test, Scalar(False, span), Scalar(True, span), span)


def conjunction(left: Value, right: Value, span: Span) -> Value:
    if isinstance(left, Unknown) and not isinstance(right, Unknown):
        left, right = right, left
    return select(left, right, Scalar(False, span), span)


def disjunction(left: Value, right: Value, span: Span) -> Value:
    if isinstance(left, Unknown) and not isinstance(right, Unknown):
        left, right = right, left
    return select(left, Scalar(True, span), right, span)


def equality(left: Value, right: Value, span: Span) -> Value:
    """Whether two values are equal: true, false, a choice, or unknown."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Choice) and not isinstance(other, Choice):
            sides = [equality(side, other, span) for side in (one.then, one.otherwise)]
            return choice(one.condition, sides[0], sides[1], span)
        if isinstance(one, Unknown) and one.error:
            return one
    known = equal(left, right)
    if known is not None:
        return Scalar(known, span)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Ref) and isinstance(other, Scalar):
            return _open(f"{spoken(one)} == {_literal(other)}", span)
    return Unknown("the comparison is not known", span)


def _literal(value: Scalar) -> str:
    match value.value:
        case str(text):
            return f'"{text}"'
        case None:
            return "null"
        case bool(known):
            return "true" if known else "false"
        case number:
            return str(number)


def equal(left: Value, right: Value) -> bool | None:
    """Whether two values are equal in Terraform; None where it is not known."""
    if same(left, right):
        return True
    if any(True for side in (left, right) for _ in holes(side)):
        return _apart(left, right)
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return type(left.value) is type(right.value) and left.value == right.value
    if isinstance(left, (List, Map)) and isinstance(right, (List, Map)) and not (left.complete and right.complete):
        return None
    return False


def _apart(left: Value, right: Value) -> bool | None:
    """False where two values with holes differ whatever fills the holes; otherwise not known."""
    for one, other in ((left, right), (right, left)):
        created = isinstance(one, Text) or (isinstance(one, Ref) and not one.address.rpartition(".")[0].endswith("var"))
        if created and isinstance(other, Scalar) and other.value in (None, ""):
            literal = isinstance(one, Text) and any(isinstance(part, Scalar) and part.value for part in one.parts)
            if literal or (isinstance(one, Ref) and one.attribute in ("arn", "id", "name", "url", "repository_url")):
                return False
        if isinstance(one, (List, Map)) and isinstance(other, Scalar):
            return False
    return None


def negate(span: Span, value: Any) -> Value:
    number = _number(value)
    return Unknown("not a number", span, error=True) if number is None else Scalar(-number, span)


def _number(value: Any) -> int | float | None:
    match value:
        case Scalar(value=int() | float()) if type(value.value) is not bool:
            assert isinstance(value.value, (int, float))
            return value.value
        case Scalar(value=str(text)):
            try:
                return int(text)
            except ValueError:
                pass
            try:
                return float(text)
            except ValueError:
                return None
        case _:
            return None


def _arithmetic(operation: Callable[[Any, Any], Any]) -> Callable[..., Value]:
    def apply(span: Span, left: Value, right: Value) -> Value:
        a, b = _number(left), _number(right)
        if a is None or b is None:
            return Unknown("not a number", span)
        try:
            result = operation(a, b)
        except (ArithmeticError, ValueError):
            return Unknown("the arithmetic has no result", span)
        if isinstance(result, float) and result.is_integer() and abs(result) < 1e15:
            result = int(result)
        return Scalar(result, span)

    return apply


def _remainder(a: float, b: float) -> float:
    return a - b * int(a / b)  # Terraform keeps the sign of the dividend


ARITHMETIC: dict[str, Callable[..., Value]] = {
    "+": _arithmetic(lambda a, b: a + b),
    "-": _arithmetic(lambda a, b: a - b),
    "*": _arithmetic(lambda a, b: a * b),
    "/": _arithmetic(lambda a, b: a / b),
    "%": _arithmetic(_remainder),
    "<": _arithmetic(lambda a, b: a < b),
    ">": _arithmetic(lambda a, b: a > b),
    "<=": _arithmetic(lambda a, b: a <= b),
    ">=": _arithmetic(lambda a, b: a >= b),
}


MAX_COUNT = 10_000
"""How high a `count` is counted."""


def highest_count(value: Value) -> tuple[int, bool]:
    """How many instances a `count` may make at the most, and whether it cannot make more; 1 stands in for what is not known."""
    match value:
        case Choice():
            (first, all_first), (second, all_second) = highest_count(value.then), highest_count(value.otherwise)
            return max(first, second), all_first and all_second
        case Scalar(value=bool(known)):
            return int(known), True
        case _:
            number = _number(value)
            return (1, False) if number is None else (min(max(int(number), 0), MAX_COUNT), True)


def more_than(value: Value, at: int, span: Span) -> Value:
    """The condition under which a `count` makes an instance with this index."""
    match value:
        case Choice():
            sides = (more_than(side, at, span) for side in (value.then, value.otherwise))
            return choice(value.condition, next(sides), next(sides), span)
        case Scalar(value=bool(known)):
            return Scalar(known and at == 0, span)
        case _:
            number = _number(value)
            return Unknown("how many there are is not known", span) if number is None else Scalar(number > at, span)
