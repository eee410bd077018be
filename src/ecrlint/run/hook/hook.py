"""The hook: what belongs to some changed files, each read with everything that it belongs to.

pre-commit splits a long list of files over several calls, so nothing here may depend on which files are given together.
Everything that can see a thing of a changed file is read with it: the callers and the callees of a module, the templates
around a nested one, the roots that read a document, and the whole repository where a unit of it may take something of
another one. So a finding is what it is in a scan of the repository, and `Owner` says which call reports it.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING

from ecrlint.boundary.repository import Boundary, boundary, real
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Report
from ecrlint.run import pipeline
from ecrlint.run.hook.owner import Owner
from ecrlint.run.read import loose_files
from ecrlint.run.read.files import TERRAFORM, TERRAGRUNT, VARIABLES
from ecrlint.run.read.presence import asked, given
from ecrlint.run.read.units import discover
from ecrlint.run.scan_state import PLAIN, ScanOptions, ScanState
from ecrlint.run.suppress.judge import judge

if TYPE_CHECKING:
    from ecrlint.adapt.table import Gift
    from ecrlint.model.source import Language

    _Side = Callable[[Language, bytes], Set[Gift]]

_FILE_CALL = rb"\b(?:templatefile|fileset|file(?:base64|md5|sha\w+|base64sha\w+|exists)?)\("
_LITERAL_CALL = rb'\b(?:templatefile|file(?:base64|md5|sha\w+|base64sha\w+|exists)?)\(\s*"(?:[^"\n]*/)?([^"/${}\n]+)"'

_SPECIFICATION = rb'"(?:[^"\n]*/)?([^"/${}\n]+\.ya?ml)"'


def scan(files: Sequence[str], options: ScanOptions = PLAIN, within: Boundary | None = None) -> Report:
    """The report on changed files. Those that are not there are passed over. Raises ConfigError."""
    given = [path for path in files if os.path.lexists(path)]
    if not given:
        return Report((), (), ())
    run = pipeline.start(within or boundary(given), options)
    seeds = frozenset(run.tree.boundary.inside(real(path)) for path in given)
    neighbours = _Neighbours(run)
    reached = neighbours.reached_from(seeds)
    if not reached:
        return Report((), (), ())
    terraform, others = neighbours.terraform, neighbours.others
    places = {path for path in reached if path in terraform}
    if neighbours.is_joined(reached) or any(path.endswith(TERRAGRUNT) for path in others):
        places = set(terraform)
    else:
        others = [path for path in others if path in reached or (posixpath.dirname(path) in places and neighbours.is_plan(path))]
    pipeline.evaluate(run, terraform, others, places)
    config = "" if options.config is None else options.config.path or "none"
    owner = Owner(seeds, run.tree.real, f"{options.fail_on} {config}".strip())
    judged = [one for one in judge(run, pipeline.check(run)) if owner.reports(one.finding)]
    owner.note()
    return _of_seeds(run, pipeline.report(run, judged), seeds)


def _of_seeds(run: ScanState, report: Report, seeds: frozenset[str]) -> Report:
    """A report without the files and problems of others. A failure of ecrlint itself belongs to everybody."""
    others = run.statuses.keys() | {problem.path for problem in run.tree.closed}
    return replace(
        report,
        files=tuple(file for file in report.files if file.path in seeds),
        problems=tuple(one for one in report.problems if one.path in seeds or one.path not in others),
    )


@dataclass
class _Neighbours:
    """What is read with what, by the bytes of the files: Terraform folders and other files, by their paths."""

    run: ScanState
    _calls: dict[str, set[str]] = field(default_factory=dict)

    @cached_property
    def _found(self) -> tuple[dict[str, list[str]], list[str]]:
        return discover(self.run, self.run.tree.boundary.folders)

    @cached_property
    def terraform(self) -> dict[str, list[str]]:
        return {place: paths for place, paths in self._found[0].items() if any(path.endswith(TERRAFORM) for path in paths)}

    @property
    def others(self) -> list[str]:
        return self._found[1]

    def data(self, path: str) -> bytes:
        return self.run.tree.data(path) or b""

    def reached_from(self, seeds: Iterable[str]) -> set[str]:
        """The folders and files that are read with these, however far away."""
        waiting = [start for seed in sorted(seeds) for start in self._starts(seed)]
        reached: set[str] = set()
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting.extend(self._of_place(one) if one in self.terraform else self._of_document(one))
        return reached

    def _starts(self, seed: str) -> Iterator[str]:
        place = posixpath.dirname(seed)
        if seed.endswith((*TERRAFORM, *VARIABLES)):
            if place in self.terraform:
                yield place
            if seed.endswith(VARIABLES):
                yield from (root for root in self.terraform if self._is_for(seed, root))
        elif self.is_ours(seed) or next(self._readers(seed), None) is not None:
            yield seed

    def _is_for(self, variables: str, root: str) -> bool:
        """Whether the user states that a variable file is for a root."""
        full = self.run.tree.full(variables)
        stated = self.run.configs.above(root).environments
        return any(full in environment.var_files for environment in stated) or full in self.run.options.var_files

    def _of_place(self, place: str) -> Iterator[str]:
        yield from self._called_by.get(place, ())
        yield from (target for target in self.calls(place) if target in self.terraform)
        names, computed = self._reads[place]
        if names or computed:
            for path in self.others:
                if posixpath.basename(path) in names or (computed and self.is_ours(path)):
                    yield path

    def _of_document(self, path: str) -> Iterator[str]:
        yield from self._readers(path)
        name = posixpath.basename(path).encode()
        if self.is_ours(path):
            for other in self._nesting:
                if name in self.data(other):
                    yield other
        if path in self._nesting:
            data = self.data(path)
            yield from (other for other in self.others if posixpath.basename(other).encode() in data and other != path)

    def _readers(self, path: str) -> Iterator[str]:
        """The Terraform folders that may read a file: they name it, or put together the name of one."""
        name = posixpath.basename(path)
        for place, (names, computed) in self._reads.items():
            if name in names or (computed and self.is_ours(path)):
                yield place

    @cached_property
    def _reads(self) -> dict[str, tuple[set[str], bool]]:
        """By folder, the names of the files that it reads, and whether it reads files whose name is put together."""
        found: dict[str, tuple[set[str], bool]] = {}
        for place, paths in self.terraform.items():
            names: set[str] = set()
            computed = False
            for path in paths:
                data = self.data(path)
                if b"aws_codebuild_project" in data:
                    names.update(
                        ("buildspec.yml", *(match.decode(errors="replace") for match in re.findall(_SPECIFICATION, data)))
                    )
                if b"file" not in data:
                    continue
                literal = [match.decode(errors="replace") for match in re.findall(_LITERAL_CALL, data)]
                names.update(literal)
                computed = computed or len(re.findall(_FILE_CALL, data)) > len(literal)
            found[place] = (names, computed)
        return found

    @cached_property
    def _nesting(self) -> dict[str, None]:
        return {path: None for path in self.others if loose_files.nests(self.data(path))}

    def calls(self, place: str) -> set[str]:
        if place not in self._calls:
            from ecrlint.run.read.terraform import called_folders

            self._calls[place] = called_folders(place, map(self.data, self.terraform[place]))
        return self._calls[place]

    @cached_property
    def _called_by(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for place in self.terraform:
            for target in self.calls(place):
                found.setdefault(target, []).append(place)
        return found

    def is_ours(self, path: str) -> bool:
        """Whether a file is of a kind that stands alone, whether or not it concerns us."""
        return self.run.tree.language(path) != "other"

    def is_plan(self, path: str) -> bool:
        return self.run.tree.language(path) == "terraform-plan"

    def is_joined(self, reached: set[str]) -> bool:
        """Whether a unit on one side of what is reached may take something of a unit on the other side."""
        inside = [path for one in reached for path in self.terraform.get(one, [one])]
        outside = [path for place, paths in self.terraform.items() if place not in reached for path in paths]
        outside += [path for path in self.others if path not in reached]
        if not outside:
            return False
        gives, asks = self._all(given, inside), self._all(asked, inside)
        return any(not gives.isdisjoint(self._of(asked, path)) or not asks.isdisjoint(self._of(given, path)) for path in outside)

    def _all(self, side: _Side, paths: Iterable[str]) -> Set[Gift]:
        return frozenset().union(*(self._of(side, path) for path in paths))

    def _of(self, side: _Side, path: str) -> Set[Gift]:
        return side(self.run.tree.language(path), self.data(path))
