"""What a value is where conditions are on a known side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from ecrlint.model.dataclass import dataclass
from ecrlint.model.value.condition import Condition, Sides
from ecrlint.model.value.text import join
from ecrlint.model.value.types import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, is_null

Note: TypeAlias = Callable[[Condition], None]

_CLOSED = frozenset({Scalar, Ref, Unknown})
"""The values that no condition changes."""


def deployed(value: Value) -> Value:
    """The value of an attribute once it is deployed: an input whose default is empty may have been given any value."""
    match value:
        case Scalar(input=Ref() as source):
            return source
        case Choice():
            then, otherwise = deployed(value.then), deployed(value.otherwise)
            unchanged = then is value.then and otherwise is value.otherwise
            return value if unchanged else Choice(value.condition, then, otherwise, value.span)
        case List():
            items = [deployed(item) for item in value.items]
            return value if _unchanged(items, value.items) else List(tuple(items), value.span, value.complete, value.kind)
        case Map() if type(value.entries) is dict:
            entries = {name: deployed(item) for name, item in value.entries.items()}
            unchanged = all(entries[name] is item for name, item in value.entries.items())
            return value if unchanged else Map(entries, value.span, value.complete, value.kind)
        case Json():
            inner = deployed(value.value)
            return value if inner is value.value else Json(inner, value.span, value.language)
        case _:
            return value


def assume(value: Value, condition: Condition, side: bool) -> Value:
    """The value of an expression where a condition is known to be on this side."""
    return _Settling({condition: side}).value(value)


def settle(value: Value, sides: Sides, note: Note | None = None) -> Value:
    """The value of an attribute where conditions are known to be on these sides.

    An item of a list that a condition takes away (null) is none. `note` is given every condition that stays open.
    """
    return _Settling(sides, note, drops_null=True).value(value)


@dataclass(frozen=True, slots=True)
class _Settling:
    sides: Sides
    note: Note | None = None
    drops_null: bool = False

    def value(self, value: Value) -> Value:
        """The settled value; the value itself where no condition in it is settled."""
        if type(value) in _CLOSED:
            return value
        match value:
            case Choice():
                return self._choice(value)
            case List():
                return self._list(value)
            case Map():
                return self._map(value)
            case Text():
                parts = [self.value(part) for part in value.parts]
                return value if _unchanged(parts, value.parts) else _text(parts, value)
            case Json():
                inner = self.value(value.value)
                return value if inner is value.value else Json(inner, value.span, value.language)
            case _:
                return value

    def _choice(self, value: Choice) -> Value:
        side = self.sides.get(value.condition)
        if side is not None:
            return self.value(value.then if side else value.otherwise)
        if self.note is not None:
            self.note(value.condition)
        then, otherwise = self.value(value.then), self.value(value.otherwise)
        if then is value.then and otherwise is value.otherwise:
            return value
        return Choice(value.condition, then, otherwise, value.span)

    def _list(self, value: List) -> Value:
        items = [self.value(item) for item in value.items]
        if _unchanged(items, value.items):
            return value
        if self.drops_null:
            items = [item for item, old in zip(items, value.items, strict=True) if not is_null(item) or is_null(old)]
        return List(tuple(items), value.span, value.complete, value.kind)

    def _map(self, value: Map) -> Value:
        """A map; its entries are settled when they are asked for, unless all of them are there already."""
        if self.drops_null or type(value.entries) is not dict:
            return Map(_Entries(value.entries, self), value.span, value.complete, value.kind)
        entries = {name: self.value(item) for name, item in value.entries.items()}
        unchanged = all(entries[name] is item for name, item in value.entries.items())
        return value if unchanged else Map(entries, value.span, value.complete, value.kind)


def _text(parts: Sequence[Value], value: Text) -> Value:
    """A text with settled parts. That a hole was closed is no reason to forget that the rest is a string."""
    joined = join(parts, value.span)
    return joined if isinstance(joined, (Scalar, Text)) else Text((joined,), value.span)


def _unchanged(items: Sequence[Value], before: Sequence[Value]) -> bool:
    return all(item is old for item, old in zip(items, before, strict=True))


def references(value: Value) -> Iterator[Ref]:
    """The references in a settled value, of its maps those in the entries that have been asked for."""
    match value:
        case Ref():
            yield value
        case Choice():
            yield from references(value.then)
            yield from references(value.otherwise)
        case List():
            for item in value.items:
                yield from references(item)
        case Map():
            for item in value.entries.asked() if isinstance(value.entries, _Entries) else ():
                yield from references(item)
        case Text():
            for part in value.parts:
                yield from references(part)
        case Json():
            yield from references(value.value)
        case _:
            pass


class _Entries(Mapping[str, Value]):
    def __init__(self, entries: Mapping[str, Value], settling: _Settling) -> None:
        self._entries = entries
        self._settling = settling
        self._values: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        value = self._values.get(name)
        if value is None:
            value = self._values[name] = self._settling.value(self._entries[name])
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def asked(self) -> Iterable[Value]:
        return self._values.values()


def first_condition(value: Value) -> Condition | None:
    """The first condition that a string depends on."""
    match value:
        case Choice():
            return value.condition
        case Text():
            return next((part.condition for part in value.parts if isinstance(part, Choice)), None)
        case _:
            return None
