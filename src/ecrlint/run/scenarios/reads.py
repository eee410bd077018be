"""What has been worked out on the stacks of a unit, so that it is not worked out again where all that it read is the same.

A rule, or what several rules ask of a stack, is a function of the stack. Where all parts that it read are equal in another
stack, it takes the same way through them there, reads no others, and comes to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Set
from dataclasses import field
from operator import itemgetter
from typing import Any

from ecrlint.model.dataclass import compared, dataclass
from ecrlint.model.stack import Answer, Stack

PARTS = compared(Stack)


class Numbers(dict[str, int]):
    """The number of the value of each part of a stack, found when it is first asked for."""

    def __init__(self, stack: Stack, memory: Memory) -> None:
        super().__init__()
        self._stack = stack
        self._memory = memory

    def __missing__(self, part: str) -> int:
        number = self[part] = self._memory.number(part, getattr(self._stack, part))
        return number


@dataclass
class AnswersByReads:
    """The answers to a question that have read the same parts, by the numbers of the values of these."""

    numbers: Callable[[Numbers], Any]
    answers: dict[Any, tuple[Any, ...]] = field(default_factory=dict)


@dataclass
class Memory:
    """The different values that each part of a unit's stacks has, and for each question what came of it, by the parts that it
    read. Equal parts of two stacks are one object in the stacks that are watched.

    `view` is the stack as the question sees it that is being worked out.
    """

    parts: dict[str, list[Any]] = field(default_factory=lambda: {part: [] for part in PARTS})
    things: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    known: dict[object, dict[frozenset[str], AnswersByReads]] = field(default_factory=dict)
    view: WatchedStack | None = None

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

    def keep(self, question: object, read: Set[str], numbers: Numbers, found: tuple[Any, ...]) -> None:
        """Remember what came of a question that has read these parts."""
        asked = self.known.setdefault(question, {})
        parts = frozenset(read)
        if parts not in asked:
            asked[parts] = AnswersByReads(itemgetter(*parts) if parts else lambda _: ())
        asked[parts].answers[asked[parts].numbers(numbers)] = found


def _number(met: list[Any], value: object) -> int:
    for number, before in enumerate(met):
        if before is value or before == value:
            return number
    met.append(value)
    return len(met) - 1


class WatchedStack(Stack):
    """A stack as one question sees it, which notes the parts that are read of it.

    What is left of an earlier question may hold the stack that this one saw: what is read of that is of the stack of the question
    that is being worked out, and is noted there.
    """

    memory: Memory
    numbers: Numbers
    read: set[str]

    def __init__(self, numbers: Numbers, memory: Memory) -> None:
        self.read = set()
        self.memory = memory
        self.numbers = numbers

    def answer(self, question: Callable[[Stack], Iterable[Answer]]) -> tuple[Answer, ...]:
        return self.worked_out(question, question)

    def worked_out(self, question: object, work: Callable[[Stack], Iterable[Answer]]) -> tuple[Answer, ...]:
        """What comes of a question: what came of it before, where all that was read for it then is the same here."""
        memory = self.memory
        outer = memory.view
        asking = outer or self
        found = asking._before(question)
        if found is None:
            memory.view = view = WatchedStack(asking.numbers, memory)
            try:
                found = tuple(work(view))
                memory.keep(question, view.read, view.numbers, found)
            finally:
                memory.view = outer
                asking.read |= view.read
                view._leave()
        return found

    def _before(self, question: object) -> tuple[Any, ...] | None:
        for parts, known in self.memory.known.get(question, {}).items():
            found = known.answers.get(known.numbers(self.numbers))
            if found is not None:
                self.read |= parts
                return found
        return None

    def _leave(self) -> None:
        """Hold no part any more: what is read from now on is read for another question."""
        for part in self.read:
            self.__dict__.pop(part, None)


class WatchedPart:
    """A part of a watched stack, noted the first time that it is read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, stack: WatchedStack, _: type) -> object:
        memory = stack.memory
        view = memory.view or stack
        view.read.add(self._name)
        value = memory.parts[self._name][view.numbers[self._name]]
        if view is stack:
            stack.__dict__[self._name] = value  # goes before this one, so that the next read costs nothing
        return value


for _part in PARTS:
    setattr(WatchedStack, _part, WatchedPart(_part))


def watched(stack: Stack, memory: Memory) -> WatchedStack:
    """A stack of a unit, to be asked."""
    return WatchedStack(Numbers(stack, memory), memory)
