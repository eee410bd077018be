"""What is declared is itself, whatever its name turns out to be; and no two declared resources are one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecrlint.run.pipeline import scan

TRUST = (
    'jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole",'
    ' Principal = { Service = "ecs-tasks.amazonaws.com" } }] })'
)

ROOT = """
variable "env" {}
variable "name" {}
data "aws_partition" "here" {}
locals {
  suffix = "exec"
  aws    = "arn:${data.aws_partition.here.partition}:iam::aws:policy"
}
resource "aws_ecr_repository" "app" { name = "app" }
resource "aws_iam_role" "exec" {
  count              = %(count)s
  name               = %(name)s
  assume_role_policy = %(trust)s
}
resource "aws_iam_role" "other" {
  name               = "${var.env}-other"
  assume_role_policy = %(trust)s
}
resource "aws_iam_role_policy_attachment" "pull" {
  role       = %(role)s
  policy_arn = %(policy)s
}
resource "aws_ecs_task_definition" "app" {
  family                   = "app"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.exec[0].arn
  container_definitions    = jsonencode([{ name = "app", image = "${aws_ecr_repository.app.repository_url}:1" }])
}
"""
MANAGED = '"arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"'
OTHER = "aws_iam_role.other.name"


def rules(folder: Path, name: str, text: str) -> list[str]:
    (folder / name).write_text(text)
    report = scan([str(folder)], str(folder))
    assert report.problems == ()
    return [finding.rule for finding in report.findings if finding.family in ("ecs", "compute")]


def root(name: str, role: str, policy: str = MANAGED) -> str:
    return ROOT % {"count": 1, "name": name, "role": role, "policy": policy, "trust": TRUST}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ('var.name != "" ? var.name : "app-exec"', "aws_iam_role.exec[0].name"),
        ("var.name", "aws_iam_role.exec[0].name"),
        ("coalesce(var.name, var.env)", "aws_iam_role.exec[0].id"),
        ('"${var.env}-exec"', '"${var.env}-${local.suffix}"'),
        ('"${var.env}-exec"', 'join("-", [var.env, "exec"])'),
        ('"${var.env}-exec"', 'format("%s-exec", var.env)'),
        ("lower(var.name)", 'join("", aws_iam_role.exec[*].name)'),
        ("lower(var.name)", 'element(concat(aws_iam_role.exec[*].name, [""]), 0)'),
        ("lower(var.name)", 'try(aws_iam_role.exec[0].name, "")'),
        ("lower(var.name)", '"${aws_iam_role.exec[0].name}"'),
        ("lower(var.name)", 'split("/", aws_iam_role.exec[0].arn)[1]'),
    ],
)
def test_what_is_attached_to_a_role_is_attached_whatever_its_name(name: str, role: str, tmp_path: Path) -> None:
    assert rules(tmp_path, "main.tf", root(name, role)) == []


def test_what_is_attached_to_another_role_is_not_its_own(tmp_path: Path) -> None:
    assert rules(tmp_path, "main.tf", root('"${var.env}-exec"', OTHER)) == ["execution-role-cannot-pull"]


def test_a_managed_policy_is_known_by_the_end_of_its_arn(tmp_path: Path) -> None:
    policy = '"${local.aws}/service-role/AmazonECSTaskExecutionRolePolicy"'
    assert rules(tmp_path, "main.tf", root("var.name", "aws_iam_role.exec[0].name", policy)) == []


def split(address: str, separator: str, at: int) -> object:
    return {"Fn::Select": [at, {"Fn::Split": [separator, {"Fn::GetAtt": [address, "Arn"]}]}]}


def cdk(granted: str) -> str:
    """A template as the CDK writes it: the image is put together from the ARN of its repository."""
    registry = [split("Web1A2B3C4D", ":", 4), ".dkr.ecr.", split("Web1A2B3C4D", ":", 3), ".", {"Ref": "AWS::URLSuffix"}]
    image = {"Fn::Join": ["", [*registry, "/", {"Ref": "Web1A2B3C4D"}, ":1"]]}
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    statements = [
        {"Effect": "Allow", "Action": pull, "Resource": {"Fn::GetAtt": [granted, "Arn"]}},
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    ]
    resources = {
        "Web1A2B3C4D": {"Type": "AWS::ECR::Repository"},
        "Api5E6F7A8B": {"Type": "AWS::ECR::Repository"},
        "Exec": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}},
        "Grant": {
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyName": "pull", "Roles": [{"Ref": "Exec"}], "PolicyDocument": {"Statement": statements}},
        },
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "RequiresCompatibilities": ["FARGATE"],
                "ExecutionRoleArn": {"Fn::GetAtt": ["Exec", "Arn"]},
                "ContainerDefinitions": [{"Name": "web", "Image": image}],
            },
        },
    }
    return json.dumps({"Resources": resources}, indent=1)


def test_an_image_made_of_the_arn_of_a_repository_is_of_that_repository(tmp_path: Path) -> None:
    assert rules(tmp_path, "stack.template.json", cdk("Web1A2B3C4D")) == []


def test_a_grant_on_another_repository_of_the_template_is_no_grant_on_this(tmp_path: Path) -> None:
    assert rules(tmp_path, "stack.template.json", cdk("Api5E6F7A8B")) == ["execution-role-cannot-pull"]
