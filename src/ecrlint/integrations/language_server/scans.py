"""The scans of a language server: one for the unit of each open file, with the texts of all that are open."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial

from ecrlint.boundary.repository import Boundary, boundary, real
from ecrlint.boundary.unsaved import UnsavedReader
from ecrlint.config import ConfigError
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Finding, Problem, Report
from ecrlint.model.source import Span
from ecrlint.run import fix, pipeline
from ecrlint.run.read.files import TERRAFORM, VARIABLES
from ecrlint.run.read.known_files import KnownFiles
from ecrlint.run.scan_state import ScanOptions


@dataclass(frozen=True, slots=True)
class UnitScan:
    """What was scanned of a unit, and what came of it. With an `error`, a mistake in the configuration, nothing was scanned."""

    path: str
    within: Boundary
    options: ScanOptions
    report: Report
    error: str = ""

    def full(self, path: str) -> str:
        """The full path of a file of the report."""
        return os.path.normpath(os.path.join(self.within.top, path))

    def findings(self, path: str) -> list[Finding]:
        """The findings in a file, by its full path."""
        return [finding for finding in self.report.findings if self.full(finding.span.path) == path]

    def paths(self) -> set[str]:
        """The full paths of the files of which something is said."""
        said: list[Finding | Problem] = [*self.report.findings, *self.report.problems]
        return {self.full(one.span.path if isinstance(one, Finding) else one.path) for one in said}


def unit(path: str) -> str:
    """What tells the unit of a file (full path) from others: the folder of a Terraform root, or the file."""
    return os.path.dirname(path) if path.endswith((*TERRAFORM, *VARIABLES)) else path


def scan(path: str, texts: Mapping[str, str], is_stale: Callable[[], bool], known: KnownFiles) -> UnitScan:
    """Scan the unit of a file, with these texts by full path, and with what earlier scans of it know of its files. Raises `Stale`
    once nobody waits for it any more."""
    data = {real(name): text.encode("utf-8", "replace") for name, text in texts.items()}
    within = replace(boundary([path]), opens=partial(UnsavedReader, data))
    options = ScanOptions(is_stale=is_stale, known=known)
    try:
        return UnitScan(path, within, options, pipeline.scan([path], within, options))
    except ConfigError as error:
        return UnitScan(path, within, options, Report((), (), ()), str(error))
    except FileNotFoundError:
        return UnitScan(path, within, options, Report((), (), ()))


def with_fixes(scanned: UnitScan) -> UnitScan:
    """The same with those fixes alone that hold, each tried. Raises `Stale`."""
    if not any(finding.fix for finding in scanned.report.findings):
        return scanned
    return replace(scanned, report=fix.proven(scanned.report, [scanned.path], scanned.within, scanned.options))


def at(scanned: UnitScan, path: str, line: int) -> list[Finding]:
    """The findings that begin on a line of a file (full path), or reach over it."""
    return [one for one in scanned.findings(path) if one.span.line <= line <= _last(one.span)]


def _last(span: Span) -> int:
    return max(span.line, span.end_line)
