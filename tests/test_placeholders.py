"""Task definitions and policies as they stand in a repository, with placeholders that a tool or a person fills in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ecrlint.evaluate import placeholders
from ecrlint.model.finding import Report
from ecrlint.model.source import Source
from ecrlint.model.value import Map, Scalar, Value
from ecrlint.run.pipeline import scan

Shown = Callable[[Value | None], object]

TASK = """\
{
  "family": "app",
  "requiresCompatibilities": ["FARGATE"],
  %s
  "containerDefinitions": [{"name": "app", "image": %s}]
}
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("app:1", "app:1"),
        ("<IMAGE1_NAME>", "?"),
        ("<your role arn>", "?"),
        ("a <- b", "a <- b"),
        ("{{ACCOUNT}}.dkr.ecr.eu-west-1.amazonaws.com/app", "<{{ACCOUNT}}>.dkr.ecr.eu-west-1.amazonaws.com/app"),
        ("${IMAGE}", "<${IMAGE}>"),
        ("${IMAGE:-app}:$TAG", "<${IMAGE:-app}>:<$TAG>"),
        ("%IMAGE%", "<%IMAGE%>"),
        ("100%", "100%"),
        ("a%20b%20c", "a%20b%20c"),
        ("#{Image}#", "<#{Image}#>"),
        ("{{ must_env `IMAGE` }}", "<{{ must_env `IMAGE` }}>"),
        ("{{ tfstate `aws_iam_role.app-exec.arn` }}", "<aws_iam_role.app-exec.arn>"),
        ("@REGISTRY@/shop:1", "<@REGISTRY@>/shop:1"),
        ("__REGISTRY__/shop:1", "<__REGISTRY__>/shop:1"),
        ("{{ tfstate `aws_ecr_repository.all['app'].repository_url` }}:1", "<aws_ecr_repository.all['app'].repository_url>:1"),
        ("${aws:username}", "${aws:username}"),
        ("${aws:PrincipalTag/team, 'none'}", "${aws:PrincipalTag/team, 'none'}"),
        ("${www.amazon.com:user_id}", "${www.amazon.com:user_id}"),
        ("${*}", "${*}"),
    ],
)  # fmt: skip
def test_a_placeholder_is_not_known_and_what_is_between_its_marks_is_one_value(shown: Shown, text: str, value: object) -> None:
    source = Source("x.json", f'"{text}"')
    assert shown(placeholders.with_holes(Scalar(text, source.span(0, len(source.text))))) == value


def test_a_placeholder_has_its_own_place() -> None:
    source = Source("x.json", '{"a": "x/${B}", "c": {{ must_env "C" }}, "d": "{{ env "D" }}y"}')
    value, problems = placeholders.document(source)
    assert problems == []
    assert isinstance(value, Map)
    assert [value.entries[name].span.text for name in "ac"] == ['"x/${B}"', '{{ must_env "C" }}']


def report(folder: Path, name: str, text: str) -> Report:
    (folder / name).write_text(text)
    return scan([str(folder)], str(folder))


@pytest.mark.parametrize(
    ("roles", "image"),
    [
        ('"executionRoleArn": "<ROLE>",', '"<IMAGE1_NAME>"'),
        ('"executionRoleArn": "arn:aws:iam::{{ACCOUNT}}:role/x",', '"{{ACCOUNT}}.dkr.ecr.eu-west-1.amazonaws.com/app:%TAG%"'),
        ('"executionRoleArn": {{ tfstate `aws_iam_role.x.arn` }},', "{{ must_env `IMAGE` }}"),
        ('"executionRoleArn": "{{ tfstate "aws_iam_role.x.arn" }}",', '"{{ must_env "IMAGE" }}:latest"'),
        ('"executionRoleArn": ${role}, "cpu": ${cpu},', "${jsonencode({a = 1})}"),
        ("${roles}", '"app"'),
        ('"executionRoleArn": "x", "taskRoleArn": "<ROLE>", "x": "<ROLE>",', '"$IMAGE"'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["task.json", "task.json.tpl", "task.tftpl"])
def test_a_task_definition_with_placeholders_is_read(tmp_path: Path, name: str, roles: str, image: str) -> None:
    found = report(tmp_path, name, TASK % (roles, image))
    assert [(file.kind, file.status) for file in found.files] == [
        ("task-definition", "partial" if roles == "${roles}" else "analysed")
    ]
    assert not found.findings
    assert not found.problems


@pytest.mark.parametrize("role", ["${ROLE}", "{{ must_env `ROLE` }}", "{{ tfstate `aws_iam_role.app.arn` }}"])
def test_one_placeholder_for_both_roles_is_one_role(tmp_path: Path, role: str) -> None:
    roles = f'"executionRoleArn": "{role}",\n  "taskRoleArn": "{role}",'
    found = report(tmp_path, "task.json", TASK % (roles, '"${IMAGE}"'))
    assert [(one.rule, one.span.line) for one in found.findings] == [("one-role-for-both", 5)]


def test_a_policy_with_placeholders_is_read_and_its_faults_are_found(tmp_path: Path) -> None:
    text = """\
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": "s3:*", "Resource": ${buckets}},
  {"Effect": "Allow",
   "Action": ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
   "Resource": "arn:aws:ecr:${region}:<account>:repository/app"}
]}
"""
    found = report(tmp_path, "policy.json.tpl", text)
    assert [(file.kind, file.status) for file in found.files] == [("iam-policy", "analysed")]
    assert [(one.rule, one.span.line) for one in found.findings] == [("token-on-repository", 4)]


def test_json_that_is_broken_apart_from_its_placeholders_is_a_problem(tmp_path: Path) -> None:
    found = report(tmp_path, "task.json", TASK % ('"executionRoleArn": "${ROLE}"', '"app"'))
    assert [(p.message, p.span.line) for p in found.problems if p.span] == [
        ('this is not valid JSON: expected ",", found "containerDefinitions"', 5)
    ]


def test_a_deployment_of_codedeploy_is_no_template(tmp_path: Path) -> None:
    text = '{"Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": {"ContainerPort": ${port}}}}]}'
    assert report(tmp_path, "appspec.json", text).files == ()


ROLE = """\
Resources:
  Execution:
    Type: AWS::IAM::Role
    Properties:
      RoleName: app-exec
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]
      ManagedPolicyArns: [arn:aws:iam::aws:policy/CloudWatchLogsFullAccess]
"""
IMAGE = '"111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1"'


@pytest.mark.parametrize("role", ["arn:aws:iam::111122223333:role/app-exec", "arn:aws:iam::111122223333:role/team/app-exec"])
def test_the_role_of_a_loose_task_definition_is_that_of_the_repository_with_its_name(tmp_path: Path, role: str) -> None:
    (tmp_path / "roles.yaml").write_text(ROLE)
    found = report(tmp_path, "task.json", TASK % (f'"executionRoleArn": "{role}",', IMAGE))
    assert [one.rule for one in found.findings] == ["execution-role-cannot-pull"]


def test_of_two_roles_with_one_name_none_is_taken(tmp_path: Path) -> None:
    for name in ("roles.yaml", "other.yaml"):
        (tmp_path / name).write_text(ROLE)
    found = report(tmp_path, "task.json", TASK % ('"executionRoleArn": "arn:aws:iam::111122223333:role/app-exec",', IMAGE))
    assert not found.findings


def test_a_role_of_another_repository_is_not_taken(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / ".git").mkdir(parents=True)
    (tmp_path / "a" / "roles.yaml").write_text(ROLE)
    task = TASK % ('"executionRoleArn": "arn:aws:iam::111122223333:role/app-exec",', IMAGE)
    (tmp_path / "b" / "task.json").write_text(task)
    assert not scan([str(tmp_path)], str(tmp_path)).findings
    (tmp_path / "a" / "task.json").write_text(task)
    assert [one.rule for one in scan([str(tmp_path)], str(tmp_path)).findings] == ["execution-role-cannot-pull"]


def test_what_ecspresso_reads_from_a_terraform_state_is_the_role_of_that_address(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text("""\
resource "aws_iam_role" "exec" {
  name               = "exec-${var.name}"
  assume_role_policy = jsonencode({
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}
variable "name" {}
resource "aws_iam_role_policy_attachment" "logs" {
  role       = aws_iam_role.exec.name
  policy_arn = "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"
}
""")
    found = report(tmp_path, "task.json", TASK % ('"executionRoleArn": "{{ tfstate `aws_iam_role.exec.arn` }}",', IMAGE))
    assert [one.rule for one in found.findings] == ["execution-role-cannot-pull"]
