"""A few of the many ways to settle conditions, in which what is found in any of them shows as a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import combinations, product
from typing import TypeAlias

from ecrlint.model.value import Condition, Sides
from ecrlint.model.value.condition import consistent

Row: TypeAlias = dict[Condition, bool]
Choose: TypeAlias = Callable[[Row, Condition], bool]


def every_way(conditions: Sequence[Condition]) -> Iterator[Row]:
    """The consistent ways to settle conditions."""
    for row in product((True, False), repeat=len(conditions)):
        sides = dict(zip(conditions, row, strict=True))
        if consistent(sides):
            yield sides


def covering(conditions: Sequence[Condition], size: int) -> list[Sides]:
    """The ways in which as many conditions as can be are true, or none, and so many more that any `size` sides which can come
    together do in one of them. They grow with the logarithm of how many the conditions are."""
    chosen = [tuple(some) for some in combinations(conditions, min(size, len(conditions)))]
    waiting = {frozenset(sides.items()) for some in chosen for sides in every_way(some)}
    rows = [_row(conditions, {}, lambda _, __: True), _row(conditions, {}, lambda _, __: False)]
    waiting.difference_update([some for some in waiting for row in rows if some <= row.items()])
    shows_more = partial(_shows_more, size, waiting)
    for sides in [sides for some in chosen for sides in every_way(some)]:
        if frozenset(sides.items()) in waiting:
            row = _row(conditions, sides, shows_more)
            rows.append(row)
            waiting.difference_update([some for some in waiting if some <= row.items()])
    return list(rows)


def _row(conditions: Sequence[Condition], start: Sides, choose: Choose) -> Row:
    """The sides of all conditions: those of the start, and of each other the chosen one where it can come together with them."""
    row = dict(start)
    for condition in conditions:
        if condition not in row:
            side = choose(row, condition)
            row[condition] = side if consistent({**row, condition: side}) else not side
    return {condition: row[condition] for condition in conditions}


def _shows_more(size: int, waiting: set[frozenset[tuple[Condition, bool]]], row: Row, condition: Condition) -> bool:
    """The side of a condition that brings more waiting sides together."""
    others = list(combinations(row.items(), size - 1))
    true, false = (sum(frozenset((*some, (condition, side))) in waiting for some in others) for side in (True, False))
    return true >= false
