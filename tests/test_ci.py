"""The action and the recipes for continuous integration do what they say."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ecrlint.cli import main

INPUT = re.compile(r"\$\[\[ inputs\.([\w-]+) \]\]")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder with one flaw, and what a runner gives an action that has been installed."""
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(
        'resource "aws_iam_policy" "push" {\n  policy = jsonencode({ Statement = [{ Effect = "Allow",\n'
        '    Action = "ecr:GetAuthorizationToken", Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/app" }] })\n}\n'
    )
    command = tmp_path / "runner" / "ecrlint" / "bin" / "ecrlint"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ecrlint "$@"\n')
    command.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    ("inputs", "status", "written"),
    [
        ({}, 0, {"ecrlint.sarif"}),
        ({"FAIL_ON": "warning"}, 1, {"ecrlint.sarif"}),
        ({"FAIL_ON": "warning", "SARIF": ""}, 1, set()),
        ({"PATHS": "infra $(touch pasted)"}, 2, set()),
        ({"PATHS": "infra\ninfra/main.tf\n", "FAIL_ON": "warning"}, 1, {"ecrlint.sarif"}),
        ({"PATHS": "infra\n$(touch pasted) and more\n"}, 2, set()),
        ({"FAIL_ON": "warning", "SOFT_FAIL": "true"}, 0, {"ecrlint.sarif"}),
        ({"ARGS": "--fail-on\nwarning\n", "MARKDOWN": "comment.md"}, 1, {"ecrlint.sarif", "comment.md"}),
        ({"ARGS": "--select=$(touch pasted)"}, 2, set()),
        ({"NEW_ONLY": "true"}, 2, set()),
    ],
)
def test_the_action_runs_ecrlint_and_pastes_no_input(
    project: Path, repository: Path, inputs: dict[str, str], status: int, written: set[str]
) -> None:
    action = yaml.safe_load((project / "action.yml").read_text(encoding="utf-8"))
    script = action["runs"]["steps"][1]["run"]
    given = dict.fromkeys(action["runs"]["steps"][1]["env"], "") | {"PATHS": "infra", "SARIF": "ecrlint.sarif"} | inputs
    before = {path.name for path in repository.iterdir()}
    environment = {**os.environ, **given, "RUNNER_TEMP": str(repository / "runner")}
    done = subprocess.run(
        ["bash", "-e", "-c", script], cwd=repository, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    assert {path.name for path in repository.iterdir()} - before == written
    if written:
        assert "::warning file=infra/main.tf" in done.stdout
        assert json.loads((repository / "ecrlint.sarif").read_text())["version"] == "2.1.0"


def test_the_action_reports_what_a_pull_request_introduces(project: Path, repository: Path) -> None:
    script = yaml.safe_load((project / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"][1]["run"]
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    text = (repository / "infra" / "main.tf").read_text()
    for commit in (text, text + text.replace('"push"', '"new"')):
        (repository / "infra" / "main.tf").write_text(commit)
        for words in (["init", "--quiet"], ["add", "infra"], ["commit", "--quiet", "--message", "a commit"]):
            subprocess.run([*git, *words], cwd=repository, check=True)
    given = {"PATHS": "infra", "NEW_ONLY": "true", "ACTION": "acme/ecrlint", "ACTION_REF": "v1", "MARKDOWN": "comment.md"}
    environment = {**os.environ, **given, "RUNNER_TEMP": str(repository / "runner"), "GITHUB_SERVER_URL": "https://github.com"}
    command = ["bash", "-e", "-u", "-c", f"ARGS= FAIL_ON= SARIF= SOFT_FAIL=\n{script}"]
    subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=True)
    comment = (repository / "comment.md").read_text()
    assert "### ecrlint: 1 warning in 1 file; 1 fixable with ecrlint fix; 1 was there before\n" in comment
    assert "(https://github.com/acme/ecrlint/blob/v1/docs/rules/identity/token-on-repository.md)" in comment


@pytest.mark.parametrize(
    ("inputs", "status"),
    [({}, 0), ({"paths": "infra", "fail-on": "warning"}, 1), ({"paths": "infra $(touch pasted)"}, 2)],
)
def test_the_job_for_gitlab_installs_and_runs_ecrlint_and_pastes_no_input(
    project: Path, repository: Path, inputs: dict[str, str], status: int
) -> None:
    text = (project / "templates" / "ecrlint.yml").read_text(encoding="utf-8")
    head, job = yaml.safe_load_all(text)
    stated = {name: entry["default"] for name, entry in head["spec"]["inputs"].items() if "default" in entry}
    given = {**stated, "package": "git+https://example.com/ecrlint@c0ffee", **inputs}
    assert set(INPUT.findall(text)) == set(given)
    job = job["ecrlint"]
    variables = {name: INPUT.sub(lambda found: given[found[1]], value) for name, value in job["variables"].items()}
    bin = repository / "runner" / "ecrlint" / "bin"
    (bin / "pip").write_text('#!/bin/sh\necho "$@" > "$0.said"\n')
    (bin / "pip").chmod(0o755)
    environment = {**os.environ, **variables, "PATH": f"{bin}:{os.environ['PATH']}"}
    command = ["sh", "-e", "-c", "\n".join(job["script"])]
    done = subprocess.run(command, cwd=repository, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert (bin / "pip.said").read_text() == "install --quiet git+https://example.com/ecrlint@c0ffee\n"
    assert not (repository / "pasted").exists()
    if status < 2:
        assert "infra/main.tf" in done.stdout
        report = repository / job["artifacts"]["reports"]["codequality"]
        assert [one["check_name"] for one in json.loads(report.read_text())] == ["token-on-repository"]


def recipes() -> list[str]:
    """The ecrlint commands of the page, without what follows them."""
    page = (Path(__file__).resolve().parent.parent / "docs" / "ci.md").read_text(encoding="utf-8")
    return re.findall(r"\becrlint (--output [^|'\n]*)", page)


@pytest.mark.parametrize("words", recipes())
def test_the_commands_of_the_page_are_understood(
    words: str, repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repository)
    assert main(shlex.split(words)) == 0
    assert "Usage" not in capsys.readouterr().err


def test_the_page_has_a_command_for_every_system() -> None:
    assert len(recipes()) == 3
