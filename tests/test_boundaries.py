"""A permissions boundary is read in every form that it is written in, and it never grants."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.adapt import cloudformation as cloudformation_adapter
from ecrlint.adapt import terraform as terraform_adapter
from ecrlint.analysis.capability import LOGIN, can
from ecrlint.analysis.holders import holders
from ecrlint.evaluate import cloudformation, terraform
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.terraform.configuration import folder
from ecrlint.model.policy import Role
from ecrlint.model.source import Source
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.parse import hcl, yaml

TERRAFORM = """
variable "boundary" {}

resource "aws_iam_policy" "limits" {
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}

resource "aws_iam_role" "app" {
  permissions_boundary = %s
  managed_policy_arns  = ["arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"]
}
"""

TEMPLATE = """
Parameters:
  Boundary: {Type: String}
  Account: {Type: String}
Conditions:
  IsProd: !Equals [!Ref Account, prod]
Resources:
  Limits:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: {Statement: [{Effect: Allow, Action: "s3:*", Resource: "*"}]}
  App:
    Type: AWS::IAM::User
    Properties:
      PermissionsBoundary: %s
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"]
"""


def of_terraform(written: str) -> Stack:
    body, problems = hcl.parse(Source("main.tf", TERRAFORM % written))
    assert problems == []
    root = folder("", [("main.tf", body)])
    found = terraform.evaluate(
        root, lambda path: None, lambda path: None, terraform_adapter.TABLE, terraform_adapter.TABLE.documents, Budget()
    )
    return terraform_adapter.adapt("app", found.resources)


def of_template(written: str) -> Stack:
    source = Source("template.yaml", TEMPLATE % written)
    (node,), problems = yaml.parse(source)
    assert problems == []
    found = cloudformation.evaluate(node, source, cloudformation_adapter.TABLE, cloudformation_adapter.TABLE.documents, Budget())
    return cloudformation_adapter.adapt("app", found.resources)


def holder(stack: Stack) -> Role:
    (role,) = stack.roles
    return role


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("null", YES),
        ('""', YES),
        ('"arn:aws:iam::aws:policy/PowerUserAccess"', YES),
        ('"arn:aws:iam::aws:policy/AmazonS3FullAccess"', NO),
        ("aws_iam_policy.limits.arn", NO),
        ("var.boundary", MAYBE),
        ('"arn:aws:iam::111122223333:policy/limits"', MAYBE),
        ("var.boundary != null ? aws_iam_policy.limits.arn : null", MAYBE),
    ],
)
def test_a_boundary_in_terraform(written: str, expected: Truth) -> None:
    assert can(holder(of_terraform(written)), LOGIN).truth is expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!Ref AWS::NoValue", YES),
        ("arn:aws:iam::aws:policy/PowerUserAccess", YES),
        ("!Sub 'arn:${AWS::Partition}:iam::aws:policy/AmazonS3FullAccess'", NO),
        ("!Ref Limits", NO),
        ("!Ref Boundary", MAYBE),
        ("!Sub 'arn:aws:iam::${AWS::AccountId}:policy/limits'", MAYBE),
        ("!If [IsProd, !Ref Limits, !Ref AWS::NoValue]", MAYBE),
    ],
)
def test_a_boundary_in_cloudformation(written: str, expected: Truth) -> None:
    assert can(holder(of_template(written)), LOGIN).truth is expected


def test_a_boundary_is_attached_to_somebody_and_grants_nothing() -> None:
    stack = of_terraform("aws_iam_policy.limits.arn")
    assert stack.policies == ()
    (one,) = holders(stack)
    assert [policy.managed for policy in one.policies] == ["AmazonEC2ContainerRegistryReadOnly"]


def test_what_limits_is_no_reason_to_doubt_that_nothing_grants() -> None:
    role = holder(of_terraform("var.boundary"))
    assert role.complete
    assert "ecr:PutImage" not in can(role, LOGIN).missing


def test_the_boundary_that_does_not_allow_it_is_the_proof(project: Path) -> None:
    grant = can(holder(of_terraform("aws_iam_policy.limits.arn")), LOGIN)
    assert [span.text for span in grant.by] == ["aws_iam_policy.limits.arn"]
    assert grant.because == ("permissions boundary aws_iam_policy.limits does not allow it",)
