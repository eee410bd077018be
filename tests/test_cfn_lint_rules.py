"""Our rules in cfn-lint itself, by its command: every finding at its place in each of its formats, and what ignores one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ecrlint

SCENARIOS = """\
Parameters:
  Env: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  User: {Type: "AWS::IAM::User"}
  Policy:
    Type: AWS::IAM::UserPolicy
    Properties:
      UserName: !Ref User
      PolicyName: push
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Action: ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
            Resource: "*"
          - Effect: Allow
            Action: ecr:GetAuthorizationToken
            Resource: !If [IsProd, "*", !Sub "arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/app"]
"""
ARN = "arn:aws:ecr:eu-west-1:111122223333:repository/app"
STATEMENT = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": ARN}
INLINE = {"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [STATEMENT]}}
USER = {"Type": "AWS::IAM::User", "Properties": {"Policies": [INLINE]}}
IGNORED = {"Metadata": {"cfn-lint": {"config": {"ignore_checks": ["E9272"]}}}, **USER}
OURS = {"Metadata": {"ecrlint": {"ignore": {"token-on-repository": "a proxy adds the statement"}}}, **USER}
JSON = {"Resources": {"Told": USER, "Theirs": IGNORED, "Ours": OURS}}

Place = tuple[str, int, int, str]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def folder(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the template of the examples, one with a scenario, and one with ignores of both tools, in JSON."""
    top = tmp_path_factory.mktemp("templates")
    (top / ".git").mkdir()
    shutil.copy(project / "examples" / "cloudformation" / "service.yaml", top)
    (top / "scenario.yaml").write_text(SCENARIOS)
    (top / "ignores.json").write_text(json.dumps(JSON, indent=2))
    return top


@pytest.fixture(scope="module")
def run(project: Path, folder: Path) -> Run:
    """Runs cfn-lint with our rules: that of the environment which `make test` builds, or else the one that is installed here."""
    own = project / ".venv" / "hosts" / "cfn-lint" / "bin" / "cfn-lint"
    command = str(own if own.exists() else Path(sys.executable).parent / "cfn-lint")

    def run(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
        line = [command, *words, "--append-rules", "ecrlint.integrations.cfn_lint"]
        return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, **options)

    return run


@pytest.fixture(scope="module")
def as_json(run: Run) -> list[dict[str, Any]]:
    done = run("--format", "json", "--include-checks", "I", "--template", "service.yaml", "scenario.yaml", "ignores.json")
    assert "Traceback" not in done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return [match for match in found if match["Rule"]["Id"][1] == "9"]


@pytest.fixture(scope="module")
def expected(folder: Path) -> set[Place]:
    """What a scan of each template finds, but for what is ignored in the words of cfn-lint."""
    reports = [ecrlint.scan(folder / name) for name in ("service.yaml", "scenario.yaml", "ignores.json")]
    found = [finding for report in reports for finding in report.findings]
    theirs = next(finding for finding in found if finding.address == "Theirs")
    return {_place(finding) for finding in found if finding is not theirs}


def _place(finding: ecrlint.Finding) -> Place:
    return finding.span.path, finding.span.line, finding.span.column, finding.rule


def test_every_finding_is_at_its_place(as_json: list[dict[str, Any]], expected: set[Place]) -> None:
    assert len(expected) == 7
    starts = [(match["Filename"], match["Location"]["Start"], match["Rule"]["ShortDescription"]) for match in as_json]
    assert {(name, start["LineNumber"], start["ColumnNumber"], rule) for name, start, rule in starts} == expected
    assert len(starts) == len(expected)


def test_the_letter_is_the_severity_of_the_finding(as_json: list[dict[str, Any]], folder: Path) -> None:
    severities = {_place(finding)[1:]: str(finding.severity) for finding in ecrlint.scan(folder / "service.yaml").findings}
    assert len(set(severities.values())) > 1
    for match in as_json:
        if match["Filename"] == "service.yaml":
            start, rule = match["Location"]["Start"], match["Rule"]
            assert match["Level"].lower() == severities[start["LineNumber"], start["ColumnNumber"], rule["ShortDescription"]]


def test_a_path_leads_to_the_place(as_json: list[dict[str, Any]], folder: Path) -> None:
    (told,) = (match for match in as_json if match["Filename"] == "ignores.json")
    value: Any = json.loads((folder / "ignores.json").read_text())
    for step in told["Location"]["Path"]:
        value = value[step]
    assert value == STATEMENT["Action"]
    paths = ["/".join(map(str, match["Location"]["Path"])) for match in as_json]
    assert "Resources/ExecutionRole/Properties/AssumeRolePolicyDocument/Statement/0/Principal/Service" in paths
    assert "Resources/Task/Properties/TaskRoleArn/Fn::GetAtt" in paths


def test_a_scenario_is_in_the_words_of_cfn_lint(as_json: list[dict[str, Any]]) -> None:
    (match,) = (match for match in as_json if match["Filename"] == "scenario.yaml")
    assert '(when condition "IsProd" is False)' in match["Message"]


@pytest.mark.parametrize("form", ["parseable", "sarif", "junit"])
def test_every_format_has_every_finding(run: Run, form: str, expected: set[Place]) -> None:
    done = run("--format", form, "--include-checks", "I", "--template", "service.yaml", "ignores.json")
    assert "Traceback" not in done.stderr
    here = {place for place in expected if place[0] != "scenario.yaml"}
    assert {place for place in here if any(_holds(place, text) for text in _matches(form, done.stdout))} == here
    assert done.returncode & 2


def _matches(form: str, text: str) -> list[str]:
    """Each match in an output, as a text in which its place and its rule stand."""
    if form == "parseable":
        return text.splitlines()
    if form == "junit":
        return [
            failure.get("message", "") + (failure.text or "")
            for failure in xml.etree.ElementTree.fromstring(text).iter("failure")
        ]
    results = json.loads(text)["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"] for result in results]
    regions = [(place["artifactLocation"]["uri"], place["region"]) for place in places]
    starts = [f"{uri}:{region['startLine']}:{region['startColumn']}" for uri, region in regions]
    return [f"{start}: {result['message']['text']}" for start, result in zip(starts, results, strict=True)]


def _holds(place: Place, text: str) -> bool:
    path, line, column, rule = place
    return f"{path}:{line}:{column}" in text and f"[{rule}]" in text


def test_what_cannot_be_read_is_told_once(run: Run, folder: Path) -> None:
    done = run("--format", "parseable", input=SCENARIOS)
    assert [line for line in done.stdout.splitlines() if ":E9" in line] == [
        "None:1:1:1:1:E9200:ecrlint does not read standard input: give cfn-lint the path of the template"
    ]
    (folder / "broken").mkdir()
    (folder / "broken" / "ecrlint.toml").write_text("nonsense = 1\n")
    shutil.copy(folder / "service.yaml", folder / "broken")
    done = run("--format", "parseable", "--template", "broken/service.yaml")
    (said,) = (line for line in done.stdout.splitlines() if ":E9" in line or ":W9" in line)
    assert said.startswith("broken/service.yaml:1:1:1:1:E9200:ecrlint: ")
    assert done.returncode & 2
