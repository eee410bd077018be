"""The scripts of attributes, each read once however often its unit is adapted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ecrlint.evaluate.budget import Budget
from ecrlint.model.dataclass import replace
from ecrlint.model.script import Script, Scripts, Surroundings
from ecrlint.model.value import Value
from ecrlint.run.read.repository_files import RepositoryFiles


def read_scripts(budget: Budget, files: RepositoryFiles | None = None, place: str = "") -> Scripts:
    """A reader of the scripts of the unit at a place, which imports what it needs with the first script."""

    def user_data(value: Value) -> tuple[Script, ...]:
        from ecrlint.evaluate.script import userdata

        return userdata.read(value, budget)

    def document(path: str) -> Value | None:
        return None if files is None else files.build(place, path)

    called = None if files is None else partial(files.called, place)
    built: dict[object, tuple[Value, tuple[Script, ...]]] = {}

    def build(value: Value, surroundings: Surroundings) -> tuple[Script, ...]:
        from ecrlint.evaluate.script import buildspec

        variables = tuple((name, _same(variable)) for name, variable in surroundings.variables.items())
        asked = (_same(value), surroundings.folder, variables)
        before = built.get(asked)
        if before is None:
            before = built[asked] = (value, buildspec.read(value, budget, replace(surroundings, file=called), document))
        return before[1]

    return Scripts(_once(user_data), build, lambda: "" if files is None else files.origin(place))


def _once(read: Callable[[Value], tuple[Script, ...]]) -> Callable[[Value | None], tuple[Script, ...]]:
    known: dict[object, tuple[Value, tuple[Script, ...]]] = {}  # with the value, so that no other gets its identity

    def scripts(value: Value | None) -> tuple[Script, ...]:
        if value is None:
            return ()
        asked = _same(value)
        before = known.get(asked)
        if before is None:
            before = known[asked] = (value, read(value))
        return before[1]

    return scripts


def _same(value: Value) -> object:
    """What two values have in common that are equal and at the same places; where a value holds a map, it alone has it."""
    try:
        hash(value)
    except TypeError:
        return id(value)
    return value
