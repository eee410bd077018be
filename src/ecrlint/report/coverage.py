"""The verdict of a scan in a line, and what was read and what was not."""

from __future__ import annotations

from collections import Counter

from ecrlint.model.finding import IRRELEVANT, FileStatus, Report, Severity

_NAMED = 10  # files that a sentence names


def summary(report: Report, hint: str = "") -> str:
    """`2 errors, 1 warning in 1 file. 3 files analysed, 4 not about ECR, 1 incomplete`, with how many findings are suppressed
    and can be fixed. `hint` says where to find which files are incomplete."""
    return f"{verdict(report)}. {files(report, hint)}"


def verdict(report: Report) -> str:
    """`2 errors, 1 warning in 1 file; 1 fixable with ecrlint fix`, or `No findings`."""
    severities = [finding.severity for finding in report.findings]
    counts = [counted(severities.count(one), str(one)) for one in reversed(Severity) if one in severities]
    counts += [counted(len(report.problems), "problem")] if report.problems else []
    paths = {finding.span.path for finding in report.findings} | {problem.path for problem in report.problems}
    parts = [f"{', '.join(counts)} in {counted(len(paths), 'file')}" if severities else ", ".join(["No findings", *counts])]
    fixable = sum(bool(finding.fix) and not finding.unsafe for finding in report.findings)
    parts += [f"{fixable} fixable with ecrlint fix"] if fixable else []
    parts += [f"{report.suppressed} suppressed"] if report.suppressed else []
    parts += [f"{report.known} {'was' if report.known == 1 else 'were'} there before"] if report.known else []
    return "; ".join(parts)


def files(report: Report, hint: str = "") -> str:
    """`3 files analysed, 4 not about ECR, 1 incomplete`."""
    statuses = Counter("irrelevant" if file.reason == IRRELEVANT else file.status for file in report.files)
    analysed = counted(statuses["analysed"] + statuses["partial"], "file")
    words = {"irrelevant": "not about ECR", "skipped": "skipped", "failed": "unreadable", "partial": "incomplete"}
    others = [f"{statuses[name]} {word}" for name, word in words.items() if statuses[name]]
    return f"{', '.join([f'{analysed} analysed', *others])}{hint if statuses['partial'] + statuses['failed'] else ''}"


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
    return f"{counted(len(files), 'file')} could not be read as a whole: {named}{more}"


def counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
