"""Gives each pipeline the roles, repositories and workloads that the other units of its repository make."""

from __future__ import annotations

from functools import partial

from ecrlint.model.dataclass import replace
from ecrlint.model.stack import Stack
from ecrlint.run.read.repositories import repository_of
from ecrlint.run.scan_state import ScanState


def join(run: ScanState) -> None:
    """Put beside each unit with jobs the others of its repository, as they are before any condition is settled. A unit that
    is a pipeline, and nothing that is deployed, is beside none."""
    of = repository_of(run.tree)
    stacks = [unit.open[0] for unit in run.units]
    deployed = [stack for unit, stack in zip(run.units, stacks, strict=True) if unit.resources or not stack.jobs]
    for at, stack in enumerate(stacks):
        if stack.jobs:
            own = of(stack.name)
            others = tuple(other for other in deployed if other.name != stack.name and of(other.name) == own)
            run.units[at] = run.units[at].with_joined(partial(_with, others))


def _with(others: tuple[Stack, ...], stack: Stack) -> Stack:
    return replace(stack, beside=others)
