"""Scripts of which nothing is certain to run."""

from __future__ import annotations

from ecrlint.evaluate.budget import Budget
from ecrlint.model.dataclass import replace
from ecrlint.model.script import Guard, Script
from ecrlint.model.source import Span


def on_one_side(script: Script, condition: Span, budget: Budget) -> Script:
    """A script where a condition decides whether it is the one that is there."""
    return under(script, Guard("branch", condition), budget)


def under(script: Script, guard: Guard, budget: Budget) -> Script:
    """A script of which something decides whether any of it runs."""
    budget.step(len(script.commands) + len(script.acts))
    commands = tuple(replace(command, guards=(guard, *command.guards)) for command in script.commands)
    acts = tuple(replace(act, command=replace(act.command, guards=(guard, *act.command.guards))) for act in script.acts)
    return replace(script, commands=commands, acts=acts)
