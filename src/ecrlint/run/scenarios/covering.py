"""A few of the many ways to settle conditions, in which what is found in any of them shows as a rule."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import field
from itertools import combinations, product

from ecrlint.model.dataclass import dataclass
from ecrlint.model.value import Condition, Sides
from ecrlint.model.value.condition import Equals, consistent


def every_way(conditions: Sequence[Condition]) -> Iterator[dict[Condition, bool]]:
    """The consistent ways to settle conditions."""
    for row in product((True, False), repeat=len(conditions)):
        sides = dict(zip(conditions, row, strict=True))
        if consistent(sides):
            yield sides


def covering(conditions: Sequence[Condition], size: int) -> list[Sides]:
    """The ways in which as many conditions as can be are true, or none, and so many more that any `size` sides which can come
    together do in one of them. They grow with the logarithm of how many the conditions are."""
    return _Covering(conditions, size).rows()


@dataclass
class _Covering:
    """The work on one covering. A side is a number: twice the place of its condition, and one more where it is false."""

    conditions: Sequence[Condition]
    size: int
    waiting: set[frozenset[int]] = field(default_factory=set)
    one_of: list[tuple[int, ...]] = field(default_factory=list)
    exhausting: list[frozenset[int]] = field(default_factory=list)

    def rows(self) -> list[Sides]:
        self._compare()
        places = range(len(self.conditions))
        some = [
            tuple(2 * place + side for place, side in zip(chosen, row, strict=True))
            for chosen in combinations(places, min(self.size, len(places)))
            for row in product((0, 1), repeat=len(chosen))
        ]
        starts = [sides for sides in some if self._can_be(sides)]
        self.waiting = set(map(frozenset, starts))
        found = [self._row((), lambda _, __: 0), self._row((), lambda _, __: 1)]
        for row in found:
            self._shown(row)
        for sides in starts:
            if frozenset(sides) in self.waiting:
                found.append(self._row(sides, self._shows_more))
                self._shown(found[-1])
        return [self._sides(row) for row in found]

    def _sides(self, row: Iterable[int]) -> dict[Condition, bool]:
        return {self.conditions[side >> 1]: not side & 1 for side in row}

    def _compare(self) -> None:
        """Which sides cannot come together (see `consistent`): more than one of `one_of`, all of one of `exhausting`."""
        place = {condition: at for at, condition in enumerate(self.conditions)}
        by_subject: dict[str, list[int]] = {}
        for condition, at in place.items():
            if isinstance(condition, Equals):
                by_subject.setdefault(condition.subject, []).append(2 * at)
                domain = [place.get(Equals(condition.subject, literal)) for literal in condition.domain]
                if domain and None not in domain:
                    self.exhausting.append(frozenset(2 * one + 1 for one in (at, *domain) if one is not None))
        self.one_of = [tuple(sides) for sides in by_subject.values() if len(sides) > 1]

    def _can_be(self, row: Collection[int]) -> bool:
        if any(sum(side in row for side in sides) > 1 for sides in self.one_of):
            return False
        return not any(sides.issubset(row) for sides in self.exhausting)

    def _shown(self, row: Sequence[int]) -> None:
        self.waiting.difference_update(map(frozenset, combinations(row, min(self.size, len(row)))))

    def _row(self, start: Sequence[int], choose: Callable[[list[int], int], int]) -> list[int]:
        """The sides of all conditions: those of the start, and of each other the chosen one where it can come together with
        them."""
        row = list(start)
        settled = {side >> 1 for side in row}
        for place in range(len(self.conditions)):
            if place not in settled:
                side = 2 * place + choose(row, place)
                row.append(side if self._can_be([*row, side]) else side ^ 1)
        return sorted(row)

    def _shows_more(self, row: list[int], place: int) -> int:
        """The side of a condition that brings more waiting sides together."""
        others = list(combinations(row, self.size - 1))
        true, false = (sum(frozenset((*some, 2 * place + side)) in self.waiting for some in others) for side in (0, 1))
        return 0 if true >= false else 1
