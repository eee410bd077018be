"""What has been worked out on the stacks of a unit, so that it is not worked out again where all that it read is the same.

A rule, or what several rules ask of a stack, is a function of the stack. Where all parts that it read are equal in another
stack, it takes the same way through them there, reads no others, and comes to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, fields
from typing import Any

from ecrlint.model.dataclass import dataclass
from ecrlint.model.stack import Answer, Stack

PARTS = tuple(part.name for part in fields(Stack) if part.compare)


@dataclass
class Memory:
    """The different values that each part of a unit's stacks has, and for each question what came of it, by the numbers of the
    values of the parts that it read. Equal parts of two stacks are one object in the stacks that are watched."""

    parts: dict[str, list[Any]] = field(default_factory=lambda: {part: [] for part in PARTS})
    things: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    known: dict[object, list[tuple[Mapping[str, int], tuple[Any, ...]]]] = field(default_factory=dict)

    def number(self, part: str, value: object) -> int:
        """The number of a value of a part."""
        if isinstance(value, tuple):
            value = tuple(self._thing(part, one) for one in value)
        return _number(self.parts[part], value)

    def _thing(self, part: str, thing: object) -> object:
        """The first of the things of a part that are equal, at their address."""
        address = getattr(thing, "address", None)
        if address is None:
            return thing
        met = self.things.setdefault((part, address), [])
        return met[_number(met, thing)]


def _number(met: list[Any], value: object) -> int:
    for number, before in enumerate(met):
        if before is value or before == value:
            return number
    met.append(value)
    return len(met) - 1


class WatchedStack(Stack):
    """A stack that notes which of its parts are read, also by what has been worked out for an earlier rule."""

    __slots__ = ("memory", "numbers", "read")
    memory: Memory
    numbers: Mapping[str, int]
    read: set[str]

    def __init__(self, stack: Stack, memory: Memory) -> None:
        self.read = set()
        self.memory = memory
        self.numbers = {part: memory.number(part, getattr(stack, part)) for part in PARTS}
        super().__init__(**{part: memory.parts[part][number] for part, number in self.numbers.items()})

    def __getattribute__(self, name: str) -> object:
        if name in _PARTS:
            object.__getattribute__(self, "read").add(name)
        return object.__getattribute__(self, name)

    def answer(self, question: Callable[[Stack], Iterable[Answer]]) -> tuple[Answer, ...]:
        return self.worked_out(question, lambda: question(self))

    def worked_out(self, question: object, work: Callable[[], Iterable[Answer]]) -> tuple[Answer, ...]:
        """What comes of a question: what came of it before, where all that was read for it then is the same here."""
        outer, self.read = self.read, set()
        try:
            found = self._before(question)
            if found is None:
                found = tuple(work())
                numbers = {part: self.numbers[part] for part in self.read}
                self.memory.known.setdefault(question, []).append((numbers, found))
        finally:
            outer |= self.read
            self.read = outer
        return found

    def _before(self, question: object) -> tuple[Any, ...] | None:
        for numbers, found in self.memory.known.get(question, ()):
            if numbers.items() <= self.numbers.items():
                self.read |= numbers.keys()
                return found
        return None


_PARTS = frozenset(PARTS)
