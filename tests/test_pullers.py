"""Which of the rules about a task's roles speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint import run

FIXTURES = Path(__file__).resolve().parent / "fixtures"
TOGETHER = ("execution-role-missing", "execution-role-cannot-pull", "pull-on-task-role")
"""Why a task cannot pull: one cause, so one of them."""

FIRES = [path for rule in TOGETHER for path in sorted((FIXTURES / rule / "fires").iterdir()) if path.is_dir()]


@pytest.mark.parametrize("case", FIRES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_that_a_task_cannot_pull_is_said_once(case: Path) -> None:
    said = [finding.rule for finding in run.scan([str(case)], root=str(case)).findings if finding.rule in TOGETHER]
    assert said == [case.parts[-3]]


def test_a_builder_that_cannot_be_pulled_is_said_of_its_execution_role() -> None:
    case = FIXTURES / "pull-on-task-role" / "quiet" / "builder"
    said = [finding.rule for finding in run.scan([str(case)], root=str(case)).findings if finding.family == "ecs"]
    assert said == ["execution-role-cannot-pull"]
