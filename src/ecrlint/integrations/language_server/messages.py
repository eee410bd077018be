"""Findings in the words of the Language Server Protocol: diagnostics, hovers, quick fixes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from lsprotocol import types
from pygls.uris import from_fs_path

from ecrlint.integrations.language_server.scans import UnitScan
from ecrlint.model.finding import Finding, Problem, Severity
from ecrlint.model.rule import Rule
from ecrlint.model.source import Span
from ecrlint.model.visible import one_line
from ecrlint.report.positions import in_bytes, in_utf16
from ecrlint.rule_registry import rules

SOURCE = "ecrlint"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}
_TOP = types.Range(types.Position(0, 0), types.Position(0, 0))

Encoding = types.PositionEncodingKind | str
"""How the editor counts the characters of a line."""


def uri(path: str) -> str:
    return from_fs_path(path) or ""


def as_range(span: Span, encoding: Encoding) -> types.Range:
    """A place as the editor counts: lines from 0, and characters from 0 in units of its encoding."""
    if encoding == types.PositionEncodingKind.Utf8:
        line, column, last, end = in_bytes(span)
    elif encoding == types.PositionEncodingKind.Utf32:
        line, column, last, end = span.line, span.column, span.end_line, span.end_column
    else:
        line, column, last, end = in_utf16(span)
    return types.Range(types.Position(line - 1, column - 1), types.Position(last - 1, end - 1))


def diagnostics(scanned: UnitScan, path: str, encoding: Encoding) -> Iterator[types.Diagnostic]:
    """What is said of a file, by its full path."""
    if scanned.error and path == scanned.path:
        yield types.Diagnostic(_TOP, one_line(scanned.error), types.DiagnosticSeverity.Error, source=SOURCE, code="configuration")
    for problem in scanned.report.problems:
        if scanned.full(problem.path) == path and not problem.harmless:
            yield _of_problem(problem, encoding)
    for finding in scanned.findings(path):
        yield diagnostic(scanned, finding, encoding)


def _of_problem(problem: Problem, encoding: Encoding) -> types.Diagnostic:
    place = _TOP if problem.span is None else as_range(problem.span, encoding)
    return types.Diagnostic(place, one_line(problem.message), types.DiagnosticSeverity.Warning, source=SOURCE, code="problem")


def diagnostic(scanned: UnitScan, finding: Finding, encoding: Encoding) -> types.Diagnostic:
    others = [
        types.DiagnosticRelatedInformation(
            types.Location(uri(scanned.full(other.span.path)), as_range(other.span, encoding)), one_line(other.message)
        )
        for other in finding.related
    ]
    return types.Diagnostic(
        range=as_range(finding.span, encoding),
        message=f"{one_line(finding.message)}\nhelp: {one_line(finding.help)}",
        severity=_SEVERITIES[finding.severity or Severity.ERROR],
        code=finding.rule,
        source=SOURCE,
        related_information=others,
        data=finding.fingerprint,
    )


def hover(findings: Iterable[Finding], encoding: Encoding) -> types.Hover | None:
    """What is known of the findings at a place: each message, what AWS prints, and the page of the rule in short."""
    listed = list(findings)
    if not listed:
        return None
    text = "\n\n---\n\n".join("\n\n".join(_about(finding)) for finding in listed)
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), as_range(listed[0].span, encoding))


def _about(finding: Finding) -> Iterator[str]:
    yield f"**{finding.rule}** ({finding.severity}): {_escaped(finding.message)}"
    if finding.aws and not finding.aws.startswith("no error: "):
        yield f"AWS prints:\n\n```text\n{one_line(finding.aws).replace('`', '')}\n```"
    rule = _rules().get(finding.rule)
    if rule is not None:
        _, _, fails = rule.doc.partition("## What fails\n")
        yield fails.partition("\n## ")[0].strip() or rule.summary
    yield f"**Fix**: {_escaped(finding.help)}"


def _escaped(text: str) -> str:
    """A text with names of the scanned files in it, of which nothing is Markdown: an image in it would be fetched."""
    return re.sub(r"([\\`*_{}\[\]()#+.!<>|~&:-])", r"\\\1", one_line(text))


@cache
def _rules() -> dict[str, Rule]:
    return {rule.name: rule for rule in rules()}


def quick_fixes(scanned: UnitScan, findings: Iterable[Finding], encoding: Encoding) -> Iterator[types.CodeAction]:
    """The edits of findings that have a fix."""
    for finding in findings:
        if finding.fix:
            changes: dict[str, list[types.TextEdit]] = {}
            for edit in finding.fix:
                changed = changes.setdefault(uri(scanned.full(edit.span.path)), [])
                changed.append(types.TextEdit(as_range(edit.span, encoding), edit.replacement))
            yield types.CodeAction(
                title=one_line(f"Fix {finding.rule}: {finding.help}"),
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[diagnostic(scanned, finding, encoding)],
                is_preferred=True,
                edit=types.WorkspaceEdit(changes=changes),
            )
