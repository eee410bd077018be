"""Names across the units of a repository, and of modules that are not here: known in part, or one of several."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.run.pipeline import scan

TRUST = """jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "%s" } },
  ] })"""
TASK = """
resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = %s
  container_definitions    = jsonencode([{ name = "web", image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1" }])
}
"""
ROLE = """
provider "aws" {}

resource "aws_iam_role" "%s" {
  name               = %s
  assume_role_policy = %s
}
"""

MODULE = """
variable "x" {
  type = string
}

module "more" {
  source = "git::https://example.com/more.git"
  %s
}
"""


def errors(folder: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return [finding.rule for finding in scan([str(folder)], str(folder)).findings if str(finding.severity) == "error"]


@pytest.mark.parametrize(
    ("name", "role", "lets_in"),
    [
        ('"shop"', "exec", True),
        ('var.flag ? "shop" : null', "exec", True),
        ('var.flag ? "shop" : "stock"', "exec", True),
        ('"sh${var.end}"', "exec", True),
        ('"stock"', "exec", False),
        ('"st${var.end}"', "exec", False),
        ("var.end", "exec", True),
        ("var.end", "other", False),
        ('var.flag ? "stock" : var.end', "exec", True),
    ],
)
def test_a_repository_of_another_root_that_may_be_the_one_lets_in(name: str, role: str, lets_in: bool, tmp_path: Path) -> None:
    policy = """
variable "flag" {
  type = bool
}
variable "end" {
  type = string
}
resource "aws_ecr_repository" "x" {
  name = %s
}
resource "aws_ecr_repository_policy" "x" {
  repository = aws_ecr_repository.x.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Effect = "Allow", Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    Principal = { AWS = "arn:aws:iam::111122223333:role/%s" } }] })
}
"""
    login = """
resource "aws_iam_role_policy" "exec" {
  role = aws_iam_role.exec.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" }] })
}
"""
    made = ROLE % ("exec", '"exec"', TRUST % "ecs-tasks.amazonaws.com")
    text = made + login + TASK % "aws_iam_role.exec.arn"
    found = errors(tmp_path, {"app/main.tf": text, "images/main.tf": policy % (name, role)})
    assert ("execution-role-cannot-pull" not in found) == lets_in


@pytest.mark.parametrize(
    ("label", "name", "sure"),
    [
        ("b", '"other"', True),
        ("b", "var.x", True),
        ("a", "var.x", False),
        ("a", '"ap${var.x}"', True),
        ("b", '"exe${var.x}"', False),
        ("b", '"ap${var.x}"', True),
    ],
)
def test_a_role_of_another_root_is_the_one_where_no_other_may_be(label: str, name: str, sure: bool, tmp_path: Path) -> None:
    made = ROLE % ("a", '"exec"', TRUST % "lambda.amazonaws.com")
    other = 'variable "x" {\n  type = string\n}\n' + ROLE % (label, name, TRUST % "ecs-tasks.amazonaws.com")
    task = 'provider "aws" {}\n' + TASK % '"arn:aws:iam::111122223333:role/exec"'
    found = errors(tmp_path, {"a/main.tf": made, "b/main.tf": other, "app/main.tf": task})
    assert ("role-not-trusting-ecs-tasks" in found) == sure


@pytest.mark.parametrize(
    ("argument", "is_open"),
    [
        ("role_name = var.x", True),
        ('role_name = "ex${var.x}"', True),
        ("roles = [var.x]", True),
        ('role_name = "other-${var.x}"', False),
        ('role_name = "other"', False),
        ("name = var.x", False),
        ("create_role = true", False),
        ("role_name = null", False),
    ],
)
def test_a_module_that_is_not_here_may_add_to_a_role_that_it_may_be_given(argument: str, is_open: bool, tmp_path: Path) -> None:
    role = ROLE % ("exec", '"exec"', TRUST % "ecs-tasks.amazonaws.com")
    text = role + TASK % "aws_iam_role.exec.arn" + MODULE % argument
    assert ("execution-role-cannot-pull" not in errors(tmp_path, {"main.tf": text})) == is_open
