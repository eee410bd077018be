"""The AWS managed policies: that they exist, their paths, and those of their statements that concern pushing and pulling.

The table is `managed_policies.json`, written by `tools/update_managed_policies.py`; its date and source are in it. Of
each statement it holds only the actions that `covers` knows.
"""

from __future__ import annotations

import functools
import json
import pkgutil
from typing import Any

from ecrlint.iam import patterns
from ecrlint.model.policy import PolicyCondition, Statement
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import YES, any_of
from ecrlint.model.value import Scalar, Value

_ALIKE = 0.85

NOWHERE = Span(Source("", ""), 0, 0)
"""The span of every statement of the table: whoever shows one has the place where its policy is attached."""


def exists(name: str) -> bool:
    """Whether AWS has a managed policy of this name (case-sensitive, without path)."""
    return name in _table()["policies"]


def path(name: str) -> str | None:
    """The path of a managed policy, `/service-role/` or `/`; None where there is no such policy."""
    entry = _table()["policies"].get(name)
    return None if entry is None else _table()["paths"][entry["path"]]


def nearest(name: str) -> tuple[str, float] | None:
    """The policy whose name is most like one that does not exist, and how much, of 1; None where none is like it."""
    import difflib  # only where a name is misspelt

    lower = {one.lower(): one for one in _table()["policies"]}
    close = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=_ALIKE)
    return (lower[close[0]], difflib.SequenceMatcher(None, name.lower(), close[0]).ratio()) if close else None


@functools.cache
def statements(name: str) -> tuple[Statement, ...]:
    """The statements of a managed policy, as far as they concern the actions of the table; none where it has none."""
    entry = _table()["policies"].get(name, {})
    return tuple(map(_statement, entry.get("statements", ())))


@functools.cache
def covers(action: str) -> bool:
    """Whether the table holds all that is said about an action."""
    texts = map(_value, _table()["actions"])
    return any_of(patterns.matches(pattern, _value(action), ignore_case=True) for pattern in texts) is YES


def date() -> str:
    """The day of the newest policy in the table, as `2026-09-30`."""
    return str(_table()["date"])


def source() -> str:
    """What the table was made of, with its version."""
    return str(_table()["source"])


@functools.cache
def _table() -> dict[str, Any]:
    text = pkgutil.get_data("ecrlint.iam", "managed_policies.json")
    assert text is not None
    table: dict[str, Any] = json.loads(text)
    return table


def _statement(entry: dict[str, Any]) -> Statement:
    return Statement(
        effect=entry["Effect"],
        span=NOWHERE,
        actions=_values(entry.get("Action")),
        not_actions=_values(entry.get("NotAction")),
        resources=_values(entry.get("Resource")),
        not_resources=_values(entry.get("NotResource")),
        conditions=tuple(
            PolicyCondition(operator, key, _values(values) or (), NOWHERE)
            for operator, keys in entry.get("Condition", {}).items()
            for key, values in keys.items()
        ),
    )


def _values(entry: Any) -> tuple[Value, ...] | None:
    if entry is None:
        return None
    return tuple(map(_value, entry)) if isinstance(entry, list) else (_value(entry),)


def _value(text: str) -> Scalar:
    return Scalar(text, NOWHERE)
