"""The ids of the rules in checkov."""

from __future__ import annotations

from ecrlint.integrations.numbers import NUMBERS, UNREAD


def check_id(rule: str) -> str:
    """The id of a rule, `CKV_ECRLINT_272`."""
    return f"CKV_ECRLINT_{NUMBERS.get(rule, UNREAD)}"
