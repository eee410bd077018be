"""What a person meets every day: the last line, which findings are shown, content on standard input, links and progress."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from ecrlint.boundary import installation
from ecrlint.cli import main
from ecrlint.commands import progress

TASK = json.dumps(
    {
        "family": "app",
        "requiresCompatibilities": ["FARGATE"],
        "containerDefinitions": [{"name": "app", "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"}],
    }
)
TOKEN = (
    'resource "aws_iam_policy" "login" {\n  policy = jsonencode({\n    Statement = [{\n      Effect = "Allow"\n'
    '      Action = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]\n'
    '      Resource = "arn:aws:ecr:eu-west-1:123456789012:repository/app"\n    }]\n  })\n}\n'
)
NOTE = 'resource "aws_instance" "app" {\n  ami = "ami-1"\n  instance_type = "m6i.large"\n}\n'
"""A host of which nothing says that it has to do with images: a note."""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "FORCE_HYPERLINK", "ECRLINT_RULE_URL", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with an error, a warning that can be fixed and a note."""
    (tmp_path / "task.json").write_text(TASK)
    (tmp_path / "main.tf").write_text(TOKEN + NOTE + 'resource "aws_ecr_repository" "app" {\n  name = "app"\n}\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def feed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))


def rules(out: str) -> list[str]:
    return [line.rpartition("[")[2].rstrip("]") for line in out.splitlines()]


def test_the_last_line_is_the_verdict(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 1
    out, err = capsys.readouterr()
    assert rules(out) == ["token-on-repository", "execution-role-missing"]
    assert err.startswith("1 error, 1 warning, 1 note in 2 files; 2 fixable with ecrlint fix. 2 files analysed, in ")
    assert err.endswith("s; --severity note shows the note\n")


def test_the_last_line_counts_what_is_not_about_ecr_and_what_is_incomplete(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "main.tf").write_text('resource "aws_sns_topic" "a" {}\n')
    (folder / "task.json").write_text(TASK.replace('"app:1"', '"app:1",'))
    (folder / "infra").mkdir()
    (folder / "infra" / "main.tf").write_text(
        'module "x" {\n  source = "acme/ecr/aws"\n}\nresource "aws_ecr_repository" "a" {}\n'
    )
    (folder / "task.json").unlink()
    assert main([]) == 0
    line = capsys.readouterr().err
    assert line.startswith("No findings. 1 file analysed, 1 not about ECR, 1 incomplete (-v lists them), in ")


@pytest.mark.parametrize(
    "words", [["--severity", "note"], ["--fail-on", "note"], ["--select", "imdsv2-not-required"], ["--config", "named.toml"]]
)
def test_notes_are_shown_where_they_are_asked_for(folder: Path, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    (folder / "named.toml").write_text('[rules]\nimdsv2-not-required = "note"\n')
    main(words)
    out, err = capsys.readouterr()
    assert "imdsv2-not-required" in rules(out)
    assert "shows the note" not in err


@pytest.mark.parametrize("text", ['severity = "note"\n', 'fail-on = "note"\n'])
def test_a_configuration_asks_for_notes(folder: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (folder / "ecrlint.toml").write_text(text)
    main([])
    assert "imdsv2-not-required" in rules(capsys.readouterr().out)


def test_other_formats_have_the_notes_that_nobody_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--format", "json"])
    assert [one["rule"] for one in json.loads(capsys.readouterr().out)["findings"]].count("imdsv2-not-required") == 1
    main(["--format", "github"])
    assert capsys.readouterr().out.count("[imdsv2-not-required]") == 1
    main(["baseline", "write"])
    assert "imdsv2-not-required" in (folder / "ecrlint-baseline.json").read_text()


def test_severity_leaves_out_what_is_below(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--severity", "error"]) == 1
    out, err = capsys.readouterr()
    assert rules(out) == ["execution-role-missing"]
    assert err.startswith("1 error in 1 file. ")


def test_an_ignore_of_what_is_below_the_severity_is_not_said_to_be_in_vain(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "main.tf").write_text(f"# ecrlint: ignore[imdsv2-not-required] it is never started\n{NOTE}")
    main(["--severity", "warning"])
    assert rules(capsys.readouterr().out) == ["execution-role-missing"]


def test_rules_and_families_are_selected_and_ignored(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--select", "identity,imds"])
    assert rules(capsys.readouterr().out) == ["token-on-repository"]
    main(["--ignore", "identity", "--severity", "note"])
    assert rules(capsys.readouterr().out) == ["imdsv2-not-required", "execution-role-missing"]
    main(["--select", "identity", "--ignore", "token-on-repository"])
    assert capsys.readouterr().out == ""


def test_a_selected_rule_is_on_whatever_the_configuration_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ecrlint.toml").write_text('[rules]\ntoken-on-repository = "off"\n')
    main(["--select", "identity"])
    assert capsys.readouterr().out == ""
    main(["--select", "token-on-repository"])
    assert rules(capsys.readouterr().out) == ["token-on-repository"]


def test_a_rule_that_there_is_not_is_a_mistake_in_the_use(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--select", "token-on-repositories"]) == 2
    assert "there is no rule or family 'token-on-repositories'; nearest: token-on-repository" in capsys.readouterr().err


def test_quiet_prints_findings_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-q"]) == 1
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert err == ""


def test_statistics_count_the_findings_of_each_rule(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "other.json").write_text(TASK)
    assert main(["--statistics"]) == 1
    assert capsys.readouterr().out == (
        "    2  error    execution-role-missing\n    1  warning  token-on-repository (1 fixable)\n"
    )
    assert main(["--statistics", "--format", "json"]) == 2


def test_the_exit_status_is_0_where_that_is_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--exit-zero"]) == 0
    assert "1 error" in capsys.readouterr().err
    assert main(["hook", "--exit-zero", "task.json"]) == 0


def test_a_baseline_may_be_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["baseline", "write", "--baseline", "known.json"]) == 0
    assert not (folder / "ecrlint-baseline.json").exists()
    assert main([]) == 1
    assert main(["--baseline", "known.json"]) == 0
    assert "3 suppressed" in capsys.readouterr().err
    assert main(["baseline", "check", "--baseline", "known.json"]) == 0
    assert main(["--baseline", "nothing.json"]) == 2


ROOT = (
    'variable "names" {\n  type = list(string)\n  default = ["*"]\n}\nvariable "action" {\n  default = "ecr:Get*"\n}\n'
    'resource "aws_iam_policy" "login" {\n  policy = jsonencode({\n'
    '    Statement = [{ Effect = "Allow", Action = var.action, Resource = var.names }]\n  })\n}\n'
)


def test_a_variable_has_the_value_of_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "main.tf").write_text(ROOT)
    (folder / "terraform.tfvars").write_text('action = "ecr:PutImage"\n')
    (folder / "given.tfvars").write_text('action = "ecr:PutImage"\n')
    main(["main.tf"])
    assert capsys.readouterr().out == ""
    names = 'names=["arn:aws:ecr:eu-west-1:123456789012:repository/app"]'
    for files in ([], ["--var-file", "given.tfvars"]):
        main(["main.tf", *files, "--var", names, "--var", "action=none", "--var", "action=ecr:GetAuthorizationToken"])
        (line,) = capsys.readouterr().out.splitlines()
        assert line.endswith("[token-on-repository]")
        assert line.startswith("main.tf:")


def test_a_variable_that_no_root_has_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "main.tf").write_text(ROOT)
    assert main(["main.tf", "--var", "nams=1"]) == 0
    assert '--var nams: no root module here has a variable "nams"' in capsys.readouterr().out
    assert main(["main.tf", "--var", "names"]) == 2


def test_standard_input_stands_for_a_file_that_is_not_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, TASK.replace("app", "shop"))
    assert main(["--stdin-filename", "shop.json"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("shop.json:1:")
    assert len(out.splitlines()) == 1
    assert "1 file analysed" in err
    assert not (folder / "shop.json").exists()


def test_standard_input_stands_for_a_file_of_its_root(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "main.tf").write_text(ROOT.replace('["*"]', '["arn:aws:ecr:eu-west-1:123456789012:repository/app"]'))
    feed(monkeypatch, 'variable "other" {}\n')
    main(["--stdin-filename", "main.tf"])
    assert capsys.readouterr().out == ""  # what is on the disk is not read
    feed(monkeypatch, TOKEN)
    main(["--stdin-filename", "new.tf", "-q"])
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == ["new.tf"]
    feed(monkeypatch, TOKEN)
    main(["--stdin-filename", "new.tf", "-q", "--format", "sarif"])
    (result,) = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    assert result["fixes"]


@pytest.mark.parametrize(
    "words", [["--stdin-filename", "gone/a.json"], ["--stdin-filename", "."], ["--stdin-filename", "a", "-"]]
)
def test_content_needs_a_name_in_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    feed(monkeypatch, TASK)
    assert main(words) == 2


@pytest.mark.parametrize("text", [TASK, "gone.tf\nlost.tf\n"])
def test_a_list_of_which_nothing_exists_is_a_mistake_in_the_use(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    feed(monkeypatch, text)
    assert main(["-"]) == 2
    assert "ecrlint --stdin-filename NAME" in capsys.readouterr().err


def test_an_environment_that_forces_colors_gets_the_terminal_form(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    main([])
    out = capsys.readouterr().out
    assert "\x1b[1;31merror:" in out
    assert "= help:" in out
    main(["--color", "never"])
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    main([])
    assert "\x1b" not in capsys.readouterr().out


def shown_on_terminal(words: list[str], cwd: Path, **environment: str) -> str:
    """Standard output and error of the command on one terminal."""
    ours, theirs = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM_PROGRAM")} | environment
    command = [sys.executable, "-m", "ecrlint", *words]
    subprocess.run(command, cwd=cwd, check=False, timeout=60, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # Linux: the other side is closed
        pass
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("environment", "linked"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, True),
        ({"TERM": "xterm", "TERM_PROGRAM": "vscode"}, True),
        ({"TERM": "xterm", "VTE_VERSION": ""}, False),
        ({"TERM": "screen", "TERM_PROGRAM": "vscode"}, False),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, False),
    ],
)
def test_the_name_of_a_rule_leads_to_its_page_where_the_terminal_has_links(
    folder: Path, environment: dict[str, str], linked: bool
) -> None:
    pages = {"ECRLINT_RULE_URL": "https://docs.example/{family}/{rule}"}
    shown = shown_on_terminal(["task.json"], folder, **environment, **pages)
    link = "\x1b]8;;https://docs.example/ecs/execution-role-missing\x1b\\execution-role-missing\x1b]8;;\x1b\\"
    assert (link in shown) is linked
    assert ("\x1b]8" in shown) is linked


def test_the_pages_of_an_installation_from_git_are_those_of_its_commit(tmp_path: Path) -> None:
    information = tmp_path / "ecrlint-0.2.0.dist-info"
    information.mkdir()
    stated = {"url": "https://github.com/acme/ecrlint.git", "vcs_info": {"vcs": "git", "commit_id": "c0ffee"}}
    (information / "direct_url.json").write_text(json.dumps(stated))
    page = "https://github.com/acme/ecrlint/blob/c0ffee/docs/rules/{family}/{rule}.md"
    assert installation._of_git(str(tmp_path)) == page
    for url in ("https://git.example.com/a", "file:///etc", "ssh://git@github.com"):
        (information / "direct_url.json").write_text(json.dumps(stated | {"url": url}))
        assert installation._of_git(str(tmp_path)) == ""
    (information / "direct_url.json").write_text("[")
    assert installation._of_git(str(tmp_path)) == ""


def test_a_long_scan_says_on_a_terminal_what_it_does(folder: Path) -> None:
    at_once = (
        "import sys; from ecrlint.commands import progress; progress.AFTER = 0; from ecrlint.cli import main; main(sys.argv[1:])"
    )
    ours, theirs = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", at_once, "."], cwd=folder, check=False, timeout=60, stdout=subprocess.DEVNULL, stderr=theirs
    )
    os.close(theirs)
    shown = os.read(ours, 65536).decode()
    os.close(ours)
    assert "\r\x1b[Kreading ." in shown
    assert "\r\x1b[K1 error, 1 warning" in shown


def test_a_short_scan_shows_no_progress(folder: Path) -> None:
    assert progress.AFTER >= 1
    assert "reading" not in shown_on_terminal(["task.json"], folder, TERM="xterm")


@pytest.mark.parametrize(
    ("comment", "rule"),
    [
        ("# ecrlint: disable=token-on-repository", "token-on-repository"),
        ("// ecrlint:skip=token-on-repository: the proxy", "token-on-repository"),
        ("# ecrlint-disable-next-line token-on-repository", "token-on-repository"),
        ("/* ecrlint ignore */", "rule-name"),
        ("# ecrlint: noqa[token-on-repository]", "token-on-repository"),
    ],
)
def test_a_comment_in_the_way_of_another_linter_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], comment: str, rule: str
) -> None:
    (folder / "main.tf").write_text(f"{comment}\n{TOKEN}")
    main(["main.tf"])
    first, second = capsys.readouterr().out.splitlines()
    assert f"silences nothing; write: # ecrlint: ignore[{rule}] REASON [ignore-silences-nothing]" in first
    assert second.endswith("[token-on-repository]")


@pytest.mark.parametrize(
    "comment", ["# ecrlint: ignored files are below", "# ecrlint is off here", "# run ecrlint: skipping is bad"]
)
def test_a_comment_about_ecrlint_is_none_of_these(folder: Path, capsys: pytest.CaptureFixture[str], comment: str) -> None:
    (folder / "main.tf").write_text(f"{comment}\n{TOKEN}")
    main(["main.tf"])
    assert rules(capsys.readouterr().out) == ["token-on-repository"]


def test_nothing_above_the_repository_is_opened(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.ecrlint]\nseverity = "error"\n')
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    (tmp_path / "shop" / "main.tf").write_text(TOKEN)
    watch = (
        "import sys; opened = []\n"
        "events = ('open', 'os.listdir', 'os.scandir')\n"
        "sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event in events else None)\n"
        "from ecrlint.cli import main; main(['.'])\nsys.stdout.write('OPENED ' + '\\nOPENED '.join(opened))"
    )
    done = subprocess.run([sys.executable, "-c", watch], cwd=tmp_path / "shop", capture_output=True, text=True, check=True)
    assert "token-on-repository" in done.stdout
    opened = [line.removeprefix("OPENED ") for line in done.stdout.splitlines() if line.startswith("OPENED ")]
    assert "main.tf" in [os.path.basename(path) for path in opened]
    assert "pyproject.toml" not in [os.path.basename(path) for path in opened if "shop" not in path]
    assert str(tmp_path) not in opened
