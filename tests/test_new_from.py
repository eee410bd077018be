"""Only what a change introduces, by the tree of another commit."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from ecrlint.cli import main

TASK = json.dumps(
    {
        "family": "app",
        "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{"name": "app", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"}],
    }
)
TOKEN = (
    'resource "aws_iam_policy" "NAME" {\n  policy = jsonencode({\n    Statement = [{\n      Effect = "Allow"\n'
    '      Action = "ecr:GetAuthorizationToken"\n'
    '      Resource = "arn:aws:ecr:eu-west-1:123456789012:repository/app"\n    }]\n  })\n}\n'
)
_AS = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]


def git(*words: str) -> str:
    return subprocess.run(["git", *_AS, *words], check=True, capture_output=True, text=True).stdout


def commit(message: str = "a commit") -> None:
    git("add", "--all", "--force")
    git("commit", "--quiet", "--message", message)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a repository with one finding in `infra/`, committed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    git("init", "--quiet", "--initial-branch", "main")
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(TOKEN.replace("NAME", "old"))
    commit()
    return tmp_path


def new(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """The places of what is reported."""
    main([*words, "--severity", "warning"])
    return [":".join(line.split(":")[:2]) for line in capsys.readouterr().out.splitlines()]


def test_what_was_there_is_not_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--new-from", "HEAD"]) == 0
    assert capsys.readouterr().err.startswith("No findings; 1 was there before. 1 file analysed, in ")
    (folder / "task.json").write_text(TASK)
    assert main(["--new-from", "HEAD"]) == 1
    out, err = capsys.readouterr()
    assert [line.split(":")[0] for line in out.splitlines()] == ["task.json"]
    assert err.startswith("1 error in 1 file; 1 was there before. ")


def test_what_has_moved_down_in_its_file_was_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (folder / "infra" / "main.tf").read_text()
    (folder / "infra" / "main.tf").write_text(TOKEN.replace("NAME", "new") + text)
    assert new(capsys, "--new-from", "HEAD") == ["infra/main.tf:5"]


def test_what_is_in_a_file_that_has_another_name_now_was_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.rename(folder / "infra", folder / "live")
    assert new(capsys) == ["live/main.tf:5"]
    assert new(capsys, "--new-from", "HEAD") == []


def test_a_copy_is_new(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "live").mkdir()
    (folder / "live" / "main.tf").write_text((folder / "infra" / "main.tf").read_text())
    assert new(capsys, "--new-from", "HEAD") == ["live/main.tf:5"]


def test_what_was_ignored_until_now_is_new(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (folder / "infra" / "main.tf").read_text()
    (folder / "infra" / "main.tf").write_text(f"# ecrlint: ignore[token-on-repository] a proxy\n{text}")
    commit()
    (folder / "infra" / "main.tf").write_text(text)
    assert new(capsys, "--new-from", "HEAD") == ["infra/main.tf:5"]
    assert new(capsys, "--new-from", "HEAD~1") == []


def test_what_breaks_elsewhere_is_new(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    role = 'resource "aws_iam_role" "ci" {\n  assume_role_policy = "{}"\n}\n'
    attached = 'resource "aws_iam_role_policy_attachment" "a" {\n  role = aws_iam_role.ci.name\n  policy_arn = POLICY\n}\n'
    push = (
        'resource "aws_iam_role_policy" "push" {\n  role = aws_iam_role.ci.name\n  policy = jsonencode({ Statement = [{\n'
        '    Effect = "Allow"\n    Action = ["ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:PutImage"]\n'
        '    Resource = "*" }] })\n}\n'
    )
    all_of_it = attached.replace("POLICY", '"arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"')
    (folder / "infra" / "main.tf").write_text(role + push)
    (folder / "infra" / "more.tf").write_text(all_of_it)
    commit()
    (folder / "infra" / "more.tf").unlink()
    assert "infra/main.tf:8" in new(capsys, "--new-from", "HEAD")


def test_a_part_of_the_repository_is_compared_with_the_same_part(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "task.json").write_text(TASK)
    monkeypatch.chdir(folder / "infra")
    assert new(capsys, "--new-from", "HEAD") == []
    assert new(capsys, "--new-from", "HEAD", "--root", ".") == []
    assert new(capsys, "--new-from", "HEAD", "main.tf", "../task.json") == ["../task.json:1"]
    (folder / "infra" / "new.tf").write_text(TOKEN.replace("NAME", "new"))
    assert new(capsys, "--new-from", "HEAD", "new.tf") == ["new.tf:5"]


def test_a_reference_with_three_dots_is_where_the_branch_began(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    git("switch", "--quiet", "--create", "work")
    (folder / "task.json").write_text(TASK)
    commit()
    git("switch", "--quiet", "main")
    (folder / "infra" / "main.tf").write_text("")
    commit()
    git("switch", "--quiet", "work")
    assert new(capsys, "--new-from", "main") == ["infra/main.tf:5", "task.json:1"]
    assert new(capsys, "--new-from", "main...") == ["task.json:1"]


def test_what_terraform_has_installed_is_there_before_and_after(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "infra" / "main.tf").write_text('module "login" {\n  source = "acme/login/aws"\n}\n')
    commit()
    installed = folder / "infra" / ".terraform" / "modules"
    (installed / "login").mkdir(parents=True)
    (installed / "modules.json").write_text(
        '{"Modules": [{"Key": "", "Source": "", "Dir": "."},'
        '{"Key": "login", "Source": "acme/login/aws", "Dir": ".terraform/modules/login"}]}'
    )
    (installed / "login" / "main.tf").write_text(TOKEN.replace("NAME", "installed"))
    assert new(capsys) == ["infra/main.tf:1"]
    assert new(capsys, "--new-from", "HEAD") == []


def test_a_wrong_configuration_of_the_commit_is_no_obstacle(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ecrlint.toml").write_text("nonsense = true\n")
    commit()
    (folder / "ecrlint.toml").write_text("")
    (folder / "task.json").write_text(TASK)
    assert new(capsys, "--new-from", "HEAD") == ["task.json:1"]


def test_a_baseline_that_the_commit_has_not_is_no_obstacle(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", "write", "--baseline", "known.json"]) == 0
    (folder / "task.json").write_text(TASK)
    assert new(capsys, "--new-from", "HEAD", "--baseline", "known.json") == ["task.json:1"]


@pytest.mark.parametrize("name", ["nope", "--upload-pack=touch x", "HEAD:infra", "nope...", "HEAD~9", ""])
def test_what_is_no_commit_is_a_mistake_in_the_use(folder: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main([f"--new-from={name}"]) == 2
    assert "there is no commit" in capsys.readouterr().err


def test_without_a_repository_there_is_nothing_to_compare_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--new-from", "HEAD"]) == 2
    assert "do not lie in one git repository" in capsys.readouterr().err


def test_nothing_in_the_repository_changes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def state() -> dict[str, tuple[float, int]]:
        files = (os.path.join(place, name) for place, _, names in os.walk(folder) for name in names)
        return {path: (os.stat(path).st_mtime_ns, os.stat(path).st_size) for path in files}

    (folder / "task.json").write_text(TASK)
    (folder / ".git" / "hooks" / "post-checkout").write_text("#!/bin/sh\ntouch ran\n")
    os.chmod(folder / ".git" / "hooks" / "post-checkout", 0o755)
    before = state()
    main(["--new-from", "HEAD"])
    assert state() == before


def test_every_format_has_the_new_findings_alone_with_their_fixes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "infra" / "new.tf").write_text(TOKEN.replace("NAME", "new"))
    main(["--new-from", "HEAD", "--format", "sarif"])
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "infra/new.tf"
    assert result["fixes"]
