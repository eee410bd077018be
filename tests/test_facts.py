"""What a user states of a network holds for the subnets that it names, and one that names none is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ecrlint.cli import main

FIRES = Path(__file__).resolve().parent / "fixtures" / "task-without-way-out" / "fires"
RULE, IN_VAIN = "[task-without-way-out]", "[fact-matches-nothing]"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with a service in the subnet `aws_subnet.tasks` of `aws_vpc.main`, which has no way out."""
    (tmp_path / ".git").mkdir()
    shutil.copytree(FIRES / "private", tmp_path / "live")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """The rules of the lines that a command prints."""
    main(list(words))
    return [f"[{line.rpartition('[')[2]}" for line in capsys.readouterr().out.splitlines() if line.endswith("]")]


@pytest.mark.parametrize("name", ["aws_subnet.tasks", "aws_subnet.*", "aws_vpc.main", "*"])
def test_a_subnet_is_named_by_its_address_or_that_of_its_vpc(root: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert said(capsys, ".") == [RULE]
    (root / "ecrlint.toml").write_text(f'has-way-out = ["{name}"]\n')
    assert said(capsys, ".") == []
    assert said(capsys, "live/main.tf") == []
    assert said(capsys, "hook", "live/main.tf") == []


def test_an_address_without_an_index_is_that_of_every_instance(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main_tf = root / "live" / "main.tf"
    text = main_tf.read_text()
    for kind in ("aws_subnet", "aws_route_table_association"):
        text = text.replace(f'resource "{kind}" "tasks" {{', f'resource "{kind}" "tasks" {{\n  count = 2')
    text = text.replace("= aws_subnet.tasks.id", "= aws_subnet.tasks[count.index].id")
    main_tf.write_text(text.replace("[aws_subnet.tasks.id]", "aws_subnet.tasks[*].id"))
    assert said(capsys, ".") == [RULE]
    for name in ("aws_subnet.tasks", "aws_subnet.tasks[*]"):
        (root / "ecrlint.toml").write_text(f'has-way-out = ["{name}"]\n')
        assert said(capsys, ".") == []
    (root / "ecrlint.toml").write_text('has-way-out = ["aws_subnet.tasks[0]"]\n')
    assert said(capsys, ".") == []  # a task may start in the one that has a way out


def test_a_fact_about_nothing_is_told_where_everything_was_read(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "ecrlint.toml").write_text('has-way-out = [\n  "aws_subnet.task",\n]\n')
    main(["."])
    told = capsys.readouterr().out.splitlines()[0]
    assert told == (
        'ecrlint.toml:2:4: warning: "aws_subnet.task" is said to have a way out, but no subnet or VPC has this address; '
        f'nearest: "aws_subnet.tasks" {IN_VAIN}'
    )
    assert said(capsys, "live") == [RULE]
    assert said(capsys, "live/main.tf") == [RULE]
    assert said(capsys, "hook", "live/main.tf") == [RULE]
    (root / "ecrlint.toml").write_text('has-way-out = ["aws_subnet.task"]\n[rules]\nfact-matches-nothing = "off"\n')
    assert said(capsys, ".") == [RULE]


def test_a_fact_is_of_the_files_below_its_configuration(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(root / "live", root / "other")
    (root / "other" / "ecrlint.toml").write_text('has-way-out = ["aws_subnet.tasks"]\n')
    main(["."])
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("live/main.tf:")


def test_the_configuration_says_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "ecrlint.toml").write_text('has-way-out = ["aws_vpc.main"]\n')
    main(["config", "live"])
    assert "has-way-out  aws_vpc.main  ecrlint.toml:1\n" in capsys.readouterr().out
    main(["path", "--in", "live"])
    assert "the configuration says that it has a way out" in capsys.readouterr().out
    (root / "ecrlint.toml").write_text('has-way-out = "aws_vpc.main"\n')
    assert main(["."]) == 2
    assert capsys.readouterr().err == 'Error: ecrlint.toml:1: "has-way-out" must be a list of strings\n'
