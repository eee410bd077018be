"""The report as Markdown, for a comment on a pull request, the summary of a job, a wiki: findings by rule, the worst first.

https://docs.github.com/en/get-started/writing-on-github
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

from ecrlint.model.finding import Finding, Problem, Report, Severity
from ecrlint.model.source import Span
from ecrlint.report import coverage
from ecrlint.report.prediction import predicted

MAX_COMMENT = 60_000
"""Bytes; a comment on GitHub of more than 65,536 characters is refused, and others may put a line above it."""

_FILES = 50  # that were not read as a whole, one line each


def render(
    report: Report,
    *,
    page: Callable[[Finding], str] = lambda _: "",
    link: Callable[[Span], str] = lambda _: "",
    most: int = MAX_COMMENT,
) -> str:
    """The report in at most so many bytes. `page` gives the address of a finding's rule, `link` that of a place; empty: none.

    Nothing that was scanned is taken for Markdown, HTML, a mention or the number of an issue.
    """
    pieces = [f"### ecrlint: {_plain(coverage.verdict(report))}\n"]
    for findings in _by_rule(report):
        pieces += _rule(findings, page, link)
    if report.problems:
        pieces.append("\n#### Files that could not be read\n\n")
        pieces += [_problem(problem, link) for problem in report.problems]
    pieces += _coverage(report)
    return "".join(_within(most, pieces))


def _by_rule(report: Report) -> list[list[Finding]]:
    """The findings of each rule and severity; errors first, and of these the rules with the most findings."""
    groups: dict[tuple[str, Severity | None], list[Finding]] = {}
    for finding in report.findings:
        groups.setdefault((finding.rule, finding.severity), []).append(finding)
    return sorted(groups.values(), key=lambda group: (-(group[0].severity or Severity.ERROR), -len(group), group[0].rule))


def _rule(findings: list[Finding], page: Callable[[Finding], str], link: Callable[[Span], str]) -> Iterator[str]:
    first = findings[0]
    name = _linked(f"`{first.rule}`", page(first))
    count = f" ({len(findings)})" if len(findings) > 1 else ""
    yield f"\n#### {first.severity}: {name}{count}\n\n"
    told: set[tuple[str, str]] = set()
    for finding in findings:
        yield f"- {_place(finding.span, link)}: {_plain(finding.message)}\n"
        if finding.help:
            yield f"  - **help:** {_plain(finding.help)}\n"
        for other in finding.related[:3]:
            yield f"  - {_place(other.span, link)}: {_plain(other.message)}\n"
        label, text = predicted(finding)
        if text and (label, text) not in told:
            told.add((label, text))
            if label == "risk":
                yield f"  - **risk:** {_plain(text)}\n"
            else:
                yield f"  - <details><summary>AWS prints</summary>\n\n    {_code(text)}\n\n    </details>\n"


def _problem(problem: Problem, link: Callable[[Span], str]) -> str:
    place = _place(problem.span, link) if problem.span else _code(problem.path)
    return f"- {place}: {_plain(problem.message)}\n"


def _coverage(report: Report) -> Iterator[str]:
    yield f"\n{_plain(coverage.files(report))}.\n"
    files = coverage.unfinished(report)
    if files:
        rows = [f"- {_code(file.path)}: {file.status}: {_plain(file.reason)}\n" for file in files[:_FILES]]
        rows += [f"- and {len(files) - _FILES} more\n"] if len(files) > _FILES else []
        title = f"{coverage.counted(len(files), 'file')} not read as a whole"
        yield f"\n<details><summary>{title}</summary>\n\n{''.join(rows)}\n</details>\n"


def _place(span: Span, link: Callable[[Span], str]) -> str:
    return _linked(_code(f"{span.path}:{span.line}"), link(span))


def _linked(text: str, address: str) -> str:
    return f"[{text}]({address})" if address else text


def _plain(value: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    escaped = html.escape(" ".join(value.split()), quote=False)
    escaped = re.sub(r"[\\`*_\[\]|~]", r"\\\g<0>", escaped)
    return re.sub(r"@|#(?=\w)|://|(?<=www)\.", r"<span>\g<0></span>", escaped)


def _code(value: str) -> str:
    """A text as code on one line, in as many backticks as it needs."""
    text = " ".join(value.split())
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    gap = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def _within(most: int, pieces: list[str]) -> Iterator[str]:
    """As many of the pieces as there is room for, and how many lines are left out."""
    sizes = [len(piece.encode("utf-8", "surrogatepass")) for piece in pieces]
    if sum(sizes) <= most:
        yield from pieces
        return
    left = most - 100
    for number, (piece, size) in enumerate(zip(pieces, sizes, strict=True)):
        left -= size
        if left < 0:
            yield f"\n{sum(map(_lines, pieces[number:]))} more lines are in the log and in the other reports.\n"
            return
        yield piece


def _lines(piece: str) -> int:
    return len(piece.strip().splitlines())
