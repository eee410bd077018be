"""What adds to a set of another unit, or of this one, by an id that is not known: a policy to a role, a rule to a group."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from truth import files, templates
from truth.rewrite import Folder, Rewrite

ALLOW = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'


@dataclass(frozen=True)
class Adder:
    """What may add to a set, in Terraform and in CloudFormation. `rules` are those whose errors rest on the set being closed."""

    set: str
    rules: frozenset[str]
    terraform: str
    resources: Mapping[str, Any]
    parameters: tuple[str, ...] = ()


def _rules(words: str) -> frozenset[str]:
    return frozenset(words.split())


CERTAIN = frozenset({"codebuild.amazonaws.com not let in", "image of another account", "no gateway endpoint"})
"""Causes of errors of these rules that rest on something else."""

GRANTS = _rules(
    "arn-matches-no-repository ci-role-cannot-push codebuild-cannot-pull-image execution-role-cannot-log "
    "execution-role-cannot-pull execution-role-cannot-read-secrets grant-misses-repository instance-role-cannot-pull "
    "login-condition-never-true login-not-granted node-role-cannot-pull pass-role-missing public-login-without-bearer-token "
    "public-registry-confused pull-set-incomplete push-set-incomplete service-account-role-never-pulls "
    "token-on-repository unknown-ecr-action"
)
WAYS = _rules("endpoint-set-incomplete layers-not-routed task-without-way-out")

ADDERS = (
    Adder(
        "policies of a role, user or group, by name",
        GRANTS,
        f"""
variable "rw_holder" {{}}
resource "aws_iam_role_policy" "rw" {{
  role   = var.rw_holder
  policy = jsonencode({ALLOW})
}}
resource "aws_iam_user_policy_attachment" "rw" {{
  user       = var.rw_holder
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}}
resource "aws_iam_group_policy_attachment" "rw" {{
  group      = var.rw_holder
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}}
""",
        {
            "RwPolicy": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "PolicyDocument": json.loads(ALLOW),
                    "Roles": [{"Ref": "RwHolder"}],
                    "Users": [{"Ref": "RwHolder"}],
                    "Groups": [{"Fn::ImportValue": "rw-group"}],
                },
            }
        },
        ("RwHolder",),
    ),
    Adder(
        "policies of a role, user or group, by an attachment of several",
        GRANTS,
        """
variable "rw_holders" {
  type = list(string)
}
resource "aws_iam_policy_attachment" "rw" {
  name       = "rw"
  roles      = var.rw_holders
  users      = var.rw_holders
  groups     = var.rw_holders
  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
}
""",
        {
            "RwPolicy": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyName": "rw",
                    "PolicyDocument": json.loads(ALLOW),
                    "Roles": {"Ref": "RwHolders"},
                    "Users": {"Ref": "RwHolders"},
                    "Groups": {"Ref": "RwHolders"},
                },
            }
        },
        ("RwHolders",),
    ),
    Adder(
        "policy of a repository",
        _rules("cross-account-without-repository-policy lambda-without-repository-grant"),
        """
variable "rw_repository" {}
resource "aws_ecr_repository_policy" "rw" {
  repository = var.rw_repository
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = "ecr:*" }]
  })
}
""",
        {},
    ),
    Adder(
        "rules of a security group",
        _rules("consumer-cannot-reach-https endpoint-closed-to-consumers"),
        """
variable "rw_group" {}
resource "aws_security_group_rule" "rw_in" {
  type              = "ingress"
  security_group_id = var.rw_group
  protocol          = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_blocks       = ["0.0.0.0/0"]
}
resource "aws_vpc_security_group_egress_rule" "rw_out" {
  security_group_id = var.rw_group
  ip_protocol       = "-1"
  cidr_ipv4         = "0.0.0.0/0"
}
""",
        {
            "RwIn": {
                "Type": "AWS::EC2::SecurityGroupIngress",
                "Properties": {"GroupId": {"Ref": "RwGroup"}, "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},
            },
            "RwOut": {
                "Type": "AWS::EC2::SecurityGroupEgress",
                "Properties": {"GroupId": {"Fn::ImportValue": "rw-group"}, "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},
            },
        },
        ("RwGroup",),
    ),
    Adder(
        "routes of a table",
        WAYS,
        """
variable "rw_table" {}
variable "rw_nat" {}
resource "aws_route" "rw" {
  route_table_id         = var.rw_table
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = var.rw_nat
}
""",
        {
            "RwRoute": {
                "Type": "AWS::EC2::Route",
                "Properties": {
                    "RouteTableId": {"Ref": "RwTable"},
                    "DestinationCidrBlock": "0.0.0.0/0",
                    "NatGatewayId": {"Ref": "RwTable"},
                },
            }
        },
        ("RwTable",),
    ),
    Adder(
        "route table of a subnet",
        WAYS,
        """
variable "rw_table" {}
variable "rw_subnet" {}
resource "aws_route_table_association" "rw" {
  subnet_id      = var.rw_subnet
  route_table_id = var.rw_table
}
""",
        {
            "RwTie": {
                "Type": "AWS::EC2::SubnetRouteTableAssociation",
                "Properties": {"SubnetId": {"Ref": "RwSubnet"}, "RouteTableId": {"Ref": "RwSubnet"}},
            }
        },
        ("RwSubnet",),
    ),
    Adder(
        "endpoints of a VPC",
        WAYS,
        """
variable "rw_vpc" {}
variable "rw_service" {}
resource "aws_vpc_endpoint" "rw" {
  vpc_id              = var.rw_vpc
  service_name        = var.rw_service
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
}
""",
        {
            "RwEndpoint": {
                "Type": "AWS::EC2::VPCEndpoint",
                "Properties": {
                    "VpcId": {"Ref": "RwVpc"},
                    "ServiceName": {"Ref": "RwVpc"},
                    "VpcEndpointType": "Interface",
                    "PrivateDnsEnabled": True,
                },
            }
        },
        ("RwVpc",),
    ),
    Adder(
        "associations of an endpoint",
        _rules("layers-not-routed"),
        """
variable "rw_endpoint" {}
variable "rw_other" {}
resource "aws_vpc_endpoint_route_table_association" "rw" {
  vpc_endpoint_id = var.rw_endpoint
  route_table_id  = var.rw_other
}
resource "aws_vpc_endpoint_subnet_association" "rw" {
  vpc_endpoint_id = var.rw_endpoint
  subnet_id       = var.rw_other
}
""",
        {},
    ),
    Adder(
        "groups of an endpoint",
        _rules("endpoint-closed-to-consumers"),
        """
variable "rw_endpoint" {}
variable "rw_other" {}
resource "aws_vpc_endpoint_security_group_association" "rw" {
  vpc_endpoint_id   = var.rw_endpoint
  security_group_id = var.rw_other
}
""",
        {},
    ),
)


def elsewhere(adder: Adder) -> Rewrite:
    """The adder in units of its own, which have nothing to do with the others."""
    template = {
        "Parameters": {name: {"Type": "String"} for name in adder.parameters},
        "Resources": adder.resources,
    }
    added: dict[str, bytes | None] = {"rw_other/main.tf": adder.terraform.encode()}
    if adder.resources:
        added["rw_template/template.json"] = json.dumps(template, indent=2).encode()
    return Rewrite(f"elsewhere: {adder.set}", True, added)


def within(folder: Folder, adder: Adder) -> Rewrite:
    """The adder in every root and in every template."""
    added: dict[str, bytes | None] = {}
    for root in files.terraform_roots(folder.texts):
        added[posixpath.join(root, "rw_adder.tf")] = adder.terraform.encode()
    for name, text in _templates(folder) if adder.resources else ():
        added[name] = text
        node = files.composed(text)
        assert node is not None
        sections = {"Resources": adder.resources, "Parameters": {one: {"Type": "String"} for one in adder.parameters}}
        added[name] = templates.with_sections(text.decode(), node, sections).encode()
    return Rewrite(f"within: {adder.set}", False, added)


def _templates(folder: Folder) -> Iterator[tuple[str, bytes]]:
    for name, data in folder.texts.items():
        if name.endswith((".yaml", ".yml", ".json", ".template")) and templates.is_template(files.composed(data)):
            yield name, data
