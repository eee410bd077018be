"""Our rules in checkov itself, in the environment that `make test` builds: as external checks, and with our runner."""

from __future__ import annotations

import json
import shutil
import subprocess
import xml.etree.ElementTree
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ecrlint
from ecrlint.cli import main
from ecrlint.integrations.numbers import NUMBERS

ARN = "arn:aws:ecr:eu-west-1:111122223333:repository/app"
STATEMENT = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": ARN}
INLINE = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [STATEMENT]}}
USER = {"Type": "AWS::IAM::User", "Properties": {"Policies": [INLINE]}}
SKIP = {"id": f"CKV_ECRLINT_{NUMBERS['token-on-repository']}", "comment": "a proxy adds the statement"}
TEMPLATE = {"Resources": {"Told": USER, "Skipped": {"Metadata": {"checkov": {"skip": [SKIP]}}, **USER}}}

MODULE = f"""\
variable "name" {{
  type = string
}}

resource "aws_iam_user" "ci" {{
  count = 2
  name  = "${{var.name}}-${{count.index}}"
}}

resource "aws_iam_user_policy" "login" {{
  count  = 2
  user   = aws_iam_user.ci[count.index].name
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "{ARN}" }}] }})
}}
"""
ROOT = f"""\
module "a" {{
  source = "./module"
  name   = "a"
}}

module "b" {{
  source = "./module"
  name   = "b"
}}

locals {{
  document = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "{ARN}" }}] }})
}}

resource "aws_iam_user" "local" {{
  name = "local"
}}

resource "aws_iam_user_policy" "local" {{
  user   = aws_iam_user.local.name
  policy = local.document
}}

resource "aws_iam_user" "other" {{
  name = "other"
}}

resource "aws_iam_user_policy" "skipped" {{
  # checkov:skip={SKIP["id"]}:a proxy adds the statement
  user   = aws_iam_user.other.name
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "{ARN}" }}] }})
}}

resource "aws_iam_user" "third" {{
  name = "third"
}}

resource "aws_iam_user_policy" "ignored" {{
  user = aws_iam_user.third.name
  # ecrlint: ignore[token-on-repository] a proxy adds the statement
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "{ARN}" }}] }})
}}
"""
COUNTED = """\
import os
from ecrlint.run import pipeline

scan = pipeline.scan

def counted(*words, **named):
    with open(os.environ["SCANS"], "a") as file:
        file.write(f"{os.getpid()}\\n")
    return scan(*words, **named)

pipeline.scan = counted
"""
"""A sitecustomize.py that writes down each scan."""

Line = tuple[str, int, str]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def python(project: Path) -> Path:
    """The interpreter of the environment that has checkov and ecrlint."""
    found = project / ".venv" / "hosts" / "checkov" / "bin" / "python"
    if not found.exists():
        pytest.skip("make .venv/hosts/checkov/.installed builds the environment of checkov")
    return found


@pytest.fixture(scope="module")
def folder(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples, a plan, and what checkov and ecrlint are asked to skip."""
    top = tmp_path_factory.mktemp("stacks")
    (top / ".git").mkdir()
    shutil.copytree(project / "examples", top / "examples")
    shutil.copytree(project / "tests" / "fixtures" / "token-on-repository" / "fires" / "plan", top / "plan")
    (top / "root" / "module").mkdir(parents=True)
    (top / "root" / "main.tf").write_text(ROOT)
    (top / "root" / "module" / "main.tf").write_text(MODULE)
    (top / "template.json").write_text(json.dumps(TEMPLATE, indent=2))
    (top / "sitecustomize.py").write_text(COUNTED)
    return top


@pytest.fixture(scope="module")
def run(python: Path, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs checkov, with our checks or with our runner, and gives what it printed and how often it scanned."""

    def run(*words: str, runner: bool = False) -> subprocess.CompletedProcess[str]:
        scans = tmp_path_factory.mktemp("scans") / "scans"
        scans.touch()
        external = [str(python.parent / "checkov"), "--external-checks-dir", _external(python)]
        command = [str(python), "-m", "ecrlint.integrations.checkov"] if runner else external
        env = {"PATH": str(python.parent), "PYTHONPATH": str(folder), "SCANS": str(scans), "HOME": str(folder)}
        line = [*command, "--skip-download", *words]
        done = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, env=env)
        assert "Traceback" not in done.stderr, done.stderr
        done.args = scans.read_text().split()
        return done

    return run


def _external(python: Path) -> str:
    command = [str(python), "-m", "ecrlint", "integrations", "checkov"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def expected(folder: Path) -> dict[Line, str]:
    """What ecrlint finds: file, line and rule, with the address."""
    found = ecrlint.scan(folder).findings
    return {(one.span.path, one.span.line, one.rule): one.address for one in found}


FILES = {
    "cli": "results_cli.txt",
    "json": "results_json.json",
    "sarif": "results_sarif.sarif",
    "junitxml": "results_junitxml.xml",
}
"""What checkov calls the file of each of its outputs."""


def _outputs(run: Run, out: Path, *words: str, runner: bool) -> tuple[dict[str, str], list[str]]:
    """The outputs of one run in every format, and its scans."""
    asked = [word for form in FILES for word in ("--output", form)]
    done = run("--directory", ".", *asked, "--output-file-path", str(out), *words, runner=runner)
    return {form: (out / name).read_text() for form, name in FILES.items()}, list(done.args)


@pytest.fixture(scope="module")
def by_runner(run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], list[str]]:
    return _outputs(run, tmp_path_factory.mktemp("runner"), "--framework", "ecrlint", runner=True)


@pytest.fixture(scope="module")
def by_checks(run: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], list[str]]:
    frameworks = ["--framework", "terraform", "cloudformation", "terraform_plan", "--check", "CKV_ECRLINT_*"]
    return _outputs(run, tmp_path_factory.mktemp("checks"), *frameworks, runner=False)


def _records(text: str, kind: str) -> list[dict[str, Any]]:
    reports = json.loads(text)
    return [one for report in (reports if isinstance(reports, list) else [reports]) for one in report["results"][kind]]


def _id(rule: str) -> str:
    return f"CKV_ECRLINT_{NUMBERS[rule]}"


SKIPPED = {("root/main.tf", "token-on-repository"), ("template.json", "token-on-repository")}


def _told(expected: dict[Line, str]) -> set[Line]:
    """What nothing skips: all but the policy with the comment and the user with the metadata."""
    return {line for line, address in expected.items() if address not in ("aws_iam_user.other", "Skipped")}


def test_the_runner_reports_every_finding_at_its_line(
    by_runner: tuple[dict[str, str], list[str]], expected: dict[Line, str]
) -> None:
    outputs, scans = by_runner
    assert len(expected) == 17
    records = _records(outputs["json"], "failed_checks")
    failed = {(one["file_path"].lstrip("/"), *one["file_line_range"], one["check_id"]) for one in records}
    assert failed == {(path, line, line, _id(rule)) for path, line, rule in _told(expected)}
    results = [one for one in json.loads(outputs["sarif"])["runs"][0]["results"] if "suppressions" not in one]
    places = [(one["locations"][0]["physicalLocation"], one["ruleId"]) for one in results]
    assert {(place["artifactLocation"]["uri"], place["region"]["startLine"], rule) for place, rule in places} == {
        (path, line, _id(rule)) for path, line, rule in _told(expected)
    }
    for path, line, rule in _told(expected):
        assert f"File: /{path}:{line}-{line}" in outputs["cli"]
        assert f"[{rule}]" in outputs["cli"]
    cases = xml.etree.ElementTree.fromstring(outputs["junitxml"]).iter("testcase")
    assert sum(case.find("failure") is not None for case in cases) == len(_told(expected))
    assert len(scans) == 1


def test_the_checks_report_every_finding_of_a_block_with_its_line(
    by_checks: tuple[dict[str, str], list[str]], expected: dict[Line, str]
) -> None:
    outputs, scans = by_checks
    blocks = {line for line in _told(expected) if not line[0].endswith("report.json")}
    failed = _records(outputs["json"], "failed_checks")
    for path, line, rule in blocks:
        (record,) = (one for one in failed if f" at {path}:{line}:" in one["check_name"])
        assert record["check_id"] == _id(rule)
        assert record["file_path"] == f"/{path}"
    assert len(failed) == len(blocks)
    results = [one for one in json.loads(outputs["sarif"])["runs"][0]["results"] if "suppressions" not in one]
    for text in (outputs["cli"], "".join(one["message"]["text"] for one in results), outputs["junitxml"]):
        assert [line for line in blocks if f" at {line[0]}:{line[1]}:" not in text] == []
    assert max(Counter(scans).values()) == 1  # one for each framework, which checkov runs in a process of its own
    assert len(scans) <= 3


@pytest.mark.parametrize("how", ["by_runner", "by_checks"])
def test_a_skip_of_checkov_is_a_skip_with_its_reason(how: str, request: pytest.FixtureRequest) -> None:
    outputs, _ = request.getfixturevalue(how)
    skipped = _records(outputs["json"], "skipped_checks")
    assert {(one["file_path"].lstrip("/"), one["check_id"]) for one in skipped} == {(path, _id(rule)) for path, rule in SKIPPED}
    assert {one["check_result"]["suppress_comment"] for one in skipped} == {"a proxy adds the statement"}


def test_the_runner_heeds_the_options_of_checkov(run: Run) -> None:
    words = [
        "--directory",
        ".",
        "--framework",
        "ecrlint",
        "--output",
        "json",
        "--quiet",
        "--skip-check",
        _id("token-on-repository"),
    ]
    done = run(*words, "--skip-path", "examples/fargate", "--skip-path", "root", runner=True)
    found = {(one["file_path"], one["check_id"]) for one in _records(done.stdout, "failed_checks")}
    assert ("/examples/ci-push/main.tf", _id("push-set-incomplete")) in found
    assert not any(path.startswith(("/examples/fargate", "/root")) or name == _id("token-on-repository") for path, name in found)
    assert done.returncode == 1


def test_the_runner_scans_a_file_that_is_named(run: Run) -> None:
    words = ["--file", "examples/task-definition/report.json", "--framework", "ecrlint", "json"]
    done = run(*words, "--output", "json", "--quiet", "--check", _id("execution-role-missing"), runner=True)
    (record,) = _records(done.stdout, "failed_checks")
    assert (record["file_abs_path"].rpartition("/")[2], record["file_line_range"]) == ("report.json", [11, 11])


def test_a_mistake_in_the_configuration_is_no_silent_pass(run: Run, folder: Path, python: Path) -> None:
    (folder / "broken").mkdir()
    (folder / "broken" / "ecrlint.toml").write_text("nonsense = 1\n")
    (folder / "broken" / "main.tf").write_text('resource "aws_ecr_repository" "app" {\n  name = "app"\n}\n')
    try:
        done = run("--directory", "broken", "--framework", "ecrlint", runner=True)
        assert "broken/ecrlint.toml:1: " in done.stderr
        assert done.returncode == 2
    finally:
        shutil.rmtree(folder / "broken")


def test_what_each_process_of_checkov_loads_imports_nothing_that_scans(python: Path) -> None:
    listed = "(name for name in sys.modules if name.startswith('ecrlint'))"
    words = f"import sys, ecrlint.integrations.checkov.registration; print(*{listed})"
    done = subprocess.run([str(python), "-c", words], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded == {"ecrlint", *(f"ecrlint.integrations{name}" for name in ("", ".numbers", ".checkov", *LIGHT))}


LIGHT = (".checkov.ids", ".checkov.registration")


def test_the_command_says_where_checkov_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["integrations", "checkov"]) == 2
    assert "checkov is not installed in the environment of ecrlint" in capsys.readouterr().err
    assert main(["integrations", "cfn-lint"]) == 0
    assert capsys.readouterr().out == "ecrlint.integrations.cfn_lint\n"
