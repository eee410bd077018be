"""Between values and the strings, numbers and lists of Python, by Terraform's rules of conversion.

`Wrong` is raised where Terraform would stop, `Unsure` where it is not known what Terraform would give.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, holes, join

UNKNOWN = object()
"""What stands for a value that is not known throughout."""

MAX_BITS = 512
"""How long whole numbers get; Terraform rounds longer ones."""

PARTLY = "how many there are is known only in part"
"""Why the length of a list is not known that has some items for sure, or may have."""

MANY_DIGITS = "it is a number with more digits than are computed"


class Wrong(Exception):
    """Terraform would stop here."""


class Unsure(Exception):
    """It is not known what Terraform would give here."""


# Numbers


def number_text(number: int | float) -> str | None:
    """A number as Terraform writes it in a string; None where it has more digits than are computed here."""
    if isinstance(number, int):
        return str(number) if number.bit_length() <= MAX_BITS else None
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    if not is_exact(number):
        return None
    text = repr(number)
    if "e" not in text:
        return text
    from decimal import Decimal

    return format(Decimal(text), "f")


def is_exact(number: int | float) -> bool:
    """Whether this is the very number that Terraform has: it computes with many more digits than a float holds."""
    if isinstance(number, int):
        return number.bit_length() <= MAX_BITS
    if not isfinite(number):
        return False
    digits = repr(number).partition("e")[0].replace(".", "").replace("-", "").strip("0")
    return len(digits) <= 15


def parse_number(text: str) -> int | float:
    """The number that a string is in Terraform."""
    digits = text.lstrip("+-") if text[:2] not in ("+-", "-+", "++", "--") else text
    if digits.isascii() and digits.isdigit():
        if len(digits) > 150:
            raise Unsure(MANY_DIGITS)
        return int(text)
    try:
        found = float(text)
    except ValueError:
        raise Wrong("a number is needed") from None
    if "_" in text or not text.isascii() or text.strip() != text or text.lstrip("+-").lower() in ("inf", "infinity", "nan"):
        raise Wrong("a number is needed")
    if not isfinite(found):
        raise Unsure(MANY_DIGITS)
    if len(text.lower().partition("e")[0].replace(".", "").lstrip("+-").strip("0")) > 15:
        raise Unsure(MANY_DIGITS)
    return int(found) if found.is_integer() and abs(found) < 1e15 else found


def number(value: Any) -> int | float:
    """A Python value as a number."""
    if isinstance(value, str):
        return parse_number(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Wrong("a number is needed")
    return value


def whole(value: Any) -> int:
    """A Python value as a whole number."""
    found = number(value)
    if isinstance(found, float):
        if not found.is_integer():
            raise Wrong("a whole number is needed")
        found = int(found)
    return found


def boolean(value: Any) -> bool:
    """A Python value as a boolean."""
    if isinstance(value, bool):
        return value
    if value in ("true", "1") and isinstance(value, str):
        return True
    if value in ("false", "0") and isinstance(value, str):
        return False
    raise Wrong("true or false is needed")


# Strings


def text(value: Any) -> str:
    """A Python value as a string."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        found = number_text(value)
        if found is None:
            raise Unsure(MANY_DIGITS)
        return found
    raise Wrong("a string is needed")


def to_string(value: Value | str | int | float | bool | None) -> str | None:
    """A value as Terraform writes it in a string; None where it is not known or cannot stand in one."""
    match value:
        case Scalar():
            return to_string(value.value)
        case Json(language="json"):
            known = to_python(value.value)
            try:
                return None if known is UNKNOWN else dump(known)
            except Unsure:
                return None
        case bool():
            return "true" if value else "false"
        case float() | int():
            return number_text(value)
        case str():
            return value
        case _:
            return None


def dump(value: Any) -> str:
    """The JSON text that Terraform writes of a Python value."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(dump, value))}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(name)}:{dump(value[name])}" for name in sorted(value)) + "}"
    return text(value)


def _quoted(value: str) -> str:
    import json

    found = json.dumps(value, ensure_ascii=False)
    for character, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        found = found.replace(character, escape)
    return found.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def as_text(value: Value) -> Value:
    """A value as a part of a string: known text, or a hole."""
    match value:
        case Scalar(value=str()) | Text() | Ref() | Unknown():
            return value
        case Scalar(value=None):
            return Unknown("null stands in a string", value.span, error=True)
        case Scalar() | Json():
            known = to_string(value)
            if known is not None:
                return Scalar(known, value.span)
            return value if isinstance(value, Json) else Unknown(MANY_DIGITS, value.span)
        case Choice():
            sides = (value.then, value.otherwise)
            for side, other in (sides, sides[::-1]):
                if isinstance(side, Scalar) and side.value is None:  # Terraform stops on that side, so it is the other
                    return as_text(other)
            made = each_side(value, as_text)
            return made.then if all(isinstance(side, Unknown) and side.error for side in (made.then, made.otherwise)) else made
        case List() | Map():
            return Unknown("a list or map stands in a string", value.span, error=True)


def joined(parts: Sequence[Value], span: Span) -> Value:
    """The string that the parts make one after the other: known if all are, otherwise a text with holes."""
    text = join(map(as_text, parts), span)
    if isinstance(text, (Scalar, Text, Unknown)) or (isinstance(text, Ref) and not is_input(text)):
        return text
    return Text((text,), span)  # a variable is of any type, and a string once it stands in one


def each_side(value: Choice, make: Callable[[Value], Value]) -> Choice:
    """A choice between what is made of its sides; where Terraform would stop on one side, only that has no value."""

    def side(one: Value) -> Value:
        try:
            return make(one)
        except Wrong as wrong:
            return Unknown(str(wrong), one.span, error=True)

    return Choice(value.condition, side(value.then), side(value.otherwise), value.span)


# Whole values


def to_python(value: Value) -> Any:
    """The Python value of what is known throughout, `UNKNOWN` otherwise."""
    match value:
        case Scalar():
            return value.value
        case List():
            if not positional(value):
                return UNKNOWN
            items = [to_python(item) for item in value.items]
            return UNKNOWN if any(item is UNKNOWN for item in items) else items
        case Map(complete=True):
            entries = {name: to_python(item) for name, item in value.entries.items()}
            return UNKNOWN if any(item is UNKNOWN for item in entries.values()) else entries
        case Json():
            known = to_string(value)
            return UNKNOWN if known is None else known
        case _:
            return UNKNOWN


_NESTED = (list, tuple, dict)


def from_python(value: Any, span: Span, lists: str = "list", maps: str = "map") -> Value:
    """The value of a Python value; `lists` and `maps` say which kind of list and map the language makes here."""
    match value:
        case list() | tuple():
            items = [from_python(item, span, lists, maps) if type(item) in _NESTED else Scalar(item, span) for item in value]
            return List(tuple(items), span, kind=lists)
        case dict():
            entries = {str(name): from_python(item, span, lists, maps) for name, item in value.items()}
            return Map(entries, span, kind=maps)
        case _:
            return Scalar(value, span)


def positional(value: List) -> bool:
    """Whether it is known how many items a list has, and which comes where."""
    if not value.complete or value.kind == "bag":
        return False
    return value.kind != "set" or len(value.items) < 2 or all(isinstance(item, Scalar) for item in value.items)


def is_input(ref: Ref) -> bool:
    """Whether this refers to a variable, which may be anything; what a resource has is known to be there."""
    first, _, name = ref.address.rpartition(".")
    return "]" not in name and (first == "var" or first.endswith(".var"))


def is_there(ref: Ref) -> bool:
    """Whether what this refers to surely has the attribute: a resource has, an output of a module may be null."""
    return not is_input(ref) and ref.address.rpartition(".")[0].rpartition(".")[2] != "module"


def spoken(ref: Ref) -> str:
    """A reference as its author wrote it."""
    return f"{ref.address}.{ref.attribute}" if ref.attribute else ref.address


def why(values: Sequence[Value]) -> str:
    """Why a function of these values is not known: the reason of the first part that is not."""
    for value in values:
        for hole in holes(value):
            return because(hole, "an argument is not known")
        if isinstance(value, (List, Map)) and not value.complete:
            return "a list or map is not known as a whole"
        if isinstance(value, List) and not positional(value):
            return "the order of a list is not known"
    return "an argument is not known"


def because(value: Value, otherwise: str) -> str:
    """Why a value is not known; `otherwise` where it is."""
    match value:
        case Unknown():
            return value.why
        case Ref():
            return f"{spoken(value)} is known only after deployment"
        case Choice():
            return "it depends on a condition that is not known"
        case _:
            return otherwise


def failing(value: Value) -> Unknown | None:
    """The part of a value that has no value at all, because Terraform would stop there."""
    for hole in holes(value):
        if isinstance(hole, Unknown) and hole.error:
            return hole
    return None
