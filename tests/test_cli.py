"""The command line: what is printed where, and the exit status."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from ecrlint import __version__, rule_registry
from ecrlint.cli import main

CLEAN_TF = 'resource "aws_ecr_repository" "app" {\n  name = "app"\n}\n'
BROKEN_TASK = json.dumps(
    {
        "family": "app",
        "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{"name": "app", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"}],
    },
    indent=2,
)
BROKEN_TF = CLEAN_TF + 'resource "aws_iam_policy" "push" {\n  policy = {{{\n}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return tmp_path


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def test_a_clean_folder_prints_nothing_but_what_was_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "main.tf").write_text(CLEAN_TF)
    assert main([]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("No findings. 1 file analysed, in ")
    assert err.count("\n") == 1


def test_a_folder_with_nothing_of_ours_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.txt").write_text("hello")
    assert main(["."]) == 0
    assert "found no Terraform, CloudFormation, ECS task definition or IAM policy" in capsys.readouterr().err


def test_a_finding_is_one_line_and_status_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "task.json").write_text(BROKEN_TASK)
    assert main(["task.json"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("task.json:")
    assert line.endswith("[execution-role-missing]")


def test_the_status_is_the_same_in_every_format(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "task.json").write_text(BROKEN_TASK)
    assert main(["--format", "json", "."]) == 1
    report = json.loads(capsys.readouterr().out)
    assert [finding["rule"] for finding in report["findings"]] == ["execution-role-missing"]
    assert report["summary"]["errors"] == 1


def test_a_warning_fails_only_if_asked_to(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "main.tf").write_text(
        'resource "aws_instance" "app" {\n  ami = "ami-1"\n  metadata_options {\n    http_tokens = "optional"\n  }\n}\n'
    )
    assert main(["."]) == 0
    assert "warning:" in capsys.readouterr().out
    assert main(["--fail-on", "warning", "."]) == 1


def test_a_file_that_cannot_be_read_is_status_3(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "main.tf").write_text(BROKEN_TF)
    assert main(["."]) == 3
    assert "problem:" in capsys.readouterr().out


def test_a_finding_outweighs_a_file_that_cannot_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "main.tf").write_text(BROKEN_TF)
    (folder / "task.json").write_text(BROKEN_TASK)
    assert main(["."]) == 1
    out = capsys.readouterr().out
    assert "problem:" in out
    assert "error:" in out


@pytest.mark.parametrize("words", [["missing.tf"], ["--format", "yaml"], ["--no-such-option"], ["explain"], ["rules", "x"]])
def test_usage_is_status_2(folder: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Error: " in err


@pytest.mark.parametrize("between", ["\n", "\0"])
def test_a_list_of_paths_on_standard_input(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], between: str
) -> None:
    (folder / "task.json").write_text(BROKEN_TASK)
    (folder / "other.json").write_text(BROKEN_TASK)
    feed(monkeypatch, between.join(["task.json", "deleted.tf", ""]).encode())
    assert main(["-"]) == 1
    out, err = capsys.readouterr()
    assert [line.split(":")[0] for line in out.splitlines()] == ["task.json"]
    assert "deleted.tf: not there, so not read" in err


def test_an_empty_list_on_standard_input_reads_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "task.json").write_text(BROKEN_TASK)
    feed(monkeypatch, b"")
    assert main(["-"]) == 0
    assert capsys.readouterr().err.startswith("No findings: found no Terraform")


def test_a_folder_named_like_a_command_is_scanned_by_its_path(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rules").mkdir()
    (folder / "rules" / "task.json").write_text(BROKEN_TASK)
    assert main(["./rules"]) == 1
    assert capsys.readouterr().out.startswith("rules/task.json:")


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"ecrlint {__version__}\n"
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    for part in ("--format", "--fail-on", "ecrlint explain", "Exit status"):
        assert part in shown


def test_rules_lists_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[2] for line in lines] == [rule.name for rule in rule_registry.rules()]


def test_rules_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)["rules"]
    assert [rule["name"] for rule in listed] == [rule.name for rule in rule_registry.rules()]
    assert set(listed[0]) == {"name", "family", "severity", "summary", "symptoms"}


@pytest.mark.parametrize("name", ["token-on-repository", "token_on_repository", " Token-On-Repository "])
def test_explain_shows_the_page_of_a_rule(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["explain", name]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("token-on-repository (identity, error)")
    for part in ("## What fails", "## Fix", "## What AWS prints"):
        assert part in shown


def test_explain_suggests_the_nearest_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "token-on-repositories"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "nearest: token-on-repository" in err


def test_explain_finds_rules_by_the_message_of_aws(capsys: pytest.CaptureFixture[str]) -> None:
    message = (
        "denied: User: arn:aws:sts::123456789012:assumed-role/imdsv1-allowed/ci is not authorized to perform: "
        "ecr:InitiateLayerUpload on resource: arn:aws:ecr:eu-west-1:123456789012:repository/hop-limit because no "
        "identity-based policy allows the ecr:InitiateLayerUpload action"
    )
    assert main(["explain", message]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("is not authorized to perform: ecr:InitiateLayerUpload\n")
    for part in ("Causes\n\n1. ", "Check by hand\n\n", "Rules that predict it\n\n  push-set-incomplete (identity, error)\n"):
        assert part in shown
    assert sum(line.endswith(")") and line.startswith("  ") for line in shown.partition("Rules that")[2].splitlines()) == 5


def test_explain_reads_a_message_from_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    feed(monkeypatch, b"ClientException: Fargate requires task definition to have execution role ARN to support ECR images.\n")
    assert main(["explain", "-"]) == 0
    assert "execution-role-missing" in capsys.readouterr().out


def test_explain_guesses_no_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "the", "dog", "ate", "it"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "no known message is like this one" in err


def run(words: list[str], cwd: Path, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "ecrlint", *words], cwd=cwd, check=False, timeout=60, **options)  # type: ignore[call-overload, no-any-return]


def on_a_terminal(words: list[str], cwd: Path, **environment: str) -> str:
    """Standard output of the command when it is a terminal."""
    ours, theirs = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key != "NO_COLOR"} | {"TERM": "xterm"} | environment
    run(words, cwd, stdout=theirs, stderr=subprocess.DEVNULL, env=env)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # Linux: the other side is closed
        pass
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


def test_a_terminal_shows_the_source_line_in_color(folder: Path) -> None:
    (folder / "task.json").write_text(BROKEN_TASK)
    shown = on_a_terminal(["."], folder)
    assert "\x1b[" in shown
    for part in ("^", "= aws:", "= help:"):
        assert part in shown


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_color_is_honoured(folder: Path, environment: dict[str, str]) -> None:
    (folder / "task.json").write_text(BROKEN_TASK)
    shown = on_a_terminal(["."], folder, **environment)
    assert "= aws:" in shown
    assert "\x1b" not in shown


def test_color_always_shows_the_terminal_form_in_a_pipe(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "task.json").write_text(BROKEN_TASK)
    main(["--color", "always", "."])
    shown = capsys.readouterr().out
    assert "\x1b[" in shown
    assert "= help:" in shown


def test_a_reader_that_goes_away_changes_nothing(folder: Path) -> None:
    (folder / "task.json").write_text(BROKEN_TASK)
    ours, theirs = os.pipe()
    os.close(ours)
    done = run(["."], folder, stdout=theirs, stderr=subprocess.PIPE)
    os.close(theirs)
    assert done.returncode == 1
    assert done.stderr.startswith(b"1 error in 1 file. 1 file analysed")
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr


def test_an_output_that_cannot_hold_a_character_gets_its_escape(folder: Path) -> None:
    (folder / "tâche.json").write_text(BROKEN_TASK)
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = run(["."], folder, capture_output=True, env=env)
    assert done.returncode == 1
    assert done.stdout.startswith(b"t\\xe2che.json:")


def test_what_is_wrong_and_was_read_all_the_same_does_not_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = '{"family": "a", "family": "web", "containerDefinitions": [{"name": "web", "image": "nginx",}]}'
    (tmp_path / "task.json").write_text(text)
    assert main([str(tmp_path)]) == 0
    assert [line.split(": problem: ")[1] for line in capsys.readouterr().out.splitlines()] == [
        '"family" is here twice: the last one counts',
        "JSON has no comma at the end",
    ]


def test_a_working_directory_that_is_gone_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    try:
        assert main([]) == 2
    finally:
        os.chdir(tmp_path)
    assert capsys.readouterr().err == "Error: the working directory is gone; change to one that is there\n"


def test_no_list_on_a_closed_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", None)
    assert main(["-"]) == 2
    assert "standard input is closed" in capsys.readouterr().err


def test_a_file_below_very_many_folders_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(1200):
        os.mkdir("d")
        os.chdir("d")
    Path("main.tf").write_text('resource "aws_ecr_repository" "app" {\n  name = "app"\n}\n')
    os.chdir(tmp_path)
    assert main(["--root", "."]) == 0
    assert "1 file analysed" in capsys.readouterr().err
    subprocess.run(["rm", "-r", "d"], check=True)  # what clears up after tests goes down by recursion


INTERRUPTED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell takes from what it starts in the background
sys.argv = sys.argv[1:]
import ecrlint.cli as cli
early = signal.getsignal(signal.SIGINT)
def command(name):
    signal.raise_signal(signal.SIGINT)
cli.command = command
print(early is signal.SIG_DFL, cli.main())
"""


@pytest.mark.parametrize(("name", "said"), [("/usr/bin/ecrlint", "True 130\n"), ("/usr/bin/other", "False 130\n")])
def test_an_interrupt_ends_the_program_without_a_traceback(name: str, said: str) -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED, name, "rules"], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (said, "")
