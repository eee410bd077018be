"""What is worked out once for several stacks of a unit is what each of them gives: held against working it out for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.adapt.kept import Kept
from ecrlint.model.source import Source
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.value import Scalar
from ecrlint.run.pipeline import scan
from ecrlint.run.scenarios.reads import Memory, WatchedStack, watched

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
    monkeypatch.setattr(WatchedStack, "_before", lambda self, question: None)
    assert found(case) == first


@pytest.mark.parametrize("case", CASES[1::3], ids=lambda case: "/".join(case.parts[-3:]))
def test_what_is_kept_of_a_resource_is_what_it_makes_in_each_stack(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = found(case)
    monkeypatch.setattr(Kept, "once", lambda self, resource, what, value, make: make())
    assert found(case) == first


def names(stack: Stack) -> list[str]:
    return [one.label for one in stack.repositories]


def test_a_watched_stack_notes_what_is_read_of_it_also_by_an_answer_that_is_there_already() -> None:
    stack = watched(Stack("unit"), Memory())
    assert stack.answer(names) == ()
    assert stack.read == {"repositories"}
    stack.read = set()
    assert stack.answer(names) == ()
    assert stack.read == {"repositories"}
    stack.read = set()
    assert stack.tasks == ()
    assert stack.read == {"tasks"}


def test_an_answer_is_that_of_an_earlier_stack_where_what_it_read_is_equal_and_no_other() -> None:
    place = Source("main.tf", "").span(0, 0)
    asked: list[Stack] = []

    def counted(stack: Stack) -> list[str]:
        asked.append(stack)
        return names(stack)

    def unit(name: str, *, settled: bool = False) -> Stack:
        return Stack("unit", repositories=(Repository("aws_ecr_repository.app", Scalar(name, place), place),), settled=settled)

    memory = Memory()
    first, second, other, third = (watched(it, memory) for it in (unit("a"), unit("a", settled=True), unit("b"), unit("b")))
    assert [stack.answer(counted) for stack in (first, second, other, third)] == [("app",)] * 4
    assert asked == [first, other]
    assert second.repositories is first.repositories
    assert third.read == {"repositories"}


def test_what_an_answer_holds_is_read_of_the_stack_that_is_asked_and_noted_there() -> None:
    place = Source("main.tf", "").span(0, 0)

    def unit(name: str) -> Stack:
        return Stack("unit", repositories=(Repository("aws_ecr_repository.app", Scalar(name, place), place),))

    def held(stack: Stack) -> list[Stack]:
        return [stack]

    def later(stack: Stack) -> list[str]:
        return names(stack.answer(held)[0])

    def named(stack: Stack) -> list[object]:
        return [one.name for one in stack.answer(held)[0].repositories]

    memory = Memory()
    first, second = (watched(unit(name), memory) for name in ("a", "b"))
    assert [first.answer(later), second.answer(later)] == [("app",), ("app",)]
    assert (first.answer(named), second.answer(named)) == ((Scalar("a", place),), (Scalar("b", place),))
    assert second.read == {"repositories"}
