"""Conditions that nobody can know before deployment, in one canonical form.

Two conditions are the same exactly if they are equal: `"prod" == x` is `x == "prod"`, and `x != y` is the other side of
`x == y`. Two conditions exclude each other only where their subjects are one.

`given`: what a condition asks of is given by AWS, by another state or by a module that is not here. No user decides it, so it is
no scenario; it stays open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import TypeAlias

from ecrlint.model.dataclass import dataclass

Literal: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Equals:
    """A subject, in the user's words, is equal to a literal. `domain` are the literals that the subject may be, where these
    are known. `name` is what the user calls just this comparison, and whether that holds where the two are equal. Neither makes
    it another condition."""

    subject: str
    literal: Literal
    domain: tuple[Literal, ...] = field(default=(), compare=False)
    name: tuple[str, bool] | None = field(default=None, compare=False)
    given: bool = field(default=False, compare=False)

    def __hash__(self) -> int:  # conditions are looked up more than all else
        return hash(self.subject)


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean of the user's is true: a variable, or a named condition that is no single comparison."""

    subject: str
    given: bool = field(default=False, compare=False)

    def __hash__(self) -> int:
        return hash(self.subject)


@dataclass(frozen=True, slots=True)
class Opaque:
    """An expression in the user's words, of which only its being true or false is asked."""

    text: str
    given: bool = field(default=False, compare=False)

    def __hash__(self) -> int:
        return hash(self.text)


Condition: TypeAlias = Equals | Flag | Opaque

Sides: TypeAlias = Mapping[Condition, bool]
"""The side on which each of some conditions is."""


def consistent(sides: Sides) -> bool:
    """Whether all sides can come together: a subject is equal to one literal at most, and to one of its domain."""
    equal: dict[str, Literal] = {}
    for condition, side in sides.items():
        if isinstance(condition, Equals) and side and equal.setdefault(condition.subject, condition.literal) != condition.literal:
            return False
    return not any(_is_exhausted(condition, sides) for condition, side in sides.items() if not side)


def _is_exhausted(condition: Condition, sides: Sides) -> bool:
    """Whether the sides leave the subject of a comparison no literal of its domain."""
    if not isinstance(condition, Equals) or not condition.domain:
        return False
    return all(sides.get(Equals(condition.subject, literal)) is False for literal in condition.domain)


def with_consequences(sides: Sides, conditions: Iterable[Condition]) -> dict[Condition, bool]:
    """The sides, and those of these conditions that follow: what is equal to one literal is equal to no other."""
    implied = dict(sides)
    equal = {condition.subject: condition.literal for condition, side in sides.items() if isinstance(condition, Equals) and side}
    for condition in conditions:
        if isinstance(condition, Equals) and equal.get(condition.subject, condition.literal) != condition.literal:
            implied.setdefault(condition, False)
    return implied


def words(condition: Condition, side: bool) -> str:
    """A side of a condition in the user's words."""
    match condition:
        case Equals(name=(str(name), bool(holds))):
            return name if side is holds else f"not {name}"
        case Equals():
            return f"{condition.subject} is {'' if side else 'not '}{spelled(condition.literal)}"
        case Flag():
            if "." in condition.subject:
                return f"{condition.subject} is {'true' if side else 'false'}"
            return condition.subject if side else f"not {condition.subject}"
        case Opaque():
            return f"{condition.text} is {'true' if side else 'false'}"


def expression(condition: Condition) -> str:
    """A condition as an expression, or as the name that the user gave it."""
    match condition:
        case Equals(name=(str(name), bool(holds))):
            return name if holds else f"not {name}"
        case Equals():
            return f"{condition.subject} == {spelled(condition.literal)}"
        case Flag():
            return condition.subject
        case Opaque():
            return condition.text


def spelled(literal: Literal) -> str:
    """A literal as its author wrote it."""
    match literal:
        case None:
            return "null"
        case bool():
            return "true" if literal else "false"
        case str():
            return f'"{literal}"'
        case _:
            return str(literal)
