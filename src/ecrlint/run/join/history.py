"""Gives each unit with a role for the tokens of its own repository what is known of that: its name and its age."""

from __future__ import annotations

from functools import partial

from ecrlint.model.dataclass import replace
from ecrlint.model.stack import SourceRepository, Stack
from ecrlint.run.read.repositories import repository_of
from ecrlint.run.scan_state import ScanState


def join(run: ScanState) -> None:
    """Ask for the age of a repository only where a role trusts it by its names."""
    from ecrlint.analysis.oidc_subjects import trusted_subjects

    of = repository_of(run.tree)
    known: dict[str, SourceRepository | None] = {}
    for at, unit in enumerate(run.units):
        stack = unit.open[0]
        origin = run.files.origin(stack.name)
        if origin and any(one.is_of(origin) for role in stack.roles for one in trusted_subjects(role) if not one.ids):
            top = of(stack.name)
            if top not in known:
                moment = run.tree.reader.begun(run.tree.full(top))
                known[top] = None if moment is None else SourceRepository(origin, moment)
            run.units[at] = unit.with_joined(partial(_with, known[top]))


def _with(repository: SourceRepository | None, stack: Stack) -> Stack:
    return replace(stack, source_repository=repository)
