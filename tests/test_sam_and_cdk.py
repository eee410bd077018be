"""What SAM and the CDK write: templates of which a part is made only at deployment, or by a program."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

from ecrlint.adapt import cloudformation as adapter
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.cloudformation import evaluate
from ecrlint.model.finding import Report
from ecrlint.model.source import Source
from ecrlint.model.stack import Stack
from ecrlint.parse import yaml
from ecrlint.run.pipeline import scan


def stack(text: str) -> Stack:
    source = Source("t.yaml", dedent(text))
    nodes, problems = yaml.parse(source)
    assert problems == []
    evaluation = evaluate(nodes[0], source, adapter.TABLE, adapter.TABLE.documents, Budget())
    assert evaluation.notes == ()
    return adapter.adapt("t.yaml", evaluation.resources)


def report(folder: Path, name: str, text: str) -> Report:
    (folder / name).write_text(dedent(text))
    return scan([str(folder)], str(folder))


def test_a_function_without_a_role_has_one_with_its_policies() -> None:
    made = stack("""\
        Transform: AWS::Serverless-2016-10-31
        Globals: {Function: {Timeout: 3}}
        Resources:
          Own:
            Type: AWS::IAM::ManagedPolicy
            Properties: {PolicyDocument: {Version: 2012-10-17, Statement: []}}
          Build:
            Type: AWS::Serverless::Function
            Properties:
              PackageType: Image
              Policies:
                - AmazonEC2ContainerRegistryPowerUser
                - arn:aws:iam::aws:policy/service-role/AWSLambdaRole
                - !Ref Own
                - Version: 2012-10-17
                  Statement: [{Effect: Allow, Action: 'ecr:*', Resource: '*'}]
          Other:
            Type: AWS::Serverless::Function
            Properties: {Role: !GetAtt X.Arn, Policies: AmazonEC2ContainerRegistryPowerUser}
          Single:
            Type: AWS::Serverless::StateMachine
            Properties: {Policies: {S3ReadPolicy: {BucketName: x}}}
        """)
    build, single = made.roles
    assert build.address == "BuildRole"
    assert [one.managed or one.name for one in build.policies] == [
        "AmazonEC2ContainerRegistryPowerUser", "BuildRole", "AWSLambdaRole", "Own"
    ]  # fmt: skip
    assert build.complete
    assert single.open == ("the policy template S3ReadPolicy is not known",)


def test_a_fault_in_the_policies_of_a_function_is_found(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        "template.yaml",
        """\
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Build:
            Type: AWS::Serverless::Function
            Properties:
              PackageType: Image
              Policies:
                - Version: 2012-10-17
                  Statement:
                    - Effect: Allow
                      Action: [ecr:GetAuthorizationToken, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
                      Resource: !Sub arn:aws:ecr:${AWS::Region}:${AWS::AccountId}:repository/app
        """,
    )
    assert [(one.rule, one.span.line) for one in found.findings] == [("token-on-repository", 11)]
    assert [file.status for file in found.files] == ["analysed"]


IMAGE = {
    "Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/cdk-hnb659fds-container-assets-"
    "${AWS::AccountId}-${AWS::Region}:0123456789abcdef"
}
ASSETS = {
    "Fn::Join": [
        "",
        [
            "arn:",
            {"Ref": "AWS::Partition"},
            ":ecr:",
            {"Ref": "AWS::Region"},
            ":",
            {"Ref": "AWS::AccountId"},
            ":repository/",
            {"Fn::Sub": "cdk-hnb659fds-container-assets-${AWS::AccountId}-${AWS::Region}"},
        ],
    ]
}


def cdk(actions: list[str]) -> str:
    """What the CDK writes for a Fargate task with an image asset, whose role may do `actions` on the asset repository."""
    statements = [
        {"Effect": "Allow", "Action": actions, "Resource": ASSETS},
        {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
    ]
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}]}
    role, policy = "TaskExecutionRole250D2532", "TaskExecutionRoleDefaultPolicyA84DD1B0"
    resources = {
        role: {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {**trust, "Version": "2012-10-17"}},
            "Metadata": {"aws:cdk:path": "App/Task/ExecutionRole/Resource"},
        },
        policy: {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyDocument": {"Statement": statements, "Version": "2012-10-17"},
                "PolicyName": policy,
                "Roles": [{"Ref": role}],
            },
        },
        "Task79114B6B": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "ContainerDefinitions": [{"Name": "app", "Image": IMAGE}],
                "ExecutionRoleArn": {"Fn::GetAtt": [role, "Arn"]},
                "RequiresCompatibilities": ["FARGATE"],
            },
        },
    }
    parameter = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}
    return json.dumps({"Resources": resources, "Parameters": {"BootstrapVersion": parameter}}, indent=1)


def test_the_asset_repository_of_the_cdk_is_the_one_that_its_policies_name(tmp_path: Path) -> None:
    whole = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    assert not report(tmp_path, "App.template.json", cdk(whole)).findings
    found = report(tmp_path, "App.template.json", cdk(whole[:2]))
    assert [one.rule for one in found.findings] == ["execution-role-cannot-pull"]
    assert [(file.path, file.status) for file in found.files] == [("App.template.json", "analysed")]


def test_a_nested_stack_of_the_cdk_is_read_from_the_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "AppInner.nested.template.json").write_text(cdk(["ecr:BatchGetImage"]))
    outer = {
        "Resources": {
            "Inner": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"TemplateURL": {"Fn::Sub": "https://s3.${AWS::Region}.amazonaws.com/assets/x.json"}},
                "Metadata": {"aws:asset:path": "AppInner.nested.template.json", "aws:asset:property": "TemplateURL"},
            }
        }
    }
    found = report(tmp_path, "App.template.json", json.dumps(outer))
    assert [(one.rule, one.span.path) for one in found.findings] == [
        ("execution-role-cannot-pull", "AppInner.nested.template.json")
    ]
    assert [one.address for one in found.findings] == ["Inner.Task79114B6B"]
