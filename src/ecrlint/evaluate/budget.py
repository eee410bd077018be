"""The budget of one deployable unit: what evaluating it may cost, and what was cut because it went over.

It is passed along and charged wherever values are made. A charge that goes over it raises `Exceeded`, which is caught where
a value has a name (a local, an attribute, a property): that value is unknown, and its file is partial with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable

from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value

STEPS = 600_000
"""How much may be done: a step is the evaluation of one expression, a command of a script costs `COMMAND`."""

VALUES = 1_000_000
"""How many parts the lists, maps and texts may have that functions and loops make."""

CHARACTERS = 32_000_000
"""How many characters of text may be made, decoded and read from files."""

DEPTH = 100
"""How deep expressions may nest, those among them that a name leads to, and how deep the parts of a value."""

SIZE = 60_000
"""How many parts one value may have, 64 characters of a string counting as one."""

LENGTH = 1_000_000
"""How many characters one string may have, and one file that an expression reads."""

COMMAND = 25
"""How many steps a command of a script costs."""

REFERENCE = 6
"""How many parts a reference counts for, which whoever reads it follows."""

INSTANCE = 60
"""How many steps an instance of a resource, a module or a job costs, whatever is in it."""

LARGE = "this is larger than what is evaluated"
DEEP = "this is nested deeper than what is evaluated"


class Exceeded(Exception):
    """What is evaluated goes over the budget of its unit; the text says by what."""


class Budget:
    """What is left of the steps, values and characters of one unit, how deep its evaluation is, and what was cut."""

    __slots__ = ("characters", "cut", "depth", "steps", "values")

    def __init__(self) -> None:
        self.steps = STEPS
        self.values = VALUES
        self.characters = CHARACTERS
        self.depth = 0
        self.cut: dict[str, list[str]] = {}

    def step(self, count: int = 1) -> None:
        """Charge something that is done, or that is about to be done for each of some things."""
        self.steps -= count
        if self.steps < 0:
            raise Exceeded(f"the budget of {STEPS} steps is used up")

    def afford(self, count: int) -> bool:
        """Charge steps where there are as many left."""
        if count > self.steps:
            return False
        self.steps -= count
        return True

    def make(self, count: int) -> None:
        """Charge parts of values."""
        self.values -= count
        if self.values < 0:
            raise Exceeded(f"the budget of {VALUES} values is used up")

    def write(self, length: int) -> None:
        """Charge characters of text."""
        self.characters -= length
        if self.characters < 0:
            raise Exceeded(f"the budget of {CHARACTERS} characters of text is used up")

    def enter(self) -> None:
        """Charge one expression, which ends with `leave`."""
        self.steps -= 1
        if self.steps < 0 or self.depth >= DEPTH:
            raise Exceeded(DEEP) if self.steps >= 0 else Exceeded(f"the budget of {STEPS} steps is used up")
        self.depth += 1

    def leave(self) -> None:
        self.depth -= 1

    def weigh(self, value: Value) -> int:
        """Charge a walk through a value, and give the number of its parts.

        Raises `Exceeded` where it is larger or deeper than anybody writes: values share their parts and may grow without end.
        """
        if type(value) in _WHOLE:
            return REFERENCE
        count = depth = 0
        level: Iterable[Value] = (value,)
        while level:
            below: list[Value] = []
            for part in level:
                count += 1
                if type(part) is Scalar:  # by far the most
                    if type(part.value) is str:
                        count += len(part.value) >> 6
                elif type(part) in _WHOLE:
                    count += REFERENCE - 1
                else:
                    below.extend(_parts(part))
            depth += 1
            if count + len(below) > SIZE or depth > DEPTH:
                self.step(count >> 2)
                raise Exceeded(LARGE if depth <= DEPTH else DEEP)
            level = below
        self.step(count >> 2)
        return count

    def hand_over(self, value: Value) -> None:
        """Charge what those who get a value do with each part of it."""
        if type(value) is not Scalar:
            self.step(2 * self.weigh(value))

    def cut_off(self, name: str, exceeded: Exception, span: Span) -> Unknown:
        """The value of something with a name whose evaluation went over the budget, or over how deep Python goes."""
        why = str(exceeded) if isinstance(exceeded, Exceeded) else DEEP
        self.note(span.path, f"line {span.line}: {name} is not evaluated: {why}")
        return Unknown(why, span)

    def refuse(self, why: str, span: Span) -> Unknown:
        """The value of what is cut at a place, which is noted."""
        self.note(span.path, f"line {span.line}: {why}")
        return Unknown(why, span)

    def note(self, path: str, reason: str) -> None:
        """Keep why a file is partial."""
        reasons = self.cut.setdefault(path, [])
        if len(reasons) < 3 and reason not in reasons:
            reasons.append(reason)


_WHOLE = frozenset({Ref, Unknown})
"""The values that have no parts."""


def _parts(value: Value) -> Iterable[Value]:
    match value:
        case List():
            return value.items
        case Map() if type(value.entries) is dict:  # those of a block are evaluated when somebody asks for them
            return value.entries.values()
        case Text():
            return value.parts
        case Json():
            return (value.value,)
        case Choice():
            return (value.then, value.otherwise)
        case _:
            return ()
