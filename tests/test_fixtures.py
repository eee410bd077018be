"""Every rule fires on its `fires/` cases and says nothing on their twins in `quiet/`.

A case is a folder, or a single file, scanned alone as its own root. The verdict is checked before the golden
`fires/expected.txt`, which `--update-golden` writes anew.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint import rule_registry
from ecrlint.model.finding import Finding, Report
from ecrlint.testing import GOLDEN, cases, described, scan_case

FIXTURES = Path(__file__).resolve().parent / "fixtures"
RULES = [rule.name for rule in rule_registry.rules()]


def of(rule: str, verdict: str) -> list[Path]:
    return [Path(case) for case in cases(FIXTURES, rule, verdict)]


def every(verdict: str) -> list[object]:
    return [pytest.param(rule, case, id=f"{rule}/{case.name}") for rule in RULES for case in of(rule, verdict)]


def said(report: Report, rule: str) -> list[Finding]:
    return [finding for finding in report.findings if finding.rule == rule]


def problems(report: Report) -> list[str]:
    return [f"{problem.path}: {problem.message}" for problem in report.problems]


@pytest.mark.parametrize(("rule", "case"), every("fires"))
def test_a_rule_fires(rule: str, case: Path) -> None:
    report = scan_case(case)
    assert problems(report) == []
    assert said(report, rule), f"{rule} says nothing on {case}"


@pytest.mark.parametrize(("rule", "case"), every("quiet"))
def test_a_rule_stays_quiet(rule: str, case: Path) -> None:
    report = scan_case(case)
    assert problems(report) == []
    assert list(described(case, said(report, rule))) == []


@pytest.mark.parametrize("rule", RULES)
def test_findings_are_where_and_what_the_golden_says(rule: str, request: pytest.FixtureRequest) -> None:
    lines: list[str] = []
    for case in of(rule, "fires"):
        found = said(scan_case(case), rule)
        assert found, f"{rule} says nothing on {case}"
        lines += described(case, found)
    golden = FIXTURES / rule / "fires" / GOLDEN
    if request.config.getoption("update_golden"):
        golden.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert golden.exists(), "no golden: pytest tests/test_fixtures.py --update-golden writes it"
    assert lines == golden.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_cases_that_fire_each_with_a_quiet_twin(rule: str) -> None:
    fires, quiet = ({case.name for case in of(rule, verdict)} for verdict in ("fires", "quiet"))
    assert fires, f"tests/fixtures/{rule}/fires holds no case"
    assert fires - quiet == set(), f"tests/fixtures/{rule}/quiet lacks the twins of these cases"


def test_every_fixture_folder_belongs_to_a_rule() -> None:
    assert {path.name for path in FIXTURES.iterdir() if path.is_dir()} - set(RULES) == set()
