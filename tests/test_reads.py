"""A rule that read nothing of what a scenario changes finds there what it found before: held against running every rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.model.stack import Stack
from ecrlint.run.pipeline import scan
from ecrlint.run.scenarios.reads import Heard, WatchedStack

FIXTURES = Path(__file__).parent / "fixtures"
CASES = sorted(
    case
    for case in FIXTURES.glob("*/*/*")
    if case.is_dir() and any(word in case.name for word in ("condition", "choice", "variable", "parameter", "default", "switch"))
)


def found(case: Path) -> list[tuple[str, str, int, str]]:
    report = scan([str(case)], str(case))
    return sorted((one.rule, one.span.path, one.span.line, one.message) for one in report.findings)


def test_there_are_cases_with_scenarios() -> None:
    assert len(CASES) > 100


@pytest.mark.parametrize("case", CASES[::3], ids=lambda case: "/".join(case.parts[-3:]))
def test_what_is_not_run_again_says_the_same(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = found(case)
    monkeypatch.setattr(Heard, "again", lambda self, rule, changed: None)
    assert found(case) == first


def test_a_watched_stack_notes_what_is_read_of_it_also_by_an_answer_that_is_there_already() -> None:
    def names(stack: Stack) -> list[str]:
        return [role.label for role in stack.roles]

    stack = WatchedStack(Stack("unit"))
    assert stack.answer(names) == ()
    assert stack.read == {"roles"}
    stack.read = set()
    assert stack.answer(names) == ()
    assert stack.read == {"roles"}
    stack.read = set()
    assert stack.tasks == ()
    assert stack.read == {"tasks"}
