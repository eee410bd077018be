"""Whether two values are equal wherever they stand; places do not count."""

from __future__ import annotations

from collections.abc import Iterable

from ecrlint.model.value.choice import assume, first_condition
from ecrlint.model.value.text import pieces, prefix, suffix
from ecrlint.model.value.types import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, is_null, string

_MOST_CONDITIONS = 6
"""How many conditions are settled in both ways to compare two values that depend on them in different places."""


def same(a: Value, b: Value) -> bool:
    """Whether two values are known to be equal, whatever their references turn out to be.

    Values with an `Unknown` inside equal nothing, not even themselves.
    """
    return _same(a, b, _MOST_CONDITIONS)


def _same(a: Value, b: Value, room: int) -> bool:
    match a, b:
        case (Scalar(), Scalar()):
            return a.value == b.value and (type(a.value) is bool) is (type(b.value) is bool)
        case (Ref(), Ref()):
            return a.address == b.address and a.attribute == b.attribute
        case (List(), List()):
            return a.complete and b.complete and len(a.items) == len(b.items) and _all(a.items, b.items, room)
        case (Map(), Map()):
            if not a.complete or not b.complete or a.entries.keys() != b.entries.keys():
                return False
            return all(_same(a.entries[name], b.entries[name], room) for name in a.entries)
        case (Json(), Json()):
            return a.language == b.language and _same(a.value, b.value, room)
        case (Choice(), _) | (_, Choice()) | (Text(), _) | (_, Text()):
            first, second = pieces(a), pieces(b)
            if len(first) == len(second) and not (isinstance(a, Choice) or isinstance(b, Choice)):
                if _all(first, second, room):
                    return True
            return _same_on_both_sides(a, b, room)
        case _:
            return False


def _all(a: Iterable[Value], b: Iterable[Value], room: int) -> bool:
    return all(_same(x, y, room) for x, y in zip(a, b, strict=True))


def _same_on_both_sides(a: Value, b: Value, room: int) -> bool:
    """Whether two strings are equal on either side of the first condition that one of them depends on."""
    condition = first_condition(a) or first_condition(b)
    if condition is None or not room:
        return False
    return all(_same(assume(a, condition, side), assume(b, condition, side), room - 1) for side in (True, False))


def apart(a: Value, b: Value) -> bool:
    """Whether two strings are known to differ, whatever their holes turn out to be: by how they begin or end."""
    if isinstance(a, Choice):
        return apart(a.then, b) and apart(a.otherwise, b)
    if isinstance(b, Choice):
        return apart(b, a)
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return a.value != b.value
    starts, ends = (prefix(a), prefix(b)), (suffix(a), suffix(b))
    return not (_one_begins(*starts) and _one_begins(ends[0][::-1], ends[1][::-1]))


def _one_begins(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


def key(value: Value) -> object:
    """What values have in common exactly if they are equal: for sets and indexes of values.

    Values with an `Unknown` inside equal nothing, not even themselves: their key is new at each call. Two texts that are
    `same` only once conditions are settled have keys of their own.
    """
    match value:
        case Scalar():
            return (type(value.value) is bool, value.value)
        case List():
            return ("list", *map(key, value.items), value.complete or object())
        case Map():
            return ("map", frozenset((name, key(item)) for name, item in value.entries.items()), value.complete or object())
        case Text():
            parts = pieces(value)
            return key(parts[0]) if len(parts) == 1 else ("text", *map(key, parts))
        case Json():
            return (value.language, key(value.value))
        case Ref():
            return ("ref", value.address, value.attribute)
        case Choice():
            return ("choice", value.condition, key(value.then), key(value.otherwise))
        case Unknown():
            return object()


def same_text(a: Value | None, b: Value | None) -> bool:
    """Whether two values are known strings, and the same."""
    text = string(a)
    return text is not None and text == string(b)


def present(value: Value | None) -> Value | None:
    """A value that is stated; None where it is null or empty, which says the same as nothing."""
    return None if value is None or is_null(value) or string(value) == "" else value
