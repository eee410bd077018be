"""Lines that decide and that no other test saw: each of these fails where its line is taken out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrlint.analysis.capability import PUSH, gaps
from ecrlint.cli import main
from ecrlint.iam.decide import decide
from ecrlint.model.policy import Policy, PolicyCondition, PolicyKind, Principal, Statement
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Scalar, Value

SPAN = Span(Source("policy.json", ""), 0, 0)
REPOSITORY = "arn:aws:ecr:eu-west-1:111122223333:repository/web"

ROLE = """\
resource "aws_iam_role" "ci" {
  name = "ci"
}

resource "aws_iam_role_policy" "ci" {
  role   = aws_iam_role.ci.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "ecr:*", Resource = %s }] })
}
"""


def texts(*words: str) -> tuple[Value, ...]:
    return tuple(Scalar(word, SPAN) for word in words)


def policy(*statements: Statement, kind: PolicyKind = "identity") -> Policy:
    return Policy(kind, kind, statements, SPAN)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def answer(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The first line of `ecrlint why`."""
    assert main(["why", *words]) == 0
    return capsys.readouterr().out.splitlines()[0]


@pytest.mark.parametrize(("nullable", "allowed"), [("nullable = false", True), ("", False)])
def test_null_for_a_variable_that_is_not_nullable_is_its_default(
    nullable: str, allowed: bool, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    module = tree / "role"
    module.mkdir()
    (module / "main.tf").write_text(
        f'variable "resource" {{\n  default = "*"\n  {nullable}\n}}\n'
        + ROLE % f'var.resource == null ? "{REPOSITORY}" : var.resource'
    )
    (tree / "main.tf").write_text('module "role" {\n  source   = "./role"\n  resource = null\n}\n')
    said = answer(capsys, "ci", "ecr:GetAuthorizationToken")
    assert said.endswith(": allowed") is allowed, said


@pytest.mark.parametrize("count", ["var.copies", "var.guarded ? 1 : 0"])
def test_a_policy_attached_under_a_count_that_is_not_known_is_not_sure(
    count: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "main.tf").write_text(
        'variable "copies" {}\nvariable "guarded" {}\n'
        + ROLE % f'"{REPOSITORY}"'
        + f"""
resource "aws_iam_policy" "login" {{
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" }},
  ] }})
}}

resource "aws_iam_role_policy_attachment" "login" {{
  count      = {count}
  role       = aws_iam_role.ci.name
  policy_arn = aws_iam_policy.login.arn
}}
"""
    )
    said = answer(capsys, "ci", "ecr:GetAuthorizationToken")
    assert not said.endswith((": allowed", ": not allowed")), said


LAYERS = ("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")


@pytest.mark.parametrize(
    ("key", "missing", "unsure"),
    [
        ("aws:SourceArn", ("ecr:BatchCheckLayerAvailability",), ()),  # never in a call of the caller's own
        ("aws:PrincipalTag/team", (), ("ecr:BatchCheckLayerAvailability",)),
        (None, (), ()),
    ],
)
def test_the_conditions_of_what_grants_the_rest_count_in_a_gap(
    key: str | None, missing: tuple[str, ...], unsure: tuple[str, ...]
) -> None:
    conditions = () if key is None else (PolicyCondition("StringEquals", key, texts("web"), SPAN),)
    rest = Statement("Allow", SPAN, texts("ecr:BatchCheck*"), resources=texts("*"), conditions=conditions)
    found = list(gaps([policy(Statement("Allow", SPAN, texts(*LAYERS), resources=texts(REPOSITORY)), rest)], PUSH))
    of_layers = [one for one in found if set(one.granted) == set(LAYERS)]
    assert [(one.missing, one.unsure) for one in of_layers] == ([(missing, unsure)] if key else [])


def test_a_statement_under_a_condition_lacks_only_what_no_statement_grants() -> None:
    web, api = ((PolicyCondition("StringEquals", "aws:PrincipalTag/team", texts(team), SPAN),) for team in ("web", "api"))
    rest = tuple(action for action in PUSH.actions if action not in LAYERS)
    layers = Statement("Allow", SPAN, texts(*LAYERS), resources=texts(REPOSITORY), conditions=web)
    others = Statement("Allow", SPAN, texts(*rest), resources=texts(REPOSITORY), conditions=api)
    assert [gap.missing for gap in gaps([policy(layers)], PUSH)] == [rest]
    assert [gap.missing for gap in gaps([policy(layers), policy(others)], PUSH) if gap.missing] == []


@pytest.mark.parametrize("kind", ["registry", "repository"])
def test_the_policy_of_a_registry_says_nothing_of_the_login(kind: PolicyKind) -> None:
    everyone = (Principal("*", Scalar("*", SPAN)),)
    allowing = Statement("Allow", SPAN, texts("ecr:*"), resources=texts("*"), principals=everyone)
    caller = Principal("AWS", Scalar("arn:aws:iam::111122223333:role/ci", SPAN))
    assert decide([policy(allowing, kind=kind)], "ecr:GetAuthorizationToken", "*", principal=caller).truth is NO
    denying = Statement("Deny", SPAN, texts("ecr:*"), resources=texts("*"), principals=everyone)
    own = policy(Statement("Allow", SPAN, texts("ecr:*"), resources=texts("*")))
    assert decide([own, policy(denying, kind=kind)], "ecr:GetAuthorizationToken", "*", principal=caller).truth is YES
