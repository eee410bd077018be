"""The report as SARIF 2.1.0, within what GitHub's code scanning takes.

https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support-for-code-scanning
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import quote

from ecrlint import __version__
from ecrlint.model.finding import Edit, FileStatus, Finding, Problem, Report, Severity
from ecrlint.model.rule import Rule
from ecrlint.model.source import Span
from ecrlint.model.visible import json_text
from ecrlint.report import coverage
from ecrlint.report.positions import in_utf16, on_one_line
from ecrlint.report.prediction import predicted

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
MAX_RESULTS = 5_000  # of a run; GitHub shows no more, and which ones it keeps is not told
MAX_RELATED = 100  # of a result
MAX_NOTIFICATIONS = 1_000
MAX_BYTES = 10_000_000  # of the file as it is uploaded, compressed
_LONGEST = 1_000  # characters of a text; a description may have 1,024
_PROBLEM = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
_PRECISION = {Severity.ERROR: "very-high", Severity.WARNING: "high", Severity.NOTE: "medium"}


def render(
    report: Report,
    rules: Sequence[Rule],
    *,
    category: str = "ecrlint",
    page: Callable[[str, str], str] = lambda family, rule: "",
) -> str:
    """One run as JSON in ASCII; `category` tells several runs of one commit apart, `page` gives the address of a rule's page by
    its family and name. The rules that have findings are described.

    What GitHub would drop is left out here, the least severe first, with a notification that says how much; so is what
    would make the file too large.
    """
    results, related = MAX_RESULTS, MAX_RELATED
    while True:
        text = json_text(_log(report, rules, category, page, results, related))
        if _fits(text) or not results:
            return text
        results, related = (results, related // 10) if related else (results // 2, 0)


def _fits(text: str) -> bool:
    if len(text) <= MAX_BYTES:
        return True
    import gzip

    return len(gzip.compress(text.encode())) <= MAX_BYTES


def _log(
    report: Report, rules: Sequence[Rule], category: str, page: Callable[[str, str], str], results: int, related: int
) -> dict[str, Any]:
    kept = _worst(tuple(_numbered(report.findings)), results)
    told = {finding.rule for finding, _ in kept}
    described = [_rule(rule, page) for rule in rules if rule.name in told]
    described += _own(kept, {rule.name for rule in rules})
    numbers = {rule["id"]: number for number, rule in enumerate(described)}
    run = {
        "tool": {"driver": {**_version(), "rules": described}},
        "automationDetails": {"id": f"{category.rstrip('/')}/"},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {ROOT: {"description": {"text": "the folder that was scanned"}}},
        "invocations": [_invocation(report, len(report.findings) - len(kept))],
        "results": [_result(finding, ordinal, numbers, related) for finding, ordinal in kept],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _version() -> dict[str, str]:
    return {"name": "ecrlint", "version": __version__, "semanticVersion": __version__}


def _numbered(findings: Sequence[Finding]) -> Iterator[tuple[Finding, int]]:
    """Each finding with its number among those of the same fingerprint: two that are the same count as one elsewhere."""
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.fingerprint] += 1
        yield finding, seen[finding.fingerprint]


def _worst(findings: Sequence[tuple[Finding, int]], most: int) -> Sequence[tuple[Finding, int]]:
    """At most so many findings, the most severe, in the order of the report."""
    if len(findings) <= most:
        return findings
    ranked = sorted(range(len(findings)), key=lambda number: -(findings[number][0].severity or 0))
    return [findings[number] for number in sorted(ranked[:most])]


def _rule(rule: Rule, page: Callable[[str, str], str]) -> dict[str, Any]:
    _, _, fails = rule.doc.partition("## What fails\n")
    described = " ".join(fails.partition("\n## ")[0].split()) or rule.summary
    return {
        "id": rule.name,
        "name": _title(rule.name),
        "shortDescription": {"text": _clip(rule.summary)},
        "fullDescription": {"text": _clip(described)},
        **({"helpUri": address} if (address := page(rule.family, rule.name)) else {}),
        "help": {"text": f"{_clip(described)}\n\necrlint explain {rule.name}", "markdown": rule.page},
        "defaultConfiguration": {"level": str(rule.severity)},
        "properties": {
            "tags": [rule.family, "aws", "ecr", *(["security"] if rule.exposure else [])],
            "precision": _PRECISION[rule.severity],
            "problem.severity": _PROBLEM[rule.severity],
            **_exposure(rule),
        },
    }


def _exposure(rule: Rule) -> dict[str, str]:
    """What makes the alerts of a rule security alerts, with critical to low in place of error to note."""
    return {} if rule.exposure is None else {"security-severity": f"{rule.exposure:.1f}"}


def _own(findings: Sequence[tuple[Finding, int]], known: set[str]) -> Iterator[dict[str, Any]]:
    """What ecrlint finds itself, without a rule, such as an ignore that has no reason."""
    for name, finding in {finding.rule: finding for finding, _ in findings if finding.rule not in known}.items():
        about = {"text": name.replace("-", " ") or "a finding"}
        yield {
            "id": name,
            "name": _title(name),
            "shortDescription": about,
            "fullDescription": about,
            "help": about,
            "defaultConfiguration": {"level": str(finding.severity)},
            "properties": {"tags": [finding.family or "ecrlint"]},
        }


def _title(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("-"))


def _result(finding: Finding, ordinal: int, numbers: dict[str, int], most: int) -> dict[str, Any]:
    related = finding.related[:most]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": numbers[finding.rule],
        "level": str(finding.severity),
        "message": {"text": _message(finding, len(related))},
        "locations": [{"physicalLocation": _physical(finding.span), "logicalLocations": _logical(finding)}],
        "partialFingerprints": {
            "primaryLocationLineHash": f"{finding.fingerprint}:{ordinal}",
            "ecrlint/v1": f"{finding.fingerprint}:{ordinal}",
        },
    }
    if related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _physical(other.span), "message": {"text": _clip(other.message) or "related"}}
            for number, other in enumerate(related, 1)
        ]
    if finding.fix:
        result["fixes"] = [_fix(finding)]
    return result


def _message(finding: Finding, related: int) -> str:
    """What is wrong, the title of the alert, then the rest; a place is shown only if a link leads to it."""
    parts = [f"{_unlinked(finding.message)}."]
    label, said = predicted(finding)
    if said:
        parts.append(f"{'AWS' if label == 'aws' else 'Risk'}: {_unlinked(said)}")
    if finding.help:
        parts.append(f"Help: {_unlinked(finding.help)}")
    if related:
        links = [f"[{_in_link(other.message)}]({number})" for number, other in enumerate(finding.related[:related], 1)]
        parts.append(f"See: {', '.join(links)}")
    return "\n".join(parts)


def _unlinked(text: str) -> str:
    """A text in which nothing that was scanned reads as a link."""
    return _clip(text).replace("](", "] (")


def _in_link(text: str) -> str:
    return (_clip(text) or "related").replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _clip(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _physical(span: Span) -> dict[str, Any]:
    return {"artifactLocation": _artifact(span.path), "region": _region(on_one_line(span))}


def _region(span: Span) -> dict[str, int]:
    line, column, last, end = in_utf16(span)
    return {"startLine": line, "startColumn": column, "endLine": last, "endColumn": end}


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(path, errors="surrogatepass") or ".", "uriBaseId": ROOT}


def _logical(finding: Finding) -> list[dict[str, str]]:
    return [{"fullyQualifiedName": _clip(finding.address), "kind": "resource"}] if finding.address else []


def _fix(finding: Finding) -> dict[str, Any]:
    files: dict[str, list[Edit]] = {}
    for edit in finding.fix:
        files.setdefault(edit.span.path, []).append(edit)
    changes = [
        {"artifactLocation": _artifact(path), "replacements": [*map(_replacement, edits)]} for path, edits in files.items()
    ]
    return {"description": {"text": _clip(finding.help) or finding.rule}, "artifactChanges": changes}


def _replacement(edit: Edit) -> dict[str, Any]:
    return {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.replacement}}


def _invocation(report: Report, dropped: int) -> dict[str, Any]:
    """How the run went: not well where something of ours could not be read."""
    notes = [_notification("note", "summary", coverage.summary(report))]
    if dropped:
        notes.append(
            _notification("warning", "limit", f"{dropped} of {len(report.findings)} findings are left out, the least severe")
        )
    notes += [_of_problem(problem) for problem in report.problems]
    notes += [_of_file(file) for file in coverage.unfinished(report)]
    if len(notes) > MAX_NOTIFICATIONS:
        more = _notification("warning", "limit", f"{len(notes) - MAX_NOTIFICATIONS + 1} more notifications are left out")
        notes = [*notes[: MAX_NOTIFICATIONS - 1], more]
    unread = report.problems or any(file.status == "failed" for file in report.files)
    return {"executionSuccessful": not unread, "toolExecutionNotifications": notes}


def _of_problem(problem: Problem) -> dict[str, Any]:
    note = _notification("error", "problem", f"{problem.path}: {problem.message}")
    place = _physical(problem.span) if problem.span else {"artifactLocation": _artifact(problem.path)}
    return {**note, "locations": [{"physicalLocation": place}]}


def _of_file(file: FileStatus) -> dict[str, Any]:
    level = "error" if file.status == "failed" else "note"
    note = _notification(level, file.status, f"{file.path}: {file.status}: {file.reason}")
    return {**note, "locations": [{"physicalLocation": {"artifactLocation": _artifact(file.path)}}]}


def _notification(level: str, name: str, text: str) -> dict[str, Any]:
    return {"level": level, "descriptor": {"id": f"ecrlint/{name}"}, "message": {"text": _clip(text)}}
