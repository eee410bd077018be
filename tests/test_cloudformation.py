"""CloudFormation templates, loose task definitions and loose policies: what they are worth, and the stack they make."""

from __future__ import annotations

from textwrap import dedent, indent

import pytest

from ecrlint.adapt import cloudformation as adapter
from ecrlint.adapt import iam_policy, task_definition
from ecrlint.evaluate.cloudformation import Evaluation, evaluate, is_template
from ecrlint.evaluate.document import from_node
from ecrlint.model.source import Source
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, YES
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, string
from ecrlint.parse import json, yaml

HEAD = """\
Parameters:
  Env: {Type: String}
  Size: {Type: Number, Default: 2}
  Name: {Type: String, Default: app}
  Empty: {Type: String, Default: ""}
  Zones: {Type: CommaDelimitedList, Default: "a, b"}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /path}
Mappings:
  Images: {eu: {web: one, db: two}, us: {web: one, db: three}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Not [!Condition IsProd]
  IsApp: !Equals [!Ref Name, app]
  Never: !And [!Condition IsApp, !Equals [a, b]]
  Either: !Or [!Condition IsProd, !Condition IsApp]
  Loop: !Not [!Condition Pool]
  Pool: !Not [!Condition Loop]
"""


def run(text: str) -> Evaluation:
    source = Source("t.yaml", text)
    nodes, problems = yaml.parse(source)
    assert problems == []
    return evaluate(nodes[0], source, {"AWS::X::Y"}, frozenset({"PolicyDocument"}))


def prop(expression: str) -> Value | None:
    """The value of a property `P` that is written as `expression`, in a template with `HEAD`."""
    body = "\n" + indent(dedent(expression).strip("\n"), " " * 8) if "\n" in expression else " " + expression
    text = f"{HEAD}Resources:\n  Other: {{Type: 'AWS::Z::Z'}}\n  R:\n    Type: AWS::X::Y\n    Properties:\n      P:{body}\n"
    resource = next(one for one in run(text).resources if one.address == "R")
    return resource.attributes.get("P")


def shown(value: Value | None) -> object:
    """A value without its places: scalars as they are, the rest as it might be written down."""
    match value:
        case Scalar():
            return value.value
        case List():
            return [shown(item) for item in value.items]
        case Map():
            return {key: shown(item) for key, item in value.entries.items()}
        case Text():
            return "".join(str(shown(part)) for part in value.parts)
        case Ref():
            return "<" + ".".join(filter(None, (value.address, value.attribute))) + ">"
        case Choice():
            return (value.condition, shown(value.then), shown(value.otherwise))
        case Json():
            return ("json", shown(value.value))
        case Unknown():
            return "?"
        case None:
            return None


# Functions


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        # parameters and names
        ("!Ref Name", "app"),
        ("!Ref Size", "2"),
        ("!Ref Empty", ""),
        ("!Ref Zones", ["a", "b"]),
        ("!Ref Env", "<Env>"),
        ("!Ref Subnets", "<Subnets>"),
        ("!Ref Image", "<Image>"),
        ("{Ref: Other}", "<Other.Ref>"),
        ("!Ref Nobody", "?"),
        ("!Ref AWS::AccountId", "<aws.account_id>"),
        ("{Ref: 'AWS::Region'}", "<aws.region>"),
        ("!Ref AWS::URLSuffix", "<aws.dns_suffix>"),
        ("!Ref AWS::NoValue", None),
        # attributes
        ("!GetAtt Other.Arn", "<Other.Arn>"),
        ("!GetAtt [Other, Arn]", "<Other.Arn>"),
        ("{'Fn::GetAtt': [Other, Endpoint.Port]}", "<Other.Endpoint.Port>"),
        ("{'Fn::GetAtt': Other.Outputs.X}", "<Other.Outputs.X>"),
        ("!GetAtt Nobody.Arn", "?"),
        # Sub
        ("!Sub plain", "plain"),
        ("!Sub '${Name}-${Size}'", "app-2"),
        ("!Sub 'arn:${AWS::Partition}:x:${Other.Arn}/*'", "arn:<aws.partition>:x:<Other.Arn>/*"),
        ("!Sub '${!aws:username}-${Name}'", "${aws:username}-app"),
        ("!Sub ['${a}-${Name}', {a: !Ref Env}]", "<Env>-app"),
        ("{'Fn::Sub': ['${a}', {a: 1}]}", "1"),
        ("!Sub '${Zones}'", "?"),
        ("'${Name}'", "${Name}"),
        # Join, Select, Split
        ("!Join ['-', [a, !Ref Name, !Ref Size]]", "app".join(["a-", "-2"])),
        ("!Join [',', !Ref Zones]", "a,b"),
        ("!Join ['', ['arn:', !Ref Env]]", "arn:<Env>"),
        ("!Join [',', !Ref Subnets]", "?"),
        ("!Join ['/', [a, !Ref 'AWS::NoValue', b]]", "a/b"),
        ("!Select [1, [a, b]]", "b"),
        ("!Select ['0', !Ref Zones]", "a"),
        ("!Select [7, [a, b]]", "?"),
        ("!Select [0, !GetAZs '']", "?"),
        ("!Split ['/', a/b/c]", ["a", "b", "c"]),
        ("!Select [1, !Split [':', 'a:b']]", "b"),
        ("!Split ['/', !Ref Env]", "?"),
        # FindInMap
        ("!FindInMap [Images, eu, db]", "two"),
        ("!FindInMap [Images, !Ref 'AWS::Region', web]", "one"),
        ("!FindInMap [Images, !Ref 'AWS::Region', db]", "?"),
        ("!FindInMap [Images, asia, db]", "?"),
        ("!FindInMap [Images, asia, db, {DefaultValue: four}]", "four"),
        # conditions
        ("!If [IsApp, a, b]", "a"),
        ("!If [Never, a, b]", "b"),
        ("!If [IsProd, a, b]", ("IsProd", "a", "b")),
        ("!If [IsDev, a, b]", ("IsProd", "b", "a")),
        ("!If [Either, a, b]", "a"),
        ("!If [IsProd, a, a]", "a"),
        ("!If [IsProd, !If [IsDev, a, b], c]", ("IsProd", "b", "c")),
        ("!If [Nobody, a, b]", ("Nobody", "a", "b")),
        ("!If [Never, a, !Ref 'AWS::NoValue']", None),
        ("[a, !If [Never, b, !Ref 'AWS::NoValue'], c]", ["a", "c"]),
        ("[a, !If [IsProd, b, !Ref 'AWS::NoValue']]", ["a", ("IsProd", "b", None)]),
        ("{a: !If [Never, b, !Ref 'AWS::NoValue'], c: d}", {"c": "d"}),
        ("!Join ['', !If [IsProd, [a, b], [c]]]", ("IsProd", "ab", "c")),
        # others
        ("!ImportValue role-arn", "<export:role-arn>"),
        ("{'Fn::ImportValue': !Sub '${Name}-arn'}", "<export:app-arn>"),
        ("{'Fn::ImportValue': !Sub '${AWS::StackName}-arn'}", "<export:${aws.stack_name}-arn>"),
        ("{'Fn::ImportValue': !Ref Env}", "<export:${Env}>"),
        ("{'Fn::Base64': !Sub 'x ${Name}'}", "x app"),
        ("{'Fn::ToJsonString': {a: !Ref Name}}", ("json", {"a": "app"})),
        ("{'Fn::Length': !Ref Zones}", 2),
        ("!Cidr [10.0.0.0/16, 2, 8]", "?"),
        ("!Nonsense x", "?"),
        ("{'Fn::Transform': {Name: 'AWS::Include'}}", "?"),
        ("'{{resolve:ssm:/a}}'", "?"),
        ("'a-{{resolve:ssm:/a}}'", "a-?"),
        ("!Sub 'a-{{resolve:ssm:/${Name}}}-${Name}'", "a-?-app"),
        ("yes", True),
        ("2", 2),
    ],
)
def test_a_function_gives_what_cloudformation_gives(expression: str, value: object) -> None:
    assert shown(prop(expression)) == value


def test_functions_with_too_few_arguments_have_no_value() -> None:
    for name in ("If", "Join", "Select", "Split", "FindInMap", "Sub"):
        value = prop(f"!{name} []")
        assert isinstance(value, Unknown)
        assert value.error


def test_equal_texts_are_equal_however_they_were_put_together() -> None:
    one, other = prop("!Sub 'a-${Name}-${AWS::Region}'"), prop("!Join ['-', [a, app, !Ref 'AWS::Region']]")
    assert isinstance(one, Text)
    assert shown(one) == shown(other)
    assert len(one.parts) == 2


def test_the_parts_of_a_sub_have_their_places() -> None:
    value = prop("!Sub 'arn:${AWS::Partition}:s3:::${Other}/*'")
    assert isinstance(value, Text)
    assert [part.span.text for part in value.parts] == ["arn:", "${AWS::Partition}", ":s3:::", "${Other}", "/*"]


def test_a_default_stands_where_it_is_declared() -> None:
    value = prop("!Ref Name")
    assert value is not None
    assert (value.span.line, value.span.text) == (4, "app")


def test_two_values_of_one_parameter_exclude_each_other() -> None:
    text = dedent("""\
        Parameters:
          Env: {Type: String}
        Conditions:
          IsProd: !Equals [!Ref Env, prod]
          IsTest: !Equals [test, !Ref Env]
          Both: !And [!Condition IsProd, !Not [!Condition IsTest]]
        Resources:
          R:
            Type: AWS::X::Y
            Properties: {P: !If [IsProd, 1, 2], Q: !If [Both, 1, 2]}
        """)
    attributes = run(text).resources[0].attributes
    assert shown(attributes.get("P")) == ("Env == prod", 1, 2)
    assert shown(attributes.get("Q")) == ("Env == prod", ("Env == test", 2, 1), 2)


# Templates


def test_a_condition_that_depends_on_itself_is_a_problem_once() -> None:
    text = f"{HEAD}Resources:\n  R:\n    Type: AWS::X::Y\n    Properties: {{P: !If [Loop, a, b], Q: !If [Pool, a, b]}}\n"
    assert [problem.message for problem in run(text).problems] == ["the condition Loop depends on itself"]


@pytest.mark.parametrize(
    ("condition", "exists", "when"),
    [("IsApp", YES, None), ("IsProd", MAYBE, ("IsProd", True, False)), ("IsDev", MAYBE, ("IsProd", False, True))],
)
def test_a_resource_exists_as_its_condition_says(condition: str, exists: object, when: object) -> None:
    text = f"{HEAD}Resources:\n  R: {{Type: 'AWS::X::Y', Condition: {condition}, Properties: {{P: !If [{condition}, a, b]}}}}\n"
    resource = run(text).resources[0]
    assert (resource.exists, shown(resource.when)) == (exists, when)
    assert shown(resource.attributes.get("P")) == "a"


def test_a_resource_whose_condition_does_not_hold_is_not_there() -> None:
    text = f"{HEAD}Resources:\n  R: {{Type: 'AWS::X::Y', Condition: Never}}\n"
    assert [one.address for one in run(text).resources if one.type != "parameter"] == []


def test_a_key_that_is_there_twice_is_a_problem_and_the_last_one_counts() -> None:
    evaluation = run("Resources:\n  R:\n    Type: AWS::X::Y\n    Properties:\n      P: 1\n      P: 2\n")
    assert shown(evaluation.resources[0].attributes) == {"P": 2}
    assert [(p.message, p.span.line) for p in evaluation.problems if p.span] == [('"P" is here twice: the last one counts', 6)]


def test_what_makes_resources_out_of_sight_is_said() -> None:
    text = dedent("""\
        Transform: [AWS::LanguageExtensions, Mine]
        Resources:
          Fn::ForEach::Roles: [Name, [a], {}]
          R: {Type: 'AWS::Serverless::Function'}
        """)
    evaluation = run(text)
    assert evaluation.notes == (
        "the transform Mine may add resources",
        "Fn::ForEach makes resources that are not read",
        "its AWS::Serverless resources are not expanded",
    )
    assert [one.address for one in evaluation.resources if one.type == "unread"] == list(evaluation.notes[:2])


def test_properties_that_a_transform_adds_leave_the_map_open() -> None:
    value = prop("{'Fn::Transform': {Name: 'AWS::Include'}, a: b}")
    assert isinstance(value, Map)
    assert (list(value.entries), value.complete) == (["a"], False)


def test_a_template_shows_by_the_types_of_its_resources() -> None:
    def check(text: str) -> bool:
        return is_template(yaml.parse(Source("t", text))[0][0])

    assert check("Resources: {R: {Type: 'AWS::S3::Bucket'}}")
    assert check("Resources: {R: {Properties: {}, Type: 'Custom::X'}}")
    assert not check("Resources: {R: {Type: x}}")
    assert not check("Resources: [a]")
    assert not check("a: b")


def test_properties_nested_as_deep_as_files_may_be_do_not_overflow() -> None:
    assert isinstance(prop("[" * 150 + "a" + "]" * 150), (List, Unknown))
    assert isinstance(prop("{'Fn::If': [IsProd, b, " * 60 + "a" + "]}" * 60), (Choice, Unknown))


def test_a_policy_in_a_block_scalar_has_its_own_lines_and_columns() -> None:
    text = dedent("""\
        Resources:
          R:
            Type: AWS::X::Y
            Properties:
              PolicyDocument: !Sub |
                {
                  "Version": "2012-10-17",
                  "Statement": [{"Effect": "Allow",
                    "Action": ["ecr:GetAuthorizationToken"],
                    "Resource": "arn:${AWS::Partition}:ecr:*:*:repository/é"}]
                }
        """)
    document = run(text).resources[0].attributes.get("PolicyDocument")
    assert isinstance(document, Map)
    statements = document.entries["Statement"]
    assert isinstance(statements, List)
    statement = statements.items[0]
    assert isinstance(statement, Map)
    action, resource = statement.entries["Action"], statement.entries["Resource"]
    assert isinstance(action, List)
    assert (action.items[0].span.line, action.items[0].span.column) == (9, 24)
    assert action.items[0].span.text == '"ecr:GetAuthorizationToken"'
    assert (resource.span.line, resource.span.column) == (10, 25)
    assert shown(resource) == "arn:<aws.partition>:ecr:*:*:repository/é"


def test_a_policy_in_a_json_string_of_a_json_template_has_its_own_column() -> None:
    text = (
        '{"Resources": {"R": {"Type": "AWS::X::Y", "Properties": {"PolicyDocument": '
        '"{\\"Statement\\": [{\\"Action\\": \\"ecr:*\\"}]}"}}}}'
    )
    source = Source("t.json", text)
    node, _ = json.parse(source)
    assert node is not None
    evaluation = evaluate(node, source, {"AWS::X::Y"}, frozenset({"PolicyDocument"}))
    document = evaluation.resources[0].attributes.get("PolicyDocument")
    assert isinstance(document, Map)
    assert shown(document) == {"Statement": [{"Action": "ecr:*"}]}
    span = document.entries["Statement"].span
    assert (span.column, span.text) == (text.index("[{") + 1, '[{\\"Action\\": \\"ecr:*\\"}]')


def test_a_broken_policy_in_a_string_is_a_problem_at_its_place() -> None:
    evaluation = run("Resources:\n  R:\n    Type: AWS::X::Y\n    Properties:\n      PolicyDocument: '{\"Statement\": ]}'\n")
    assert [(p.message, p.span.line, p.span.column) for p in evaluation.problems if p.span] == [
        ('this PolicyDocument is not valid JSON: expected a value, found "]"', 5, 38)
    ]


def test_the_second_document_of_a_file_has_its_own_lines() -> None:
    source = Source("t.yaml", "a: 1\n---\nResources:\n  R:\n    Type: AWS::X::Y\n    Properties: {P: x}\n")
    nodes, _ = yaml.parse(source)
    assert [is_template(node) for node in nodes] == [False, True]
    evaluation = evaluate(nodes[1], source, {"AWS::X::Y"}, frozenset())
    value = evaluation.resources[0].attributes.get("P")
    assert value is not None
    assert (value.span.line, value.span.column) == (6, 21)


# The stack


def stack(text: str) -> Stack:
    source = Source("t.yaml", dedent(text))
    nodes, problems = yaml.parse(source)
    evaluation = evaluate(nodes[0], source, adapter.TYPES, adapter.DOCUMENTS)
    assert not [problem for problem in problems if "nested" in problem.message]
    return adapter.adapt("t.yaml", evaluation.resources)


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
  Fn::ForEach::More: [X, [a], {{}}]
""")
    (role,) = made.roles
    assert [reason for policy in role.policies for reason in policy.open] == [
        "the policy that Role attaches is not here: Extra is known only after deployment"
    ]
    assert list(role.open) == [
        "an inline policy is not known: it depends on IsProd",
        "the nested stack Nested is given it and may attach policies to it",
        "a part of the template is not read: Fn::ForEach makes resources that are not read",
    ]


def test_what_follows_a_syntax_error_leaves_roles_open() -> None:
    made = stack(f"Resources:\n  Role:\n{ROLE}  Broken:\n    Type: [x\n  Later:\n    Type: AWS::IAM::Policy\n")
    assert [role.open for role in made.roles] == [
        ("a part of the template is not read: what follows a syntax error is not read",)
    ]


def test_references_in_policies_become_what_is_known_of_them() -> None:
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


def test_a_task_has_its_containers_roles_and_the_launch_type_of_its_service() -> None:
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
    assert string(task.containers[0].log_driver) == "awslogs"


def test_a_host_has_its_metadata_options_its_uses_and_the_role_of_its_profile() -> None:
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
    assert [use.what for use in template.uses] == ["docker", "ecs"]
    assert template.role is made.roles[0]
    assert (plain.options, plain.inherits) == (None, True)


def test_an_endpoint_and_a_repository_have_their_policies() -> None:
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
    node, _ = json.parse(Source("x.json", text))
    assert node is not None
    assert task_definition.is_task_definition(node)
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
    node, _ = json.parse(Source("x.json", text))
    assert node is not None
    assert iam_policy.is_policy(node)
    made = iam_policy.adapt("x.json", loose(text))
    assert (len(made.policies), len(made.repositories), len(made.endpoints)) == (policies, repositories, endpoints)


def test_what_only_looks_like_a_policy_is_none() -> None:
    for text in ("[]", '{"Statement": "x"}', '{"Statement": [{"Effect": "Allow"}]}', '{"a": {"Statement": []}}'):
        node, _ = json.parse(Source("x.json", text))
        assert node is not None
        assert not iam_policy.is_policy(node)
        assert not task_definition.is_task_definition(node)
