"""Files that are not read as a whole: one problem that says what they are, and nothing is missing in what they mention."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.model.finding import Report
from ecrlint.parse.hcl_dialects import OLD, TEMPLATE
from ecrlint.run.pipeline import scan

ROOT = """
provider "aws" {}

resource "aws_iam_role" "exec" {
  name = "web-exec"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } },
  ] })
}

resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.exec.arn
  container_definitions    = jsonencode([{ name = "web", image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web:1" }])
}
"""
ATTACHMENT = """
resource "aws_iam_role_policy_attachment" "exec" {
  role       = %s
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
"""


def report(folder: Path, **files: str) -> Report:
    for name, text in files.items():
        (folder / f"{name}.tf").write_text(text)
    return scan([str(folder)], str(folder))


def rules(found: Report) -> list[str]:
    return [finding.rule for finding in found.findings]


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ('data "aws_iam_policy_document" "x" {\n  "statement" {\n    "sid" = "ecr"\n  }\n}\n', OLD, 2),
        ('resource "aws_ecr_repository" "web" {\n  "name" = "web"\n  "tags" = {\n    "a" = "b"\n  }\n}\n', OLD, 2),
        ('resource "aws_ecr_repository" "web" {\n  tags {\n    Name = "${var.x}"\n    "Cost Center" = "b"\n  }\n}\n', OLD, 4),
        ('{% if ecr %}\nresource "aws_ecr_repository" "web" {\n  name = "web"\n}\n{% endif %}\n', TEMPLATE, 1),
        ('resource "aws_ecr_repository" "web" {\n  name = {{ name }}\n  tags = {{ tags }}\n}\n', TEMPLATE, 2),
        ('resource "aws_ecr_repository" "web" {\n  name = <%= name %>\n}\n', TEMPLATE, 2),
    ],
)
def test_a_file_of_another_language_has_one_problem(text: str, message: str, line: int, tmp_path: Path) -> None:
    found = report(tmp_path, main=text)
    assert [(problem.message, problem.span and problem.span.line) for problem in found.problems] == [(message, line)]


@pytest.mark.parametrize(
    "text",
    [
        'resource "aws_ecr_repository" "web" {\n  tags = {\n    "a" = "b"\n  }\n  name = = "web"\n}\n',
        'resource "aws_ecr_repository" "web" {\n  name = "{{ name }}"\n  tags = = {}\n}\n',
    ],
)
def test_what_is_no_hcl_for_another_reason_is_said_as_it_is(text: str, tmp_path: Path) -> None:
    problems = report(tmp_path, main=text).problems
    assert problems
    assert all("not valid HCL" in problem.message for problem in problems)


@pytest.mark.parametrize("role", ["aws_iam_role.exec.name", '"web-exec"', "${aws_iam_role.exec.id}"])
@pytest.mark.parametrize("broken", ["{% if ecr %}\n", 'resource "aws_s3_bucket" "x" {\n  "bucket" = "x"\n}\n'])
def test_a_role_that_an_unread_file_mentions_may_have_other_policies(role: str, broken: str, tmp_path: Path) -> None:
    found = report(tmp_path, main=ROOT, more=broken + ATTACHMENT % role)
    assert rules(found) == []
    assert "more.tf mentions it" in {opening.reason.split(" and ")[0] for opening in found.open}


def test_a_role_that_no_unread_file_mentions_has_the_policies_that_are_here(tmp_path: Path) -> None:
    found = report(tmp_path, main=ROOT, more="{% if ecr %}\n" + ATTACHMENT % "aws_iam_role.other.name")
    assert rules(found) == ["execution-role-cannot-pull"]


def test_an_unread_file_of_a_module_mentions_what_is_in_the_module(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/main.tf").write_text(ROOT.replace('provider "aws" {}', ""))
    (tmp_path / "web/more.tf").write_text("{% if ecr %}\n" + ATTACHMENT % "aws_iam_role.exec.name")
    found = report(tmp_path, main='provider "aws" {}\nmodule "web" {\n  source = "./web"\n}\n')
    assert rules(found) == []


REPOSITORY = """
data "aws_iam_policy_document" "pull" {
  statement {
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    principals %s {
      type        = "AWS"
      identifiers = ["arn:aws:iam::111122223333:role/ci"]
    }
  }
}

resource "aws_ecr_repository" "web" {
  name = "web"
}

resource "aws_ecr_repository_policy" "web" {
  repository = aws_ecr_repository.web.name
  policy     = data.aws_iam_policy_document.pull.json
}
"""


def test_a_block_that_is_written_as_an_argument_is_a_problem_and_no_flaw(tmp_path: Path) -> None:
    assert report(tmp_path, main=REPOSITORY % "").problems == ()
    found = report(tmp_path, main=REPOSITORY % "=")
    assert rules(found) == []
    (problem,) = found.problems
    assert problem.message == 'principals is a block: "principals {". With "=" this is Terraform 0.11, and not read'
