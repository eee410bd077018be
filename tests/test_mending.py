"""Fixes: on every input that a rule fires on, and on the ways in which people lay out a policy.

`tests/fixed/RULE.diff` holds what each fix changes, byte by byte; `--update-golden` writes it anew.
"""

from __future__ import annotations

import difflib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml
from cfnlint.decode import decode_str
from hypothesis import given, settings
from hypothesis import strategies as st

from ecrlint import rule_registry
from ecrlint.cli import main
from ecrlint.model.finding import Report
from ecrlint.report import rdjson, sarif
from ecrlint.run import pipeline
from ecrlint.run.fix import Mended, applied, mend, proven, write

TESTS = Path(__file__).resolve().parent
RULES = sorted(rule.name for rule in rule_registry.rules())
MENDED = sorted(path.stem for path in (TESTS / "fixed").glob("*.diff"))


def cases(rule: str) -> list[Path]:
    return sorted(path for path in (TESTS / "fixtures" / rule / "fires").iterdir() if path.is_dir())


def copied(case: Path, to: Path) -> str:
    shutil.copytree(case, to / case.name)
    return str(to / case.name)


def difference(mended: Mended, name: str) -> str:
    lines: list[str] = []
    for change in mended.changes:
        before, after = (data.decode().splitlines(keepends=True) for data in (change.before, change.after))
        lines += difflib.unified_diff(before, after, f"a/{name}/{change.path}", f"b/{name}/{change.path}", n=2)
    return "".join(lines)


def accepted(path: str, data: bytes) -> None:
    """Whether a parser that is not ours reads a file."""
    if path.endswith((".tf", ".tofu")):
        hcl2.loads(data.decode("utf-8-sig"))
    elif ".github/workflows/" in path:
        yaml.safe_load(data)
    elif b"Resources" not in data:
        json.loads(data)
    else:
        _, wrong = decode_str(data.decode())
        assert wrong == []


def marks(report: Report) -> list[str]:
    return sorted(finding.fingerprint for finding in report.findings)


@pytest.mark.parametrize("rule", RULES)
def test_a_fix_changes_what_the_golden_says_and_nothing_else(rule: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    found = ""
    for case in cases(rule):
        root = copied(case, tmp_path)
        mended = mend([root], root)
        if any(finding.rule == rule for finding in mended.fixed):
            found += difference(mended, case.name)
    golden = TESTS / "fixed" / f"{rule}.diff"
    if request.config.getoption("update_golden"):
        golden.parent.mkdir(exist_ok=True)
        golden.unlink(missing_ok=True)
        if found:
            golden.write_text(found, encoding="utf-8")
    assert found == (golden.read_text(encoding="utf-8") if golden.exists() else "")


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{rule}/{case.name}") for rule in MENDED for case in cases(rule)])
def test_a_fix_takes_its_finding_away_and_is_made_once(case: Path, tmp_path: Path) -> None:
    root = copied(case, tmp_path)
    before = pipeline.scan([root], root)
    mended = mend([root], root)
    gone = [finding.fingerprint for finding in mended.fixed]
    assert marks(before) == sorted([*marks(mended.left), *gone])
    write(mended)
    after = pipeline.scan([root], root)
    assert marks(after) == marks(mended.left)
    assert after.problems == before.problems == ()
    for change in mended.changes:
        assert (Path(root) / change.path).read_bytes() == change.after
        accepted(change.path, change.after)
    again = mend([root], root)
    assert again.changes == ()
    assert again.fixed == ()


ROLE = """
resource "aws_iam_role" "ci" {
  name = "ci"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "codebuild.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
resource "aws_iam_role_policy" "images" {
  role   = aws_iam_role.ci.id
  policy = POLICY
}
"""
ARN = '"arn:aws:ecr:eu-west-1:111122223333:repository/web"'
PULL = '"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"'
TOKEN = '"ecr:GetAuthorizationToken"'

POLICIES = {
    "on one line": (
        f'jsonencode({{ Statement = [{{ Effect = "Allow", Action = [{PULL}, {TOKEN}], Resource = {ARN} }}] }})',
        f'jsonencode({{ Statement = [{{ Effect = "Allow", Action = [{PULL}], Resource = {ARN} }}, '
        f'{{ Effect = "Allow", Action = {TOKEN}, Resource = "*" }}] }})',
    ),
    "a statement that is no list": (
        f'jsonencode({{ Statement = {{ Effect = "Allow", Action = [{TOKEN}, {PULL}], Resource = {ARN} }} }})',
        f'jsonencode({{ Statement = [{{ Effect = "Allow", Action = [{PULL}], Resource = {ARN} }}, '
        f'{{ Effect = "Allow", Action = {TOKEN}, Resource = "*" }}] }})',
    ),
    "keys in quotes, with colons": (
        f'jsonencode({{"Statement": [{{"Effect": "Allow", "Action": [{TOKEN}, {PULL}], "Resource": {ARN}}}]}})',
        f'jsonencode({{"Statement": [{{"Effect": "Allow", "Action": [{PULL}], "Resource": {ARN}}}, '
        f'{{"Effect": "Allow", "Action": {TOKEN}, "Resource": "*"}}]}})',
    ),
    "nothing but the token": (
        f'jsonencode({{ Statement = [{{ Effect = "Allow", Action = {TOKEN}, Resource = {ARN} }}] }})',
        f'jsonencode({{ Statement = [{{ Effect = "Allow", Action = {TOKEN}, Resource = "*" }}] }})',
    ),
    "a comment about the token stays where it is": (
        f"""jsonencode({{
    Statement = [
      # what the job needs
      {{
        Effect = "Allow"
        Action = [
          {TOKEN}, # to log in
          {PULL},
        ]
        Resource = [{ARN}]
      }}, # the end
    ]
  }})""",
        f"""jsonencode({{
    Statement = [
      # what the job needs
      {{
        Effect = "Allow"
        Action = [
          {TOKEN}, # to log in
          {PULL},
        ]
        Resource = [{ARN}]
      }},
      {{
        Effect   = "Allow"
        Action   = {TOKEN}
        Resource = "*"
      }}, # the end
    ]
  }})""",
    ),
    "a statement with a condition is left alone": (
        f'jsonencode({{ Statement = [{{ Effect = "Allow", Action = [{TOKEN}, {PULL}], Resource = {ARN}, '
        'Condition = { StringEquals = { "aws:RequestedRegion" = "eu-west-1" } } }] })',
        None,
    ),
    "statements that an expression makes are left alone": (
        f'jsonencode({{ Statement = [for name in ["web"] : {{ Effect = "Allow", Action = [{TOKEN}, {PULL}], '
        f"Resource = {ARN} }}] }})",
        None,
    ),
    "an argument of a function is left alone": (
        f'jsonencode({{ Statement = [merge({{ Effect = "Allow", Action = [{TOKEN}, {PULL}] }}, {{ Resource = {ARN} }})] }})',
        None,
    ),
    "one side of a condition is left alone": (
        f'jsonencode({{ Statement = true ? {{ Effect = "Allow", Action = [{TOKEN}, {PULL}], Resource = {ARN} }} : null }})',
        None,
    ),
    "a heredoc with a template": (
        f"""<<EOF
{{"Statement": [{{
  "Effect": "Allow", "Action": {TOKEN},
  "Resource": "${{aws_ecr_repository.web.arn}}"
}}]}}
EOF""",
        f"""<<EOF
{{"Statement": [{{
  "Effect": "Allow", "Action": {TOKEN},
  "Resource": "*"
}}]}}
EOF""",
    ),
    "a push set on one line, without its first action": (
        'jsonencode({ Statement = [{ Effect = "Allow", Resource = "*", '
        'Action = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", '
        '"ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", '
        '"ecr:PutImage" /* all */] }] })',
        'jsonencode({ Statement = [{ Effect = "Allow", Resource = "*", '
        'Action = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", '
        '"ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", '
        '"ecr:BatchCheckLayerAvailability", "ecr:PutImage" /* all */] }] })',
    ),
    "a misspelt action and a missing one": (
        'jsonencode({ Statement = [{ Effect = "Allow", Resource = "*", '
        'Action = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", '
        '"ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", '
        '"ecr:UploadLayerParts", "ecr:PutImage"] }] })',
        'jsonencode({ Statement = [{ Effect = "Allow", Resource = "*", '
        'Action = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", '
        '"ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", '
        '"ecr:UploadLayerPart", "ecr:PutImage", "ecr:CompleteLayerUpload"] }] })',
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_keeps_its_layout(name: str, newline: str, tmp_path: Path) -> None:
    written, expected = (None if text is None else ROLE.replace("POLICY", text) for text in POLICIES[name])
    assert written is not None
    repository = 'resource "aws_ecr_repository" "web" {\n  name = "web"\n}\n'
    before = (repository + written).replace("\n", newline).encode()
    (tmp_path / "main.tf").write_bytes(before)
    mended = mend([str(tmp_path)], str(tmp_path))
    if expected is None:
        assert mended.changes == ()
        assert mended.left.findings
        return
    (change,) = mended.changes
    assert change.after.decode() == (repository + expected).replace("\n", newline)
    assert {finding.rule for finding in mended.left.findings}.isdisjoint(finding.rule for finding in mended.fixed)
    accepted("main.tf", change.after)


TEMPLATE = """\
Resources:
  User:
    Type: AWS::IAM::User
    Properties:
      Policies:
        - PolicyName: images
          PolicyDocument:
            Statement:
STATEMENTS
"""
STATEMENTS = {
    "a comment above a statement stays above it": (
        """\
              # one repository
              - Effect: Allow
                Action:
                  - ecr:BatchGetImage
                  - ecr:GetAuthorizationToken
                  - ecr:GetDownloadUrlForLayer   # layers
                Resource: arn:aws:ecr:eu-west-1:111122223333:repository/web""",
        """\
              - Effect: Allow
                Action: ecr:GetAuthorizationToken
                Resource: "*"
              # one repository
              - Effect: Allow
                Action:
                  - ecr:BatchGetImage
                  - ecr:GetDownloadUrlForLayer   # layers
                Resource: arn:aws:ecr:eu-west-1:111122223333:repository/web""",
    ),
    "a comment above the token keeps it where it is": (
        """\
              - Effect: Allow
                Action:
                  - ecr:BatchGetImage
                  - ecr:GetDownloadUrlForLayer
                  # to log in
                  - ecr:GetAuthorizationToken
                Resource: arn:aws:ecr:eu-west-1:111122223333:repository/web""",
        """\
              - Effect: Allow
                Action: ecr:GetAuthorizationToken
                Resource: "*"
              - Effect: Allow
                Action:
                  - ecr:BatchGetImage
                  - ecr:GetDownloadUrlForLayer
                  # to log in
                  - ecr:GetAuthorizationToken
                Resource: arn:aws:ecr:eu-west-1:111122223333:repository/web""",
    ),
    "a list in brackets": (
        """\
              - Effect: Allow
                Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer, 'ecr:GetAuthorizationToken']
                Resource: arn:aws:ecr:eu-west-1:111122223333:repository/web""",
        """\
              - Effect: Allow
                Action: 'ecr:GetAuthorizationToken'
                Resource: "*"
              - Effect: Allow
                Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
                Resource: arn:aws:ecr:eu-west-1:111122223333:repository/web""",
    ),
    "a statement in braces": (
        "              - {Effect: Allow, Action: ['ecr:GetAuthorizationToken', 'ecr:BatchGetImage'], Resource: !GetAtt Web.Arn}",
        None,
    ),
    "a list of push actions": (
        """\
              - Effect: Allow
                Action:
                - ecr:GetAuthorizationToken
                - ecr:BatchGetImage
                - ecr:InitiateLayerUpload
                - ecr:UploadLayerPart
                - ecr:CompleteLayerUpload  # the last of a layer
                Resource: "*\"""",
        """\
              - Effect: Allow
                Action:
                - ecr:GetAuthorizationToken
                - ecr:BatchGetImage
                - ecr:InitiateLayerUpload
                - ecr:UploadLayerPart
                - ecr:CompleteLayerUpload  # the last of a layer
                - ecr:BatchCheckLayerAvailability
                - ecr:PutImage
                Resource: "*\"""",
    ),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", STATEMENTS)
def test_a_template_keeps_its_layout(name: str, newline: str, tmp_path: Path) -> None:
    written, expected = (None if text is None else TEMPLATE.replace("STATEMENTS", text) for text in STATEMENTS[name])
    assert written is not None
    (tmp_path / "stack.yaml").write_bytes(written.replace("\n", newline).encode())
    mended = mend([str(tmp_path)], str(tmp_path))
    if expected is None:
        assert mended.changes == ()
        return
    (change,) = mended.changes
    assert change.after.decode() == expected.replace("\n", newline)
    assert {finding.rule for finding in mended.left.findings}.isdisjoint(finding.rule for finding in mended.fixed)
    accepted("stack.yaml", change.after)


INSTANCE = 'resource "aws_instance" "web" {\n  ami = "ami-1"\nOPTIONS}\n'
OPTIONS = {
    "an empty block": ("  metadata_options {}\n", '  metadata_options {\n    http_tokens = "required"\n  }\n'),
    "a block with another setting": (
        '  metadata_options {\n    http_endpoint = "enabled" # on\n  }\n',
        '  metadata_options {\n    http_tokens   = "required"\n    http_endpoint = "enabled" # on\n  }\n',
    ),
    "a setting on the line of its block": ('  metadata_options { http_endpoint = "enabled" }\n', None),
    "a script that asks without a token": (
        '  user_data = "curl http://169.254.169.254/latest/meta-data/instance-id"\n'
        '  metadata_options {\n    http_tokens = "optional"\n  }\n',
        None,
    ),
    "a script that nobody knows": ("  user_data = var.script\n", None),
    "a container that needs another hop": ('  user_data = "docker run -p 80:80 shop aws s3 ls"\n', None),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_tokens_are_required_where_that_breaks_nothing(name: str, tmp_path: Path) -> None:
    before, expected = OPTIONS[name]
    (tmp_path / "main.tf").write_text(INSTANCE.replace("OPTIONS", before) + 'variable "script" {}\n')
    mended = mend([str(tmp_path)], str(tmp_path))
    if expected is None:
        assert mended.changes == ()
        assert mended.left.findings
        return
    (change,) = mended.changes
    assert change.after.decode() == INSTANCE.replace("OPTIONS", expected) + 'variable "script" {}\n'


ENDPOINTS = """\
variable "subnets" { type = list(string) }
resource "aws_vpc_endpoint" "all" {
  for_each     = toset([SERVICES])
  vpc_id       = "vpc-1"
  service_name = "com.amazonaws.eu-west-1.${each.key}"
  subnet_ids   = var.subnets
}
"""


def test_an_endpoint_that_states_nothing_gets_type_and_private_dns(tmp_path: Path) -> None:
    text = ENDPOINTS.replace("SERVICES", '"ecr.api", "ecr.dkr"')
    (tmp_path / "main.tf").write_text(text)
    mended = mend([str(tmp_path)], str(tmp_path))
    (change,) = mended.changes
    head = 'resource "aws_vpc_endpoint" "all" {\n'
    added = '  vpc_endpoint_type = "Interface"\n  private_dns_enabled = true\n'
    assert change.after.decode() == text.replace(head, head + added)
    assert mended.left.findings == ()


def test_a_block_that_makes_endpoints_for_other_services_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ENDPOINTS.replace("SERVICES", '"ecr.api", "ecr.dkr", "s3"'))
    mended = mend([str(tmp_path)], str(tmp_path))
    assert mended.changes == ()
    assert mended.left.findings


def test_tokens_are_required_in_a_template_of_json(tmp_path: Path) -> None:
    bare: dict[str, Any] = {"ImageId": "ami-1"}
    for properties in (bare, {**bare, "MetadataOptions": {"HttpEndpoint": "enabled"}}):
        resource = {"Type": "AWS::EC2::Instance", "Properties": properties}
        for indent in (None, 2):
            (tmp_path / "stack.json").write_text(json.dumps({"Resources": {"Web": resource}}, indent=indent))
            (change,) = mend([str(tmp_path)], str(tmp_path)).changes
            options = {"HttpTokens": "required", **properties.get("MetadataOptions", {})}
            assert json.loads(change.after)["Resources"]["Web"]["Properties"] == {**properties, "MetadataOptions": options}


def test_a_plan_is_not_edited() -> None:
    case = str(TESTS / "fixtures" / "imdsv1-allowed" / "fires" / "plan")
    report = pipeline.scan([case], case)
    assert [finding.rule for finding in report.findings] == ["imdsv1-allowed"]
    assert report.findings[0].fix == ()


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_bytes(b"\xef\xbb\xbf" + INSTANCE.replace("OPTIONS", "").encode())
    (change,) = mend([str(tmp_path)], str(tmp_path)).changes
    assert change.after.startswith(b"\xef\xbb\xbfresource")


def test_a_file_that_is_not_utf_8_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_bytes(INSTANCE.replace("OPTIONS", "  # \xe9\n").encode("latin-1"))
    mended = mend([str(tmp_path)], str(tmp_path))
    assert mended.changes == ()
    assert mended.left.findings


def test_one_fix_that_does_not_hold_does_not_keep_back_the_others(tmp_path: Path) -> None:
    refused = ROLE.replace("POLICY", POLICIES["statements that an expression makes are left alone"][0])
    (tmp_path / "a.tf").write_text(refused)
    (tmp_path / "b.tf").write_text("".join(INSTANCE.replace("OPTIONS", "").replace("web", f"web{number}") for number in range(3)))
    mended = mend([str(tmp_path)], str(tmp_path))
    assert [finding.rule for finding in mended.fixed] == ["imdsv2-not-required"] * 3
    assert [finding.rule for finding in mended.left.findings] == ["token-on-repository"]
    assert [change.path for change in mended.changes] == ["b.tf"]


OFF = """\
resource "aws_vpc_endpoint" "api" {
  vpc_id              = "vpc-1"
  service_name        = "com.amazonaws.eu-west-1.ecr.api"
  vpc_endpoint_type   = "Gateway"
  private_dns_enabled = false
  subnet_ids          = ["subnet-1"]
}
"""


def test_a_fix_that_brings_another_finding_is_not_made_and_those_beside_it_are(tmp_path: Path) -> None:
    hosts = "".join(INSTANCE.replace("OPTIONS", "").replace("web", f"web{number}") for number in range(5))
    (tmp_path / "main.tf").write_text(hosts + OFF)
    before = pipeline.scan([str(tmp_path)], str(tmp_path))
    assert all(finding.fix for finding in before.findings)
    mended = mend([str(tmp_path)], str(tmp_path))
    assert [finding.address for finding in mended.fixed] == [f"aws_instance.web{number}" for number in range(5)]
    assert [finding.rule for finding in mended.left.findings] == ["endpoint-not-interface"]
    shown = proven(before, [str(tmp_path)], str(tmp_path)).findings
    assert [finding.address for finding in shown if finding.fix] == [f"aws_instance.web{number}" for number in range(5)]


def test_formats_show_only_fixes_that_hold_and_show_them_as_they_are_made(tmp_path: Path) -> None:
    refused = ROLE.replace("POLICY", POLICIES["statements that an expression makes are left alone"][0])
    (tmp_path / "a.tf").write_text(refused)
    shutil.copy(TESTS / "fixtures" / "token-on-repository" / "fires" / "terraform-heredoc" / "main.tf", tmp_path / "b.tf")
    report = proven(pipeline.scan([str(tmp_path)], str(tmp_path)), [str(tmp_path)], str(tmp_path))
    assert [bool(finding.fix) for finding in report.findings] == [False, True]
    (change,) = mend([str(tmp_path)], str(tmp_path)).changes
    lines = change.before.decode().splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + column - 1

    (one,) = [one for one in json.loads(rdjson.render(report))["diagnostics"] if "suggestions" in one]
    (suggestion,) = one["suggestions"]
    start, end = (offset(**suggestion["range"][side]) for side in ("start", "end"))
    text = change.before.decode()
    assert text[:start] + suggestion["text"] + text[end:] == change.after.decode()
    (result,) = [result for result in json.loads(sarif.render(report, ()))["runs"][0]["results"] if "fixes" in result]
    (made,) = result["fixes"][0]["artifactChanges"]
    for replacement in sorted(made["replacements"], key=lambda one: -one["deletedRegion"]["startLine"]):
        region = replacement["deletedRegion"]
        start, end = offset(region["startLine"], region["startColumn"]), offset(region["endLine"], region["endColumn"])
        text = text[:start] + replacement["insertedContent"]["text"] + text[end:]
    assert text == change.after.decode()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with an instance that has a fix, and a task that has none."""
    (tmp_path / "main.tf").write_text(INSTANCE.replace("OPTIONS", ""))
    shutil.copy(TESTS / "fixtures" / "execution-role-missing" / "fires" / "task-definition" / "shop.json", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_fix_writes_the_file_and_says_what_it_did(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.chmod(folder / "main.tf", 0o640)
    assert main(["fix"]) == 0
    out, err = capsys.readouterr()
    assert out == "main.tf:1:1: fixed [imdsv2-not-required]\n"
    assert err == "fixed 1 finding in 1 file; 1 has no automatic fix\n"
    assert 'http_tokens = "required"' in (folder / "main.tf").read_text()
    assert os.stat(folder / "main.tf").st_mode & 0o777 == 0o640
    assert main(["fix", "."]) == 0
    assert capsys.readouterr().err == "fixed 0 findings in 0 files; 1 has no automatic fix\n"


def test_diff_shows_the_change_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (folder / "main.tf").read_bytes()
    assert main(["fix", "--diff", "main.tf"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "--- a/main.tf",
        "+++ b/main.tf",
        "@@ -1,3 +1,7 @@",
        ' resource "aws_instance" "web" {',
        "+  metadata_options {",
        '+    http_tokens = "required"',
        "+  }",
        "+",
        '   ami = "ami-1"',
        " }",
    ]
    assert (folder / "main.tf").read_bytes() == before
    assert main(["fix", "--diff", "shop.json"]) == 0


@pytest.mark.parametrize("mark", ["\x0c", "\x0b", "\x1c", "\x85", "\u2028", "\u2029", "\r\n", "\r"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_git_applies_a_diff_whatever_ends_lines_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], mark: str, end: str
) -> None:
    text = f"# one{mark}# two\n{INSTANCE.replace('OPTIONS', '').rstrip()}\n# three{mark}# four{end}"
    (tmp_path / "main.tf").write_text(text, newline="")
    monkeypatch.chdir(tmp_path)
    assert main(["fix", "--diff"]) == 1
    patch = capfdbinary.readouterr().out
    assert main(["fix"]) == 0
    after = (tmp_path / "main.tf").read_bytes()
    (tmp_path / "main.tf").write_text(text, newline="")
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], input=patch, check=True)
    assert (tmp_path / "main.tf").read_bytes() == after


def test_edits_are_applied_from_the_end() -> None:
    from ecrlint.model.finding import Edit
    from ecrlint.model.source import Source

    source = Source("a", "abcdef")
    edits = [Edit(source.span(0, 1), "AA"), Edit(source.span(6, 6), "!"), Edit(source.span(2, 4), "")]
    assert applied(source.text, edits) == "AAbef!"


ACTIONS = ("ecr:DescribeImages", "ecr:ListImages", "ecr:DescribeRepositories", "ecr:GetLifecyclePolicy")
KEYS = ("Sid", "Effect", "Action", "Resource")


@st.composite
def documents(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A policy with the token on a repository, and a text of it in one of the ways in which people lay out JSON."""
    actions = draw(st.lists(st.sampled_from(ACTIONS), unique=True, max_size=4))
    actions.insert(draw(st.integers(0, len(actions))), "ecr:GetAuthorizationToken")
    action: object = actions if len(actions) > 1 or draw(st.booleans()) else actions[0]
    resource: object = "arn:aws:ecr:eu-west-1:111122223333:repository/web"
    element = {"Sid": "Images", "Effect": "Allow", "Action": action, "Resource": draw(st.sampled_from([resource, [resource]]))}
    keys = draw(st.permutations(KEYS))
    other = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::logs/*"}
    statements: list[dict[str, Any]] = [{key: element[key] for key in keys}]
    for _ in range(draw(st.integers(0, 2))):
        statements.insert(draw(st.integers(0, len(statements))), other)
    alone = len(statements) == 1 and draw(st.booleans())
    document = {"Version": "2012-10-17", "Statement": statements[0] if alone else statements}
    marks = draw(st.sampled_from([(",", ":"), (", ", ": "), (",", " : ")]))
    return document, json.dumps(document, indent=draw(st.sampled_from([None, 0, 1, 2, 4, "\t"])), separators=marks)


@given(documents(), st.sampled_from(["policy.json", "encoded.tf", "heredoc.tf", "stack.yaml"]))
@settings(max_examples=60)
def test_however_a_policy_is_laid_out_the_token_alone_moves(made: tuple[dict[str, Any], str], path: str) -> None:
    document, text = made
    text = text.replace("\t", "  ") if path == "stack.yaml" else text
    around = {"policy.json": "POLICY", "encoded.tf": ROLE.replace("POLICY", "jsonencode(POLICY)")}
    around["heredoc.tf"] = ROLE.replace("POLICY", "<<EOF\nPOLICY\nEOF")
    around["stack.yaml"] = (
        TEMPLATE.partition("Statement")[0].rstrip(" \n")[: -len("PolicyDocument:")] + "PolicyDocument: POLICY\n"
    )
    before, after = around[path].split("POLICY")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / path).write_text(before + text + after)
        mended = mend([folder], folder)
        assert "token-on-repository" not in {finding.rule for finding in mended.left.findings}
        (change,) = mended.changes
        found = change.after.decode()
        assert found.startswith(before)
        assert found.endswith(after)
        policy = json.loads(found[len(before) : len(found) - len(after)])
        assert policy == expected(document)


def expected(document: dict[str, Any]) -> dict[str, Any]:
    statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    at = next(number for number, one in enumerate(statements) if "ecr:GetAuthorizationToken" in one["Action"])
    token = "ecr:GetAuthorizationToken"
    left = (
        [action for action in statements[at]["Action"] if action != token] if isinstance(statements[at]["Action"], list) else []
    )
    if not left:
        changed = {**statements[at], "Resource": ["*"] if isinstance(statements[at]["Resource"], list) else "*"}
        mended = [*statements[:at], changed, *statements[at + 1 :]]
        return {**document, "Statement": mended if isinstance(document["Statement"], list) else changed}
    added = {"Effect": "Allow", "Action": token, "Resource": "*"}
    return {**document, "Statement": [*statements[:at], {**statements[at], "Action": left}, added, *statements[at + 1 :]]}


_IN_TEMPLATE = """Resources:
  User:
    Type: AWS::IAM::User
    Properties:
      Policies:
        - PolicyName: pull
          PolicyDocument:
            Statement:
              - Effect: Allow
                Resource: arn:aws:ecr:eu-west-1:111122223333:repository/web
                Action:ACTIONS
"""


_PULL = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]


@pytest.mark.parametrize("actions", [["ecr:GetAuthorizationToken", *_PULL], [*_PULL, "ecr:GetAuthorizationToken"]])
@pytest.mark.parametrize(("before", "between", "after"), [(" [", ", ", "]"), (" ['", "', '", "']"), ("\n  - ", "\n  - ", "")])
def test_the_token_goes_from_a_template_as_it_does_from_terraform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, actions: list[str], before: str, between: str, after: str
) -> None:
    monkeypatch.chdir(tmp_path)
    listed = f"{before}{between.join(actions)}{after}".replace("\n", f"\n{' ' * 16}")
    (tmp_path / "stack.yaml").write_text(_IN_TEMPLATE.replace("ACTIONS", listed))
    (tmp_path / "main.tf").write_text(
        'resource "aws_iam_policy" "pull" {\n  policy = jsonencode({ Statement = [\n    { Effect = "Allow", Action = '
        f'{json.dumps(actions)}, Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/web" }},\n  ] }})\n}}\n'
    )
    assert main(["fix"]) == 0
    for name in ("stack.yaml", "main.tf"):
        fixed = (tmp_path / name).read_text()
        assert fixed.count("ecr:GetAuthorizationToken") == 1, fixed
        assert fixed.count("ecr:BatchGetImage") == 1
