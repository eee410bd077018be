"""Version constraints, as a module call has them.

https://developer.hashicorp.com/terraform/language/expressions/version-constraints
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

Version: TypeAlias = tuple[int, int, int]

_TERM = re.compile(r"\s*(=|!=|>=|<=|>|<|~>)?\s*v?(\d+(?:\.\d+){0,2})\s*")


class Range(NamedTuple):
    """The versions from `low` up to `high`, which is not among them; None: without an end."""

    low: Version
    high: Version | None

    @property
    def is_exact(self) -> bool:
        """Whether it is one version."""
        return self.high == _next(self.low)


def version(text: str) -> Version | None:
    """A version by its text, which a tag may begin with `v`; None for one that is no release."""
    found = re.fullmatch(r"v?(\d+(?:\.\d+){0,2})", text)
    return None if found is None else _padded(found[1].split("."))


def allowed(constraint: str | None) -> Range | None:
    """The versions that a constraint allows, at most some more than that; None where it is none that Terraform takes."""
    low: Version = (0, 0, 0)
    high: Version | None = None
    for term in constraint.split(",") if constraint is not None else ():
        found = _TERM.fullmatch(term)
        if found is None:
            return None
        parts = found[2].split(".")
        stated = _padded(parts)
        least: Version
        most: Version | None
        match found[1] or "=":
            case "=":
                least, most = stated, _next(stated)
            case ">=":
                least, most = stated, None
            case ">":
                least, most = _next(stated), None
            case "<":
                least, most = low, stated
            case "<=":
                least, most = low, _next(stated)
            case "~>":
                least, most = stated, _compatible(parts)
            case _:  # one version fewer
                continue
        low = max(low, least)
        high = most if high is None else high if most is None else min(high, most)
    return Range(low, high)


def _padded(parts: list[str]) -> Version:
    major, minor, patch = (*map(int, parts), 0, 0)[:3]
    return major, minor, patch


def _next(stated: Version) -> Version:
    return stated[0], stated[1], stated[2] + 1


def _compatible(parts: list[str]) -> Version | None:
    """Where the versions end that `~>` allows: only the last part that is stated may grow."""
    if len(parts) == 1:
        return None
    return (int(parts[0]) + 1, 0, 0) if len(parts) == 2 else (int(parts[0]), int(parts[1]) + 1, 0)
