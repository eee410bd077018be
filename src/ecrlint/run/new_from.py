"""Only what a change introduces: the findings of a scan that a scan of the tree of another commit has not.

That tree is read from the objects of git, as if it were checked out in the place of the files; nothing is checked out. A finding
is known again as in a baseline: by its fingerprint, wherever in the file it is, and in the file that another has become.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ecrlint.boundary.commit_tree import CommitTree, TreeReader, open_tree
from ecrlint.boundary.file_reader import INSTALLED, FileReader
from ecrlint.boundary.reader import Child, SourceReader, Unread
from ecrlint.boundary.repository import Boundary, real, repository
from ecrlint.config import Config, ConfigError
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Finding, Report
from ecrlint.run import pipeline
from ecrlint.run.scan_state import ScanOptions
from ecrlint.run.suppress.baseline import entry_of, match
from ecrlint.run.suppress.judge import judge


class NoSuchCommit(Exception):
    """There is no commit to compare with; the text says why."""


@dataclass(frozen=True, slots=True)
class Introduced:
    """The report on what is new, and the other findings of the scan, which were there before."""

    report: Report
    others: tuple[Finding, ...]


def scan(paths: Sequence[str], within: Boundary, options: ScanOptions, name: str) -> Introduced:
    """The findings that the tree of a commit has not. Raises as `pipeline.scan` does, and `NoSuchCommit`."""
    with _tree(within, name) as tree:
        run = pipeline.read(paths, within, options)
        judged = judge(run, pipeline.check(run))
        findings = {number: one.finding for number, one in enumerate(judged) if not one.silenced}
        known = _known(findings, within, _before(tree, paths, within, options).findings) if findings else frozenset()
        report = pipeline.report(run, [one for number, one in enumerate(judged) if number not in known])
    others = tuple(findings[number] for number in sorted(known))
    return Introduced(replace(report, known=len(others)), others)


def _known(findings: Mapping[int, Finding], within: Boundary, before: Sequence[Finding]) -> frozenset[int]:
    """The numbers of the findings that were there before."""
    place = os.path.join(within.top, "of-the-commit")
    entries = (entry_of(finding, within.top, place) for finding in before)
    return frozenset(match(within.reader(), entries, place, within.top, findings).entries)


def _before(tree: CommitTree, paths: Sequence[str], within: Boundary, options: ScanOptions) -> Report:
    """The report on the tree of the commit; by no configuration where the one that it has is wrong."""
    then = replace(within, opens=lambda folders: _WithInstalled(tree.reader(folders), FileReader(folders)))
    reader = then.reader()
    there = list(dict.fromkeys(_nearest(reader, real(path), within.top) for path in paths))
    has_baseline = not options.baseline or reader.bound(options.baseline) is None or bool(reader.look(options.baseline))
    options = replace(options, texts={}, without_baseline=not has_baseline)
    try:
        return pipeline.scan(there, then, options)
    except ConfigError:
        return pipeline.scan(there, then, replace(options, config=Config("", within.top)))


def _nearest(reader: SourceReader, path: str, top: str) -> str:
    """A path, or the folder around it that there was."""
    while path != top and not reader.look(path):
        path = os.path.dirname(path)
    return path


@contextmanager
def _tree(within: Boundary, name: str) -> Iterator[CommitTree]:
    top = repository(within.top)
    if top is None:
        raise NoSuchCommit("the paths do not lie in one git repository")
    try:
        with open_tree(top, name) as tree:
            yield tree
    except Unread as error:
        raise NoSuchCommit(f"{error}; a shallow clone has only the last commits: git fetch") from None


class _WithInstalled:
    """A `SourceReader` of a commit, and of what `terraform init` has put beside its files, which no commit has."""

    def __init__(self, commit: TreeReader, disk: FileReader) -> None:
        self.commit = commit
        self.disk = disk
        self.folders = commit.folders

    def _of(self, path: str) -> SourceReader:
        return self.commit if set(INSTALLED).isdisjoint(path.split(os.sep)) else self.disk

    def take_in(self, folder: str) -> None:
        self.commit.take_in(folder)
        self.disk.take_in(folder)
        self.folders = self.commit.folders

    def bound(self, path: str) -> str | None:
        return self.commit.bound(path)

    def read(self, path: str, most: int) -> bytes:
        return self._of(path).read(path, most)

    def head(self, path: str, most: int) -> bytes:
        return self._of(path).head(path, most)

    def entries(self, path: str) -> list[Child]:
        return self._of(path).entries(path)

    def kind(self, path: str) -> str:
        return self._of(path).kind(path)

    def look(self, path: str) -> str:
        return self._of(path).look(path)

    def is_folder(self, path: str) -> bool:
        return self._of(path).is_folder(path)

    def real(self, path: str) -> str:
        return self._of(path).real(path)

    def is_repository(self, folder: str) -> bool:
        return self.commit.is_repository(folder)

    def origin(self, top: str) -> str:
        return self.commit.origin(top)

    def begun(self, top: str) -> int | None:
        return self.commit.begun(top)

    def write(self, files: Mapping[str, bytes]) -> None:
        self.commit.write(files)
