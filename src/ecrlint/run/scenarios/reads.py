"""What each rule read of a stack, so that it is not run again on one in which nothing of that is different.

A rule is a function of a stack. Where all parts that it read are equal in another stack, it takes the same way through them
there, reads no others, and finds the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields

from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Finding
from ecrlint.model.stack import Answer, Stack

PARTS = tuple(part.name for part in fields(Stack) if part.compare)


class WatchedStack(Stack):
    """A stack that notes which of its parts are read, also by what has been worked out for an earlier rule."""

    __slots__ = ("behind", "read")
    read: set[str]
    behind: dict[object, set[str]]

    def __init__(self, stack: Stack) -> None:
        super().__init__(**{part: getattr(stack, part) for part in PARTS})
        self.read = set()
        self.behind = {}

    def __getattribute__(self, name: str) -> object:
        if name in _PARTS:
            object.__getattribute__(self, "read").add(name)
        return object.__getattribute__(self, name)

    def answer(self, question: Callable[[Stack], Iterable[Answer]]) -> tuple[Answer, ...]:
        outer, self.read = self.read, set()
        try:
            found = super().answer(question)
            read = self.behind.setdefault(question, self.read)
        finally:
            outer |= self.read
            self.read = outer
        outer |= read
        return found


_PARTS = frozenset(PARTS)


@dataclass(frozen=True)
class Heard:
    """What rules found on a stack, by their names, each with the parts that it read."""

    stack: Stack
    said: Mapping[str, tuple[list[Finding], frozenset[str]]]

    def changed(self, other: Stack) -> frozenset[str]:
        """The parts in which another stack of the unit is different."""
        return frozenset(part for part in PARTS if getattr(self.stack, part) != getattr(other, part))

    def again(self, rule: str, changed: frozenset[str]) -> list[Finding] | None:
        """What a rule finds where only these parts have changed; None where it may have read one of them."""
        found, read = self.said.get(rule, ([], changed))
        return found if read.isdisjoint(changed) and rule in self.said else None
