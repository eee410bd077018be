"""Modules that are not here, read from what is known of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecrlint.evaluate.terraform import summaries
from ecrlint.evaluate.terraform.configuration import folder
from ecrlint.evaluate.terraform.summaries import summary
from ecrlint.evaluate.terraform.summaries.versions import allowed, version
from ecrlint.model.finding import Finding, Report, Severity
from ecrlint.model.source import Source
from ecrlint.parse import hcl
from ecrlint.run import pipeline
from ecrlint.run.path import ask as path_of
from ecrlint.run.why import ask as why

FOLDER = Path(summaries.__file__).parent
TABLE = json.loads((FOLDER / "table.json").read_text(encoding="utf-8"))["modules"]
ROLE = "terraform-aws-modules/iam/aws//modules/iam-assumable-role"
TASK = """
resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = module.execution.iam_role_arn
  container_definitions    = jsonencode([{ name = "shop", image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:1" }])
}
"""


def call(constraint: str, more: str = "", source: str = ROLE) -> str:
    stated = f"version = {json.dumps(constraint)}" if constraint else ""
    return f"""
module "execution" {{
  source = "{source}"
  {stated}
  create_role           = true
  role_requires_mfa     = false
  trusted_role_services = ["ecs-tasks.amazonaws.com"]
  {more}
}}
"""


def scanned(tmp_path: Path, text: str) -> Report:
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    return pipeline.scan([str(tmp_path)], str(tmp_path))


def cannot_pull(report: Report) -> list[Finding]:
    return [finding for finding in report.findings if finding.rule == "execution-role-cannot-pull"]


@pytest.mark.parametrize(
    ("constraint", "low", "high"),
    [
        (None, (0, 0, 0), None),
        ("5.1.2", (5, 1, 2), (5, 1, 3)),
        ("= v5.1", (5, 1, 0), (5, 1, 1)),
        ("~> 5.1", (5, 1, 0), (6, 0, 0)),
        ("~> 5.1.2", (5, 1, 2), (5, 2, 0)),
        (">= 4, < 6.0", (4, 0, 0), (6, 0, 0)),
        ("> 4.0.0, <= 5.0.0, != 4.3.0", (4, 0, 1), (5, 0, 1)),
    ],
)
def test_a_constraint_allows_a_range_of_versions(
    constraint: str | None, low: tuple[int, int, int], high: tuple[int, int, int] | None
) -> None:
    found = allowed(constraint)
    assert found is not None
    assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize("constraint", ["main", "", "1.0.0-beta", "abc1234"])
def test_what_is_no_constraint_allows_nothing_that_is_known(constraint: str) -> None:
    assert allowed(constraint) is None


def test_only_one_version_is_exact() -> None:
    exact, several = allowed("2.3.0"), allowed("~> 2.3.0")
    assert exact is not None
    assert exact.is_exact
    assert several is not None
    assert not several.is_exact


@pytest.mark.parametrize(
    "source",
    [
        "terraform-aws-modules/ecr/aws",
        "registry.terraform.io/terraform-aws-modules/ecr/aws",
        "git::https://github.com/terraform-aws-modules/terraform-aws-ecr.git?ref=v2.3.0",
        "github.com/terraform-aws-modules/terraform-aws-ecr?ref=v2.3.0",
        "git@github.com:terraform-aws-modules/terraform-aws-ecr.git?ref=v2.3.0",
        "git::ssh://git@github.com/terraform-aws-modules/terraform-aws-ecr?depth=1&ref=v2.3.0",
    ],
)
def test_a_module_is_known_by_each_of_its_addresses(source: str) -> None:
    found = summary(source, "2.3.0")
    assert found is not None
    assert found.is_exact
    assert found.module == "terraform-aws-modules/ecr/aws"


@pytest.mark.parametrize(
    ("source", "constraint"),
    [
        ("acme/ecr/aws", None),
        ("app.terraform.io/terraform-aws-modules/ecr/aws", None),
        ("github.com/terraform-aws-modules/terraform-aws-ecr?ref=main", None),
        ("https://example.com/terraform-aws-modules/terraform-aws-ecr.git", None),
        ("terraform-aws-modules/ecr/aws", "~> 99.0"),
        (ROLE, ">= 3.0"),
        (ROLE, None),
    ],
)
def test_what_some_allowed_version_may_do_otherwise_has_no_summary(source: str, constraint: str | None) -> None:
    assert summary(source, constraint) is None


def test_every_summary_is_in_the_table_and_is_terraform() -> None:
    listed = {file for row in TABLE.values() for file in row["since"].values()} - {summaries.BY_ARGUMENTS, None}
    assert listed == {path.name for path in FOLDER.glob("*.tf")}
    for name in listed:
        source = Source(name, (FOLDER / name).read_text(encoding="utf-8"), "terraform")
        body, problems = hcl.parse(source)
        assert not problems
        assert folder("", [(name, body)]).variables


@pytest.mark.parametrize("module", [name for name, row in TABLE.items() if summaries.BY_ARGUMENTS not in row["since"].values()])
def test_a_summary_is_evaluated_without_a_problem(tmp_path: Path, module: str) -> None:
    newest = TABLE[module]["newest"]
    text = f'module "it" {{\n  source = "{module}"\n  version = "{newest}"\n}}\n'
    text += 'resource "aws_ecr_repository" "a" {\n  name = "a"\n}\n'
    report = scanned(tmp_path, text)
    assert not report.problems
    assert report.files[0].status == "analysed"


def test_the_versions_of_the_table_ascend() -> None:
    for row in TABLE.values():
        versions = [found for one in [*row["since"], row["newest"]] if (found := version(one)) is not None]
        assert len(versions) == len(row["since"]) + 1
        assert versions == sorted(versions)


def test_a_finding_stands_at_the_call_and_says_what_it_rests_on(tmp_path: Path) -> None:
    (finding,) = cannot_pull(scanned(tmp_path, call("5.60.0") + TASK))
    assert finding.severity is Severity.ERROR
    assert {place.span.path for place in finding.related} == {"main.tf"}
    mark = finding.related[0]
    assert (mark.span.line, mark.message) == (2, f"module.execution is not here: read from a summary of {ROLE}")
    assert all(edit.span.source.call is None for edit in finding.fix)


def test_a_finding_is_a_warning_where_several_versions_are_allowed(tmp_path: Path) -> None:
    (finding,) = cannot_pull(scanned(tmp_path, call("~> 5.0") + TASK))
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize("constraint", ["", ">= 3.0", "~> 99.0"])
def test_nothing_is_found_where_the_versions_differ(tmp_path: Path, constraint: str) -> None:
    report = scanned(tmp_path, call(constraint) + TASK)
    assert not report.findings
    assert [(file.status, "not in the scanned tree" in file.reason) for file in report.files] == [("partial", True)]


def test_an_argument_that_no_version_has_leaves_the_module_unknown(tmp_path: Path) -> None:
    report = scanned(tmp_path, call("5.60.0", 'policies = { pull = "x" }') + TASK)
    assert not report.findings
    assert report.files[0].reason.endswith('which is not in the scanned tree; its summary does not know "policies"')


def test_a_file_says_which_modules_are_read_from_a_summary(tmp_path: Path) -> None:
    (file,) = scanned(tmp_path, call("~> 5.0") + TASK).files
    assert (file.status, file.reason) == ("analysed", f"module.execution is read from a summary of {ROLE} (up to 5.60.0)")


def test_an_output_that_the_summary_lacks_is_unknown(tmp_path: Path) -> None:
    text = call("5.60.0") + TASK.replace("iam_role_arn", "some_arn")
    report = scanned(tmp_path, text)
    assert not cannot_pull(report)
    assert not report.problems


def test_an_installed_module_is_read_in_place_of_its_summary(tmp_path: Path) -> None:
    place = tmp_path / ".terraform" / "modules"
    (place / "it").mkdir(parents=True)
    (place / "it" / "main.tf").write_text('output "iam_role_arn" {\n  value = "given"\n}\n', encoding="utf-8")
    listed = {"Modules": [{"Key": "execution", "Source": ROLE, "Dir": ".terraform/modules/it"}]}
    (place / "modules.json").write_text(json.dumps(listed), encoding="utf-8")
    report = scanned(tmp_path, call("5.60.0") + TASK)
    assert not any("summary" in file.reason for file in report.files)


def test_the_picture_of_a_pull_shows_the_call(tmp_path: Path) -> None:
    scanned(tmp_path, call("5.60.0") + TASK)
    (picture,) = path_of([str(tmp_path)], None).pictures
    role = next(step for stage in picture.stages for step in stage.steps if step.kind == "role")
    assert (role.span.path, role.span.line) == ("main.tf", 2)


def test_why_shows_the_call(tmp_path: Path) -> None:
    scanned(tmp_path, call("5.60.0") + TASK)
    (explanation,) = why([str(tmp_path)], "module.execution.aws_iam_role.this[0]", "ecr:BatchGetImage", None).explanations
    assert explanation.role.span.line == 2
