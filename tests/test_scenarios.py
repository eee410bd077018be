"""Conditions that nobody can know: split, combined where that makes sense, and named in the finding."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from ecrlint.model.finding import Finding
from ecrlint.model.source import Source
from ecrlint.model.stack import Stack
from ecrlint.model.value import Choice, Condition, Equals, Flag, Json, List, Opaque, Scalar, Sides, Text, Value, settle
from ecrlint.model.value.condition import consistent, words
from ecrlint.run.pipeline import scan
from ecrlint.run.scenarios import scenarios
from ecrlint.run.scenarios.covering import covering, every_way
from ecrlint.run.scenarios.unit import DeployableUnit, Reading

PLACE = Source("main.tf", "").span(0, 0)


def choice(condition: str, then: Value, otherwise: Value) -> Choice:
    return Choice(Flag(condition), then, otherwise, PLACE)


def word(text: str) -> Scalar:
    return Scalar(text, PLACE)


def findings(root: Path, text: str, rule: str) -> list[tuple[str, str]]:
    (root / "main.tf").write_text(text)
    report = scan([str(root)], str(root))
    assert report.problems == ()
    return [(str(f.severity), f.message) for f in report.findings if f.rule == rule]


def test_a_settled_choice_is_its_side_at_any_depth() -> None:
    value = Text((word("a-"), choice("c", choice("d", word("1"), word("2")), word("3"))), PLACE)
    still_open: list[Condition] = []
    assert settle(value, {Flag("c"): True, Flag("d"): False}, still_open.append) == word("a-2")
    assert not still_open


def test_a_settled_document_stays_in_its_language() -> None:
    value = Json(choice("c", word("1"), word("2")), PLACE, "yaml")
    assert settle(value, {Flag("c"): True}) == Json(word("1"), PLACE, "yaml")


def test_an_item_that_a_condition_takes_away_is_none() -> None:
    nothing = Scalar(None, PLACE)
    value = List((word("1"), choice("c", word("2"), nothing), nothing), PLACE)
    assert settle(value, {Flag("c"): False}) == List((word("1"), nothing), PLACE)
    assert settle(value, {Flag("c"): True}) == List((word("1"), word("2"), nothing), PLACE)


def test_a_condition_that_stays_open_is_remembered() -> None:
    still_open: list[Condition] = []
    settle(choice("c", word("1"), choice("d", word("2"), word("3"))), {Flag("c"): False}, still_open.append)
    assert still_open == [Flag("d")]


def test_a_few_conditions_are_settled_in_every_combination() -> None:
    assert list(map(len, scenarios.settlements([Flag("a"), Flag("b"), Flag("c")]))) == [8]


def test_sides_that_exclude_each_other_are_never_combined() -> None:
    both: dict[Condition, bool] = {Equals("var.env", "prod"): True, Equals("var.env", "dev"): True}
    assert not consistent(both)
    (ways,) = scenarios.settlements(list(both))
    assert both not in ways
    assert len(ways) == 3


def test_many_conditions_are_settled_one_by_one_and_bounded() -> None:
    settled = scenarios.settlements([Flag(f"c{n}") for n in range(100)])
    assert sum(map(len, settled)) == scenarios.MAX_SCENARIOS
    assert all(len(sides) == 1 for ways in settled for sides in ways)


def test_of_many_conditions_those_of_one_subject_are_settled_together_and_the_others_alone() -> None:
    a, b, c, *others = conditions = [Flag(f"c{n}") for n in range(scenarios.MAX_TOGETHER + 1)]
    settled = scenarios.settlements(conditions, [(a, b), (a,), (b, a), (b, c), tuple(conditions)])
    assert settled == [
        [{b: one, c: other} for one, other in ((True, True), (False, False), (True, False), (False, True))],
        [{a: one, b: other} for one, other in ((True, True), (False, False), (True, False), (False, True))],
        *([{other: True}, {other: False}] for other in others),
    ]


@pytest.mark.parametrize("count", [3, 4, 7, scenarios.MAX_TOGETHER])
@pytest.mark.parametrize("exclusive", [(), ("x", "y"), ("x", "y", "z")])
def test_any_three_sides_that_can_come_together_do_in_a_few_scenarios(count: int, exclusive: tuple[str, ...]) -> None:
    conditions: list[Condition] = [
        *(Equals("v", it, exclusive) for it in exclusive),
        *(Flag(f"c{n}") for n in range(count - len(exclusive))),
    ]
    rows = covering(conditions, 3)
    assert all(consistent(row) and list(row) == conditions for row in rows)
    assert len(rows) <= 30
    shown = {frozenset(three) for row in rows for three in combinations(row.items(), 3)}
    ways = {frozenset(three) for row in every_way(conditions) for three in combinations(row.items(), 3)}
    assert shown == ways


def test_the_ways_in_which_most_conditions_are_true_or_none_are_looked_at() -> None:
    conditions = [Flag(f"c{n}") for n in range(9)]
    rows = covering(conditions, 3)
    assert dict.fromkeys(conditions, True) in rows
    assert dict.fromkeys(conditions, False) in rows


@pytest.mark.parametrize(
    ("condition", "side", "expected"),
    [
        (Flag("var.create"), True, "var.create is true"),
        (Equals("var.env", "prod"), True, 'var.env is "prod"'),
        (Equals("var.role", None), False, "var.role is not null"),
        (Equals("Env", "prod", name=("IsProd", True)), True, "IsProd"),
        (Equals("Env", "prod", name=("IsNotProd", False)), True, "not IsNotProd"),
        (Flag("IsProd"), False, "not IsProd"),
        (Opaque("length(var.x) > 0"), False, "length(var.x) > 0 is false"),
    ],
)
def test_a_side_is_said_in_the_users_words(condition: Condition, side: bool, expected: str) -> None:
    assert words(condition, side) == expected


def test_a_name_and_a_domain_make_no_other_condition() -> None:
    assert Equals("Env", "prod", ("dev", "prod"), ("IsProd", True)) == Equals("Env", "prod")


def test_a_subject_is_one_of_its_domain() -> None:
    env = [Equals("Env", literal, ("dev", "prod")) for literal in ("dev", "prod")]
    assert not consistent({env[0]: False, env[1]: False})
    assert consistent({env[0]: False, env[1]: True})


TRUST = """
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["codebuild.amazonaws.com"]
    }
  }
}
"""
LOGIN = """
resource "aws_iam_role_policy" "login" {
  %s
  role   = aws_iam_role.build.id
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" }] })
}
"""
PUSH = """
provider "aws" {}
variable "login" {
  type = bool
}
resource "aws_iam_role" "build" {
  name               = "build"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}
resource "aws_iam_role_policy" "push" {
  role   = aws_iam_role.build.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Resource = "*", Action = [
    "ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload",
    "ecr:PutImage",
  ] }] })
}
"""


def test_what_holds_on_both_sides_is_said_plainly(tmp_path: Path) -> None:
    ((severity, message),) = findings(tmp_path, PUSH + TRUST, "login-not-granted")
    assert severity == "error"
    assert "when" not in message


def test_what_holds_on_one_side_names_it_and_is_a_warning(tmp_path: Path) -> None:
    text = PUSH + TRUST + LOGIN % "count = var.login ? 1 : 0"
    ((severity, message),) = findings(tmp_path, text, "login-not-granted")
    assert severity == "warning"
    assert message.endswith("(when var.login is false)")


def test_a_condition_that_no_finding_depends_on_is_not_named(tmp_path: Path) -> None:
    text = PUSH + TRUST + 'resource "aws_iam_user" "other" { count = var.login ? 1 : 0 }\n'
    ((_, message),) = findings(tmp_path, text, "login-not-granted")
    assert "when" not in message


@pytest.mark.parametrize("others", [0, 1, 5, 20])
def test_conditions_of_something_else_hide_nothing(others: int, tmp_path: Path) -> None:
    """The login stands in two policies of the role, under a condition each; other policies have conditions of their own."""
    text = PUSH + TRUST + LOGIN % "count = var.login ? 1 : 0" + 'variable "more" {}\n'
    text += (LOGIN % "count = var.more ? 1 : 0").replace('"login"', '"more"')
    for number in range(others):
        text += f'variable "v{number}" {{}}\nresource "aws_iam_user" "u{number}" {{ count = var.v{number} ? 1 : 0 }}\n'
        text += f'resource "aws_iam_role" "r{number}" {{ name = var.v{number} ? "x" : "y" }}\n'
    ((severity, message),) = findings(tmp_path, text, "login-not-granted")
    assert severity == "warning"
    assert message.endswith("(when var.login is false and var.more is false)")


S3 = """
variable "{name}" {{
  type = bool
}}
resource "aws_iam_role_policy" "{name}" {{
  count  = var.{name} ? 1 : 0
  role   = aws_iam_role.build.id
  policy = jsonencode({{ Statement = [{{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }}] }})
}}
"""


@pytest.mark.parametrize("others", range(0, 12, 2))
def test_unrelated_policies_of_the_same_role_hide_nothing(others: int, tmp_path: Path) -> None:
    """The login stands in two policies of the role, under a condition each; others give it what has nothing to do with ECR."""
    text = PUSH + TRUST + LOGIN % "count = var.login ? 1 : 0" + 'variable "more" {\n  type = bool\n}\n'
    text += (LOGIN % "count = var.more ? 1 : 0").replace('"login"', '"more"')
    text += "".join(S3.format(name=f"s{number}") for number in range(others))
    ((severity, message),) = findings(tmp_path, text, "login-not-granted")
    assert severity == "warning"
    assert message.endswith("(when var.login is false and var.more is false)")


@pytest.mark.parametrize("others", range(0, 12, 2))
def test_what_holds_on_both_sides_is_certain_beside_unrelated_policies(others: int, tmp_path: Path) -> None:
    """The policy that is made on one side of a condition grants the login on the other alone."""
    never = LOGIN.replace('"ecr:GetAuthorizationToken"', 'var.login ? "s3:GetObject" : "ecr:GetAuthorizationToken"')
    text = PUSH + TRUST + never % "count = var.login ? 1 : 0"
    text += "".join(S3.format(name=f"s{number}") for number in range(others))
    messages = [(severity, "when" in message) for severity, message in findings(tmp_path, text, "login-not-granted")]
    assert messages == [("error", False)]


def test_a_finding_that_needs_every_one_of_many_conditions_names_them(tmp_path: Path) -> None:
    names = "abcdefg"
    logins = [(LOGIN % f"count = var.{name} ? 1 : 0").replace('"login"', f'"{name}"') for name in names]
    text = PUSH + TRUST + "".join(f'variable "{name}" {{}}\n' for name in names) + "".join(logins)
    ((_, message),) = findings(tmp_path, text, "login-not-granted")
    assert message.endswith("(when " + " and ".join(f"var.{name} is false" for name in names) + ")")


def test_conditions_that_are_too_many_for_one_resource_are_named(tmp_path: Path) -> None:
    text = PUSH + TRUST + "".join(S3.format(name=f"s{number}") for number in range(scenarios.MAX_TOGETHER + 1))
    (tmp_path / "main.tf").write_text(text)
    (file,) = scan([str(tmp_path)], str(tmp_path)).files
    assert file.status == "partial"
    assert "as too many matter to one resource: var.s0, var.s1, var.s2 and 10 more" in file.reason


def test_a_finding_that_needs_three_of_four_conditions_names_these(tmp_path: Path) -> None:
    logins = [(LOGIN % f"count = var.{name} ? 1 : 0").replace('"login"', f'"{name}"') for name in ("a", "b", "c")]
    variables = "".join(f'variable "{name}" {{}}\n' for name in "abcd")
    text = PUSH + TRUST + variables + "".join(logins) + 'resource "aws_iam_role" "other" { name = var.d ? "x" : "y" }\n'
    ((severity, message),) = findings(tmp_path, text, "login-not-granted")
    assert severity == "warning"
    assert message.endswith("(when var.a is false and var.b is false and var.c is false)")


@pytest.mark.parametrize(
    ("count", "ways"),
    [
        ('var.stage == "prod" || var.stage == "test" ? 0 : 1', 'when var.stage is "prod" or when var.stage is "test"'),
        (
            "(var.login ? var.b : !var.b) ? 1 : 0",
            "when var.login is true and var.b is false or when var.login is false and var.b is true",
        ),
    ],
)
def test_a_finding_that_holds_in_several_ways_names_each_and_is_a_warning(count: str, ways: str, tmp_path: Path) -> None:
    variables = 'variable "stage" {\n  type = string\n}\nvariable "b" {\n  type = bool\n}\n'
    ((severity, message),) = findings(tmp_path, PUSH + TRUST + LOGIN % f"count = {count}" + variables, "login-not-granted")
    assert severity == "warning"
    assert message.endswith(f"({ways})")


def test_ways_that_differ_in_one_side_alone_are_the_way_without_it() -> None:
    finding = Finding(PLACE, "it fails", help="", address="x", cause="x")
    unit = DeployableUnit(Reading([], lambda resources, changed: Stack("x")))
    found: list[list[tuple[Sides, dict[object, Finding]]]] = [
        [({Flag("b"): True}, {}), ({Flag("b"): False}, {})],
        [({Flag("a"): True}, {1: finding}), ({Flag("a"): False}, {1: finding})],
    ]
    assert [told.message for told in scenarios.conditional(unit, found)] == ["it fails"]


@pytest.mark.parametrize(
    "count",
    [
        "length(data.aws_subnets.private.ids) > 0 ? 1 : 0",
        "length(local.secrets) > 0 ? 1 : 0",
        "aws_db_instance.main.port == 5432 ? 1 : 0",
        "data.aws_region.current.name == null ? 0 : 1",
        "module.elsewhere.pushes ? 1 : 0",
        "can(data.aws_subnets.private.ids[0]) ? 1 : 0",
    ],
)
def test_what_aws_or_another_state_gives_is_not_settled(count: str, tmp_path: Path) -> None:
    more = """
data "aws_region" "current" {}
data "aws_subnets" "private" {}
data "terraform_remote_state" "shared" {
  backend = "local"
}
resource "aws_db_instance" "main" {}
module "elsewhere" {
  source = "acme/builds/aws"
}
locals {
  secrets = data.terraform_remote_state.shared.outputs.secrets
}
"""
    assert findings(tmp_path, PUSH + TRUST + LOGIN % f"count = {count}" + more, "login-not-granted") == []


def test_conditions_that_stay_open_are_named(tmp_path: Path) -> None:
    named = [f'variable "v{n}" {{}}\nresource "aws_iam_role" "r{n}" {{ name = var.v{n} ? "x{n}" : "y" }}\n' for n in range(40)]
    (tmp_path / "main.tf").write_text("".join(named))
    (file,) = scan([str(tmp_path)], str(tmp_path)).files
    assert file.status == "partial"
    assert "too many to settle: var.v25, var.v26, var.v27 and 12 more" in file.reason


def test_a_module_for_others_is_also_read_for_every_caller(tmp_path: Path) -> None:
    text = PUSH.replace('provider "aws" {}\n', "").replace("  type = bool\n", "  default = true\n") + TRUST
    text += LOGIN % "count = var.login ? 1 : 0"
    ((severity, message),) = findings(tmp_path, text, "login-not-granted")
    assert (severity, message.rpartition("(")[2]) == ("warning", "when var.login is false)")


def test_a_deployed_root_is_read_by_its_defaults_alone(tmp_path: Path) -> None:
    text = PUSH.replace("  type = bool\n", "  default = true\n") + TRUST + LOGIN % "count = var.login ? 1 : 0"
    assert findings(tmp_path, text, "login-not-granted") == []


ON_A_REPOSITORY = """
resource "aws_ecr_repository_policy" "it" {
  {made}
  repository = "shop-{key}"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "ecr:GetAuthorizationToken" }]
  })
}
"""
FLAW = 'cannot grant "ecr:GetAuthorizationToken": it speaks of the repository alone, and the login is none of it'


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ("count = 1", None),
        ("count = var.create ? 1 : 0", "(when var.create is true)"),
        ("count = var.create && var.more ? 1 : 0", "(when var.create is true and var.more is true)"),
        ("count = var.create || var.more ? 1 : 0", "(if it is made)"),
        ("for_each = var.keys", "(if it is made)"),
        ("for_each = var.create ? var.keys : []", "(when var.create is true, if it is made)"),
        ('for_each = toset(concat(["sure"], var.create ? ["more"] : []))', None),
        ('for_each = toset(concat(var.create ? ["first"] : [], ["second"]))', None),
    ],
)
def test_a_finding_about_what_may_not_be_made_says_when_it_is(made: str, said: str | None, tmp_path: Path) -> None:
    """An error has to hold whatever is not known."""
    key = "${each.key}" if "for_each" in made else "it"
    variables = "".join(f'variable "{name}" {{}}\n' for name in ("create", "more", "keys"))
    text = variables + ON_A_REPOSITORY.replace("{made}", made).replace("{key}", key)
    ((severity, message),) = findings(tmp_path, text, "login-in-repository-policy")
    assert severity == "warning"
    assert message.endswith(FLAW if said is None else f"{FLAW} {said}")


def test_an_error_about_what_may_not_be_made_is_a_warning(tmp_path: Path) -> None:
    def found(made: str) -> list[str]:
        definition = """
resource "aws_ecs_task_definition" "it" {
  {made}
  family                   = "it"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  container_definitions    = jsonencode([{ name = "it", image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/it:1" }])
}
"""
        text = 'variable "n" {}\n' + definition.replace("{made}", made)
        return [severity for severity, _ in findings(tmp_path, text, "execution-role-missing")]

    assert found("") == ["error"]
    assert found("for_each = var.n") == ["warning"]
