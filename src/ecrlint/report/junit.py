"""The report as JUnit XML: what was read is a test that passes, what a rule finds in a file is one that fails."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from ecrlint.model.finding import FileStatus, Finding, Problem, Report
from ecrlint.model.visible import one_line
from ecrlint.report import coverage, text
from ecrlint.report.prediction import predicted

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> str:
    """One test case for each rule and file with findings, one for each file that was read, one for each problem."""
    found: dict[tuple[str, str], list[Finding]] = {}
    for finding in report.findings:
        found.setdefault((finding.rule, finding.span.path), []).append(finding)
    failed = [file for file in report.files if file.status == "failed"]
    partial = [file for file in report.files if file.status in ("partial", "skipped")]
    tests = len(found) + len(report.problems) + len(report.files)
    counts = f'tests="{tests}" failures="{len(found)}" errors="{len(report.problems) + len(failed)}" skipped="{len(partial)}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="ecrlint" {counts}>',
        f'<testsuite name="ecrlint" {counts}>',
    ]
    lines += [f"<properties><property name={_attribute('summary')} value={_attribute(coverage.summary(report))}/></properties>"]
    lines += [_failure(rule, path, findings) for (rule, path), findings in found.items()]
    lines += [_problem(problem) for problem in report.problems]
    lines += [_file(file) for file in report.files]
    return "\n".join([*lines, "</testsuite>", "</testsuites>", ""])


def _failure(rule: str, path: str, findings: list[Finding]) -> str:
    first = findings[0]
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    whole = "\n".join(_story(findings))
    inside = (
        f"<failure type={_attribute(str(first.severity))} message={_attribute(first.message + more)}>{_text(whole)}</failure>"
    )
    return _case(path, rule, inside)


def _story(findings: list[Finding]) -> Iterator[str]:
    """Each finding on one line, as in the text report, then what AWS prints and what to do."""
    for finding in findings:
        yield text.render(Report((), (finding,), ())).rstrip("\n")
        label, said = predicted(finding)
        if said:
            yield f"  {label}:".ljust(8) + one_line(said)
        if finding.help:
            yield f"  help: {one_line(finding.help)}"
        for other in finding.related[: text.PLACES]:
            yield one_line(f"  note: {other.span.path}:{other.span.line}:{other.span.column}: {other.message}")


def _problem(problem: Problem) -> str:
    line = text.render(Report((), (), (problem,))).rstrip("\n")
    return _case(problem.path, "problem", f'<error type="problem" message={_attribute(problem.message)}>{_text(line)}</error>')


def _file(file: FileStatus) -> str:
    match file.status:
        case "failed":
            return _case(file.path, "read", f'<error type="failed" message={_attribute(file.reason)}/>')
        case "partial" | "skipped":
            return _case(file.path, "read", f"<skipped message={_attribute(f'{file.status}: {file.reason}')}/>")
    return _case(file.path, "read", "")


def _case(path: str, name: str, inside: str) -> str:
    head = f"<testcase classname={_attribute(path)} name={_attribute(name)} file={_attribute(path)}"
    return f"{head}>{inside}</testcase>" if inside else f"{head}/>"


def _attribute(value: str) -> str:
    return f'"{_text(" ".join(value.split()))}"'


def _text(value: str) -> str:
    """A text as XML holds it; the control characters that XML cannot hold are shown by a mark."""
    return html.escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", value))
