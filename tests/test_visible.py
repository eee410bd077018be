"""No command prints a character of what is scanned that moves a cursor, breaks a line, reorders a text or cannot be encoded."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ecrlint.model.visible import UNSEEN, json_text, marked, one_line

ARN = "arn:aws:ecr:eu-west-1:111122223333:repository/"
ROLE = """resource "aws_iam_role" "ci" {
  name               = "ci\\u001b[31m\\u202e\\nforged"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy" "p" {
  name   = "x\\u202e"
  role   = aws_iam_role.ci.id
  policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "ARNa\u202e\x1b[2J" }] })
}
""".replace("ARN", ARN)
POLICY = """{"Version": "2012-10-17", "Statement": [
  {"Sid": "\\ud800", "Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "ARN\\ud800\\u001b[31mx"}]}
""".replace("ARN", ARN)
TEMPLATE = """Resources:
  "R\u202e":
    Type: AWS::IAM::Role
    Properties:
      RoleName: "x\\e[31m\\u202e\\nforged"
      Policies: [{PolicyName: "p\\x07", PolicyDocument: {Statement: [
        {Effect: Allow, Action: "ecr:GetAuthorizationToken", Resource: "ARNa\\u202e\\x85"}]}}]
""".replace("ARN", ARN)
FOLDER = "a\x1b[31m\u202eb\nforged.tf:1:1: error: forged"

COMMANDS = [
    *([*words] for words in ([], ["-v"], ["--color", "always", "-v"])),
    *(["--format", form] for form in ("json", "sarif", "github", "gitlab", "junit", "rdjson")),
    *(["why", role, "ecr:PutImage", *more] for role in ("aws_iam_role.ci", "x") for more in ([], ["--format", "json"])),
    *(["path"], ["baseline", "write"], ["baseline", "check"], ["config"], ["config", f"{FOLDER}/main.tf"], ["fix"]),
    *(["hook", f"{FOLDER}/main.tf"], [f"{FOLDER}/gone"], ["explain", "\x1b[31m\u202e"], ["--config", "\u202e\x1b[31m"]),
]


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir()
    for name in (f"{FOLDER}/main.tf", os.fsdecode(b"caf\xe9.tf")):
        (tmp_path / name).write_text(ROLE)
    (tmp_path / "pol\u202e.json").write_text(POLICY)
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    (tmp_path / "out\u202e.tf").symlink_to("/nowhere/x")
    (tmp_path / "ecrlint-baseline.json").write_text(
        json.dumps({"schema": 1, "findings": [{"rule": "a\x1b", "path": "\u202e\nforged", "address": "\x07", "cause": "\ud800"}]})
    )
    return tmp_path


def run(folder: Path, words: list[str]) -> tuple[bytes, bytes]:
    environment = {**os.environ, "GITHUB_STEP_SUMMARY": str(folder.parent / "summary.md"), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "ecrlint", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, env=environment)
    assert b"Traceback" not in done.stderr
    return done.stdout, done.stderr


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: ascii(" ".join(words))[1:30])
def test_what_is_scanned_prints_nothing_unseen(hostile: Path, words: list[str], broken: bool) -> None:
    if broken:
        (hostile / "broken\u202e.tf").write_text('resource "aws_ecr_repository" "\x1b[31m" {\n')
        (hostile / "broken").mkdir()
        (hostile / "broken/ecrlint.toml").write_text('severity = "\x7f\u202e"\n"\\u001b[31m" = 1\n')
    for printed in run(hostile, words):
        text = printed.decode("utf-8")  # what no encoding holds is replaced
        shown = re.sub(r"\x1b\[[\d;]*m", "", text) if "always" in words else text
        assert not UNSEEN.search(shown)
        assert not re.search("(?m)^forged", text)
        assert not re.search(r"\\ud[89a-f]", text)
    if "github" in words:
        assert not UNSEEN.search((hostile.parent / "summary.md").read_text("utf-8"))


@pytest.mark.parametrize(
    "said", ["ecrlint.toml", "ecrlint-baseline.json"], ids=["an error of a configuration", "an error of a baseline"]
)
def test_an_error_prints_nothing_unseen(hostile: Path, said: str) -> None:
    (hostile / said).write_text(
        'fail-on = "\u202e\\u001b[31m\\nforged"' if said.endswith("toml") else '{"schema": "\\u001b\u202e"}'
    )
    out, err = run(hostile, [])
    assert (out, err[:7]) == (b"", b"Error: ")
    assert len(err.splitlines()) == 1
    assert not UNSEEN.search(err.decode())


def test_a_diff_names_its_files_as_git_does(hostile: Path) -> None:
    diff, _ = run(hostile, ["fix", "--diff"])
    assert b'--- "a/a\\033[31m\\342\\200\\256b\\012forged.tf:1:1: error: forged/main.tf"' in diff
    assert b'--- "a/caf\\351.tf"' in diff
    done = subprocess.run(["git", "apply", "-"], cwd=hostile, input=diff, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert run(hostile, ["fix", "--diff"])[0] == b""


def test_marks_stand_where_nothing_is_seen() -> None:
    assert marked("a\x1b[31m\u202e\ud800\ta\n\u00a0é") == "a\ufffd[31m\ufffd\ufffd\ta\n\u00a0é"
    assert one_line("a\r\nb\tc\u2028") == "a  b c\ufffd"


def test_half_a_pair_of_surrogates_is_no_json() -> None:
    assert json_text(["\ud83d\ude00", "\ud800", "\\ud800"]) == '["\\ud83d\\ude00","\\ufffd","\\\\ud800"]\n'
