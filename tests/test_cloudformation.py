"""The stack that a template makes, and loose task definitions and policies."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import dedent

import pytest

from ecrlint.adapt import cloudformation as adapter
from ecrlint.adapt import iam_policy, task_definition
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.cloudformation import evaluate
from ecrlint.evaluate.json_document import from_node
from ecrlint.model.source import Source
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import Value, string
from ecrlint.parse import json, yaml
from ecrlint.run.read.scripts import read_scripts

Shown = Callable[[Value | None], object]


# The stack


def stack(text: str) -> Stack:
    source = Source("t.yaml", dedent(text))
    nodes, problems = yaml.parse(source)
    evaluation = evaluate(nodes[0], source, adapter.TABLE, adapter.TABLE.documents, Budget())
    assert not [problem for problem in problems if "nested" in problem.message]
    return adapter.adapt("t.yaml", evaluation.resources, scripts=read_scripts(Budget()))


ROLE = """\
    Type: AWS::IAM::Role
    Properties:
      RoleName: puller
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: 'sts:AssumeRole'}]
"""


def test_a_role_has_the_policies_that_it_states_and_those_that_name_it() -> None:
    made = stack(f"""\
Resources:
  Role:
{ROLE}
      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy, !Ref Own]
      Policies:
        - PolicyName: a
          PolicyDocument: {{Version: 2012-10-17, Statement: [{{Effect: Allow, Action: 'ecr:*', Resource: '*'}}]}}
  Own:
    Type: AWS::IAM::ManagedPolicy
    Properties: {{PolicyDocument: {{Version: 2012-10-17, Statement: []}}}}
  Named:
    Type: AWS::IAM::Policy
    Properties: {{Roles: [!Ref Role], PolicyName: n, PolicyDocument: {{Version: 2012-10-17, Statement: []}}}}
  ByName:
    Type: AWS::IAM::RolePolicy
    Properties: {{RoleName: puller, PolicyName: n, PolicyDocument: {{Version: 2012-10-17, Statement: []}}}}
""")
    (role,) = made.roles
    assert [policy.managed or policy.name for policy in role.policies] == [
        "Role", "Named", "ByName", "AmazonECSTaskExecutionRolePolicy", "Own"
    ]  # fmt: skip
    assert role.complete
    assert role.trust is not None
    assert made.policies == ()


def test_a_role_may_have_policies_that_cannot_be_seen() -> None:
    made = stack(f"""\
Parameters:
  Extra: {{Type: String}}
Conditions:
  IsProd: !Equals [!Ref Extra, x]
Resources:
  Role:
{ROLE}
      ManagedPolicyArns: [!Ref Extra]
      Policies: [!If [IsProd, {{PolicyName: a, PolicyDocument: {{}}}}, !Ref 'AWS::NoValue']]
  Nested:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: x, Parameters: {{Role: !Ref Role}}}}
  Fn::ForEach::More: [X, !Ref Extra, {{}}]
""")
    (role,) = made.roles
    assert [reason for policy in role.policies for reason in policy.open] == [
        "the policy that Role attaches is not here: Extra is known only after deployment"
    ]
    assert list(role.open) == [
        "an inline policy is not known: it depends on IsProd",
        "the nested stack Nested is given it and may attach policies to it",
        "a part of the template is not read: what Fn::ForEach::More loops over is not known",
    ]


def test_what_follows_a_syntax_error_leaves_roles_open() -> None:
    made = stack(f"Resources:\n  Role:\n{ROLE}  Broken:\n    Type: [x\n  Later:\n    Type: AWS::IAM::Policy\n")
    assert [role.open for role in made.roles] == [
        ("a part of the template is not read: what follows a syntax error is not read",)
    ]


def test_references_in_policies_become_what_is_known_of_them(shown: Shown) -> None:
    made = stack("""\
        Resources:
          Repo: {Type: 'AWS::ECR::Repository', Properties: {RepositoryName: app}}
          Queue: {Type: 'AWS::SQS::Queue'}
          P:
            Type: AWS::IAM::ManagedPolicy
            Properties:
              PolicyDocument:
                Statement:
                  - {Effect: Allow, Action: 'ecr:*', Resource: [!GetAtt Repo.Arn, !Sub '${Queue.Arn}', !Ref Repo]}
        """)
    resources = made.policies[0].statements[0].resources
    assert resources is not None
    assert [shown(one) for one in resources] == [
        "arn:<aws.partition>:ecr:<aws.region>:<aws.account_id>:repository/app", "arn:<aws.partition>:sqs:?", "app"
    ]  # fmt: skip


def test_a_task_has_its_containers_roles_and_the_launch_type_of_its_service(shown: Shown) -> None:
    made = stack(f"""\
Resources:
  Role:
{ROLE}
  Repo: {{Type: 'AWS::ECR::Repository'}}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: web
      ExecutionRoleArn: !GetAtt Role.Arn
      TaskRoleArn: !Ref AWS::NoValue
      ContainerDefinitions:
        - {{Name: app, Image: !Sub '${{Repo.RepositoryUri}}:1', LogConfiguration: {{LogDriver: awslogs}}}}
  Service:
    Type: AWS::ECS::Service
    Properties: {{TaskDefinition: !Ref Task, LaunchType: FARGATE}}
""")
    (task,) = made.tasks
    assert task.label == "web"
    assert task.launches_on("FARGATE") is YES
    assert task.task_role is None
    assert made.role(task.execution_role) is made.roles[0]
    image = shown(task.containers[0].image)
    assert image == "<aws.account_id>.dkr.ecr.<aws.region>.<aws.dns_suffix>/<Repo.Ref>:1"
    log = task.containers[0].log
    assert log is not None
    assert string(log.driver) == "awslogs"


def test_a_host_has_its_metadata_options_its_uses_and_the_role_of_its_profile(shown: Shown) -> None:
    made = stack(f"""\
Parameters:
  Hops: {{Type: Number, Default: 1}}
  Ami:
    Type: AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>
    Default: /aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id
Resources:
  Role:
{ROLE}
  Profile: {{Type: 'AWS::IAM::InstanceProfile', Properties: {{Roles: [!Ref Role]}}}}
  Template:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: !Ref Ami
        IamInstanceProfile: {{Arn: !GetAtt Profile.Arn}}
        MetadataOptions: {{HttpTokens: required, HttpPutResponseHopLimit: !Ref Hops}}
        UserData:
          Fn::Base64: !Sub |
            #!/bin/bash
            docker run x
  Plain:
    Type: AWS::EC2::Instance
    Properties: {{LaunchTemplate: {{LaunchTemplateId: !Ref Template}}}}
""")
    template, plain = made.hosts
    assert (string(template.http_tokens), shown(template.hop_limit)) == ("required", 1)
    assert [use.what for use in template.uses] == ["docker", "bridged", "ecs"]
    assert template.role is made.roles[0]
    assert (plain.options, plain.inherits) == (None, True)


def test_an_endpoint_and_a_repository_have_their_policies(shown: Shown) -> None:
    made = stack("""\
        Resources:
          Repo:
            Type: AWS::ECR::Repository
            Properties:
              RepositoryPolicyText: '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": 123456789012}, "Action": "ecr:*"}]}'
          Endpoint:
            Type: AWS::EC2::VPCEndpoint
            Properties:
              VpcEndpointType: Interface
              ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.api
              PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: 'ecr:*', Resource: '*'}]}
        """)
    policy = made.repositories[0].policy
    assert policy is not None
    assert policy.statements[0].principals is not None
    assert string(policy.statements[0].principals[0].value) == "123456789012"
    assert shown(made.endpoints[0].service) == "com.amazonaws.<aws.region>.ecr.api"
    assert made.endpoints[0].policy is not None


# Loose files


def loose(text: str) -> Value:
    node, problems = json.parse(Source("x.json", text))
    assert node is not None
    assert problems == []
    return from_node(node)


@pytest.mark.parametrize("text", ['{"family": "web", %s}', '{"taskDefinition": {"family": "web", %s}, "tags": []}'])
def test_a_task_definition_is_read_as_registered_and_as_described(text: str) -> None:
    text %= (
        '"executionRoleArn": "", "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{"name": "a", "image": "b"}]'
    )
    assert task_definition.is_task_definition(loose(text))
    (task,) = task_definition.adapt("x.json", loose(text)).tasks
    assert (task.label, task.execution_role, task.launches_on("FARGATE")) == ("web", None, YES)
    assert string(task.containers[0].image) == "b"


@pytest.mark.parametrize(
    ("statement", "policies", "repositories", "endpoints"),
    [
        ('{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}', 1, 0, 0),
        ('{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}', 0, 1, 0),
        ('{"Effect": "Allow", "Principal": "*", "Action": ["ecr:BatchGetImage"], "Resource": "*"}', 0, 0, 1),
        ('{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}', 0, 0, 0),
        ('{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}', 0, 0, 0),
    ],
)
def test_the_kind_of_a_loose_policy_shows_in_its_shape(statement: str, policies: int, repositories: int, endpoints: int) -> None:
    text = f'{{"Version": "2012-10-17", "Statement": [{statement}]}}'
    assert iam_policy.is_policy(loose(text))
    made = iam_policy.adapt("x.json", loose(text))
    assert (len(made.policies), len(made.repositories), len(made.endpoints)) == (policies, repositories, endpoints)


def test_what_only_looks_like_a_policy_is_none() -> None:
    for text in ("[]", '{"Statement": "x"}', '{"Statement": [{"Effect": "Allow"}]}', '{"a": {"Statement": []}}'):
        assert not iam_policy.is_policy(loose(text))
        assert not task_definition.is_task_definition(loose(text))
