"""Numbers as they are written in files."""

from __future__ import annotations

from math import isfinite

MAX_DIGITS = 150
"""How many characters a number may have. Nothing that AWS counts comes near, and longer ones take Python its time."""


def read_number(text: str) -> int | float | None:
    """The number that a text is; None where it is none, or too long or too large to count with."""
    if len(text) > MAX_DIGITS:
        return None
    try:
        number = int(text) if text.lstrip("+-").isdecimal() else float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None
