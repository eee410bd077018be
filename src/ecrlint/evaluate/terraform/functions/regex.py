"""Regular expressions that RE2, which Terraform has, and Python read alike, and that end in time; others are not evaluated.

Characters, classes, quantifiers on these, and groups of them. What is left out is a quantified group (it may run for
years), and what the two engines read differently: classes by name, flags, word boundaries, lazy quantifiers, `\\s`.
https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from ecrlint.evaluate.budget import Exceeded
from ecrlint.evaluate.terraform.conversion import Unsure

MAX_TRIES = 300_000
"""How many ways to match a pattern there may be, by the number of its quantifiers and alternatives."""

_CLASS = r"\[\^?(?:(?!--)[\w ./:@,=+*$#%!?()-]|\\[-.^$*+?()|/\[\]{}\\dw])+\]"
_CHARACTER = r"[\w /:@,=~#%&!\"'<>;`.-]|\\[-.^$*+?()|/\[\]{}\\dw]"
_QUANTIFIER = r"[?*+]|\{\d{1,2}\}"
_ATOM = rf"(?:{_CLASS}|{_CHARACTER})(?:{_QUANTIFIER})?"
_PATTERN = re.compile(rf"\^?(?:{_ATOM}|\((?:\?:)?(?:{_ATOM}|\|)*\))*\$?", re.ASCII)
_WAYS = re.compile(rf"{_CLASS}|\\.|(?P<more>[?*+|])", re.ASCII)


def first(pattern: str, text: str) -> str | list[str | None] | None:
    """The first match as `regex` gives it: its text, or its groups where it has any; None where nothing matches."""
    match = _compiled(pattern, len(text)).search(text)
    return None if match is None else _result(match)


def every(pattern: str, text: str) -> Iterator[str | list[str | None]]:
    """All matches, as `regexall` gives them."""
    return map(_result, _never_empty(pattern, text).finditer(text))


def replaced(pattern: str, text: str, by: str) -> str:
    """The text with each match replaced."""
    if "$" in by:
        raise Unsure("a replacement with groups is not evaluated")
    return _never_empty(pattern, text).sub(lambda match: by, text)


def _result(match: re.Match[str]) -> str | list[str | None]:
    return list(match.groups()) if match.re.groups else match[0]


def _never_empty(pattern: str, text: str) -> re.Pattern[str]:
    """A pattern that does not match nothing: where a match after an empty one begins, the engines differ."""
    compiled = _compiled(pattern, len(text))
    if any(not match[0] for match in compiled.finditer(text)):
        raise Unsure("a pattern that matches nothing is not evaluated")
    return compiled


def _compiled(pattern: str, length: int) -> re.Pattern[str]:
    compiled, ways = _read(pattern)
    if (length + 2) ** (ways + 1) > MAX_TRIES:
        raise Exceeded("the pattern takes too long to be tried")
    return compiled


@lru_cache(maxsize=256)
def _read(pattern: str) -> tuple[re.Pattern[str], int]:
    """A pattern for Python, and how many of its parts match in more than one way."""
    if len(pattern) > 1_000 or _PATTERN.fullmatch(pattern) is None:
        raise Unsure("this regular expression is not evaluated")
    ways = sum(found["more"] is not None for found in _WAYS.finditer(pattern))
    ends = pattern.endswith("$") and _is_anchor(pattern)
    try:
        return re.compile(pattern[:-1] + r"\Z" if ends else pattern, re.ASCII), ways
    except re.error:
        raise Unsure("this regular expression is not evaluated") from None


def _is_anchor(pattern: str) -> bool:
    """Whether a `$` that ends a pattern is no escaped one."""
    before = pattern[:-1]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 0
