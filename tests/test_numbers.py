"""Numbers that nobody counts with: nothing fails for them, wherever they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.run.pipeline import scan

TERRAFORM = """
resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "tasks" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}
resource "aws_security_group" "endpoints" {
  vpc_id = aws_vpc.main.id
  ingress {
    from_port   = 443
    to_port     = NUMBER
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/16"]
  }
}
resource "aws_vpc_endpoint" "api" {
  count               = NUMBER
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.eu-west-1.ecr.api"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [aws_subnet.tasks.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  private_dns_enabled = true
}
resource "aws_launch_template" "hosts" {
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = NUMBER
  }
}
"""
CLOUDFORMATION = """
Parameters:
  Hops: {Type: Number, Default: NUMBER}
Resources:
  Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      VpcId: !Ref Vpc
      GroupDescription: endpoints
      SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, ToPort: NUMBER, CidrIp: 10.0.0.0/16}]
  Endpoint:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcId: !Ref Vpc
      VpcEndpointType: Interface
      ServiceName: com.amazonaws.eu-west-1.ecr.api
      SubnetIds: [!Select [NUMBER, [subnet-1, subnet-2]]]
      SecurityGroupIds: [!Ref Group]
      PrivateDnsEnabled: true
  Hosts:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        MetadataOptions: {HttpTokens: required, HttpPutResponseHopLimit: !Ref Hops}
"""
NUMBERS = ["1" * 400, "1" * 5000, "1e999", "-1e999", "1e3", "0." + "3" * 400, "1.5"]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number[:6]}, {len(number)} characters")
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize(("name", "text"), [("main.tf", TERRAFORM), ("template.yaml", CLOUDFORMATION)])
def test_a_number_of_any_length_breaks_nothing(tmp_path: Path, name: str, text: str, quoted: bool, number: str) -> None:
    (tmp_path / name).write_text(text.replace("NUMBER", f'"{number}"' if quoted else number))
    report = scan([str(tmp_path)], str(tmp_path))
    assert [problem.message for problem in report.problems] == []
    assert [file.status for file in report.files] <= ["partial"]
