"""The scripts of attributes, each read once however often its unit is adapted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ecrlint.evaluate.budget import Budget
from ecrlint.model.script import Script, Scripts, Surroundings
from ecrlint.model.value import Value, key
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

        variables = tuple((name, key(variable)) for name, variable in sorted(surroundings.variables.items()))
        asked = (id(value), surroundings.folder, variables)
        before = built.get(asked)
        if before is None:
            before = built[asked] = (value, buildspec.read(value, budget, replace(surroundings, file=called), document))
        return before[1]

    return Scripts(_once(user_data), build, lambda: "" if files is None else files.origin(place))


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
