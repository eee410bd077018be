"""Edits that widen a trust policy: another value beside one that a condition admits. They are made on demand alone."""

from __future__ import annotations

import re

from ecrlint.fixes.edits import extended
from ecrlint.fixes.layout import line_after, quote_of, stands_alone
from ecrlint.model.finding import Edit
from ecrlint.model.value import Value, string

_PATTERN = re.compile(r"[*?$\"'\\\s]")
"""What may make a word admit more than itself, or end it."""


def admitting(value: Value, word: str) -> tuple[Edit, ...]:
    """Another value beside the one of a condition; nothing where the word is more than a plain string."""
    if not word or _PATTERN.search(word):
        return ()
    quote = quote_of(value)
    if quote is not None and stands_alone(value.span, r"[\w./-]+:sub"):
        if line_after(value.span).strip().rstrip(","):
            return ()
        mark = quote or '"'
        written = value.span.text if quote else f'"{value.span.text}"'
        return (Edit(value.span, f"[{written}, {mark}{word}{mark}]"),)
    return extended(value, [word])


def with_other_rest(value: Value, rest: str) -> str:
    """The subject of GitHub in a condition with something else after the repository; empty where the repository is not known."""
    found = re.fullmatch(r"(repo:[^:*?$]+:).+", string(value) or "")
    return "" if found is None or not rest else f"{found[1]}{rest}"
