"""A default beside which the declaration lists other values: the default is read, each other value is a scenario."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.run.pipeline import scan
from ecrlint.run.scenarios.scenarios import MIN_SCENARIOS

TEMPLATE = """
Parameters:
  Env: {Type: String, Default: prod, AllowedValues: [%s]}
  Name: {Type: String, Default: web, AllowedValues: [web, api]}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  Template:
    Type: AWS::EC2::LaunchTemplate
    %s
    Properties:
      LaunchTemplateName: !Ref Name
      LaunchTemplateData:
        ImageId: ami-0123456789abcdef0
        MetadataOptions:
          HttpTokens: %s
"""
ROOT = """
provider "aws" {
  region = "eu-west-1"
}
variable "tokens" {
  type    = string
  default = "required"
  validation {
    condition     = %s
    error_message = "required or optional"
  }
}
resource "aws_launch_template" "web" {
  image_id = "ami-0123456789abcdef0"
  metadata_options {
    http_tokens = var.tokens
  }
}
"""
ALLOWS = "allows IMDSv1: its credentials can be read without a session token"


def found(folder: Path, name: str, text: str) -> list[tuple[str, str]]:
    (folder / name).write_text(text)
    report = scan([str(folder)], str(folder))
    assert report.problems == ()
    return [(str(f.severity), f.message) for f in report.findings if f.rule == "imdsv1-allowed"]


@pytest.mark.parametrize(
    ("allowed", "made", "tokens", "when"),
    [
        ("dev, prod", "", "!If [IsProd, required, optional]", 'Env is "dev"'),
        ("dev, test, prod", "", "!If [IsProd, required, optional]", 'Env is not "prod"'),
        ("dev, test, prod", "", "!FindInMap [Tokens, !Ref Env, Http]", 'Env is "test"'),
        ("required, prod, optional", "", "!Ref Env", 'Env is "optional"'),
        ("dev, prod", "Condition: IsProd", "!If [IsProd, required, optional]", None),
        ("prod", "", "!If [IsProd, required, optional]", None),
        ("a, b, c, d, prod", "", "!If [IsProd, required, optional]", None),  # a list to choose from decides nothing
    ],
)
def test_an_allowed_value_beside_the_default_is_a_scenario(
    allowed: str, made: str, tokens: str, when: str | None, tmp_path: Path
) -> None:
    mapping = "Mappings: {Tokens: {dev: {Http: required}, test: {Http: optional}, prod: {Http: required}}}\n"
    expected = [] if when is None else [("warning", f'launch template "Template" {ALLOWS} (when {when})')]
    assert found(tmp_path, "t.yaml", mapping + TEMPLATE % (allowed, made, tokens)) == expected


def test_what_the_default_makes_is_said_plainly_and_once(tmp_path: Path) -> None:
    ((severity, message),) = found(tmp_path, "t.yaml", TEMPLATE % ("dev, prod", "", "optional"))
    assert (severity, message) == ("warning", f'launch template "Template" {ALLOWS}')


def test_what_is_made_only_with_another_value_is_read(tmp_path: Path) -> None:
    text = TEMPLATE.replace("[!Ref Env, prod]", "[!Ref Env, dev]") % ("dev, prod", "Condition: IsProd", "optional")
    assert found(tmp_path, "t.yaml", text) == [("warning", f'launch template "Template" {ALLOWS} (when Env is "dev")')]


def test_two_parameters_with_one_effect_are_told_once(tmp_path: Path) -> None:
    text = TEMPLATE.replace("[!Ref Env, prod]", '[!Sub "${Env}-${Name}", prod-web]') % (
        "dev, prod",
        "",
        "!If [IsProd, required, optional]",
    )
    assert len(found(tmp_path, "t.yaml", text)) == 1


@pytest.mark.parametrize(
    ("condition", "is_read"),
    [
        ('contains(["required", "optional"], var.tokens)', True),
        ('var.tokens == "required" || "optional" == var.tokens', True),
        ('(contains(["optional", "required"], var.tokens))', True),
        ('contains(["required"], var.tokens)', False),
        ('contains(["required", local.other], var.tokens)', False),
        ("length(var.tokens) > 0", False),
        ('var.tokens != "optional"', False),
    ],
)
def test_a_value_that_a_validation_lists_is_a_scenario(condition: str, is_read: bool, tmp_path: Path) -> None:
    said = [("warning", f'launch template "web" {ALLOWS} (when var.tokens is "optional")')] if is_read else []
    assert found(tmp_path, "main.tf", ROOT % condition) == said


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ('contains(["required", "optional"], var.tokens)', [' (when var.tokens is "optional")']),
        ('contains(["optional"], var.tokens)', []),
        ('var.tokens != ""', []),
    ],
)
@pytest.mark.parametrize("kind", ["module", "root"])
def test_a_listed_value_of_a_variable_without_default_is_a_scenario(
    condition: str, said: list[str], kind: str, tmp_path: Path
) -> None:
    text = "".join(line for line in (ROOT % condition).splitlines(True) if "default" not in line)
    if kind == "module":
        text = text[text.index("variable") :]
    assert [message.removeprefix(f'launch template "web" {ALLOWS}') for _, message in found(tmp_path, "main.tf", text)] == said


@pytest.mark.parametrize(("other", "is_told"), [("prod", True), ("staging", False)])
def test_a_condition_is_never_on_a_side_that_no_listed_value_leads_to(other: str, is_told: bool, tmp_path: Path) -> None:
    text = ROOT.replace("= var.tokens", f'= var.tokens == "{other}" ? "optional" : "required"')
    text = "".join(line for line in text.splitlines(True) if "default" not in line)
    messages = [message for _, message in found(tmp_path, "main.tf", text % 'contains(["dev", "prod"], var.tokens)')]
    assert messages == ([f'launch template "web" {ALLOWS} (when var.tokens is "prod")'] if is_told else [])


def test_an_allowed_value_of_a_parameter_without_default_is_a_scenario(tmp_path: Path) -> None:
    text = (TEMPLATE % ("required, optional", "", "!Ref Env")).replace("Default: prod, ", "")
    assert found(tmp_path, "t.yaml", text) == [("warning", f'launch template "Template" {ALLOWS} (when Env is "optional")')]


def test_a_value_that_a_variable_file_gives_is_no_default(tmp_path: Path) -> None:
    (tmp_path / "terraform.tfvars").write_text('tokens = "required"\n')
    assert found(tmp_path, "main.tf", ROOT % 'contains(["required", "optional"], var.tokens)') == []


def test_more_alternatives_than_there_is_room_for_are_read_by_their_defaults_and_named(tmp_path: Path) -> None:
    parameters = "\n".join(f"  P{n}: {{Type: String, Default: required, AllowedValues: [required, optional]}}" for n in range(80))
    template = """
  Template%d:
    Type: AWS::EC2::LaunchTemplate
    Properties:
      LaunchTemplateData:
        ImageId: ami-0123456789abcdef0
        MetadataOptions: {HttpTokens: !Ref P%d}
"""
    made = "".join(template % (n, n) for n in range(80))
    (tmp_path / "hosts.yaml").write_text(f"Parameters:\n{parameters}\nResources:{made}")
    report = scan([str(tmp_path)], str(tmp_path))
    assert sum(f.rule == "imdsv1-allowed" for f in report.findings) == MIN_SCENARIOS
    (status,) = report.files
    assert (status.status, status.reason) == (
        "partial",
        "read without the other values of these, as too many have some: P12, P13, P14 and 65 more",
    )
