"""The report as GitLab's Code Quality takes it.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

from ecrlint.model.finding import Finding, Problem, Report, Severity
from ecrlint.model.visible import json_text
from ecrlint.report import coverage

_SEVERITY = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(report: Report) -> str:
    """A JSON array of findings, problems and one entry on what was not read as a whole; no two have one fingerprint."""
    entries = [_finding(finding) for finding in report.findings]
    entries += [_problem(problem) for problem in report.problems]
    blind = coverage.blind_spots(report)
    if blind:
        entries.append(_entry("not-fully-read", "info", blind, coverage.unfinished(report)[0].path, 1, "not-fully-read"))
    if report.suppressed:
        text = coverage.summary(report)
        entries.append(_entry("suppressed", "info", text, report.files[0].path if report.files else ".", 1, "suppressed"))
    return json_text(_told_apart(entries), indent=1)


def _finding(finding: Finding) -> dict[str, Any]:
    said = f"{finding.message} (help: {finding.help})" if finding.help else finding.message
    severity = _SEVERITY[finding.severity or Severity.ERROR]
    return _entry(finding.rule, severity, said, finding.span.path, finding.span.line, finding.fingerprint)


def _problem(problem: Problem) -> dict[str, Any]:
    mark = _hash(f"problem\n{problem.path}\n{problem.message}")
    return _entry("problem", "critical", problem.message, problem.path, problem.span.line if problem.span else 1, mark)


def _entry(name: str, severity: str, text: str, path: str, line: int, fingerprint: str) -> dict[str, Any]:
    return {
        "description": text,
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path.removeprefix("./"), "lines": {"begin": line}},
    }


def _told_apart(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """GitLab shows only the first of several entries with one fingerprint."""
    seen: Counter[str] = Counter()
    for entry in entries:
        mark = entry["fingerprint"]
        seen[mark] += 1
        if seen[mark] > 1:
            entry["fingerprint"] = _hash(f"{mark}\n{seen[mark]}")
    return entries


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
