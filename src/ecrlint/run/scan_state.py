"""One run: its files, and what has been found so far."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Set
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING

from ecrlint.config import Config, Configurations, Environment
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import FileStatus, Problem, Status
from ecrlint.model.node import Node
from ecrlint.model.source import Source
from ecrlint.model.value import Scalar, Value
from ecrlint.run.read.files import Tree
from ecrlint.run.read.known_files import KnownFiles
from ecrlint.run.read.repository_files import RepositoryFiles
from ecrlint.run.scenarios.unit import DeployableUnit

if TYPE_CHECKING:
    from ecrlint.adapt.table import Gift
    from ecrlint.run.read.wanted import Wanted


def broke(run: ScanState, path: str, error: Exception) -> str:
    """Report that reading a file or a folder broke ecrlint itself, and give the reason in words."""
    said = f"reading this broke ecrlint: {type(error).__name__}: {error}"
    run.problems.append(Problem(said, path))
    return said


class Stale(BaseException):
    """Nobody waits for this scan any more. No failure, so that nothing which survives failures goes on."""


def never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What the command line says of a run. `config` holds everywhere, whatever configurations there are; `var_files` are
    paths of variable files for every root, in place of the environments of a configuration, and `variables` are values of
    their own. `texts` are the bytes of files that are read as if they were those on the disk. `severity`, `baseline`, `select`
    and `ignore` (names of rules and families) outweigh what a configuration says. `progress` is told what is done next.
    `is_stale` is asked again and again; once it is true, the scan ends with `Stale`. `known` is what earlier scans have made
    of the same files."""

    config: Config | None = None
    var_files: tuple[str, ...] = ()
    fail_on: str = ""
    texts: Mapping[str, bytes] = field(default_factory=dict)
    without_baseline: bool = False
    variables: Mapping[str, str] = field(default_factory=dict)
    severity: str = ""
    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    baseline: str = ""
    progress: Callable[[str], None] | None = None
    is_stale: Callable[[], bool] = never
    known: KnownFiles | None = None


def stated_place(stated: Config | Environment) -> Mapping[str, Value]:
    """What the user states of the place where a unit is deployed."""
    nowhere = Source("", "").span(0, 0)
    found = {"account_id": stated.account, "region": stated.region}
    return {name: Scalar(value, nowhere) for name, value in found.items() if value}


PLAIN = ScanOptions()


@dataclass
class ScanState:
    """What the stages of a run fill: the units for the rules, the status of each file, the problems.

    `paths` are all files that may be read, `whole` the folders (full paths) of which everything is read, `named` the files
    that the user has named. `wanted` is what alone is wanted of the units, where these are read for others,
    `asked` what others may ask of them, where that is not what the files of the run ask. `read_by_speaking`
    gathers the parts of stacks that rules have read which found something, where that is asked.
    `stated_variables` are those of the command line that a root has.
    """

    tree: Tree
    configs: Configurations
    options: ScanOptions = PLAIN
    statuses: dict[str, FileStatus] = field(default_factory=dict)
    units: list[DeployableUnit] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    paths: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    named: set[str] = field(default_factory=set)
    wanted: Wanted | None = None
    asked: frozenset[Gift] | None = None
    read_by_speaking: set[str] | None = None
    read_by_terraform: set[str] = field(default_factory=set)
    nested_templates: set[str] = field(default_factory=set)
    templates: dict[str, Node | None] = field(default_factory=dict)
    replaced_images: frozenset[str] | None = None
    stated_variables: set[str] = field(default_factory=set)

    @cached_property
    def files(self) -> RepositoryFiles:
        """The files that others name by their path in the repository."""
        return RepositoryFiles(self.tree)

    def progress(self, doing: str) -> None:
        """Tell whoever waits what is done next."""
        if self.options.progress is not None:
            self.options.progress(doing)

    def is_asked(self, gifts: Set[Gift]) -> bool:
        """Whether a file of the run may ask other units for one of these."""
        return bool(gifts) and not (self._asked if self.wanted is None else self.wanted.gifts).isdisjoint(gifts)

    @cached_property
    def _asked(self) -> frozenset[Gift]:
        if self.asked is not None:
            return self.asked
        from ecrlint.run.read.presence import asked_by_any

        return asked_by_any(self.tree, self.paths)

    def status(self, path: str, kind: str, status: Status, reason: str = "") -> None:
        self.statuses[path] = FileStatus(path, kind, status, reason)

    def go_on(self) -> None:
        """Raise `Stale` where nobody waits for the scan any more."""
        if self.options.is_stale():
            raise Stale

    def excluded(self, path: str) -> str | None:
        """The configuration and the pattern by which a file is excluded; None where it is not."""
        config = self.configs.of(path)
        if not config.exclude:
            return None
        pattern = config.excludes(self.tree.full(path))
        return None if pattern is None else f'"{pattern}" in {os.path.basename(config.path)}'

    def note(self, unit: DeployableUnit, reason: str) -> None:
        """Say of a unit's first file that it was not read as a whole."""
        path = min((resource.span.path for resource in unit.resources), default="")
        before = self.statuses.get(path)
        if before is not None and before.status in ("analysed", "partial"):
            reasons = [*before.reason.split("; "), reason] if before.reason else [reason]
            self.status(path, before.kind, "partial", "; ".join(dict.fromkeys(reasons)))
