"""The scripts of attributes, each read once however often its unit is adapted."""

from __future__ import annotations

from collections.abc import Callable

from ecrlint.evaluate.budget import Budget
from ecrlint.model.script import Script, Scripts
from ecrlint.model.value import Value


def read_scripts(budget: Budget) -> Scripts:
    """A reader of the scripts of one unit, which imports what it needs with the first script."""

    def user_data(value: Value) -> tuple[Script, ...]:
        from ecrlint.evaluate.script import userdata

        return userdata.read(value, budget)

    def build(value: Value) -> tuple[Script, ...]:
        from ecrlint.evaluate.script import buildspec

        return buildspec.read(value, budget)

    return Scripts(_once(user_data), _once(build))


def _once(read: Callable[[Value], tuple[Script, ...]]) -> Callable[[Value | None], tuple[Script, ...]]:
    known: dict[int, tuple[Value, tuple[Script, ...]]] = {}  # with the value, so that no other gets its identity

    def scripts(value: Value | None) -> tuple[Script, ...]:
        if value is None:
            return ()
        before = known.get(id(value))
        if before is None:
            before = known[id(value)] = (value, read(value))
        return before[1]

    return scripts
