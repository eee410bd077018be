"""What was read and what was not, for the formats that have no place of their own for it."""

from __future__ import annotations

from ecrlint.model.finding import FileStatus, Report, Status

STATUSES: tuple[Status, ...] = ("analysed", "partial", "skipped", "failed")
_NAMED = 10  # files that a sentence names


def summary(report: Report) -> str:
    """`read 3 files: 2 analysed, 1 partial, 0 skipped, 0 failed`, and how many findings were suppressed."""
    statuses = [file.status for file in report.files]
    counts = ", ".join(f"{statuses.count(status)} {status}" for status in STATUSES)
    suppressed = f"; {_counted(report.suppressed, 'finding')} suppressed" if report.suppressed else ""
    return f"read {_counted(len(statuses), 'file')}: {counts}{suppressed}"


def unfinished(report: Report) -> tuple[FileStatus, ...]:
    """The files that were not read as a whole, those that could not be read at all first."""
    found = [file for file in report.files if file.status in ("failed", "partial")]
    return tuple(sorted(found, key=lambda file: file.status != "failed"))


def blind_spots(report: Report) -> str:
    """One sentence on the files that were not read as a whole, with the reasons of the first; empty where there are none."""
    files = unfinished(report)
    if not files:
        return ""
    named = "; ".join(f"{file.path} ({file.status}: {file.reason})" for file in files[:_NAMED])
    more = f"; and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return f"{_counted(len(files), 'file')} could not be read as a whole: {named}{more}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
