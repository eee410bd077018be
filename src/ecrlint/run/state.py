"""One run: its files, and what has been found so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from ecrlint.model.finding import FileStatus, Problem, Status
from ecrlint.model.node import Node
from ecrlint.run.files import Tree
from ecrlint.run.scenarios import Unit

IRRELEVANT = "nothing in it concerns ECR"
"""Why a file of a kind that ecrlint reads was skipped."""


def broke(run: Run, path: str, error: Exception) -> str:
    """Report that reading a file or a folder broke ecrlint itself, and give the reason in words."""
    said = f"reading this broke ecrlint: {type(error).__name__}: {error}"
    run.problems.append(Problem(said, path))
    return said


@dataclass
class Run:
    """What the stages of a run fill: the units for the rules, the status of each file, the problems."""

    tree: Tree
    statuses: dict[str, FileStatus] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    read_by_terraform: set[str] = field(default_factory=set)
    nested_templates: set[str] = field(default_factory=set)
    templates: dict[str, Node | None] = field(default_factory=dict)

    def status(self, path: str, kind: str, status: Status, reason: str = "") -> None:
        self.statuses[path] = FileStatus(path, kind, status, reason)

    def note(self, unit: Unit, reason: str) -> None:
        """Say of a unit's first file that it was not read as a whole."""
        path = min((resource.span.path for resource in unit.resources), default="")
        before = self.statuses.get(path)
        if before is not None and before.status in ("analysed", "partial"):
            self.status(path, before.kind, "partial", "; ".join(filter(None, (before.reason, reason))))
