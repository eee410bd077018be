"""The report as CSV for spreadsheets and scripts: one row for each finding, problem and file that was not read as a whole.

https://www.rfc-editor.org/rfc/rfc4180
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from ecrlint.model.finding import Finding, Problem, Report
from ecrlint.model.visible import one_line
from ecrlint.report import coverage

COLUMNS = ("kind", "severity", "rule", "family", "path", "line", "column", "address", "message", "help", "aws", "fingerprint")


def render(report: Report) -> str:
    """A line with the names of the columns, then the rows; the last one is the summary."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    rows = [*map(_finding, report.findings), *map(_problem, report.problems), *_files(report)]
    rows.append(("summary", "", "", "", "", "", "", "", coverage.summary(report)))
    writer.writerows([cell(value) for value in (*row, *("",) * (len(COLUMNS) - len(row)))] for row in rows)
    return file.getvalue()


def _finding(finding: Finding) -> tuple[str, ...]:
    place = (finding.span.path, str(finding.span.line), str(finding.span.column))
    said = (finding.address, finding.message, finding.help, finding.aws, finding.fingerprint)
    return ("finding", str(finding.severity), finding.rule, finding.family, *place, *said)


def _problem(problem: Problem) -> tuple[str, ...]:
    place = (str(problem.span.line), str(problem.span.column)) if problem.span else ("", "")
    return ("problem", "", "", "", problem.path, *place, "", problem.message)


def _files(report: Report) -> Iterator[tuple[str, ...]]:
    for file in coverage.unfinished(report):
        yield ("file", file.status, "", "", file.path, "", "", "", file.reason)


def cell(value: str) -> str:
    """A text that no spreadsheet takes for a formula: what is scanned is data.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    value = one_line(value)
    return f"'{value}" if value.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")) else value
