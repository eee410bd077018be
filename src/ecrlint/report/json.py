"""The report as one JSON object: the schema of the README, which only ever grows."""

from __future__ import annotations

from typing import Any

from ecrlint import __version__
from ecrlint.model.finding import Finding, Opening, Problem, Report, Severity
from ecrlint.model.visible import json_text

SCHEMA = 1


def render(report: Report) -> str:
    """The whole report as JSON text in ASCII, so that no terminal or pipe can spoil it."""
    return json_text(as_object(report), indent=2)


def as_object(report: Report) -> dict[str, Any]:
    """The report as dicts and lists, in the order of the report."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "files": [{"path": file.path, "kind": file.kind, "status": file.status, "reason": file.reason} for file in report.files],
        "findings": [_finding(finding) for finding in report.findings],
        "problems": [_problem(problem) for problem in report.problems],
        "open": [_opening(opening) for opening in report.open],
        "summary": _summary(report),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    span = finding.span
    return {
        "rule": finding.rule,
        "family": finding.family,
        "severity": str(finding.severity),
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "address": finding.address,
        "message": finding.message,
        "aws": finding.aws,
        "help": finding.help,
        "fingerprint": finding.fingerprint,
        "related": [
            {"path": other.span.path, "line": other.span.line, "column": other.span.column, "message": other.message}
            for other in finding.related
        ],
    }


def _opening(opening: Opening) -> dict[str, Any]:
    return {
        "path": opening.span.path,
        "line": opening.span.line,
        "column": opening.span.column,
        "address": opening.address,
        "set": opening.set,
        "reason": opening.reason,
    }


def _problem(problem: Problem) -> dict[str, Any]:
    """`line` and `column` are null where the problem is the file as a whole."""
    span = problem.span
    return {
        "path": problem.path,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "message": problem.message,
    }


def _summary(report: Report) -> dict[str, Any]:
    severities = [finding.severity for finding in report.findings]
    statuses = [file.status for file in report.files]
    return {
        "errors": severities.count(Severity.ERROR),
        "warnings": severities.count(Severity.WARNING),
        "notes": severities.count(Severity.NOTE),
        "problems": len(report.problems),
        "suppressed": report.suppressed,
        "files": {status: statuses.count(status) for status in ("analysed", "partial", "skipped", "failed")},
    }
