"""From files to a report: every file of ours ends with a status, and nothing that is written in one ends the run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ecrlint.model.finding import IRRELEVANT, Report
from ecrlint.run.pipeline import scan

ROLE = """resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = "{}"
}
"""
TEMPLATE = """Resources:
  Repo:
    Type: AWS::ECR::Repository
    Properties:
      RepositoryName: app
"""
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}'


def run(root: Path, **files: str | bytes) -> Report:
    for name, content in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return scan([str(root)], str(root))


def statuses(report: Report) -> dict[str, str]:
    return {file.path: file.status for file in report.files}


def problems(report: Report) -> list[tuple[str, int | None, str]]:
    return [(p.path, p.span.line if p.span else None, p.message) for p in report.problems]


def test_kinds_are_told_by_content_and_not_by_name(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        main_dot_tf=ROLE,
        stack_dot_yml=TEMPLATE,
        stack_dot_template=TEMPLATE,
        task_dot_json='{"family": "a", "containerDefinitions": []}',
        policy_dot_json=POLICY,
        other_dot_json='{"name": "package"}',
        other_dot_yaml="on: push\njobs: {}\n",
        beanstalk_dot_json='{"AWSEBDockerrunVersion": 2, "containerDefinitions": []}',
    )
    assert {file.path: file.kind for file in report.files} == {
        "main.tf": "terraform",
        "stack.yml": "cloudformation",
        "stack.template": "cloudformation",
        "task.json": "task-definition",
        "policy.json": "iam-policy",
    }
    assert problems(report) == []


def test_a_file_of_ours_that_does_not_concern_ecr_is_skipped_with_the_reason(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        main_dot_tf='resource "aws_s3_bucket" "b" {}\n',
        a_dot_yaml="Resources:\n  B:\n    Type: AWS::S3::Bucket\n",
        p_dot_json='{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}',
    )
    assert set(statuses(report).values()) == {"skipped"}
    assert {file.reason for file in report.files} == {IRRELEVANT}


def test_a_terraform_file_that_breaks_off_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    report = run(
        tmp_path, main_dot_tf=ROLE + 'resource "aws_iam_policy" "p" {\n  name = "x\n', other_dot_tf=ROLE.replace("ci", "cd")
    )
    assert statuses(report) == {"main.tf": "partial", "other.tf": "analysed"}
    ((path, line, message),) = problems(report)[:1]
    assert path == "main.tf"
    assert (line, message) == (6, "this is not valid HCL: the string that begins here is not closed")


@pytest.mark.parametrize("name", ["main.tf", "stack.yaml", "stack.json", "task.json", "policy.json"])
def test_an_empty_file_gives_no_problem(tmp_path: Path, name: str) -> None:
    assert problems(run(tmp_path, **{name.replace(".", "_dot_"): ""})) == []


@pytest.mark.parametrize(("name", "content"), [("main.tf", ROLE), ("stack.yaml", TEMPLATE), ("policy.json", POLICY)])
def test_a_byte_order_mark_and_crlf_line_ends_are_read(tmp_path: Path, name: str, content: str) -> None:
    data = b"\xef\xbb\xbf" + content.replace("\n", "\r\n").encode()
    report = run(tmp_path, **{name.replace(".", "_dot_"): data})
    assert problems(report) == []
    assert statuses(report) == {name: "analysed"}


@pytest.mark.parametrize(("name", "content"), [("main.tf", ROLE), ("stack.yaml", TEMPLATE), ("policy.json", POLICY + "\n")])
def test_bytes_that_are_not_utf_8_are_a_problem_at_their_place(tmp_path: Path, name: str, content: str) -> None:
    report = run(tmp_path, **{name.replace(".", "_dot_"): content.encode() + b"# \x83\x81\n" * (name != "policy.json")})
    if name == "policy.json":
        report = run(tmp_path, policy_dot_json=content.replace("ecr:*", "ecr:\udcff").encode(errors="surrogateescape"))
    assert [(path, message) for path, _, message in problems(report)] == [(name, "this is not valid UTF-8")]
    assert statuses(report) == {name: "partial"}


@pytest.mark.parametrize(("name", "content"), [("main.tf", ROLE), ("stack.yaml", TEMPLATE)])
def test_a_nul_byte_is_a_problem_at_its_place(tmp_path: Path, name: str, content: str) -> None:
    report = run(tmp_path, **{name.replace(".", "_dot_"): content + "# \0\n"})
    assert problems(report)[0] == (name, content.count("\n") + 1, "there is a NUL byte here")


def test_tabs_in_yaml_are_a_problem_at_their_line(tmp_path: Path) -> None:
    report = run(tmp_path, stack_dot_yaml=TEMPLATE + "  Other:\n\tType: AWS::ECR::Repository\n")
    ((path, line, message),) = problems(report)
    assert (path, line) == ("stack.yaml", 7)
    assert message.startswith("this is not valid YAML")


def test_a_key_that_stands_twice_is_a_problem_at_the_second(tmp_path: Path) -> None:
    report = run(tmp_path, stack_dot_yaml=TEMPLATE + "  Repo:\n    Type: AWS::ECR::Repository\n")
    assert [(path, line) for path, line, _ in problems(report)] == [("stack.yaml", 6)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("main.tf", "locals {\n  a = " + "[" * 50 + "]" * 50 + "\n}\n" + ROLE),
        ("stack.yaml", TEMPLATE + "Metadata: " + "[" * 50 + "]" * 50 + "\n"),
        ("policy.json", POLICY[:-1] + ', "x": ' + "[" * 50 + "]" * 50 + "}"),
    ],
)
def test_fifty_levels_of_nesting_are_read(tmp_path: Path, name: str, content: str) -> None:
    report = run(tmp_path, **{name.replace(".", "_dot_"): content})
    assert problems(report) == []
    assert statuses(report) == {name: "analysed"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("main.tf", ROLE + 'resource "aws_iam_policy" "p" {\n  policy = jsonencode(' + "[" * 5000 + "]" * 5000 + ")\n}\n"),
        ("stack.yaml", TEMPLATE + "Metadata: " + "[" * 5000 + "]" * 5000 + "\n"),
        ("policy.json", POLICY[:-1] + ', "x": ' + "[" * 5000 + "]" * 5000 + "}"),
    ],
)
def test_five_thousand_levels_of_nesting_do_not_end_the_run(tmp_path: Path, name: str, content: str) -> None:
    report = run(tmp_path, **{name.replace(".", "_dot_"): content})
    assert name in statuses(report)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("stack.yaml", TEMPLATE + "Outputs: [}\n", 6),
        ("stack.json", '{"AWSTemplateFormatVersion": "2010-09-09",\n "Resources": {"R": {"Type": "AWS::ECR::Repository"}\n', 3),
        ("policy.json", POLICY.replace('"Resource": "*"}]', '"Resource": "*"\n]'), 2),
    ],
)
def test_a_broken_brace_is_a_problem_at_its_line(tmp_path: Path, name: str, content: str, line: int) -> None:
    report = run(tmp_path, **{name.replace(".", "_dot_"): content})
    assert problems(report)[0][:1] == (name,)
    assert abs((problems(report)[0][1] or 0) - line) <= 1
    assert statuses(report)[name] in ("partial", "failed")


def test_a_policy_that_is_not_json_is_a_problem_at_its_place_in_the_terraform_file(tmp_path: Path) -> None:
    text = 'resource "aws_iam_policy" "p" {\n  policy = <<EOF\n{\n  "Statement": [\n    {"Effect": "Allow",}\n  ]\n}\nEOF\n}\n'
    assert [(path, line) for path, line, _ in problems(run(tmp_path, main_dot_tf=text))] == [("main.tf", 5)]


def test_a_link_that_leaves_the_scanned_root_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "secret.tf").write_text(ROLE)
    os.symlink(outside / "secret.tf", root / "main.tf")
    os.symlink(outside, root / "folder")
    report = run(root, here_dot_tf='data "aws_iam_policy_document" "d" {}\nlocals { x = file("../outside/secret.tf") }\n')
    assert statuses(report) == {"here.tf": "analysed", "main.tf": "failed", "folder": "skipped"}


def test_a_file_is_scanned_with_the_unit_that_it_belongs_to(tmp_path: Path) -> None:
    run(tmp_path, main_dot_tf=ROLE, other_dot_tf=ROLE.replace("ci", "cd"))
    report = scan([str(tmp_path / "main.tf")], str(tmp_path))
    assert set(statuses(report)) == {"main.tf", "other.tf"}


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan([str(tmp_path / "nothing")], str(tmp_path))


def test_a_policy_file_that_terraform_reads_is_not_read_a_second_time(tmp_path: Path) -> None:
    text = 'resource "aws_iam_policy" "p" {\n  policy = file("${path.module}/policy.json")\n}\n'
    report = run(tmp_path, main_dot_tf=text, policy_dot_json=POLICY)
    assert {file.path: file.kind for file in report.files} == {"main.tf": "terraform", "policy.json": "iam-policy"}


def test_a_finding_in_a_module_that_init_installed_stands_at_its_call(tmp_path: Path) -> None:
    listed = '{"Modules": [{"Key": "", "Dir": "."}, {"Key": "ci", "Dir": ".terraform/modules/ci"}]}'
    module = """resource "aws_iam_policy" "push" {
  policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/app" }] })
}
"""
    files = {
        "main.tf": 'provider "aws" {}\nmodule "ci" {\n  source = "acme/ci/aws"\n}\n' + ROLE,
        ".terraform/modules/modules.json": listed,
        ".terraform/modules/ci/main.tf": module,
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    (finding,) = scan([str(tmp_path)], str(tmp_path)).findings
    assert (finding.rule, finding.span.path, finding.span.line) == ("token-on-repository", "main.tf", 2)
    assert (finding.related[0].span.path, finding.related[0].span.line) == (".terraform/modules/ci/main.tf", 3)


def test_a_root_concerns_ecr_where_a_module_that_is_installed_for_it_does(tmp_path: Path) -> None:
    listed = '{"Modules": [{"Key": "", "Dir": "."}, {"Key": "ci", "Dir": ".terraform/modules/ci"}]}'
    (tmp_path / ".terraform/modules/ci").mkdir(parents=True)
    (tmp_path / ".terraform/modules/modules.json").write_text(listed)
    (tmp_path / ".terraform/modules/ci/main.tf").write_text(TOKEN)
    (tmp_path / "main.tf").write_text('provider "aws" {}\nmodule "ci" {\n  source = "acme/ci/aws"\n}\n')
    (finding,) = scan([str(tmp_path)], str(tmp_path)).findings
    assert finding.rule == "token-on-repository"


TOKEN = """variable "scope" {
  default = "arn:aws:ecr:eu-west-1:111122223333:repository/app"
}

resource "aws_iam_policy" "login" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = ["ecr:GetAuthorizationToken"], Resource = var.scope }] })
}
"""
CALL = 'provider "aws" {}\nmodule "it" {\n  source = "../.."\n  scope = "*"\n}\n'


def test_a_module_with_examples_is_also_read_as_other_people_call_it(tmp_path: Path) -> None:
    example = {"examples__plain__main_dot_tf": CALL}
    assert [one.span.path for one in run(tmp_path, main_dot_tf=TOKEN, **example).findings] == ["main.tf"]
    assert run(tmp_path, main_dot_tf='provider "aws" {}\n' + TOKEN, **example).findings == (), "deployed: no module for others"


def test_a_documented_module_of_a_module_with_examples_is_also_read_as_other_people_call_it(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "main_dot_tf": CALL.replace("../..", "./modules/ci").replace('provider "aws" {}\n', ""),
        "modules__ci__main_dot_tf": TOKEN,
        "examples__plain__main_dot_tf": CALL.replace('  scope = "*"\n', ""),
    }
    assert run(tmp_path, **files).findings == (), "without a README it is for the module above it alone"
    (finding,) = run(tmp_path, **files, modules__ci__README_dot_md="# ci\n").findings
    assert (finding.rule, finding.span.path) == ("token-on-repository", "modules/ci/main.tf")


def test_a_plan_that_a_wrapper_has_written_lines_around_is_read(tmp_path: Path) -> None:
    values = {"name": "web", "image_tag_mutability": "MUTABLE"}
    made = {"address": "aws_ecr_repository.web", "mode": "managed", "type": "aws_ecr_repository", "name": "web", "values": values}
    plan = {"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module": {"resources": [made]}}}
    for wrapped in (f"[command]/usr/bin/terraform show -json p\n{json.dumps(plan)}\n::debug::exit 0\n", json.dumps(plan)):
        (tmp_path / "plan.json").write_text(wrapped)
        report = scan([str(tmp_path)], str(tmp_path))
        assert [(file.path, file.kind) for file in report.files] == [("plan.json", "terraform-plan")]
        assert report.problems == ()
