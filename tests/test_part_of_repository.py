"""A part of a repository has the findings that it has in a scan of the whole: by the hook, file by file, and folder by folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from ecrlint.boundary.repository import around
from ecrlint.model.finding import Finding
from ecrlint.run import pipeline
from ecrlint.run.hook import hook

FIXTURES = Path(__file__).parent / "fixtures"
READ = (".tf", ".tofu", ".json", ".yaml", ".yml", ".hcl", ".sh")
Seen = tuple[str, str, int, str, str]


def units(case: Path) -> set[Path]:
    """The folders and files of a case that may be units of their own."""
    files = (path for path in case.rglob("*") if path.is_file() and path.name.endswith(READ))
    return {path.parent if path.suffix in (".tf", ".tofu") else path for path in files}


CASES = [
    case
    for rule in sorted(FIXTURES.iterdir())
    for kind in ("fires", "quiet")
    if (rule / kind).is_dir()
    for case in sorted((rule / kind).iterdir())
    if case.is_dir() and len(units(case)) > 1
]


def seen(finding: Finding) -> Seen:
    return (finding.rule, finding.span.path, finding.span.line, str(finding.severity), finding.message)


def places(finding: Finding) -> set[str]:
    return {finding.span.path, *(other.span.path for other in finding.related)}


def called(case: Path) -> set[str]:
    """The folders that something calls as a module, which alone are not what their callers make of them."""
    found = set()
    for path in (*case.rglob("*.tf"), *case.rglob("*.hcl")):
        for source in re.findall(r'source\s*=\s*"(\.[^"?]*)"', path.read_text()):
            found.add(os.path.relpath(os.path.normpath(path.parent / source.replace("//", "/")), case))
    return found


def test_there_are_cases_of_several_units() -> None:
    assert len(CASES) > 200


@pytest.mark.parametrize("case", CASES, ids=lambda case: "/".join(case.parts[-3:]))
def test_a_part_has_the_findings_that_it_has_in_the_whole(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)
    whole = pipeline.scan(["."], around(".", ["."])).findings
    names = sorted(path.relative_to(case).as_posix() for path in case.rglob("*") if path.is_file())
    for name in names:
        found = hook.scan([name], within=around(".", [name])).findings
        assert sorted(map(seen, found)) == sorted(seen(one) for one in whole if name in places(one)), name
    for folder in {os.path.dirname(name) for name in names if name.endswith(".tf")} - {""} - called(case):
        found = pipeline.scan([folder], around(".", [folder])).findings
        below = f"{folder}/"
        assert sorted(seen(one) for one in found if one.span.path.startswith(below)) == sorted(
            seen(one) for one in whole if one.span.path.startswith(below)
        ), folder
