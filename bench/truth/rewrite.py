"""A rewrite of a folder of files, and the folder in which it is scanned."""

from __future__ import annotations

import difflib
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ecrlint.model.finding import Finding, Severity
from ecrlint.run import pipeline as scanning
from ecrlint.run.scan_state import ScanOptions

UNREAD = shutil.ignore_patterns(".git", "node_modules", "*.png", "*.jpg", "*.gif", "*.zip", "*.jar", "*.pdf", "*.svg", "*.mp4")

GIVEN_OUT = re.compile(r" gives its (id|name) to others$")

Subject = tuple[str, str]
"""A rule, and a resource, a cause or a place that an error of it is about."""


class Verdict(NamedTuple):
    """A finding without its place: of two inputs that mean the same, the verdicts are the same."""

    rule: str
    address: str
    cause: str
    severity: Severity

    def outside(self, module: str) -> Verdict:
        """The verdict as it was before everything moved into a module."""
        if not module:
            return self
        return self._replace(address=self.address.replace(f"{module}.", ""), cause=self.cause.replace(f"{module}.", ""))


@dataclass(frozen=True)
class Rewrite:
    """New bytes of files (None: the file goes away). `keeps_value`: the files mean what they meant before."""

    kind: str
    keeps_value: bool
    files: Mapping[str, bytes | None]
    module: str = ""
    """The address of the module into which everything has moved."""


@dataclass(frozen=True)
class Verdicts:
    """What a scan says. `subjects` are what each verdict is about, and of all errors, also of those that another finding explains
    and that are shown where it is not. `paths` are the files with the verdict. `given_out` are the addresses of what is open
        because its name or id is given to others."""

    shown: frozenset[Verdict]
    subjects: Mapping[Verdict, frozenset[Subject]]
    failing: frozenset[Subject]
    paths: Mapping[Verdict, str]
    problems: frozenset[str]
    given_out: frozenset[str]


class Folder:
    """A copy of a folder that rewrites are tried on, one at a time."""

    def __init__(self, original: Path, scratch: Path) -> None:
        self.original = original
        self.path = scratch / original.name
        shutil.copytree(original, self.path, symlinks=True, ignore=UNREAD)
        self.texts = {name: data for name, data in self._files() if b"\0" not in data}
        self.names = {name for name, _ in self._files()}
        self.before = self.verdicts()

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for place, folders, names in os.walk(self.path):
            folders.sort()
            for name in sorted(names):
                path = Path(place, name)
                if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 20:
                    yield path.relative_to(self.path).as_posix(), path.read_bytes()

    def verdicts(self) -> Verdicts:
        """Scan the copy as it is."""
        every: list[Finding] = []
        with _all_seen(every):
            report = scanning.scan([str(self.path)], str(self.path), ScanOptions(without_baseline=True))
        subjects = {verdict(finding): subjects_of(finding) for finding in report.findings}
        failing = (subjects_of(finding) for finding in (*every, *report.findings) if is_error(finding))
        paths = {verdict(finding): finding.span.path for finding in report.findings}
        problems = frozenset(problem.message for problem in report.problems)
        given_out = frozenset(without_keys(one.address) for one in report.open if GIVEN_OUT.search(one.reason))
        return Verdicts(frozenset(subjects), subjects, frozenset[Subject]().union(*failing), paths, problems, given_out)

    def after(self, rewrite: Rewrite) -> Verdicts:
        """Scan the copy with a rewrite, and undo it."""
        with self.rewritten(rewrite):
            return self.verdicts()

    @contextmanager
    def rewritten(self, rewrite: Rewrite) -> Iterator[None]:
        """The copy with a rewrite, which is undone."""
        try:
            for name, data in rewrite.files.items():
                path = self.path / name
                if data is None:
                    path.unlink()
                else:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(data)
            yield
        finally:
            for name in rewrite.files:
                path = self.path / name
                if name in self.names:
                    path.write_bytes(self.texts[name])
                else:
                    path.unlink(missing_ok=True)
                    if path.parent != self.path and not any(path.parent.iterdir()):
                        path.parent.rmdir()


@contextmanager
def _all_seen(every: list[Finding]) -> Iterator[None]:
    """Note what the rules find before one finding is chosen of several that explain each other."""
    pipeline: Any = scanning
    choose = pipeline.once

    def seen(findings: Iterable[Finding]) -> list[Finding]:
        listed = list(findings)
        every.extend(listed)
        return list(choose(listed))

    pipeline.once = seen
    try:
        yield
    finally:
        pipeline.once = choose


def verdict(finding: Finding) -> Verdict:
    return Verdict(finding.rule, finding.address, finding.cause, finding.severity or Severity.ERROR)


def is_error(finding: Finding) -> bool:
    return (finding.severity or Severity.ERROR) is Severity.ERROR


def subjects_of(finding: Finding) -> frozenset[Subject]:
    addresses = {without_keys(address) for address in (finding.address, *(address for address, _ in finding.roots))}
    place = f"{finding.span.path}:{finding.span.source.line_text(finding.span.line).strip()}"
    return frozenset((finding.rule, one) for one in (*addresses, finding.cause, place))


def without_keys(address: str) -> str:
    """An address without the keys of instances: `module.a["x"].aws_b.c[0]` is `module.a.aws_b.c`."""
    plain, depth = "", 0
    for character in address:
        depth += character == "["
        plain += character if not depth else ""
        depth -= character == "]"
    return plain


def diff(folder: Folder, rewrite: Rewrite) -> str:
    """What a rewrite changes, as a patch."""
    lines: list[str] = []
    for name, data in rewrite.files.items():
        old = folder.texts.get(name, b"").decode(errors="replace").splitlines()
        new = (data or b"").decode(errors="replace").splitlines()
        lines += difflib.unified_diff(old, new, f"a/{name}", f"b/{name}", lineterm="", n=2)
    return "\n".join(lines)
