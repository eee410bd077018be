"""Tests of rules by their fixtures: what `tests/test_fixtures.py` does for ours, for rules of one's own.

`FIXTURES/RULE/fires/` has the cases in which a rule has a finding, `FIXTURES/RULE/quiet/` a twin of each without one, and
`fires/expected.txt` what is found, which `failures(..., update=True)` writes. A case is a folder or a file, scanned alone.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from functools import partial

from ecrlint import rule_registry
from ecrlint.boundary.file_reader import FileReader, read_named
from ecrlint.boundary.reader import Absent
from ecrlint.boundary.repository import around
from ecrlint.boundary.unsaved import UnsavedReader
from ecrlint.boundary.writing import put
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Finding, Report
from ecrlint.run import pipeline

GOLDEN = "expected.txt"
_MOST = 24 << 20


def failures(rules_from: str, fixtures: str, update: bool = False) -> list[str]:
    """What is wrong with the rules of a folder by their fixtures, a line each; an empty list where nothing is.

    This runs the code of the rules. `update`: write what is found to the goldens first. Raises `RuleError` for a module that is
    no rule.
    """
    family = os.path.basename(os.path.realpath(rules_from))
    rule_registry.add_rules_from(rules_from)
    return [said for rule in rule_registry.rules() if rule.family == family for said in _failures(rule.name, fixtures, update)]


def _failures(rule: str, fixtures: str, update: bool) -> Iterator[str]:
    fires, quiet = (cases(fixtures, rule, verdict) for verdict in ("fires", "quiet"))
    if not fires:
        yield f"{rule}: there is no case in {os.path.join(fixtures, rule, 'fires')}"
    twins = {os.path.basename(case) for case in quiet}
    yield from (f"{case}: there is no twin of it in quiet/" for case in fires if os.path.basename(case) not in twins)
    lines: list[str] = []
    for case in fires:
        report = scan_case(case)
        found = [finding for finding in report.findings if finding.rule == rule]
        yield from (f"{case}: {problem.path}: {problem.message}" for problem in report.problems)
        if not found:
            yield f"{case}: {rule} finds nothing"
        lines += described(case, found)
    for case in quiet:
        report = scan_case(case)
        yield from (f"{case}: {problem.path}: {problem.message}" for problem in report.problems)
        yield from (f"{case}: {line}" for line in described(case, [one for one in report.findings if one.rule == rule]))
    golden = os.path.join(fixtures, rule, "fires", GOLDEN)
    text = "".join(f"{line}\n" for line in lines)
    if update:
        put(golden, text)
    elif _data(golden).decode() != text:
        yield f"{golden}: this is not what is found: failures(..., update=True) writes it"


def cases(fixtures: str | os.PathLike[str], rule: str, verdict: str) -> list[str]:
    """The cases of a rule in `fires` or `quiet`: the paths of folders and files."""
    folder = os.path.realpath(os.path.join(fixtures, rule, verdict))
    try:
        entries = FileReader([folder]).entries(folder)
    except Absent:
        return []
    return [os.path.join(folder, entry.name) for entry in entries if entry.name != GOLDEN and not entry.name.startswith(".")]


def scan_case(case: str | os.PathLike[str]) -> Report:
    """The report on a case; a single file is scanned in a folder of its own, or its neighbours would be read with it."""
    case = os.fspath(case)
    if os.path.isdir(case):
        return pipeline.scan([case], case)
    with tempfile.TemporaryDirectory() as empty:
        folder = os.path.realpath(empty)
        texts = {os.path.join(folder, os.path.basename(case)): _data(case)}
        return pipeline.scan([folder], replace(around(folder, [folder]), opens=partial(UnsavedReader, texts)))


def described(case: str | os.PathLike[str], findings: Iterable[Finding]) -> Iterator[str]:
    """Each finding as the golden holds it: place, severity, message, rule; then the source line, and the related places."""
    for finding in findings:
        span = finding.span
        path = f"{os.path.basename(case)}/{span.path}" if os.path.isdir(case) else span.path
        yield f"{path}:{span.line}:{span.column}: {finding.severity}: {finding.message} [{finding.rule}]"
        yield f"    {span.source.line_text(span.line).strip()}"
        for other in finding.related:
            yield f"    {other.span.path}:{other.span.line}:{other.span.column}: {other.message}"


def _data(path: str) -> bytes:
    """The bytes of a file; nothing where there is none."""
    try:
        return read_named(path, _MOST)
    except Absent:
        return b""
