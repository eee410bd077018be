"""Applies the fixes of findings: only those that do what they are for, and nothing besides.

A fix is tried in memory: the same paths are scanned again with the edited text in the place of the file. It counts if
its finding is gone, no other failure has come, and nothing that could be read before cannot be read now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field

from ecrlint.boundary.repository import Boundary, around
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Edit, Finding, Report
from ecrlint.rule_registry import rules
from ecrlint.run import pipeline
from ecrlint.run.read.files import Tree
from ecrlint.run.scan_state import PLAIN, ScanOptions

MAX_ROUNDS = 10
"""A fix that touches the place of another waits for the next round."""

MAX_TRIES = 30
"""Scans in search of the fixes that do not hold; what was not tried by then is not written."""

MAX_TRIES_TO_SHOW = 4
"""The same for a report that only shows fixes, for which nobody waits so long."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after, and what was mended in it."""

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Mended:
    """What fixing came to: the files that change, the findings that are gone, and the report on what is left."""

    boundary: Boundary
    changes: tuple[Change, ...]
    fixed: tuple[Finding, ...]
    left: Report


def mend(paths: Sequence[str], root: str | Boundary = ".", options: ScanOptions = PLAIN, unsafe: bool = False) -> Mended:
    """Work out every fix that holds, without writing anything, the unsafe ones on demand. Raises as `scan` does."""
    attempt = _Attempt(paths, around(root, paths) if isinstance(root, str) else root, options)
    texts: dict[str, bytes] = {}
    fixed: list[Finding] = []
    report = attempt.scan(texts)
    for _ in range(MAX_ROUNDS):
        made = attempt.best(report, texts, attempt.open(_apart(report.findings, unsafe)))
        if not made.fixed:
            break
        texts, report = made.texts, made.report
        fixed += made.fixed
    before = {path: attempt.original(path) for path in texts}
    changes = tuple(Change(path, before[path], after) for path, after in sorted(texts.items()) if after != before[path])
    return Mended(attempt.boundary, changes, tuple(fixed), report)


def proven(
    report: Report,
    paths: Sequence[str],
    root: str | Boundary = ".",
    options: ScanOptions = PLAIN,
    others: Sequence[Finding] = (),
) -> Report:
    """The report with those fixes alone that hold, tried together as far as they go together. `others` are findings of the scan
    that are not in the report."""
    attempt = _Attempt(paths, around(root, paths) if isinstance(root, str) else root, options, MAX_TRIES_TO_SHOW)
    held: set[int] = set()
    rest = _apart(report.findings, unsafe=False)
    everything = replace(report, findings=(*report.findings, *others))
    while rest:
        fixed = attempt.best(everything, {}, rest).fixed
        held |= {id(finding) for finding in fixed}
        rest = [finding for finding in attempt.open(rest) if id(finding) not in held] if fixed else []
    findings = (finding if id(finding) in held else replace(finding, fix=()) for finding in report.findings)
    return replace(report, findings=tuple(findings))


def write(mended: Mended) -> None:
    """Put every changed file in the place of the old one, all or none. Raises OSError, and `Unread`."""
    tree = Tree(mended.boundary)
    tree.reader.write({tree.full(change.path): change.after for change in mended.changes})


@dataclass(frozen=True, slots=True)
class _Made:
    texts: dict[str, bytes]
    report: Report
    fixed: list[Finding]


@dataclass(slots=True)
class _Attempt:
    paths: Sequence[str]
    boundary: Boundary
    options: ScanOptions
    left: int = MAX_TRIES
    refused: set[str] = field(default_factory=set)

    def open(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings whose fix has not been refused by itself."""
        return [finding for finding in findings if finding.fingerprint not in self.refused]

    def scan(self, texts: Mapping[str, bytes]) -> Report:
        return pipeline.scan(self.paths, self.boundary, replace(self.options, texts={**self.options.texts, **texts}))

    def original(self, path: str) -> bytes:
        return Tree(self.boundary, self.options.texts).data(path) or b""

    def best(self, report: Report, texts: dict[str, bytes], candidates: Sequence[Finding]) -> _Made:
        """As many of these fixes as hold: all at once where they do, otherwise without those that seem to be to blame."""
        edited = self._edited(texts, candidates) if candidates and self.left else None
        if edited is None:
            return _Made(texts, report, [])
        self.left -= 1
        after = self.scan(edited)
        suspects = _suspects(report, after, candidates)
        if not suspects:
            return _Made(edited, after, list(candidates))
        if len(candidates) == 1:
            self.refused.add(candidates[0].fingerprint)
            return _Made(texts, report, [])
        blamed = {id(finding) for finding in suspects}
        others = [finding for finding in candidates if id(finding) not in blamed]
        if not others:
            half = len(candidates) // 2
            others, suspects = list(candidates[:half]), list(candidates[half:])
        first = self.best(report, texts, others)  # what is left out is found again at its new place in the next round
        return first if first.fixed else self.best(report, texts, suspects)

    def _edited(self, texts: Mapping[str, bytes], findings: Sequence[Finding]) -> dict[str, bytes] | None:
        """The files with all edits of some findings; None where a file is not text that can be put back as it was."""
        by_path: dict[str, dict[Edit, None]] = {}
        for finding in findings:
            for edit in finding.fix:
                by_path.setdefault(edit.span.path, {})[edit] = None
        edited = dict(texts)
        for path, edits in by_path.items():
            data = texts.get(path, self.original(path))
            mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
            text = next(iter(edits)).span.source.text
            if data != mark + text.encode("utf-8", "surrogatepass"):
                return None
            edited[path] = mark + applied(text, list(edits)).encode("utf-8")
        return edited


def applied(text: str, edits: Sequence[Edit]) -> str:
    """A text with edits that do not overlap."""
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end), reverse=True):
        text = text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    return text


def _apart(findings: Sequence[Finding], unsafe: bool) -> list[Finding]:
    """The findings whose fixes do not get into each other's way; the same edit may mend several."""
    taken: dict[str, dict[Edit, None]] = {}
    chosen = []
    for finding in findings:
        if (
            finding.fix
            and (unsafe or not finding.unsafe)
            and not any(_collide(edit, taken.get(edit.span.path, {})) for edit in finding.fix)
        ):
            chosen.append(finding)
            for edit in finding.fix:
                taken.setdefault(edit.span.path, {})[edit] = None
    return chosen


def _collide(edit: Edit, others: Mapping[Edit, None]) -> bool:
    if edit in others:
        return False
    return any(edit.span.start <= other.span.end and other.span.start <= edit.span.end for other in others)


def _suspects(before: Report, after: Report, fixed: Sequence[Finding]) -> list[Finding]:
    """The findings whose fix may be to blame for what is not as it should be; all of them where that is not seen.

    It should be so: these findings are gone, none has come, and nothing is read worse than it was. Only what is exposed, and
    does not fail, may come: who can push now may push to too many repositories.
    """
    counted = _counted(before)
    exposures = {rule.name for rule in rules() if rule.exposure is not None}
    left = Counter(one.fingerprint for one in after.findings if one.fingerprint in counted or one.rule not in exposures)
    wanted = counted - Counter(finding.fingerprint for finding in fixed)
    known = {(one.path, one.message) for one in before.problems}
    whole = {file.path for file in before.files if file.status == "analysed"}
    come = [one for one in after.findings if left[one.fingerprint] > counted[one.fingerprint]]
    still = {mark for mark, number in left.items() if number > wanted[mark]}
    troubled = {one.path for one in after.problems if (one.path, one.message) not in known}
    troubled |= whole - {file.path for file in after.files if file.status == "analysed"}
    if not still and not troubled:
        return []
    addresses, troubled = {one.address for one in come}, troubled | {one.span.path for one in come}
    return (
        [one for one in fixed if one.fingerprint in still or one.address in addresses]
        or [one for one in fixed if any(edit.span.path in troubled for edit in one.fix)]
        or list(fixed)
    )


def _counted(report: Report) -> Counter[str]:
    return Counter(finding.fingerprint for finding in report.findings)
