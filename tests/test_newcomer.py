"""What somebody sees whose files, folders or terminal are not as they should be: what it is, where, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ecrlint.cli import main

CLEAN = 'resource "aws_ecr_repository" "app" {\n  name = "app"\n}\n'
FLAWED = """resource "aws_iam_policy" "push" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "ecr:GetAuthorizationToken",
    Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/app" }] })
}
"""


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Path]:
    """The current folder, with a clean file and a folder below, that everybody may read and that has been scanned once."""
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        root.chmod(0o755)
        (root / "main.tf").write_text(CLEAN)
        (root / "ecrlint.toml").write_text("")
        (root / "below").mkdir()
        (root / "below" / "task.json").write_text("{}")
        monkeypatch.chdir(root)
        assert main(["."]) == 0
        assert main(["hook", "main.tf"]) == 0
        capsys.readouterr()
        yield root


@contextmanager
def forbidden(path: Path) -> Iterator[None]:
    """Nobody may read a file or a folder; where the tests run as root, they are somebody else meanwhile."""
    before = path.stat().st_mode
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        path.chmod(before)


def test_a_folder_that_cannot_be_listed_is_a_problem(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with forbidden(folder / "below"):
        assert main(["."]) == 3
        assert capsys.readouterr().out == "below: problem: this folder cannot be read: Permission denied\n"
        assert main(["hook", "main.tf"]) == 0  # which was asked for another file
    (folder / "ecrlint.toml").write_text('exclude = ["below"]\n')
    with forbidden(folder / "below"):
        assert main(["."]) == 0


def test_a_file_that_may_not_be_read_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with forbidden(folder / "main.tf"):
        assert main(["."]) == 3
    assert capsys.readouterr().out == "main.tf: problem: this file cannot be read: Permission denied\n"


def test_a_configuration_that_may_not_be_read_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with forbidden(folder / "ecrlint.toml"):
        assert main(["."]) == 2
        assert capsys.readouterr().err == "Error: ecrlint.toml:1: this configuration cannot be read: Permission denied\n"
        assert main(["--config", "ecrlint.toml", "."]) == 2


def test_every_file_that_is_no_file_says_why(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "binary.tf").write_bytes(b"\0GITCRYPT\0\x01\xfe\xff")
    (folder / "circle.tf").symlink_to("circle.tf")
    (folder / "nowhere.tf").symlink_to("no-such-file")
    (folder / "out.tf").symlink_to(sys.executable)
    os.mkfifo(folder / "pipe.tf")
    assert main(["."]) == 3
    assert capsys.readouterr().out.splitlines() == [
        "binary.tf: problem: this is a binary file",
        "circle.tf: problem: this link leads nowhere",
        "nowhere.tf: problem: this link leads nowhere",
        "out.tf: problem: this leads out of the scanned folder and is not read",
        "pipe.tf: problem: this is not a file that can be read",
    ]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("rulez", "no such file or folder: rulez; there is a command rules"),
        ("explian", "no such file or folder: explian; there is a command explain"),
        ("infra", "no such file or folder: infra"),
    ],
)
def test_a_word_that_is_neither_path_nor_command(folder: Path, capsys: pytest.CaptureFixture[str], word: str, said: str) -> None:
    assert main([word]) == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"Error: {said}"


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line of a shell in which `ecrlint` is ours."""
    ours = f'ecrlint() {{ "{sys.executable}" -m ecrlint "$@"; }}\n'
    done = subprocess.run(["bash", "-c", ours + command], cwd=folder, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    return done


def test_an_output_that_is_full_is_an_error_and_one_that_is_closed_is_none(folder: Path) -> None:
    (folder / "main.tf").write_text(FLAWED)
    full = run("ecrlint . > /dev/full", folder)
    assert (full.returncode, full.stderr) == (2, "Error: standard output cannot be written: No space left on device\n")
    assert run("ecrlint --fail-on warning . >&-", folder).returncode == 1
    assert run("ecrlint --fail-on warning . 2>&-", folder).returncode == 1
    assert run("ecrlint rules | head -1; exit ${PIPESTATUS[0]}", folder).returncode == 0


def test_lines_that_end_as_on_windows_are_shown_and_mended(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "main.tf").write_bytes(FLAWED.replace("\n", "\r\n").encode())
    assert main(["--color", "always", "--fail-on", "warning", "."]) == 1
    shown = capsys.readouterr().out
    assert "main.tf:2:67" in shown
    assert "\r" not in shown
    assert main(["fix", "."]) == 0
    lines = (folder / "main.tf").read_bytes().splitlines(keepends=True)
    assert all(line.endswith(b"\r\n") for line in lines)


def test_a_narrow_terminal_gets_help_and_findings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    for command in ("ecrlint --help", "ecrlint --color always ."):
        assert run(command, folder).returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no device that is always full")
@pytest.mark.parametrize("words", ["--help", "--version", "fix --help", "rules", "nonsense", ". nonsense", "--format json ."])
def test_where_nothing_can_be_said_the_exit_status_says_it(folder: Path, words: str) -> None:
    (folder / "main.tf").write_text(FLAWED)
    assert run(f"ecrlint {words} > /dev/full 2> /dev/full", folder).returncode == 2
    assert run(f"ecrlint {words} > /dev/full", folder).returncode == 2


def test_a_message_on_a_closed_standard_input_is_a_usage_error(folder: Path) -> None:
    done = run("ecrlint explain - <&-", folder)
    assert (done.returncode, done.stderr.splitlines()[-1][:31]) == (2, "Error: standard input is closed")
    assert run("printf 'a\\377\\376b' | PYTHONUTF8=1 ecrlint explain -", folder).returncode == 1


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="this system has no device without an end")
@pytest.mark.parametrize("words", ["-", "explain -"])
def test_standard_input_without_an_end_is_a_usage_error(folder: Path, words: str) -> None:
    done = run(f"ulimit -v 900000; ecrlint {words} < /dev/zero", folder)
    assert (done.returncode, " on standard input is larger than " in done.stderr) == (2, True)


def test_of_a_list_of_what_is_gone_the_first_are_named(folder: Path) -> None:
    said = run("(ls -d .; seq 1 3000) | ecrlint -", folder).stderr.splitlines()
    assert said[0] == "ecrlint: 1: not there, so not read"
    assert said[100] == "ecrlint: 2900 more are not there"
    assert run("(ls -d .; yes gone | head -3000) | ecrlint -", folder).stderr.count("gone") == 1
