"""Gives each pipeline the roles, repositories and workloads that the other units of its repository make."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ecrlint.model.stack import Stack
from ecrlint.run.join.roles import repository_of
from ecrlint.run.scan_state import ScanState


def join(run: ScanState) -> None:
    """Put beside each unit with jobs the others of its repository, as they are before any condition is settled."""
    of = repository_of(run.tree)
    stacks = [unit.open[0] for unit in run.units]
    for at, stack in enumerate(stacks):
        if stack.jobs:
            own = of(stack.name)
            others = tuple(other for other in stacks if other is not stack and not other.jobs and of(other.name) == own)
            run.units[at] = run.units[at].with_joined(partial(_with, others))


def _with(others: tuple[Stack, ...], stack: Stack) -> Stack:
    return replace(stack, beside=others)
