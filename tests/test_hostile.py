"""What nobody writes in earnest ends all the same, and the report says what was not evaluated.

These tests would not end, or take all memory, without the bounds; how long each takes is measured in bench/, not here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.adapt.policy import MAX_NAMES, MAX_STATEMENTS
from ecrlint.evaluate.budget import LARGE, STEPS
from ecrlint.run.pipeline import scan

ROLE = 'resource "aws_iam_role" "r" { name = "r" }\n'


def doubled(first: str, step: str, times: int) -> str:
    lines = [f"  a0 = {first}"] + [f"  a{n} = {step.replace('BEFORE', f'local.a{n - 1}')}" for n in range(1, times)]
    return (
        "locals {\n"
        + "\n".join(lines)
        + "\n}\n"
        + f'resource "aws_iam_policy" "p" {{ policy = jsonencode(local.a{times - 1}) }}\n'
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            "locals {\n  names = [for i in range(1000) : \"n${i}\"]\n}\n"
            'resource "aws_ecr_repository" "r" {\n'
            '  for_each = toset(flatten([for a in range(10) : [for n in local.names : "${n}-${a}"]]))\n  name = each.key\n}\n',
            "only 256 of the 10000 instances of aws_ecr_repository.r are evaluated",
            id="for_each over 10,000 repositories",
        ),
        pytest.param(
            "locals { x = [for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a * b * c]]] }\n"
            'resource "aws_iam_policy" "p" { policy = jsonencode(local.x) }\n',
            f"line 2: local.x is not evaluated: the budget of {STEPS} steps is used up",
            id="range in nested loops",
        ),
        pytest.param(doubled('["x"]', "concat(BEFORE, BEFORE)", 40), LARGE, id="a list that doubles"),
        pytest.param(doubled('["x"]', "[BEFORE, BEFORE]", 40), LARGE, id="a tree that doubles"),
        pytest.param(doubled('"xxxxxxxx"', '"${BEFORE}${BEFORE}"', 40), LARGE, id="a text that doubles"),
    ],
)  # fmt: skip
def test_what_grows_without_end_is_unknown_and_noted(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "main.tf").write_text(ROLE + text)
    (file,) = scan([str(tmp_path)], str(tmp_path)).files
    assert file.status == "partial"
    assert reason in file.reason


def test_a_template_that_includes_itself_is_unknown_and_noted(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_iam_policy" "p" { policy = templatefile("a.tpl", {}) }\n')
    (tmp_path / "a.tpl").write_text('${templatefile("a.tpl", {})}')
    file, _ = scan([str(tmp_path)], str(tmp_path)).files
    assert (file.path, file.status) == ("a.tpl", "partial")
    assert file.reason == "line 1: templatefile is not evaluated inside a template"


def test_a_terraform_file_of_megabytes_is_a_problem_and_not_read(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ROLE * 60_000)
    report = scan([str(tmp_path)], str(tmp_path))
    assert [problem.message for problem in report.problems] == ["this file is larger than 2 MiB and is not read"]
    assert [file.status for file in report.files] == ["failed"]


def test_modules_that_call_each_other_in_a_circle_are_a_problem(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(ROLE + f'module "{other}" {{\n  source = "../{other}"\n}}\n')
    report = scan([str(tmp_path)], str(tmp_path))
    assert [problem.message for problem in report.problems] == ["module.b.module.a calls the module that it stands in"]
    assert {file.path for file in report.files} == {"a/main.tf", "b/main.tf"}


def test_thousands_of_module_instances_are_bounded(tmp_path: Path) -> None:
    for name, calls in (("", "n"), ("n", "o"), ("o", "")):
        (tmp_path / name).mkdir(exist_ok=True)
        call = f'module "{calls}" {{\n  source = "{"./" if not name else "../"}{calls}"\n  count = 100\n}}\n' if calls else ""
        (tmp_path / name / "main.tf").write_text(ROLE + call)
    reasons = [file.reason for file in scan([str(tmp_path)], str(tmp_path)).files]
    assert any("is not evaluated: the unit has more modules and resources than are evaluated" in reason for reason in reasons)


def test_many_independent_conditions_are_bounded_and_the_rest_is_noted(tmp_path: Path) -> None:
    made = (
        f'variable "v{n}" {{}}\nresource "aws_iam_role" "r{n}" {{\n  count = var.v{n} ? 1 : 0\n  name = "r{n}"\n}}\n'
        for n in range(60)
    )
    (tmp_path / "main.tf").write_text("".join(made))
    (file,) = scan([str(tmp_path)], str(tmp_path)).files
    assert "too many to settle: " in file.reason


@pytest.mark.parametrize(("count", "is_open"), [(MAX_STATEMENTS, False), (MAX_STATEMENTS + 1, True)])
def test_of_a_policy_that_aws_would_not_take_the_first_statements_are_read(count: int, is_open: bool, tmp_path: Path) -> None:
    statements = '{ Effect = "Allow", Action = "ecr:PutImage", Resource = "*" },' * count
    text = 'resource "aws_iam_role" "push" {\n  name = "push"\n  assume_role_policy = "{}"\n}\n'
    text += 'resource "aws_iam_role_policy" "push" {\n  role = aws_iam_role.push.id\n'
    (tmp_path / "main.tf").write_text(
        f'{text}  policy = jsonencode({{ Version = "2012-10-17", Statement = [{statements}] }})\n}}\n'
    )
    reasons = [opening.reason for opening in scan([str(tmp_path)], str(tmp_path)).open if opening.set == "statements"]
    assert any(f"more than {MAX_STATEMENTS} statements" in reason for reason in reasons) == is_open


@pytest.mark.parametrize(("count", "is_open"), [(MAX_NAMES - 2, False), (MAX_NAMES + 1, True)])
def test_of_a_policy_that_aws_would_not_take_the_first_names_are_read(count: int, is_open: bool, tmp_path: Path) -> None:
    resources = ", ".join(f'"arn:aws:ecr:*:*:repository/{number}"' for number in range(count))
    text = 'resource "aws_iam_role" "push" {\n  name = "push"\n  assume_role_policy = "{}"\n}\n'
    text += f"locals {{\n  names = [{resources}]\n}}\n"
    text += 'resource "aws_iam_role_policy" "push" {\n  role = aws_iam_role.push.id\n'
    statement = '{ Effect = "Allow", Action = ["ecr:PutImage"], Resource = local.names }'
    (tmp_path / "main.tf").write_text(
        f'{text}  policy = jsonencode({{ Version = "2012-10-17", Statement = [{statement}] }})\n}}\n'
    )
    reasons = [opening.reason for opening in scan([str(tmp_path)], str(tmp_path)).open if opening.set == "statements"]
    assert any(f"more than {MAX_NAMES} actions" in reason for reason in reasons) == is_open


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("main.tf", ROLE + "/*" * 300_000, id="signs"),
        pytest.param("main.tf", ROLE + "\n" * 500_000, id="lines"),
        pytest.param("main.tf", ROLE + "a " * 500_000, id="words"),
        pytest.param("main.tf", ROLE + 'x = "' + "${" * 500_000, id="interpolations"),
        pytest.param("main.tf.json", '{"resource": {"aws_iam_role": {"r": {"name": [' + "1," * 200_000 + "1]}}}}", id="JSON"),
        pytest.param(
            "policy.json",
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "X": [' + "1," * 200_000 + "1]}]}",
            id="a policy",
        ),
        pytest.param("t.yaml", "Resources:\n  R: {Type: 'AWS::IAM::Role', X: [" + "1," * 200_000 + "1]}\n", id="YAML"),
    ],
)
def test_a_file_of_more_parts_than_people_write_is_a_problem(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    report = scan([str(tmp_path)], str(tmp_path))
    assert [problem.message.rpartition(" ")[2] for problem in report.problems] == ["read"]
    assert ("words and signs" if name == "main.tf" else "lines and values") in report.problems[0].message
    assert [file.status for file in report.files] in (["failed"], ["partial"])


@pytest.mark.parametrize("text", ['x = "' + " " * 200_000, 'x = "/*"\n  /* ' + 'y = "x" ' * 20_000], ids=["spaces", "a comment"])
def test_a_file_that_takes_long_to_parse_ends_all_the_same(text: str, tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ROLE + text)
    report = scan([str(tmp_path)], str(tmp_path))
    assert report.problems
    assert [file.status for file in report.files] == ["partial"]


def test_a_template_that_takes_long_to_parse_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(ROLE + 'resource "aws_iam_policy" "p" {\n  policy = templatefile("a.tpl", {})\n}\n')
    (tmp_path / "a.tpl").write_text('${"' + " " * 100_000)
    assert scan([str(tmp_path)], str(tmp_path)).findings == ()
