"""A set is closed only where nobody else may add to it: what opens it is a reason, and no error rests on an open set."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ecrlint.cli import main
from ecrlint.model.finding import Severity
from ecrlint.model.source import Source
from ecrlint.model.value import Choice, Flag, Ref, Scalar, Value, apart, join
from ecrlint.run.pipeline import scan

PLACE = Source("main.tf", "").span(0, 0)

ROLE = """
variable "role" {}
variable "env" {}
data "aws_iam_role" "known" { name = "known" }
resource "aws_iam_role" "exec" {
  name = %(name)s
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}
resource "aws_iam_role_policy_attachment" "pull" {
  role       = %(role)s
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
resource "aws_ecr_repository" "app" { name = "app" }
resource "aws_ecs_task_definition" "app" {
  family                   = "app"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.exec.arn
  container_definitions    = jsonencode([{ name = "app", image = "${aws_ecr_repository.app.repository_url}:1" }])
}
"""

PROVISIONER = """
resource "null_resource" "attach" {
  %s
  provisioner "local-exec" {
    command = %s
  }
}
"""


def found(folder: Path, text: str, rule: str) -> list[tuple[Severity | None, str]]:
    (folder / "main.tf").write_text(text)
    report = scan([str(folder)], str(folder))
    assert report.problems == ()
    return [(one.severity, one.message.partition(" (")[2]) for one in report.findings if one.rule == rule]


@pytest.mark.parametrize(
    ("name", "role", "unless"),
    [
        ('"exec"', "var.role", 'unless var.role is role "exec")'),
        ('"exec"', '"${var.env}"', 'unless var.env is role "exec")'),
        ('"${var.env}-exec"', '"prod-exec"', 'unless "${var.env}-exec" is "prod-exec")'),
    ],
)
def test_what_is_attached_to_a_name_from_outside_may_be_attached_to_this(
    name: str, role: str, unless: str, tmp_path: Path
) -> None:
    text = ROLE % {"name": name, "role": role}
    assert found(tmp_path, text, "execution-role-cannot-pull") == [(Severity.WARNING, unless)]


@pytest.mark.parametrize("role", ['"another"', '"${var.env}-task"', "data.aws_iam_role.known.name"])
def test_what_is_attached_to_a_name_that_differs_opens_nothing(role: str, tmp_path: Path) -> None:
    text = ROLE % {"name": '"exec"', "role": role}
    assert found(tmp_path, text, "execution-role-cannot-pull") == [(Severity.ERROR, "")]


@pytest.mark.parametrize("output", ["aws_iam_role.exec.name", "aws_iam_role.exec.id", "aws_iam_role.exec"])
def test_a_role_whose_name_is_an_output_is_open(output: str, tmp_path: Path) -> None:
    text = ROLE % {"name": '"exec"', "role": '"another"'} + f'output "role" {{ value = {output} }}\n'
    assert found(tmp_path, text, "execution-role-cannot-pull") == []


def test_what_an_output_names_is_walked_once(tmp_path: Path) -> None:
    """Each local names the one before twice: to walk every way from the output would take 2**40 steps."""
    chain = "".join(f"  n{n} = {{ a = local.n{n - 1}.a, b = local.n{n - 1}.b }}\n" for n in range(1, 41))
    text = ROLE % {"name": '"exec"', "role": '"another"'}
    text += f'locals {{\n  n0 = {{ a = aws_iam_role.exec.name, b = 1 }}\n{chain}}}\noutput "role" {{ value = local.n40.a }}\n'
    (tmp_path / "main.tf").write_text(text)
    report = scan([str(tmp_path)], str(tmp_path))
    assert [one.status for one in report.files] == ["analysed"]
    assert [one for one in report.findings if one.severity is Severity.ERROR] == []


@pytest.mark.parametrize(
    "output",
    [
        "{ name = aws_iam_role.exec.name }",
        "[aws_iam_role.exec.name]",
        "[for role in [aws_iam_role.exec] : role.name]",
        "{ for key, role in { exec = aws_iam_role.exec } : key => role.id }",
        "jsonencode({ role = aws_iam_role.exec.name })",
        "merge({ task = 1 }, { role = aws_iam_role.exec.name })",
        "var.role == null ? {} : { role = aws_iam_role.exec.name }",
        'join(",", [aws_iam_role.exec.name, "more"])',
        '"the role ${aws_iam_role.exec.name}"',
        '"the role ${local.role}"',
        "{ role = aws_iam_role.exec }",
        "[aws_iam_role.exec][*].name",
        'split("/", aws_iam_role.exec.arn)[1]',
        "aws_iam_instance_profile.exec",
        "{ all = module.role }",
        "module.role.role",
        "{ one = [module.role.all[var.env]] }",
    ],
)
def test_a_role_is_open_however_its_name_is_wrapped_in_an_output(output: str, tmp_path: Path) -> None:
    more = """
    locals { role = aws_iam_role.exec.name }
    resource "aws_iam_instance_profile" "exec" { role = aws_iam_role.exec.name }
    module "role" {
      source = "./role"
      role   = aws_iam_role.exec.name
    }
    """
    (tmp_path / "role").mkdir()
    (tmp_path / "role/main.tf").write_text(
        'variable "role" {}\noutput "role" { value = { name = var.role } }\n'
        'locals { all = { exec = var.role } }\noutput "all" { value = local.all }\n'
    )
    text = ROLE % {"name": '"exec"', "role": '"another"'} + more + f'output "role" {{ value = {output} }}\n'
    assert found(tmp_path, text, "execution-role-cannot-pull") == []


@pytest.mark.parametrize(
    "output",
    [
        "aws_iam_role.exec.arn",
        "[aws_iam_role.exec.arn]",
        "jsonencode({ role = aws_iam_role.exec.arn })",
        '{ for role in [aws_iam_role.exec] : "role" => role.arn }',
        '"arn:aws:iam::111122223333:role/${aws_iam_role.exec.name}"',
        "{ task = aws_ecs_task_definition.app.family }",
    ],
)
def test_the_arn_of_a_role_may_be_an_output(output: str, tmp_path: Path) -> None:
    text = ROLE % {"name": '"exec"', "role": '"another"'} + f'output "role" {{ value = {output} }}\n'
    assert found(tmp_path, text, "execution-role-cannot-pull") == [(Severity.ERROR, "")]


@pytest.mark.parametrize(
    ("more", "is_open"),
    [
        ('resource "aws_ssm_parameter" "role" { value = aws_iam_role.exec.name }', True),
        ('resource "aws_ssm_parameter" "role" { value = jsonencode({ role = aws_iam_role.exec.name }) }', True),
        ('resource "aws_ssm_parameter" "role" { value = aws_iam_role.exec.arn }', False),
        ('resource "aws_ssm_parameter" "role" { value = jsonencode({ container = "exec" }) }', False),
        ('resource "aws_cloudformation_stack" "role" { parameters = { Role = aws_iam_role.exec.id } }', True),
        (PROVISIONER % ("", '"aws iam attach-role-policy --role-name ${aws_iam_role.exec.name} --policy-arn x"'), True),
        (PROVISIONER % ("triggers = { role = aws_iam_role.exec.name }", '"./attach.sh ${self.triggers.role}"'), True),
        (PROVISIONER % ("", '"docker build -t exec ."'), False),
    ],
)
def test_a_role_whose_name_is_handed_to_others_is_open(more: str, is_open: bool, tmp_path: Path) -> None:
    text = ROLE % {"name": '"exec"', "role": '"another"'} + more
    expected = [] if is_open else [(Severity.ERROR, "")]
    assert found(tmp_path, text, "execution-role-cannot-pull") == expected


ATTACHED = """
variable "env" {}
data "aws_iam_role" "exec" { name = "exec" }
data "aws_iam_role" "other" { name = "other" }
data "aws_iam_roles" "some" { name_regex = "^ex.*" }
data "aws_iam_roles" "others" { name_regex = "^other-.*" }
data "terraform_remote_state" "app" {
  backend = "local"
  config  = { path = "../app/terraform.tfstate" }
}
resource "%s" "pull" {
  %s
  policy_arn  = "arn:aws:iam::aws:policy/%s"
  policy_arns = ["arn:aws:iam::aws:policy/%s"]
}
"""


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(
    ("stated", "is_meant"),
    [
        ('role = "exec"', True),
        ('role = "another"', False),
        ("role = data.aws_iam_role.exec.name", True),
        ("role = data.aws_iam_role.exec.id", True),
        ("role = data.aws_iam_role.other.name", False),
        ("role = data.terraform_remote_state.app.outputs.role", True),
        ('role = split("/", data.terraform_remote_state.app.outputs.arn)[1]', True),
        ('role = "${var.env}xec"', True),
        ('role = "${var.env}-task"', False),
        ("role = var.env", False),
        ("role = var.env == null ? data.aws_iam_role.exec.name : var.env", True),
        ("role = var.env == null ? data.aws_iam_role.other.name : var.env", False),
        ("for_each = data.aws_iam_roles.some.names\n  role = each.key", True),
        ("for_each = data.aws_iam_roles.others.names\n  role = each.key", False),
    ],
)
def test_what_another_root_attaches_counts_where_it_may_be_this_role(
    stated: str, is_meant: bool, alone: bool, tmp_path: Path
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "policies").mkdir()
    text = ROLE % {"name": '"exec"', "role": '"another"'} + 'output "arn" { value = aws_iam_role.exec.arn }\n'
    text += 'output "role" { value = aws_iam_role.exec.name }\n' if "outputs.role" in stated else ""
    (tmp_path / "app/main.tf").write_text(text)
    kind, pull = "aws_iam_role_policy_attachment", "service-role/AmazonECSTaskExecutionRolePolicy"
    is_used = {
        line: f".{name}." in stated for line in ATTACHED.splitlines() for name in re.findall(r'aws_iam_roles?" "(\w+)"', line)
    }
    more = [line for line in ATTACHED.splitlines() if is_used.get(line, True)]
    (tmp_path / "policies/main.tf").write_text("\n".join(more) % (kind, stated, pull, pull))
    report = scan([str(tmp_path / "app" if alone else tmp_path)], str(tmp_path))
    said = [one.severity for one in report.findings if one.rule == "execution-role-cannot-pull"]
    assert said == ([] if is_meant else [Severity.ERROR])


@pytest.mark.parametrize("policy", ["AmazonS3ReadOnlyAccess", "service-role/AmazonECSTaskExecutionRolePolicy"])
@pytest.mark.parametrize(
    ("kind", "stated"),
    [
        ("aws_iam_role_policy_attachment", 'role = "exec"'),
        ("aws_iam_policy_attachment", 'roles = ["exec"]'),
        ("aws_iam_role_policy_attachments_exclusive", 'role_name = "exec"'),
    ],
)
def test_a_policy_of_another_root_is_what_it_is_in_the_root_itself(kind: str, stated: str, policy: str, tmp_path: Path) -> None:
    said: list[list[str]] = []
    for folder in ("app", "policies"):
        (tmp_path / "app").mkdir(exist_ok=True)
        (tmp_path / folder).mkdir(exist_ok=True)
        text = ROLE % {"name": '"exec"', "role": '"another"'}
        (tmp_path / "app/main.tf").write_text(text)
        (tmp_path / folder / "more.tf").write_text(ATTACHED % (kind, stated, policy, policy))
        said.append([one.message for one in scan([str(tmp_path)], str(tmp_path)).findings])
        (tmp_path / folder / "more.tf").unlink()
    assert said[0] == said[1]
    assert bool(said[0]) == (policy == "AmazonS3ReadOnlyAccess")


NETWORK = """
variable "group" {}
resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}
resource "aws_subnet" "private" {
  vpc_id     = aws_vpc.main.id
  cidr_block = "10.0.1.0/24"
}
resource "aws_security_group" "endpoints" {
  vpc_id = aws_vpc.main.id
}
resource "aws_vpc_endpoint" "ecr" {
  for_each            = toset(["ecr.api", "ecr.dkr"])
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.eu-west-1.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [aws_subnet.private.id]
  security_group_ids  = [aws_security_group.endpoints.id]
}
"""
RULE = """
resource "aws_vpc_security_group_ingress_rule" "https" {
  security_group_id = %s
  cidr_ipv4         = "10.0.0.0/16"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
"""


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", [(Severity.ERROR, "")]),
        (RULE % "aws_security_group.endpoints.id", []),
        (RULE % "var.group", [(Severity.WARNING, "unless var.group is this security group)")]),
        (RULE % '"sg-0123456789abcdef0"', [(Severity.ERROR, "")]),
        ('output "group" { value = aws_security_group.endpoints.id }\n', []),
    ],
)
def test_the_rules_of_a_group_are_closed_only_where_nobody_may_add_one(
    more: str, expected: list[tuple[Severity, str]], tmp_path: Path
) -> None:
    assert found(tmp_path, NETWORK + more, "endpoint-closed-to-consumers") == expected


def test_strings_that_begin_or_end_differently_are_apart() -> None:
    env: Value = Ref("var.env", "", PLACE)

    def word(*parts: str | Value) -> Value:
        return join(parts, PLACE)

    assert apart(word("a"), word("b"))
    assert apart(word("a-", env), word("b-", env))
    assert apart(word(env, "-task"), word("exec"))
    assert not apart(word(env, "-exec"), word("prod-exec"))
    assert not apart(word(env), word("x"))
    choice = Choice(Flag("c"), Scalar("a", PLACE), Scalar("b", PLACE), PLACE)
    assert apart(choice, word("c"))
    assert not apart(choice, word("b"))


def test_what_is_open_is_told_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'resource "aws_iam_role" "app" {\n  name = "app"\n  assume_role_policy = "{}"\n}\n'
    (tmp_path / "main.tf").write_text(text + 'output "role" {\n  value = aws_iam_role.app.name\n}\n')
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["-v", str(tmp_path)]) == 0
    assert "open: there may be more policies of aws_iam_role.app: output.role gives" in capsys.readouterr().out


EXPORTS = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      RequiresCompatibilities: [FARGATE]
      ExecutionRoleArn: !GetAtt Role.Arn
      ContainerDefinitions:
        - {Name: web, Image: 111122223333.dkr.ecr.eu-west-1.amazonaws.com/web}
Outputs:
  Role:
    Value: %s
    %s
"""


@pytest.mark.parametrize(
    ("value", "export", "is_open"),
    [
        ("!Ref Role", "Export: {Name: role}", True),
        ("!If [Any, !Ref Role, none]", "Export: {Name: role}", True),
        ("!Sub '${Role}'", "Export: {Name: role}", True),
        ("!GetAtt Role.Arn", "Export: {Name: role}", False),
        ("!Ref Role", "Description: for the console", False),
    ],
)
def test_a_role_whose_name_a_template_exports_may_have_other_policies(
    value: str, export: str, is_open: bool, tmp_path: Path
) -> None:
    (tmp_path / "t.yaml").write_text("Conditions: {Any: !Equals [!Ref AWS::Region, x]}\n" + EXPORTS % (value, export))
    errors = [finding.rule for finding in scan([str(tmp_path)], str(tmp_path)).findings if finding.severity is Severity.ERROR]
    assert ("execution-role-cannot-pull" not in errors) == is_open


PLACED = """
resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}
resource "aws_subnet" "tasks" { vpc_id = aws_vpc.main.id }
resource "aws_route_table" "tasks" { vpc_id = aws_vpc.main.id }
resource "aws_security_group" "tasks" {
  vpc_id = aws_vpc.main.id
  %s
}
%s
resource "aws_ecs_task_definition" "app" {
  family                   = "app"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = "arn:aws:iam::111122223333:role/exec"
  container_definitions    = jsonencode([{ name = "app", image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1" }])
}
resource "aws_ecs_service" "app" {
  task_definition = aws_ecs_task_definition.app.arn
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = [aws_subnet.tasks.id]
    security_groups = [aws_security_group.tasks.id]
  }
}
"""
EGRESS = """egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }"""
OWN_TABLE = """
resource "aws_route_table_association" "tasks" {
  subnet_id      = aws_subnet.tasks.id
  route_table_id = aws_route_table.tasks.id
}
"""
NAT = """
resource "aws_route" "%s" {
  route_table_id         = aws_route_table.tasks.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = "nat-0123456789abcdef0"
}
"""
ENDPOINT = """
resource "aws_vpc_endpoint" "%s" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.eu-west-1.%s"
  %s
}
"""
INTERFACE = """vpc_endpoint_type   = "Interface"
  private_dns_enabled = %s
  subnet_ids          = [aws_subnet.tasks.id]
  security_group_ids  = [aws_security_group.tasks.id]"""
BESIDE = {
    "rule": """
data "aws_security_group" "tasks" { tags = { Name = "tasks" } }
resource "aws_vpc_security_group_egress_rule" "all" {
  security_group_id = data.aws_security_group.tasks.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}
""",
    "route": """
data "aws_route_tables" "private" { tags = { tier = "private" } }
resource "aws_route" "nat" {
  for_each               = toset(data.aws_route_tables.private.ids)
  route_table_id         = each.value
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = "nat-0123456789abcdef0"
}
""",
    "association": """
data "aws_subnets" "private" { tags = { tier = "private" } }
resource "aws_route_table_association" "nat" {
  for_each       = toset(data.aws_subnets.private.ids)
  subnet_id      = each.value
  route_table_id = "rtb-0123456789abcdef0"
}
""",
    "main": """
data "aws_vpc" "main" { tags = { Name = "main" } }
resource "aws_main_route_table_association" "nat" {
  vpc_id         = data.aws_vpc.main.id
  route_table_id = "rtb-0123456789abcdef0"
}
""",
    "route of main": """
data "aws_vpc" "main" { tags = { Name = "main" } }
resource "aws_route" "nat" {
  route_table_id         = data.aws_vpc.main.main_route_table_id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = "nat-0123456789abcdef0"
}
""",
    "private DNS": """
data "aws_vpc_endpoint" "ecr" { service_name = "com.amazonaws.eu-west-1.ecr.api" }
resource "aws_vpc_endpoint_private_dns" "ecr" {
  vpc_endpoint_id     = data.aws_vpc_endpoint.ecr.id
  private_dns_enabled = true
}
""",
    "table of endpoint": """
data "aws_vpc_endpoint" "s3" { service_name = "com.amazonaws.eu-west-1.s3" }
resource "aws_vpc_endpoint_route_table_association" "s3" {
  vpc_endpoint_id = data.aws_vpc_endpoint.s3.id
  route_table_id  = "rtb-0123456789abcdef0"
}
""",
    "nothing": """
data "aws_vpc" "main" { tags = { Name = "main" } }
data "aws_subnets" "private" { tags = { tier = "private" } }
resource "aws_instance" "bastion" { subnet_id = data.aws_subnets.private.ids[0] }
""",
}
_SET = "".join(ENDPOINT % (name.replace(".", "_"), name, INTERFACE % "DNS") for name in ("ecr.api", "ecr.dkr"))
_OF_TASKS = "route_table_ids = [aws_route_table.tasks.id]"


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(
    ("rule", "group", "more", "beside"),
    [
        ("consumer-cannot-reach-https", "", OWN_TABLE + NAT % "nat", "rule"),
        ("task-without-way-out", EGRESS, OWN_TABLE, "route"),
        ("task-without-way-out", EGRESS, "", "association"),
        ("task-without-way-out", EGRESS, "", "main"),
        ("task-without-way-out", EGRESS, "", "route of main"),
        (
            "endpoint-without-private-dns",
            EGRESS,
            OWN_TABLE + _SET.replace("DNS", "false") + ENDPOINT % ("s3", "s3", _OF_TASKS),
            "private DNS",
        ),
        ("layers-not-routed", EGRESS, OWN_TABLE + _SET.replace("DNS", "true") + ENDPOINT % ("s3", "s3", ""), "table of endpoint"),
    ],
)
def test_what_another_root_looks_up_and_adds_to_is_open(
    rule: str, group: str, more: str, beside: str, alone: bool, tmp_path: Path
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "beside").mkdir()
    (tmp_path / "app/main.tf").write_text(PLACED % (group, more))
    said: list[list[str]] = []
    for text in (BESIDE["nothing"], BESIDE[beside]):
        (tmp_path / "beside/main.tf").write_text(text)
        report = scan([str(tmp_path / "app" if alone else tmp_path)], str(tmp_path))
        said.append([one.rule for one in report.findings if one.severity is Severity.ERROR])
    assert rule in said[0]
    assert rule not in said[1]


def test_a_subnet_that_has_a_route_table_gets_no_other(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "beside").mkdir()
    (tmp_path / "app/main.tf").write_text(PLACED % (EGRESS, OWN_TABLE))
    (tmp_path / "beside/main.tf").write_text(BESIDE["association"])
    assert [one.rule for one in scan([str(tmp_path)], str(tmp_path)).findings] == ["task-without-way-out"]


IMPORT = """
import {
  to = %s
  id = "existing"
}
"""
REMOVED = """
removed {
  from = %s
  lifecycle { destroy = %s }
}
"""


@pytest.mark.parametrize(
    ("more", "is_open"),
    [
        (IMPORT % "aws_iam_role.exec", True),
        (IMPORT % "aws_ecr_repository.app", False),
        (REMOVED % ("aws_iam_role_policy_attachment.old", "false"), True),
        (REMOVED % ("aws_iam_role_policy_attachment.old", "true"), False),
        (REMOVED % ("aws_ecr_repository.old", "false"), False),
    ],
)
def test_a_role_that_existed_before_or_a_policy_that_stays_may_be_more_than_the_files_say(
    more: str, is_open: bool, tmp_path: Path
) -> None:
    text = ROLE % {"name": '"exec"', "role": '"another"'} + more
    assert found(tmp_path, text, "execution-role-cannot-pull") == ([] if is_open else [(Severity.ERROR, "")])


@pytest.mark.parametrize(
    ("rule", "group", "table", "imported", "is_open"),
    [
        ("consumer-cannot-reach-https", "", OWN_TABLE + NAT % "nat", "aws_security_group.tasks", True),
        ("consumer-cannot-reach-https", "egress = []", OWN_TABLE + NAT % "nat", "aws_security_group.tasks", False),
        ("task-without-way-out", EGRESS, OWN_TABLE, "aws_route_table.tasks", True),
        ("task-without-way-out", EGRESS, OWN_TABLE, "aws_subnet.tasks", False),
        ("task-without-way-out", EGRESS, "", "aws_subnet.tasks", True),
        ("task-without-way-out", EGRESS, OWN_TABLE, "aws_vpc.main", True),
        ("task-without-way-out", EGRESS, OWN_TABLE, "aws_ecs_service.app", False),
    ],
)
def test_what_is_imported_keeps_what_no_argument_states(
    rule: str, group: str, table: str, imported: str, is_open: bool, tmp_path: Path
) -> None:
    text = PLACED % (group, table) + IMPORT % imported
    assert found(tmp_path, text, rule) == ([] if is_open else [(Severity.ERROR, "")])


@pytest.mark.parametrize(
    ("stated", "severity"),
    [
        ("", Severity.ERROR),
        ("desired_count = 2", Severity.ERROR),
        ("desired_count = var.count", Severity.ERROR),
        ("desired_count = 0", Severity.WARNING),
        ('desired_count = 0\n  scheduling_strategy = "DAEMON"', Severity.ERROR),
        ("desired_count = 0\n  lifecycle { ignore_changes = [desired_count] }", Severity.ERROR),
        ('desired_count = 0\n}\nresource "aws_appautoscaling_target" "app" {\n  max_capacity = 2', Severity.ERROR),
    ],
)
def test_a_service_that_wants_no_tasks_fails_when_somebody_raises_its_count(
    stated: str, severity: Severity, tmp_path: Path
) -> None:
    text = 'variable "count" {}\n' + PLACED % (EGRESS, OWN_TABLE)
    head, _, tail = text.rpartition("}\n")
    assert [one[0] for one in found(tmp_path, f"{head}  {stated}\n}}\n{tail}", "task-without-way-out")] == [severity]


@pytest.mark.parametrize("ignored", ["[execution_role_arn]", "[container_definitions]", "all"])
def test_what_somebody_else_deploys_is_not_known(ignored: str, tmp_path: Path) -> None:
    head, _, tail = (ROLE % {"name": '"exec"', "role": '"another"'}).rpartition("}\n")
    text = f"{head}  lifecycle {{\n    ignore_changes = {ignored}\n  }}\n}}\n{tail}"
    assert found(tmp_path, text, "execution-role-cannot-pull") == []
