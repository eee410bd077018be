"""Which sides of which conditions a finding needs, told by looking for it with fewer of them settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import TypeAlias

from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Finding
from ecrlint.model.value import Condition, Sides
from ecrlint.model.value.condition import consistent
from ecrlint.run.scenarios.covering import every_way

Found: TypeAlias = Mapping[object, Finding]
Look: TypeAlias = Callable[[Sides], Found]


def nowhere_else(_: Sides) -> Found:
    """Where nothing is looked at beyond what has been."""
    return {}


@dataclass
class Needs:
    """What is known of one finding, which `is_there` tells: some sides with which it is there, whatever the other conditions are,
    and some of all conditions of a group with which it is not."""

    is_there: Callable[[Found], bool]
    look: Look
    inside: list[Sides] = field(default_factory=list)
    outside: list[Sides] = field(default_factory=list)

    def of(self, groups: Iterable[Sequence[tuple[Sides, Found]]]) -> list[Sides]:
        """The fewest sides with which it is there, one way or another, from the ways to settle some groups of conditions that
        have been looked at."""
        needed: list[Sides] = []
        for rows in groups:
            inside = [sides for sides, found in rows if self.is_there(found)]
            self.inside += inside
            self.outside = [sides for sides, found in rows if not self.is_there(found)]
            if inside:
                conditions = tuple(inside[0])
                shared = {c: side for c, side in inside[0].items() if all(sides.get(c) is side for sides in inside)}
                for sides in (shared, *inside):
                    if not _covered(sides, needed) and self._is_certain(sides, conditions):
                        needed.append(self._fewest(sides, conditions))
        return needed

    def _fewest(self, sides: Sides, conditions: Sequence[Condition]) -> Sides:
        needed = dict(sides)
        for condition in sides:
            rest = {c: side for c, side in needed.items() if c != condition}
            if self._is_certain(rest, conditions):
                needed = rest
        return needed

    def _is_certain(self, sides: Sides, conditions: Sequence[Condition]) -> bool:
        """Whether the finding is there with these sides, whatever the other conditions are: because it is where they are open,
        or because it is in every case."""
        if any(sides.items() <= row.items() for row in self.outside):
            return False
        return self._holds(sides) or all(self._holds_in(row) for row in _completed(sides, conditions))

    def _holds(self, sides: Sides) -> bool:
        if not _covered(sides, self.inside):
            if not self.is_there(self.look(sides)):
                return False
            self.inside.append(sides)
        return True

    def _holds_in(self, row: Sides) -> bool:
        """Whether it is there with all conditions settled; what it does not need of them is left open for the rows to come."""
        if _covered(row, self.inside):
            return True
        if not self._holds(row):
            self.outside.append(row)
            return False
        for condition in row:
            rest = {c: side for c, side in self.inside[-1].items() if c != condition}
            self._holds(rest)
        return True


def _covered(sides: Sides, some: Iterable[Sides]) -> bool:
    """Whether one of some sides is a part of these."""
    return any(one.items() <= sides.items() for one in some)


def _completed(sides: Sides, conditions: Sequence[Condition]) -> Iterator[Sides]:
    """The consistent ways to settle all conditions in which some have these sides."""
    for rest in every_way([condition for condition in conditions if condition not in sides]):
        row = {**sides, **rest}
        if consistent(row):
            yield row
