"""The hook: what belongs to some changed files, each read with everything that it belongs to.

pre-commit splits a long list of files over several calls, so nothing here may depend on which files are given together.
Everything that can see a thing of a changed file is read with it: the callers and the callees of a module, the templates
around a nested one, the roots that read a document, and the units that may take something of one of these. So a finding is what
it is in a scan of the repository, and `Owner` says which call reports it.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import field
from functools import cached_property, partial

from ecrlint.boundary.repository import Boundary, boundary, real
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Finding, Report
from ecrlint.run import pipeline
from ecrlint.run.hook.owner import Owner, places_of
from ecrlint.run.read import loose_files
from ecrlint.run.read.files import TERRAFORM, TERRAGRUNT, VARIABLES
from ecrlint.run.read.rest import Rest
from ecrlint.run.read.units import PIPELINES, discover, read_units
from ecrlint.run.read.wanted import CALMING
from ecrlint.run.scan_state import PLAIN, ScanOptions, ScanState
from ecrlint.run.suppress.judge import judge

_FILE_CALL = rb"\b(?:templatefile|fileset|file(?:base64|md5|sha\w+|base64sha\w+|exists)?)\("
_LITERAL_CALL = rb'\b(?:templatefile|file(?:base64|md5|sha\w+|base64sha\w+|exists)?)\(\s*"(?:[^"\n]*/)?([^"/${}\n]+)"'

_CALLING = frozenset({"github-workflow", "gitlab-pipeline", "buildspec", "cloudformation"})
_SPECIFICATION = rb'"(?:[^"\n]*/)?([^"/${}\n]+\.ya?ml)"'


def scan(files: Sequence[str], options: ScanOptions = PLAIN, within: Boundary | None = None) -> Report:
    """The report on changed files. Those that are not there are passed over. Raises ConfigError."""
    given = [path for path in files if os.path.lexists(path)]
    if not given:
        return Report((), (), ())
    run = pipeline.start(within or boundary(given), options)
    seeds = frozenset(run.tree.boundary.inside(real(path)) for path in given)
    neighbours = _Neighbours(run)
    starts = neighbours.starts(seeds)
    if not starts:
        return Report((), (), ())
    found = _checked(run, neighbours, starts, seeds)
    while shared := neighbours.shared_by_others([one for one in found if _touches(seeds, one)], starts):
        starts |= shared
        run = pipeline.start(run.tree.boundary, options)
        found = _checked(run, neighbours, starts, seeds)
    config = "" if options.config is None else options.config.path or "none"
    owner = Owner(seeds, run.tree.real, f"{options.fail_on} {config}".strip())
    judged = [one for one in judge(run, found) if owner.reports(one.finding)]
    owner.note()
    return _of_seeds(run, pipeline.report(run, judged), seeds)


def _checked(run: ScanState, neighbours: _Neighbours, starts: Set[str], seeds: Set[str]) -> list[Finding]:
    """What is found of the seeds in the units of some folders and files, and in those that take something of these."""
    from ecrlint.adapt.table import GIFTS

    reached = neighbours.everything if neighbours.has_terragrunt else neighbours.read_with(starts)
    run.asked = GIFTS - CALMING.keys()
    own = neighbours.read(run, reached)
    return pipeline.check_with(run, Rest(run, own, run.tree.boundary.folders), partial(_touches, seeds))


def _touches(seeds: Set[str], finding: Finding) -> bool:
    return not seeds.isdisjoint(places_of(finding))


def _of_seeds(run: ScanState, report: Report, seeds: frozenset[str]) -> Report:
    """A report without the files and problems of others. A failure of ecrlint itself belongs to everybody."""
    others = run.statuses.keys() | {problem.path for problem in run.tree.closed}
    return replace(
        report,
        files=tuple(file for file in report.files if file.path in seeds),
        problems=tuple(one for one in report.problems if one.path in seeds or one.path not in others),
    )


def _closure(starts: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    """What one comes to from somewhere, with the starts."""
    waiting = [*starts]
    reached: set[str] = set()
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting.extend(following(one))
    return reached


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

    @property
    def everything(self) -> set[str]:
        return {*self.terraform, *self.others}

    @property
    def has_terragrunt(self) -> bool:
        """Whether units of Terragrunt may call any folder."""
        return any(path.endswith(TERRAGRUNT) for path in self.others)

    def data(self, path: str) -> bytes:
        return self.run.tree.data(path) or b""

    def starts(self, seeds: Iterable[str]) -> set[str]:
        """The folders and files that changed files belong to."""
        return {start for seed in sorted(seeds) for start in self._starts(seed)}

    def read_with(self, starts: Iterable[str]) -> set[str]:
        """The folders and files that are read with these, however far away: what reads them, and all that this reads."""
        return _closure(_closure(starts, self._above), self._below)

    def shared_by_others(self, findings: Iterable[Finding], starts: Set[str]) -> set[str]:
        """The folders and files of findings that something else reads too: one finding is told of all that read them."""
        places = {path for finding in findings for path in places_of(finding)}
        ours = {posixpath.dirname(path) if path.endswith(TERRAFORM) else path for path in places}
        reached = self.read_with(starts) if ours else set()
        return {one for one in ours if not _closure([one], self._above) <= reached}

    def read(self, run: ScanState, reached: Set[str]) -> frozenset[str]:
        """Read folders and files into units of a run; the files that this are."""
        if not reached:
            return frozenset()
        places = {path for path in reached if path in self.terraform}
        others = [path for path in self.others if path in reached or (posixpath.dirname(path) in places and self._is_plan(path))]
        read_units(run, self.terraform, others, places)
        return frozenset((*(path for place in places for path in self.terraform[place]), *others))

    def _above(self, one: str) -> Iterator[str]:
        """What reads a folder or a file."""
        if one in self.terraform:
            yield from self._called_by.get(one, ())
            return
        yield from self._readers(one)
        name = posixpath.basename(one).encode()
        if self.is_ours(one):
            yield from (other for other in self._nesting if name in self.data(other))
        yield from self._callers(one)

    def _callers(self, path: str) -> Iterator[str]:
        """The pipelines that may call a file, and the templates whose projects may be built by it."""
        name = posixpath.basename(path)
        called = posixpath.basename(posixpath.dirname(path)) if name in ("action.yml", "action.yaml") else name
        for other in self.others:
            language = self.run.tree.language(other) if other != path else "other"
            data = self.data(other) if language in _CALLING else b""
            if called.encode() in data or (name == "buildspec.yml" and b"AWS::CodeBuild::Project" in data):
                yield other

    def _below(self, one: str) -> Iterator[str]:
        """The units that a folder or a file reads. A document that an expression reads is none."""
        if one in self.terraform:
            yield from (target for target in self.calls(one) if target in self.terraform)
        elif one in self._nesting:
            data = self.data(one)
            yield from (other for other in self.others if posixpath.basename(other).encode() in data and other != one)

    def _starts(self, seed: str) -> Iterator[str]:
        place = posixpath.dirname(seed)
        if seed.endswith((*TERRAFORM, *VARIABLES)):
            if place in self.terraform:
                yield place
            if seed.endswith(VARIABLES):
                yield from (root for root in self.terraform if self._is_for(seed, root))
        elif self.is_ours(seed) or any(next(found, None) is not None for found in (self._readers(seed), self._callers(seed))):
            yield seed

    def _is_for(self, variables: str, root: str) -> bool:
        """Whether the user states that a variable file is for a root."""
        full = self.run.tree.full(variables)
        stated = self.run.configs.above(root).environments
        return any(full in environment.var_files for environment in stated) or full in self.run.options.var_files

    def _readers(self, path: str) -> Iterator[str]:
        """The Terraform folders that may read a file: they name it, or put together the name of one, which is not that of a
        pipeline."""
        name = posixpath.basename(path)
        may_be_any = self.is_ours(path) and self.run.tree.language(path) not in PIPELINES
        for place, (names, computed) in self._reads.items():
            if name in names or (computed and may_be_any):
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

    def _is_plan(self, path: str) -> bool:
        return self.run.tree.language(path) == "terraform-plan"
