"""Values that only stand in for one: an empty default of a root whose variable files are not here, an account `UNKNOWN`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.run.pipeline import scan

TASK = """
provider "aws" {
  region              = "%s"
  allowed_account_ids = ["%s"]
}

variable "execution_role_arn" {
  %s
}

variable "repository" {
  default = ""
}

resource "aws_iam_role" "exec" {
  name = "exec"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } },
  ] })
}

resource "aws_iam_role_policy" "exec" {
  role = aws_iam_role.exec.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
    { Effect = "Allow", Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/web" },
  ] })
}

resource "aws_ecr_repository" "web" {
  name = "web"
}

resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.exec.arn
  container_definitions    = jsonencode([{ name = "web", image = "${aws_ecr_repository.web.repository_url}:1" }])
}

resource "aws_ecs_task_definition" "given" {
  family                   = "given"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = var.execution_role_arn
  container_definitions    = jsonencode([
    { name = "given", image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/web${var.repository}:1" },
  ])
}
"""


def errors(folder: Path, region: str = "eu-west-1", account: str = "111122223333", default: str = "default = null") -> list[str]:
    (folder / "main.tf").write_text(TASK % (region, account, default))
    report = scan([str(folder)], str(folder))
    assert report.problems == ()
    return [f"{finding.rule} {finding.address}" for finding in report.findings if str(finding.severity) == "error"]


WITHOUT_ROLE = "execution-role-missing aws_ecs_task_definition.given"
CANNOT_PULL = "execution-role-cannot-pull aws_ecs_task_definition.web"


@pytest.mark.parametrize("default", ["default = null", 'default = ""', 'type = string\n  default = ""', "type = string"])
def test_an_empty_default_may_be_filled_by_a_variable_file_that_is_not_here(default: str, tmp_path: Path) -> None:
    assert errors(tmp_path, default=default) == []


@pytest.mark.parametrize("name", ["terraform.tfvars", "prod.auto.tfvars"])
def test_it_is_the_value_where_the_variable_files_are_here(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text('other = "x"\n')
    assert errors(tmp_path) == [WITHOUT_ROLE]


def test_it_is_the_value_of_a_module_whose_caller_leaves_it(tmp_path: Path) -> None:
    (tmp_path / "module").mkdir()
    text = TASK % ("eu-west-1", "111122223333", "default = null")
    (tmp_path / "module/main.tf").write_text(text[text.index("variable") :])
    (tmp_path / "main.tf").write_text('provider "aws" {\n  region = "eu-west-1"\n}\nmodule "web" {\n  source = "./module"\n}\n')
    report = scan([str(tmp_path)], str(tmp_path))
    assert [finding.rule for finding in report.findings if str(finding.severity) == "error"] == ["execution-role-missing"]


@pytest.mark.parametrize(
    ("region", "account", "expected"),
    [
        ("eu-west-1", "444455556666", [CANNOT_PULL]),
        ("eu-central-1", "111122223333", [CANNOT_PULL]),
        ("eu-west-1", "UNKNOWN", []),
        ("eu-west-1", "YOUR_ACCOUNT_ID", []),
        ("YOUR_REGION", "111122223333", []),
        ("eu-west-1", "111122223333", []),
    ],
)
def test_what_is_no_account_or_region_is_not_known(region: str, account: str, expected: list[str], tmp_path: Path) -> None:
    assert errors(tmp_path, region, account) == expected


PROJECT = """
variable "project" {
  %s
}

resource "aws_ecr_repository" "web" {
  name = "shop-${var.project}"
}

resource "aws_ecs_task_definition" "web" {
  family                = "web"
  container_definitions = jsonencode([{ name = "web", image = "${aws_ecr_repository.web.repository_url}:1" }])
}
"""


@pytest.mark.parametrize("value", ["__BRANCH__", "@BRANCH@", "web-%BRANCH%", "<your branch>", "{{ branch }}", "#{Branch}#"])
@pytest.mark.parametrize("where", ["default", "file"])
def test_what_a_tool_puts_into_the_value_of_a_variable_is_not_known(value: str, where: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(PROJECT % (f'default = "{value}"' if where == "default" else "type = string"))
    if where == "file":
        (tmp_path / "terraform.tfvars").write_text(f'project = "{value}"\n')
    report = scan([str(tmp_path)], str(tmp_path))
    assert report.problems == ()
    assert [finding.rule for finding in report.findings] == []


def test_a_value_without_placeholders_is_the_value(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(PROJECT % 'default = "Branch"')
    assert [finding.rule for finding in scan([str(tmp_path)], str(tmp_path)).findings] != []


POLICIES = """
provider "aws" {
  region = "eu-west-1"
}

variable "policies" {
  default = %s
}

resource "aws_iam_role_policy_attachment" "more" {
  %s
  role       = aws_iam_role.exec.name
  policy_arn = %s
}
"""


@pytest.mark.parametrize(
    ("default", "repetition", "value"),
    [
        ("[]", "for_each = toset(var.policies)", "each.value"),
        ("{}", "for_each = var.policies", "each.value"),
        ("[]", "count = length(var.policies)", "var.policies[count.index]"),
    ],
)
@pytest.mark.parametrize("files", [False, True])
def test_an_empty_list_may_be_filled_by_a_variable_file_too(
    default: str, repetition: str, value: str, files: bool, tmp_path: Path
) -> None:
    text = TASK % ("eu-west-1", "444455556666", "type = string")
    (tmp_path / "main.tf").write_text(text[text.index("variable") :] + POLICIES % (default, repetition, value))
    if files:
        (tmp_path / "terraform.tfvars").write_text('execution_role_arn = "arn:aws:iam::111122223333:role/x"\n')
    (tmp_path / "more.tf").write_text(
        'resource "aws_ecs_task_definition" "elsewhere" {\n  family = "x"\n  requires_compatibilities = ["FARGATE"]\n'
        "  execution_role_arn = aws_iam_role.exec.arn\n  container_definitions = jsonencode([\n"
        '    { name = "x", image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/other:1" },\n  ])\n}\n'
    )
    report = scan([str(tmp_path)], str(tmp_path))
    found = [finding.rule for finding in report.findings if str(finding.severity) == "error"]
    assert found == (["execution-role-cannot-pull"] if files else [])
