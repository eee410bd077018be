"""What `ecrlint baseline` asks of a scan: the baselines as they would be written now, and what has changed since."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence

from ecrlint.boundary.reader import SourceReader, Unread
from ecrlint.boundary.repository import Boundary
from ecrlint.config import BASELINE, ConfigError, shown
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Finding, Problem
from ecrlint.rule_registry import OWN
from ecrlint.run import pipeline
from ecrlint.run.scan_state import ScanOptions, ScanState
from ecrlint.run.suppress.baseline import BaselineEntry, dump, entry_of, expired, load, match
from ecrlint.run.suppress.judge import judge


@dataclass(frozen=True, slots=True)
class Record:
    """One baseline: its text as it would be written now, and how that differs from what it says.

    `new` are findings that are not in it, `gone` entries without a finding, `late` entries whose day has passed.
    """

    path: str
    text: str
    count: int
    new: tuple[Finding, ...]
    gone: tuple[BaselineEntry, ...]
    late: tuple[BaselineEntry, ...]
    reader: SourceReader

    def write(self) -> None:
        """Put the text in its place. Raises `ConfigError`."""
        try:
            self.reader.write({self.path: self.text.encode()})
        except Unread as error:
            raise ConfigError(f"{shown(self.path)}:1: {error}") from None
        except OSError as error:
            raise ConfigError(f"{shown(self.path)}:1: this baseline cannot be written: {error.strerror}") from None


@dataclass(frozen=True, slots=True)
class Records:
    """The baselines of a scan, and the problems of its reading."""

    records: tuple[Record, ...]
    problems: tuple[Problem, ...]


def records(paths: Sequence[str], within: Boundary, options: ScanOptions) -> Records:
    """The baselines of the findings below some paths. Raises as `scan` does."""
    run = pipeline.read(paths, within, replace(options, without_baseline=True))
    judged = judge(run, pipeline.check(run))
    findings = {number: one.finding for number, one in enumerate(judged) if not one.silenced and one.finding.rule not in OWN}
    below: dict[str, dict[int, Finding]] = {}
    here = run.configs.above(run.tree.boundary.inside(os.path.realpath(".")))
    standard = options.baseline or here.baseline or os.path.join(here.folder, BASELINE)
    if os.path.lexists(standard) or not findings:
        below[standard] = {}
    for number, finding in findings.items():
        below.setdefault(options.baseline or run.configs.of(finding.span.path).baseline or standard, {})[number] = finding
    return Records(tuple(_record(run, path, those) for path, those in sorted(below.items())), tuple(run.problems))


def _record(run: ScanState, path: str, findings: dict[int, Finding]) -> Record:
    reader = run.tree.reader_of(path)
    before = load(reader, path) if os.path.lexists(path) else ()
    matched = match(reader, before, path, run.tree.real, findings)
    entries = [
        replace(entry_of(finding, run.tree.real, path), until=matched.entries[number].until if number in matched.entries else "")
        for number, finding in findings.items()
    ]
    kept = [entry for entry in matched.gone if not _was_read(run, path, entry)]
    counts = Counter(entries)
    for entry in kept:
        counts[replace(entry, count=1)] += entry.count
    return Record(
        path=path,
        text=dump(replace(entry, count=count) for entry, count in counts.items()),
        count=sum(counts.values()),
        new=tuple(finding for number, finding in findings.items() if number not in matched.entries),
        gone=tuple(entry for entry in matched.gone if entry not in kept),
        reader=reader,
        late=tuple(_distinct(entry for entry in matched.entries.values() if expired(entry))),
    )


def _distinct(entries: Iterator[BaselineEntry]) -> list[BaselineEntry]:
    return list(dict.fromkeys(entries))


def _was_read(run: ScanState, path: str, entry: BaselineEntry) -> bool:
    """Whether the scan would have found again what an entry is of: it read the file, or the file is gone."""
    full = os.path.join(os.path.dirname(path), entry.path)
    return os.path.relpath(full, run.tree.real).replace(os.sep, "/") in run.statuses or not os.path.exists(full)
