"""Which of the rules about a task's roles speaks."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.run import pipeline

FIXTURES = Path(__file__).resolve().parent / "fixtures"
TOGETHER = ("execution-role-missing", "execution-role-cannot-pull", "pull-on-task-role")
"""Why a task cannot pull: one cause, so one of them."""

FIRES = [path for rule in TOGETHER for path in sorted((FIXTURES / rule / "fires").iterdir()) if path.is_dir()]


@pytest.mark.parametrize("case", FIRES, ids=lambda path: f"{path.parts[-3]}/{path.name}")
def test_that_a_task_cannot_pull_is_said_once(case: Path) -> None:
    said = [one for one in pipeline.scan([str(case)], root=str(case)).findings if one.rule in TOGETHER]
    causes = [(one.address, one.message.partition(" (when ")[2]) for one in said]
    assert len(set(causes)) == len(causes), "one of them for each task and condition"
    assert case.parts[-3] in {one.rule for one in said}
    assert {one.rule for one, (_, condition) in zip(said, causes, strict=True) if not condition} <= {case.parts[-3]}


def test_a_builder_that_cannot_be_pulled_is_said_of_its_execution_role() -> None:
    case = FIXTURES / "pull-on-task-role" / "quiet" / "builder"
    said = [finding.rule for finding in pipeline.scan([str(case)], root=str(case)).findings if finding.family == "ecs"]
    assert said == ["execution-role-cannot-pull"]
