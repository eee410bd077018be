"""The report as one HTML file, for a person without a terminal: nothing is loaded from elsewhere, and nothing in it runs."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Iterator

from ecrlint import __version__
from ecrlint.model.finding import Finding, Problem, Report, Severity
from ecrlint.model.source import Span
from ecrlint.model.visible import one_line
from ecrlint.report import coverage
from ecrlint.report.prediction import predicted
from ecrlint.report.text import source_line

MAX_FINDINGS = 5_000
"""A browser is slow with more on one page."""

_STYLE = """
:root { color-scheme: light dark; --text: #1c1f23; --dim: #5b6470; --back: #fff; --card: #f6f7f9; --line: #d8dce2;
  --error: #b3261e; --warning: #8a5a00; --note: #1b5e9b; --problem: #7b2d8b; --mark: #ffe3e0 }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --dim: #9aa4b1; --back: #15181c; --card: #1e2227; --line: #333a43;
  --error: #ff8a80; --warning: #ffc452; --note: #7cc0ff; --problem: #df9bee; --mark: #5b2622 } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem; color: var(--text); background: var(--back);
  font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
p { margin: .25rem 0 } .dim { color: var(--dim) } a { color: inherit }
article { border: 1px solid var(--line); border-left: 5px solid var(--weight); border-radius: 6px; background: var(--card);
  padding: .75rem 1rem; margin: .75rem 0; overflow-wrap: anywhere }
article.error { --weight: var(--error) } article.warning { --weight: var(--warning) }
article.note { --weight: var(--note) } article.problem { --weight: var(--problem) }
article > h3 { font-size: 1rem; font-weight: 600; margin: 0 0 .25rem } b.weight { color: var(--weight) }
code, pre { font: 14px/1.45 ui-monospace, "SFMono-Regular", "DejaVu Sans Mono", monospace }
pre { overflow-x: auto; margin: .5rem 0; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: 4px;
  background: var(--back) }
mark { background: var(--mark); color: inherit; border-radius: 2px } pre .number { color: var(--dim); user-select: none }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .75rem; margin: .5rem 0 0 }
dt { color: var(--dim) } dd { margin: 0 }
table { border-collapse: collapse; width: 100%; font-size: .9rem } td, th { text-align: left; vertical-align: top;
  padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere } summary { cursor: pointer }
td:first-child, th:first-child { white-space: nowrap }
"""
_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; form-action 'none'">
<title>ecrlint: {title}</title>
<style>{style}</style>
</head>
<body>
"""


def render(report: Report, *, page: Callable[[Finding], str] = lambda _: "", link: Callable[[Span], str] = lambda _: "") -> str:
    """One page. `page` gives the address of a finding's rule, `link` that of a place; empty: none."""
    verdict = coverage.verdict(report)
    parts = [
        _HEAD.format(title=_text(verdict), style=_STYLE),
        f"<header><h1>{_text(verdict)}</h1>\n<p class=dim>{_text(coverage.files(report))}. ecrlint {__version__}</p></header>\n",
        *_counts(report),
        *_findings(report, page, link),
        *_problems(report, link),
        *_files(report),
        "</body>\n</html>\n",
    ]
    return "".join(parts)


def _counts(report: Report) -> Iterator[str]:
    """How many findings each rule has, where that is more than one can see at once."""
    counts = Counter((finding.severity or Severity.ERROR, finding.rule) for finding in report.findings)
    if len(report.findings) <= len(counts) or len(counts) == 1:
        return
    yield "<h2>Rules</h2>\n<table>\n<tr><th>findings</th><th>severity</th><th>rule</th></tr>\n"
    for (severity, rule), number in sorted(counts.items(), key=lambda row: (-row[0][0], -row[1], row[0][1])):
        yield f"<tr><td>{number}</td><td>{severity}</td><td><code>{_text(rule)}</code></td></tr>\n"
    yield "</table>\n"


def _findings(report: Report, page: Callable[[Finding], str], link: Callable[[Span], str]) -> Iterator[str]:
    left = MAX_FINDINGS
    for severity in reversed(Severity):
        found = [finding for finding in report.findings if finding.severity is severity]
        if found and left > 0:
            yield f"<h2>{str(severity).capitalize()}s</h2>\n"
            yield from (_finding(finding, page, link) for finding in found[:left])
        left -= len(found)
    if left < 0:
        yield f"<p>{-left} more findings are left out, the least severe; the other formats have them.</p>\n"


def _finding(finding: Finding, page: Callable[[Finding], str], link: Callable[[Span], str]) -> str:
    word = str(finding.severity)
    rule = _linked(f"<code>{_text(finding.rule)}</code>", page(finding))
    label, said = predicted(finding)
    rows = [("AWS prints", f"<code>{_text(said)}</code>") if label == "aws" else ("Risk", _text(said))] if said else []
    rows += [("Help", _text(finding.help))] if finding.help else []
    rows += [("See", f"{_place(other.span, link)}: {_text(other.message)}") for other in finding.related]
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>\n" for name, value in rows)
    return (
        f'<article class="{word}">\n<h3><b class=weight>{word}:</b> {_text(finding.message)}</h3>\n'
        f"<p class=dim>{_place(finding.span, link)} &middot; {rule}</p>\n"
        f"{_source(finding.span)}<dl>\n{listed}</dl>\n</article>\n"
    )


def _problems(report: Report, link: Callable[[Span], str]) -> Iterator[str]:
    if report.problems:
        yield "<h2>Files that could not be read</h2>\n"
        yield from (_problem(problem, link) for problem in report.problems)


def _problem(problem: Problem, link: Callable[[Span], str]) -> str:
    place = _place(problem.span, link) if problem.span else f"<code>{_text(problem.path)}</code>"
    source = _source(problem.span) if problem.span else ""
    said = f"<h3><b class=weight>problem:</b> {_text(problem.message)}</h3>"
    return f'<article class="problem">\n{said}\n<p class=dim>{place}</p>\n{source}</article>\n'


def _files(report: Report) -> Iterator[str]:
    files = coverage.unfinished(report)
    if files:
        yield f"<h2>Not read as a whole</h2>\n<details><summary>{coverage.counted(len(files), 'file')}</summary>\n<table>\n"
        for file in files:
            yield f"<tr><td>{file.status}</td><td><code>{_text(file.path)}</code></td><td>{_text(file.reason)}</td></tr>\n"
        yield "</table>\n</details>\n"


def _source(span: Span) -> str:
    text, start, end = source_line(span)
    before, marked, after = _text(text[:start]), _text(text[start:end]), _text(text[end:])
    return f"<pre><span class=number>{span.line} | </span>{before}<mark>{marked}</mark>{after}</pre>\n" if text.strip() else ""


def _place(span: Span, link: Callable[[Span], str]) -> str:
    return _linked(f"<code>{_text(f'{span.path}:{span.line}:{span.column}')}</code>", link(span))


def _linked(text: str, address: str) -> str:
    return f'<a href="{html.escape(address)}">{text}</a>' if address.startswith(("https://", "http://")) else text


def _text(value: str) -> str:
    return html.escape(one_line(value))
