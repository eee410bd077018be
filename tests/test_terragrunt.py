"""Terragrunt's units, read as the callers of modules that they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.terragrunt import TerragruntUnit, evaluate
from ecrlint.model.finding import Report
from ecrlint.model.source import Source
from ecrlint.model.value import List, Map, Ref, Scalar, Value
from ecrlint.run import pipeline
from ecrlint.run.hook import hook

EXECUTION = """
variable "policy" {}
variable "image" { default = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1" }
resource "aws_iam_role" "execution" {
  name               = "execution"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = var.policy
}
resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions    = jsonencode([{ name = "shop", image = var.image }])
}
"""
LOGS = '"arn:aws:iam::aws:policy/CloudWatchLogsFullAccess"'


def unit(text: str, others: Mapping[str, str] | None = None, path: str = "live/prod/app/terragrunt.hcl") -> TerragruntUnit:
    files = {**(others or {}), path: text}
    sources = {name: Source(name, content, "terragrunt") for name, content in files.items()}
    found = evaluate(path, sources.get, Budget(), has_terraform=False)
    assert found is not None
    return found


def plain(value: Value) -> object:
    match value:
        case Scalar():
            return value.value
        case List():
            return [plain(item) for item in value.items]
        case Map():
            return {name: plain(item) for name, item in value.entries.items()}
        case Ref():
            return f"{value.address}.{value.attribute}"
        case _:
            return None


def scanned(tmp_path: Path, files: Mapping[str, str], *paths: str) -> Report:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return pipeline.scan([str(tmp_path / path) for path in paths or (".",)], str(tmp_path))


def rules(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


def statuses(report: Report) -> dict[str, tuple[str, str]]:
    return {file.path: (file.status, file.reason) for file in report.files}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("get_terragrunt_dir()", "/<repository>/live/prod/app"),
        ("get_repo_root()", "/<repository>"),
        ('run_cmd("git", "rev-parse", "--show-toplevel")', "/<repository>"),
        ('run_cmd("--terragrunt-quiet", "git", "rev-parse", "--show-toplevel")', "/<repository>"),
        ("get_parent_terragrunt_dir()", "/<repository>/live"),
        ("path_relative_to_include()", "prod/app"),
        ("path_relative_from_include()", "../.."),
        ("get_path_from_repo_root()", "live/prod/app"),
        ("get_path_to_repo_root()", "../../.."),
        ('find_in_parent_folders("env.hcl")', "/<repository>/live/prod/env.hcl"),
        ('find_in_parent_folders("none.hcl", "else")', "else"),
        ('read_terragrunt_config(find_in_parent_folders("env.hcl")).locals.name', "prod"),
        ("basename(get_terragrunt_dir())", "app"),
        ("include.root.locals.team", "shop"),
        ("dependency.vpc.outputs.id", "data.terragrunt.vpc.outputs.id"),
        ("local.name", "prod-app"),
        ('file("name.txt")', "from a file"),
        ("get_aws_account_id()", "aws.account_id"),
        ('get_env("STAGE", "dev")', None),
        ('run_cmd("rm", "-rf", "/")', None),
        ("local.circle", None),
        ("read_terragrunt_config(get_terragrunt_dir()).locals", None),
    ],
)
def test_what_an_expression_of_terragrunt_is(expression: str, expected: object) -> None:
    text = f"""
locals {{
  env    = read_terragrunt_config(find_in_parent_folders("env.hcl"))
  name   = "${{local.env.locals.name}}-app"
  circle = local.circle
}}
include "root" {{
  path   = find_in_parent_folders("root.hcl")
  expose = true
}}
dependency "vpc" {{
  config_path = "../vpc"
}}
terraform {{
  source = "../../../modules//app"
}}
inputs = {{
  it = {expression}
}}
"""
    others = {
        "live/root.hcl": 'locals {\n  team = "shop"\n}\n',
        "live/prod/env.hcl": 'locals {\n  name = "prod"\n}\n',
        "live/prod/app/name.txt": "from a file",
    }
    found = unit(text, others)
    assert plain(found.inputs["it"]) == expected
    assert found.module == "modules/app"
    assert found.dependencies == {"vpc": "live/prod/vpc"}


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("../../../modules/app", "modules/app"),
        ("../../..//modules/app", "modules/app"),
        ("${get_repo_root()}/modules//app", "modules/app"),
        ("${get_terragrunt_dir()}", "live/prod/app"),
        ("git::https://example.com/modules.git//app?ref=v1", None),
        ("tfr:///terraform-aws-modules/ecr/aws?version=2.3.0", None),
    ],
)
def test_the_module_of_a_unit(source: str, module: str | None) -> None:
    assert unit(f'terraform {{\n  source = "{source}"\n}}\n').module == module


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ("", {"a": {"y": 2}, "b": [2], "c": 1, "d": 2}),
        ('merge_strategy = "deep"', {"a": {"x": 1, "y": 2}, "b": [1, 2], "c": 1, "d": 2}),
        ('merge_strategy = "no_merge"', {"a": {"y": 2}, "b": [2], "d": 2}),
    ],
)
def test_inputs_are_merged_as_the_include_says(strategy: str, expected: object) -> None:
    text = f"""
include {{
  path = "../root.hcl"
  {strategy}
}}
terraform {{
  source = "../../modules/app"
}}
inputs = {{
  a = {{ y = 2 }}
  b = [2]
  d = 2
}}
"""
    root = {"live/prod/root.hcl": "inputs = {\n  a = { x = 1 }\n  b = [1]\n  c = 1\n}\n"}
    found = unit(text, root)
    assert {name: plain(value) for name, value in found.inputs.items()} == expected
    assert found.is_whole


def test_what_is_included_is_no_unit_of_its_own(tmp_path: Path) -> None:
    files = {"terragrunt.hcl": 'remote_state {\n  backend = "s3"\n}\n', "main.tf": EXECUTION}
    report = scanned(tmp_path, files)
    assert statuses(report)["terragrunt.hcl"] == ("skipped", "no ECR-related resources")
    assert statuses(report)["main.tf"][0] == "analysed"


def test_a_module_has_the_inputs_of_its_units(tmp_path: Path) -> None:
    files = {
        "modules/app/main.tf": EXECUTION,
        "live/a/terragrunt.hcl": f'terraform {{\n  source = "../../modules/app"\n}}\ninputs = {{\n  policy = {LOGS}\n}}\n',
    }
    report = scanned(tmp_path, files)
    assert rules(report) >= {"execution-role-cannot-pull"}
    assert statuses(report)["live/a/terragrunt.hcl"] == ("analysed", "")


@pytest.mark.parametrize("inputs", ['{ policy = get_env("POLICY") }', 'merge({ a = 1 }, jsondecode(get_env("ALL")))'])
def test_an_input_that_is_not_known_is_unknown(tmp_path: Path, inputs: str) -> None:
    module = EXECUTION.replace('variable "policy" {}', f'variable "policy" {{ default = {LOGS} }}')
    files = {
        "modules/app/main.tf": module,
        "live/a/terragrunt.hcl": f'terraform {{\n  source = "../../modules/app"\n}}\ninputs = {inputs}\n',
    }
    assert "execution-role-cannot-pull" not in rules(scanned(tmp_path, files))


def test_a_mock_is_never_an_output(tmp_path: Path) -> None:
    text = f"""
terraform {{
  source = "../../modules/app"
}}
dependency "policy" {{
  config_path  = "../policy"
  mock_outputs = {{ arn = {LOGS} }}
}}
inputs = {{
  policy = dependency.policy.outputs.arn
}}
"""
    files = {"modules/app/main.tf": EXECUTION, "live/a/terragrunt.hcl": text}
    assert "execution-role-cannot-pull" not in rules(scanned(tmp_path, files))


def test_a_module_that_is_elsewhere_is_named(tmp_path: Path) -> None:
    source = "git::https://example.com/modules.git//app?ref=v1"
    report = scanned(tmp_path, {"terragrunt.hcl": f'terraform {{\n  source = "{source}"\n}}\ninputs = {{}}\n'})
    assert statuses(report)["terragrunt.hcl"] == (
        "partial",
        f'its module comes from "{source}", which is not in the scanned tree',
    )


def test_a_module_of_the_registry_is_read_from_its_summary(tmp_path: Path) -> None:
    text = """
terraform {
  source = "tfr:///terraform-aws-modules/lambda/aws?version=8.1.0"
}
generate "provider" {
  path     = "provider.tf"
  contents = <<-EOF
    provider "aws" {
      region = "eu-west-1"
    }
  EOF
}
inputs = {
  function_name = "thumbnails"
  package_type  = "Image"
  image_uri     = "111122223333.dkr.ecr.us-east-1.amazonaws.com/thumbnails:1"
}
"""
    report = scanned(tmp_path, {"terragrunt.hcl": text})
    assert rules(report) == {"lambda-image-elsewhere"}
    assert "read from a summary of terraform-aws-modules/lambda/aws" in statuses(report)["terragrunt.hcl"][1]


def test_what_a_unit_generates_stands_beside_its_module(tmp_path: Path) -> None:
    module = """
variable "image" {}
resource "aws_lambda_function" "it" {
  function_name = "thumbnails"
  role          = "arn:aws:iam::111122223333:role/thumbnails"
  package_type  = "Image"
  image_uri     = var.image
}
"""
    unit_text = """
locals {
  region = "eu-west-1"
}
terraform {
  source = "../modules/f"
}
generate "provider" {
  path     = "provider.tf"
  contents = "provider \\"aws\\" {\\n  region = \\"${local.region}\\"\\n}\\n"
}
inputs = {
  image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/thumbnails:1"
}
"""
    report = scanned(tmp_path, {"modules/f/main.tf": module, "live/terragrunt.hcl": unit_text})
    assert rules(report) == {"lambda-image-elsewhere"}


def test_a_unit_does_not_lead_out_of_the_repository(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "main.tf").write_text(EXECUTION, encoding="utf-8")
    (outside / "root.hcl").write_text(f"inputs = {{\n  policy = {LOGS}\n}}\n", encoding="utf-8")
    text = 'include {\n  path = "../outside/root.hcl"\n}\nterraform {\n  source = "../outside"\n}\n'
    report = scanned(tmp_path / "repository", {"terragrunt.hcl": text})
    assert not report.findings
    assert statuses(report)["terragrunt.hcl"][0] == "partial"


JOINED = {
    "modules/app/main.tf": EXECUTION.replace('default = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1"', ""),
    "modules/ecr/main.tf": 'resource "aws_ecr_repository" "it" {\n  name = "shop"\n}\n'
    'output "url" {\n  value = aws_ecr_repository.it.repository_url\n}\n',
    "live/ecr/terragrunt.hcl": 'terraform {\n  source = "../../modules/ecr"\n}\n',
    "live/app/terragrunt.hcl": f"""
terraform {{
  source = "../../modules/app"
}}
dependency "ecr" {{
  config_path = "../ecr"
}}
inputs = {{
  policy = {LOGS}
  image  = "${{dependency.ecr.outputs.url}}:1"
}}
""",
}


@pytest.mark.parametrize("paths", [(".",), ("live/app",)])
def test_a_unit_takes_the_outputs_of_another(tmp_path: Path, paths: tuple[str, ...]) -> None:
    assert "execution-role-cannot-pull" in rules(scanned(tmp_path, JOINED, *paths))


def test_the_hook_reads_the_units_of_a_changed_module(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    scanned(tmp_path, JOINED)
    report = hook.scan([str(tmp_path / "modules/app/main.tf")])
    assert "execution-role-cannot-pull" in rules(report)
