"""The report for people: one line for each finding, or on a terminal the whole story of each in at most ten lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from ecrlint.model.access_keys import masked
from ecrlint.model.finding import Finding, Problem, Report, Severity
from ecrlint.model.source import Span
from ecrlint.model.visible import one_line
from ecrlint.report.prediction import predicted

PLACES = 3  # related places shown in full; the others are counted
WIDTH = 110  # characters of a source line that are shown

_COLORS = {"error": "1;31", "warning": "1;33", "note": "1;36", "problem": "1;35", "place": "1", "gutter": "34", "label": "2"}


def render(
    report: Report,
    *,
    full: bool = False,
    explained: bool = False,
    color: bool = False,
    shown: Callable[[str], str] = str,
    verbose: bool = False,
    only_asked: bool = False,
    page: Callable[[Finding], str] = lambda _: "",
) -> str:
    """Findings, then problems. `full`: with source line, AWS message, help and related places; otherwise one line each,
    `explained`: and one for the AWS message and one for the help. `verbose`: then what was not read as a whole and which sets are
    open, one line each, with the reasons. `shown` gives a path as the reader finds it; `page`, the address of a finding's rule,
    to which its name is then a link. `only_asked`: without the notes that nobody asked for."""
    findings = [finding for finding in report.findings if not (only_asked and finding.unasked)]
    entries = [_finding(finding, full, explained, color, shown, page) for finding in findings]
    entries += [_problem(problem, full, color, shown) for problem in report.problems]
    gap = "\n\n" if full else "\n"
    text = gap.join("\n".join(lines) for lines in entries) + "\n" if entries else ""
    blind = "".join(f"{line}\n" for line in _blind_spots(report, color, shown)) if verbose else ""
    return text + ("\n" if full and text and blind else "") + blind


def _blind_spots(report: Report, color: bool, shown: Callable[[str], str]) -> Iterator[str]:
    for file in report.files:
        if file.reason:
            yield f"{_paint('place', one_line(shown(file.path)) + ':', color)} {file.status}: {one_line(file.reason)}"
    for opening in report.open:
        place = _paint("place", f"{_spot(opening.span, shown)}:", color)
        yield f"{place} open: there may be more {opening.set} of {one_line(opening.address)}: {one_line(opening.reason)}"


def statistics(report: Report, *, color: bool = False, only_asked: bool = False) -> str:
    """How many findings each rule has, the most first: the number, how many of them can be fixed, severity, rule."""
    findings = [finding for finding in report.findings if not (only_asked and finding.unasked)]
    counts = Counter((finding.severity or Severity.ERROR, finding.rule) for finding in findings)
    fixable = Counter(finding.rule for finding in findings if finding.fix and not finding.unsafe)
    lines = []
    for (severity, rule), number in sorted(counts.items(), key=lambda row: (-row[1], -row[0][0], row[0][1])):
        word = _paint(str(severity), f"{severity!s:<7}", color)
        lines.append(f"{number:>5}  {word}  {rule}{f' ({fixable[rule]} fixable)' if fixable[rule] else ''}\n")
    return "".join(lines)


def _finding(
    finding: Finding, full: bool, explained: bool, color: bool, shown: Callable[[str], str], page: Callable[[Finding], str]
) -> Iterator[str]:
    word = str(finding.severity)
    place = _paint("place", f"{_spot(finding.span, shown)}:", color)
    yield f"{place} {_paint(word, word + ':', color)} {one_line(finding.message)} [{_linked(finding.rule, page(finding))}]"
    if not full and not explained:
        return
    if full:
        yield from _source_lines(finding.span, word, color)
    label, said = predicted(finding)
    if said:
        yield from _labelled(f"{label}:".ljust(5), said if full else one_line(said.strip()), color)
    if finding.help:
        yield from _labelled("help:", finding.help if full else one_line(finding.help.strip()), color)
    if not full:
        return
    for other in finding.related[:PLACES]:
        yield from _labelled("note:", f"{_spot(other.span, shown)}: {other.message}", color)
    more = len(finding.related) - PLACES
    if more > 0:
        yield from _labelled("note:", f"and {more} more {'place' if more == 1 else 'places'}", color)


def _problem(problem: Problem, full: bool, color: bool, shown: Callable[[str], str]) -> Iterator[str]:
    spot = _spot(problem.span, shown) if problem.span else one_line(shown(problem.path))
    place = _paint("place", f"{spot}:", color)
    yield f"{place} {_paint('problem', 'problem:', color)} {one_line(problem.message)}"
    if full and problem.span:
        yield from _source_lines(problem.span, "problem", color)


def _spot(span: Span, shown: Callable[[str], str]) -> str:
    return f"{one_line(shown(span.path))}:{span.line}:{span.column}"


def _labelled(label: str, text: str, color: bool) -> Iterator[str]:
    first, *others = [one_line(line) for line in text.strip().splitlines()] or [""]
    yield f"   {_paint('label', '= ' + label, color)} {first}"
    for line in others:
        yield f"           {line}".rstrip()


def _source_lines(span: Span, word: str, color: bool) -> Iterator[str]:
    """The line of a span's start and a marker under the part of the span that lies on it."""
    text, start, end = source_line(span)
    before, marked = _cells(text[:start]), _cells(text[start:end])
    number = str(span.line)
    yield f" {_paint('gutter', number + ' |', color)} {one_line(text)}".rstrip()
    yield f" {_paint('gutter', ' ' * len(number) + ' |', color)} {' ' * before}{_paint(word, '^' * max(marked, 1), color)}"


def source_line(span: Span) -> tuple[str, int, int]:
    """The line of a span's start, without what is secret in it, and where the part of the span on it begins and ends."""
    text = masked(span.source.line_text(span.line))
    start = min(span.column - 1, len(text))
    end = span.end_column - 1 if span.end_line == span.line else len(text.rstrip())
    return _crop(text, start, max(min(end, len(text)), start))


def _crop(text: str, start: int, end: int) -> tuple[str, int, int]:
    """A stretch of a long line around the marked part, without the indentation that moves it out of sight."""
    if len(text) <= WIDTH:
        return text, start, end
    first = max(0, min(start - WIDTH // 4, len(text) - WIDTH))
    last = min(len(text), first + WIDTH)
    left, right = "..." if first else "", "..." if last < len(text) else ""
    shift = len(left) - first
    return left + text[first:last] + right, start + shift, min(end, last) + shift


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    import unicodedata  # only for lines that need it

    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) != 0 for char in text)


def _linked(text: str, address: str) -> str:
    """A text that leads to an address, on a terminal that knows OSC 8."""
    return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\" if address else text


def _paint(what: str, text: str, color: bool) -> str:
    return f"\x1b[{_COLORS[what]}m{text}\x1b[0m" if color else text
