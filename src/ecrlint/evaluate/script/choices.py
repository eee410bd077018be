"""Scripts that stand on one side of a condition."""

from __future__ import annotations

from dataclasses import replace

from ecrlint.evaluate.budget import Budget
from ecrlint.model.script import Guard, Script
from ecrlint.model.source import Span


def on_one_side(script: Script, condition: Span, budget: Budget) -> Script:
    """A script of which nothing is certain to run, since a condition decides whether it is the one that is there."""
    budget.step(len(script.commands) + len(script.acts))
    guard = Guard("branch", condition)
    commands = tuple(replace(command, guards=(guard, *command.guards)) for command in script.commands)
    acts = tuple(replace(act, command=replace(act.command, guards=(guard, *act.command.guards))) for act in script.acts)
    return replace(script, commands=commands, acts=acts)
