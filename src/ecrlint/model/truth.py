"""Kleene's three truth values."""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Truth(enum.Enum):
    """`YES` and `NO` hold for every value the unknown parts could take; `MAYBE` is everything else.

    There is no `bool()` of a Truth: a caller says `is YES` or `is not NO`, and so says what it does with `MAYBE`.
    """

    NO = 0
    MAYBE = 1
    YES = 2

    def __bool__(self) -> bool:
        raise TypeError("a Truth is compared with `is`: say what MAYBE means here")

    def __and__(self, other: Truth) -> Truth:
        return self if self._value_ <= other._value_ else other

    def __or__(self, other: Truth) -> Truth:
        return self if self._value_ >= other._value_ else other

    def __invert__(self) -> Truth:
        return _INVERSE[self._value_]


YES, NO, MAYBE = Truth.YES, Truth.NO, Truth.MAYBE
_INVERSE = (YES, MAYBE, NO)


def truth(known: bool) -> Truth:
    return YES if known else NO


def any_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's or of all; `NO` of none."""
    result = NO
    for one in truths:
        result = result | one
        if result is YES:
            break
    return result


def all_of(truths: Iterable[Truth]) -> Truth:
    """Kleene's and of all; `YES` of none."""
    return ~any_of(~one for one in truths)


def either(sides: Iterable[Truth]) -> Truth:
    """What holds on each of several sides; `MAYBE` where they differ, or there is none."""
    found = set(sides)
    return found.pop() if len(found) == 1 else MAYBE
