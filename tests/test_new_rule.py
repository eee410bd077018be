"""The scaffold of a rule is a rule, in a copy of the project."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ecrlint.integrations import numbers

NUMBERS = "src/ecrlint/integrations/numbers.py"


@pytest.fixture
def copy(project: Path, tmp_path: Path) -> Path:
    """A copy of what the scaffold writes into and reads; `lib/` has the package with the rules inside, as a wheel has."""
    shutil.copytree(project / "tools", tmp_path / "tools")
    shutil.copytree(project / "rules", tmp_path / "rules", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests" / "fixtures").mkdir(parents=True)
    (tmp_path / NUMBERS).parent.mkdir(parents=True)
    shutil.copy(project / NUMBERS, tmp_path / NUMBERS)
    return tmp_path


def new_rule(copy: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tools/new_rule.py", *words]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)


def test_the_scaffold_is_a_rule_with_its_fixtures(copy: Path, project: Path) -> None:
    done = new_rule(copy, "ecs", "task-never-sleeps")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[:4] == [
        "rules/ecs/task_never_sleeps.py",
        "tests/fixtures/task-never-sleeps/fires/terraform/main.tf",
        "tests/fixtures/task-never-sleeps/quiet/terraform/main.tf",
        NUMBERS,
    ]
    added = set((copy / NUMBERS).read_text().splitlines()) - set((project / NUMBERS).read_text().splitlines())
    assert added == {f'    "task-never-sleeps": {max(numbers.NUMBERS.values()) + 1},'}
    shutil.copytree(project / "src" / "ecrlint", copy / "lib" / "ecrlint")
    shutil.copytree(copy / "rules", copy / "lib" / "ecrlint" / "rules")
    listed = subprocess.run(
        [sys.executable, "-m", "ecrlint", "rules", "--format", "json"],
        env=os.environ | {"PYTHONPATH": str(copy / "lib")},
        capture_output=True,
        text=True,
        check=True,
    )
    found = {rule["name"]: rule for rule in json.loads(listed.stdout)["rules"]}
    assert found["task-never-sleeps"]["family"] == "ecs"
    assert found["task-never-sleeps"]["severity"] == "error"


def test_the_scaffold_passes_the_checks_of_the_project(copy: Path, project: Path) -> None:
    new_rule(copy, "ecs", "task-never-sleeps")
    module = str(copy / "rules" / "ecs" / "task_never_sleeps.py")
    ruff = [sys.executable, "-m", "ruff"]
    config = ["--config", str(project / "pyproject.toml")]
    subprocess.run([*ruff, "check", "--no-cache", *config, module], check=True)
    subprocess.run([*ruff, "format", "--no-cache", "--check", *config, module], check=True)


@pytest.mark.parametrize("name", ["Task-Never-Sleeps", "sleeps", "task_never_sleeps", "../task-never", "task--sleeps"])
def test_a_name_is_words_with_dashes(copy: Path, name: str) -> None:
    done = new_rule(copy, "ecs", name)
    assert done.returncode == 2
    assert "a name has at least two words" in done.stderr


def test_a_rule_is_never_overwritten(copy: Path) -> None:
    new_rule(copy, "ecs", "task-never-sleeps")
    done = new_rule(copy, "imds", "task-never-sleeps")
    assert done.returncode == 2
    assert "rules/ecs/task_never_sleeps.py exists" in done.stderr
    assert not (copy / "rules" / "imds" / "task_never_sleeps.py").exists()


def test_a_family_is_one_that_exists(copy: Path) -> None:
    done = new_rule(copy, "lunar", "task-never-sleeps")
    assert done.returncode == 2
    assert "identity" in done.stderr
