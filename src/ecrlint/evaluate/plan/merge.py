"""Two readings of one value in one: what a plan says, at the places where somebody wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ecrlint.evaluate.budget import Budget
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value

MAX_COMPARED = 20_000
"""How many pairs of list items are held against each other; longer lists are paired in their order."""

Fill = Callable[[Value, Value], "Value | None"]
"""What stands for a hole of the plan, given what is written in its place; None where that says no more."""


def merge(
    value: Value, written: Value | None, place: Span, plan: Source, is_place: Callable[[Span], bool], fill: Fill, budget: Budget
) -> Value:
    """A value of a plan where it is written; `place` is that of the whole, for what is not written as such.

    Parts that do not stand in the plan are there already.
    """
    return _Merge(plan, is_place, fill, budget).value(value, written, place)


class _Merge:
    def __init__(self, plan: Source, is_place: Callable[[Span], bool], fill: Fill, budget: Budget) -> None:
        self.plan = plan
        self.is_place = is_place
        self.fill = fill
        self.budget = budget

    def value(self, value: Value, written: Value | None, place: Span) -> Value:
        self.budget.step()
        if value.span.source is not self.plan:
            return value
        if written is not None:
            filled = self.fill(value, written)
            if filled is not None:
                return filled
            if self.is_place(written.span):
                place = written.span
        match value:
            case Map():
                return self._map(value, written, place)
            case List():
                return List(tuple(self._items(value, written, place)), place, value.complete)
            case Text():
                return Text(tuple(self.value(part, None, place) for part in value.parts), place)
            case Json():
                return Json(self.value(value.value, written, place), place, value.language)
            case Scalar():
                return Scalar(value.value, place)
            case Ref():
                return Ref(value.address, value.attribute, place)
            case Unknown():
                return Unknown(value.why, place, value.error)
            case Choice():
                then, otherwise = (self.value(side, None, place) for side in (value.then, value.otherwise))
                return Choice(value.condition, then, otherwise, place)

    def _map(self, value: Map, written: Value | None, place: Span) -> Value:
        other = _like(written, Map)
        entries = other.entries if isinstance(other, Map) else {}
        merged = {name: self.value(item, entries.get(name), place) for name, item in value.entries.items()}
        return Map(merged, place, value.complete)

    def _items(self, value: List, written: Value | None, place: Span) -> Iterator[Value]:
        other = _like(written, List)
        if isinstance(other, List):
            others: Sequence[Value] = other.items
        else:
            others = () if other is None else (other,)
        for item, one in zip(value.items, self._pairs(value.items, others), strict=True):
            yield self.value(item, one, place)

    def _pairs(self, items: Sequence[Value], others: Sequence[Value]) -> list[Value | None]:
        for value in (*items, *others):
            self.budget.weigh(value)
        compared = len(items) * len(others)
        if compared <= MAX_COMPARED:
            self.budget.step(compared)
        return pairs(items, others)


def _like(written: Value | None, kind: type[Map] | type[List]) -> Value | None:
    """What is written, or of a condition or a JSON text the side or content that is of the same kind."""
    if isinstance(written, Json):
        return _like(written.value, kind)
    if isinstance(written, Choice):
        return next((side for one in (written.then, written.otherwise) if isinstance(side := _like(one, kind), kind)), None)
    return written


def pairs(items: Sequence[Value], others: Sequence[Value]) -> list[Value | None]:
    """For each item the one that it is in another list, whose order may differ; None where that cannot be told."""
    in_order: list[Value | None] = list(others) if len(others) == len(items) else [None] * len(items)
    if len(items) * len(others) > MAX_COMPARED:
        return in_order
    words = {id(value): set(_words(value)) for value in (*items, *others)}
    left = list(others)
    found: list[Value | None] = []
    for at, item in enumerate(items):
        one = _closest(item, left, in_order[at], words)
        found.append(one)
        left = [other for other in left if other is not one]
    return found


def _closest(item: Value, others: Sequence[Value], same_place: Value | None, words: Mapping[int, set[str]]) -> Value | None:
    """The one that has most words in common with an item; the one at its place where others have no more."""
    best, most = None, 0
    if any(other is same_place for other in others):
        common = words[id(item)] & words[id(same_place)]
        if not isinstance(item, Scalar) or not isinstance(same_place, Scalar) or common:  # not two known values that differ
            best, most = same_place, len(common)
    for other in others:
        shared = len(words[id(item)] & words[id(other)])
        if shared > most:
            best, most = other, shared
    return best


def _words(value: Value) -> Iterator[str]:
    """The known scalars in a value."""
    match value:
        case Scalar():
            yield str(value.value).lower()
        case List():
            for item in value.items:
                yield from _words(item)
        case Map():
            for item in value.entries.values():
                yield from _words(item)
        case Json():
            yield from _words(value.value)
        case _:
            return
