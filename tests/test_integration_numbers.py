"""The numbers of the rules in other tools: each rule has one, and none has changed."""

from __future__ import annotations

import hashlib
from collections import Counter

from ecrlint import rule_registry
from ecrlint.integrations.numbers import NUMBERS, UNREAD

FIRST = "fe4d5b46eab312b3a51044a9d9bb410ad677e19e7eac50f3319bc5c43403ffb9"
"""The hash of the numbers up to 301, which people have in their ignores since the first version that had numbers."""


def test_every_rule_has_a_number() -> None:
    names = [*rule_registry.OWN, *(rule.name for rule in rule_registry.rules())]
    assert [name for name in names if name not in NUMBERS] == [], f"the next number is {max(NUMBERS.values()) + 1}"


def test_no_number_is_that_of_two_rules_or_out_of_range() -> None:
    assert [number for number, times in Counter(NUMBERS.values()).items() if times > 1] == []
    assert all(UNREAD < number < 600 for number in NUMBERS.values())


def test_numbers_do_not_change() -> None:
    first = "".join(f"{number} {name}\n" for name, number in NUMBERS.items() if number <= 301)
    assert hashlib.sha256(first.encode()).hexdigest() == FIRST
    assert list(NUMBERS.values()) == sorted(NUMBERS.values()), "a new rule is added at the end"
