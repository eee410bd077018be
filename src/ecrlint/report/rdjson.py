"""The report as reviewdog takes it, with the fix of a finding as a suggestion.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf
"""

from __future__ import annotations

from typing import Any

from ecrlint.model.finding import Finding, Problem, Related, Report, Severity
from ecrlint.model.source import Span
from ecrlint.model.visible import json_text
from ecrlint.report import coverage
from ecrlint.report.positions import in_bytes

_SEVERITY = {Severity.ERROR: "ERROR", Severity.WARNING: "WARNING", Severity.NOTE: "INFO"}


def render(report: Report) -> str:
    """One result with a diagnostic for each finding and problem, and one for what was not read as a whole."""
    diagnostics = [_finding(finding) for finding in report.findings]
    diagnostics += [_problem(problem) for problem in report.problems]
    blind = coverage.blind_spots(report)
    if blind:
        place = {"path": coverage.unfinished(report)[0].path}
        diagnostics.append({"message": blind, "location": place, "severity": "INFO", "code": {"value": "not-fully-read"}})
    if report.suppressed:
        place = {"path": report.files[0].path if report.files else "."}
        text = coverage.summary(report)
        diagnostics.append({"message": text, "location": place, "severity": "INFO", "code": {"value": "suppressed"}})
    return json_text({"source": {"name": "ecrlint"}, "diagnostics": diagnostics}, indent=1)


def _finding(finding: Finding) -> dict[str, Any]:
    said = [finding.message, f"AWS: {finding.aws}" if finding.aws else "", f"Help: {finding.help}" if finding.help else ""]
    diagnostic: dict[str, Any] = {
        "message": "\n".join(filter(None, said)),
        "location": _location(finding.span),
        "severity": _SEVERITY[finding.severity or Severity.ERROR],
        "code": {"value": finding.rule},
    }
    if finding.related:
        diagnostic["related_locations"] = [_related(other) for other in finding.related]
    suggestion = _suggestion(finding)
    if suggestion:
        diagnostic["suggestions"] = [suggestion]
    return diagnostic


def _suggestion(finding: Finding) -> dict[str, Any] | None:
    """All edits as one replacement, because several suggestions are taken for alternatives; None where it is another file's."""
    edits = sorted(finding.fix, key=lambda edit: edit.span.start)
    if not edits or any(edit.span.source is not finding.span.source for edit in edits):
        return None
    source = finding.span.source
    at, text = edits[0].span.start, ""
    for edit in edits:
        text += source.text[at : edit.span.start] + edit.replacement
        at = edit.span.end
    return {"range": _range(source.span(edits[0].span.start, at)), "text": text}


def _problem(problem: Problem) -> dict[str, Any]:
    place = _location(problem.span) if problem.span else {"path": problem.path}
    return {"message": problem.message, "location": place, "severity": "ERROR", "code": {"value": "problem"}}


def _related(other: Related) -> dict[str, Any]:
    return {"message": other.message, "location": _location(other.span)}


def _location(span: Span) -> dict[str, Any]:
    return {"path": span.path, "range": _range(span)}


def _range(span: Span) -> dict[str, Any]:
    line, column, last, end = in_bytes(span)
    return {"start": {"line": line, "column": column}, "end": {"line": last, "column": end}}
