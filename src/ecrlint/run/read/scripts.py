"""The scripts of attributes, each read once however often its unit is adapted."""

from __future__ import annotations

from collections.abc import Callable

from ecrlint.model.script import Script, Scripts
from ecrlint.model.value import Value


def read_scripts() -> Scripts:
    """A reader of the scripts of one unit, which imports what it needs with the first script."""
    return Scripts(_once(_user_data), _once(_build))


def _user_data(value: Value) -> tuple[Script, ...]:
    from ecrlint.evaluate.script import userdata

    return userdata.read(value)


def _build(value: Value) -> tuple[Script, ...]:
    from ecrlint.evaluate.script import buildspec

    return buildspec.read(value)


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
