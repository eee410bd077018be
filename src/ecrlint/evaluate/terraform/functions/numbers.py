"""Numeric functions: https://developer.hashicorp.com/terraform/language/functions (Numeric Functions)."""

from __future__ import annotations

import math
from typing import Any

from ecrlint.evaluate.terraform.conversion import MANY_DIGITS, Unsure, Wrong, is_exact, number, text, whole
from ecrlint.evaluate.terraform.functions.signature import known

MAX_RANGE = 1024
"""Terraform's own limit of the values of a range."""


def _exact(value: Any) -> int | float:
    found = number(value)
    if not is_exact(found):
        raise Unsure(MANY_DIGITS)
    return found


@known("abs")
def _abs(value: Any) -> Any:
    return abs(number(value))


@known("ceil")
def _ceil(value: Any) -> Any:
    return math.ceil(_exact(value))


@known("floor")
def _floor(value: Any) -> Any:
    return math.floor(_exact(value))


@known("max")
def _max(*values: Any) -> Any:
    if not values:
        raise Wrong("it needs a number")
    return max(map(_exact, values))


@known("min")
def _min(*values: Any) -> Any:
    if not values:
        raise Wrong("it needs a number")
    return min(map(_exact, values))


@known("signum")
def _signum(value: Any) -> Any:
    found = whole(value)
    return (found > 0) - (found < 0)


@known("pow")
def _pow(base: Any, power: Any) -> Any:
    first, second = float(number(base)), float(number(power))
    try:
        made = first**second
    except (OverflowError, ZeroDivisionError):
        raise Unsure("the power is too large") from None
    if isinstance(made, complex):
        raise Wrong("the result is not a number")
    return _from_float(made)


@known("log")
def _log(value: Any, base: Any) -> Any:
    found, root = number(value), number(base)
    if found <= 0 or root <= 0 or root == 1:
        raise Unsure("the logarithm is not a number that can be written")
    return _from_float(math.log(found) / math.log(root))


def _from_float(made: float) -> int | float:
    if not math.isfinite(made):
        raise Unsure("the number is too large")
    return int(made) if made.is_integer() and abs(made) <= 2**53 else made


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@known("parseint")
def _parseint(value: Any, base: Any) -> int:
    if not isinstance(value, str):
        raise Wrong("a string is needed")
    radix, found = whole(base), text(value)
    if not 2 <= radix <= 62:
        raise Wrong("a base is between 2 and 62")
    digits = found[1:] if found[:1] in ("+", "-") else found
    if not digits:
        raise Wrong("a number is needed")
    if len(digits) > 100:
        raise Unsure(MANY_DIGITS)
    total = 0
    for digit in digits:
        worth = _DIGITS.find(digit if radix > 36 else digit.lower())
        if not 0 <= worth < radix:
            raise Wrong(f"{digit} is no digit of base {radix}")
        total = total * radix + worth
    return -total if found.startswith("-") else total


@known("range")
def _range(*bounds: Any) -> list[Any]:
    from ecrlint.evaluate.terraform.operators import add

    numbers = list(map(_exact, bounds))
    if not 1 <= len(numbers) <= 3:
        raise Wrong("it takes one to three numbers")
    first, last = (0, numbers[0]) if len(numbers) == 1 else numbers[:2]
    step = numbers[2] if len(numbers) == 3 else (-1 if last < first else 1)
    if step == 0 or (step > 0 and last < first) or (step < 0 and last > first):
        raise Wrong("the step leads away from the end")
    if isinstance(first, int) and isinstance(last, int) and isinstance(step, int):
        if (last - first) // step > MAX_RANGE:
            raise Wrong(f"a range has no more than {MAX_RANGE} values")
        return list(range(first, last, step))
    values: list[int | float] = []
    at = first
    while at < last if step > 0 else at > last:
        if len(values) >= MAX_RANGE:
            raise Wrong(f"a range has no more than {MAX_RANGE} values")
        values.append(at)
        at = add(at, step)
    return values
