"""The report as GitHub Actions takes it: annotations within its limits, and the whole of it in the log.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.model.finding import Finding, Report, Severity
from ecrlint.report import coverage, text
from ecrlint.report.positions import on_one_line
from ecrlint.report.prediction import predicted

MAX_EACH = 10  # annotations of one severity that a step may make; GitHub drops the others without a word
_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(report: Report) -> str:
    """Workflow commands for the first of each severity, then every finding and problem as text.

    Nothing in the text is taken for a command, whatever the scanned files are called.
    """
    commands = [*_errors(report), *_findings(report, Severity.WARNING, MAX_EACH), *_notices(report)]
    return "\n".join([*commands, *_log(report), ""]) if commands else ""


def _errors(report: Report) -> Iterator[str]:
    """The errors, then the problems; there is a place for one problem whatever the rules find."""
    found = [*_findings(report, Severity.ERROR, MAX_EACH - bool(report.problems))]
    yield from found
    for problem in report.problems[: MAX_EACH - len(found)]:
        place = {"file": problem.path}
        if problem.span:
            place |= {"line": str(problem.span.line), "col": str(problem.span.column)}
        yield _command("error", {**place, "title": "ecrlint could not read this"}, problem.message)


def _findings(report: Report, severity: Severity, most: int) -> Iterator[str]:
    found = [finding for finding in report.findings if finding.severity is severity]
    for finding in found[:most]:
        yield _annotation(finding, severity)


def _notices(report: Report) -> Iterator[str]:
    """The first notes; the last two places are for what was not read and for what is not annotated."""
    yield from _findings(report, Severity.NOTE, MAX_EACH - 2)
    blind = coverage.blind_spots(report)
    if blind:
        yield _command("notice", {"title": "ecrlint did not read everything"}, blind)
    left = _unannotated(report)
    if left:
        yield _command("notice", {"title": "ecrlint has more to say"}, f"{left} more in the log and in the summary of this step")


def _unannotated(report: Report) -> int:
    severities = [finding.severity for finding in report.findings]
    errors = severities.count(Severity.ERROR) + len(report.problems)
    warnings, notes = severities.count(Severity.WARNING), severities.count(Severity.NOTE)
    return sum(max(0, count - most) for count, most in ((errors, MAX_EACH), (warnings, MAX_EACH), (notes, MAX_EACH - 2)))


def _annotation(finding: Finding, severity: Severity) -> str:
    span = on_one_line(finding.span)
    place = {"file": span.path, "line": str(span.line), "endLine": str(span.end_line)}
    columns = {"col": str(span.column), "endColumn": str(span.end_column), "title": f"{finding.rule}"}
    label, predicts = predicted(finding)
    said = [
        finding.message,
        f"{'AWS' if label == 'aws' else 'Risk'}: {predicts}" if predicts else "",
        f"Help: {finding.help}" if finding.help else "",
    ]
    return _command(_COMMAND[severity], {**place, **columns}, "\n".join(filter(None, said)))


def _command(name: str, properties: dict[str, str], message: str) -> str:
    pairs = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {pairs}::{_data(message)}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(value).replace(":", "%3A").replace(",", "%2C")


def _log(report: Report) -> Iterator[str]:
    """The text report in a group, between the marks that keep GitHub from reading commands in it."""
    import hashlib

    listed = text.render(report).rstrip("\n")
    mark = hashlib.sha256(listed.encode("utf-8", "surrogatepass")).hexdigest()  # no text holds its own hash
    yield f"::group::ecrlint: {coverage.summary(report)}"
    yield f"::stop-commands::{mark}"
    yield from filter(None, [listed])
    yield f"::{mark}::"
    yield "::endgroup::"
