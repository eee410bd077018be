"""`ecrlint why` shows the decision for a role and every statement that spoke, in IAM's order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ecrlint.cli import main

FILE = """\
resource "aws_ecr_repository" "web" {
  name = "shop/web"
}

resource "aws_ecr_repository_policy" "web" {
  repository = aws_ecr_repository.web.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = aws_iam_role.ci.arn }, Action = "ecr:DescribeImages" },
  ] })
}

resource "aws_iam_policy" "limits" {
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["ecr:*", "s3:*"], Resource = "*" },
  ] })
}

resource "aws_iam_role" "ci" {
  name                 = "github-ci"
  permissions_boundary = aws_iam_policy.limits.arn
}

resource "aws_iam_role_policy" "ci" {
  role = aws_iam_role.ci.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "ecr:*", Resource = "*" },
    { Effect = "Deny", Action = "ecr:Delete*", Resource = "*" },
    { Effect = "Allow", Action = "logs:*", Resource = "*" },
    { Effect = "Allow", Action = "ssm:GetParameter", Resource = "*",
      Condition = { StringEquals = { "aws:SourceAccount" = "1" } } },
    { Effect = "Deny", Action = "ecr:PutImage", Resource = aws_ecr_repository.web.arn,
      Condition = { StringNotEquals = { "aws:SourceVpce" = "vpce-1" } } },
  ] })
}

resource "aws_iam_role_policy_attachment" "more" {
  role       = aws_iam_role.ci.name
  policy_arn = var.policy
}

resource "aws_iam_role" "reader" {}

resource "aws_iam_role_policy" "reader" {
  role = aws_iam_role.reader.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = "ecr:BatchGetImage", Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/shop/*" },
  ] })
}
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "main.tf").write_text(FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["why", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_what_is_allowed_is_shown_with_the_statement_and_the_boundary(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, *voices = said(capsys, "github-ci", "ecr:BatchGetImage", "shop/web")
    assert first == 'main.tf:18:1: role "ci", ecr:BatchGetImage on repository shop/web: allowed'
    assert voices[:2] == ["  Allow     main.tf:26:5: aws_iam_role_policy.ci", "  boundary  main.tf:14:5: aws_iam_policy.limits"]


def test_a_deny_comes_before_the_allow_that_it_beats(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, *voices = said(capsys, "aws_iam_role.ci", "ecr:DeleteRepository")
    assert first.endswith("ecr:DeleteRepository on a repository that is not named: denied")
    assert [line.split()[0] for line in voices[:3]] == ["Deny", "Allow", "boundary"]


def test_a_boundary_that_lets_nothing_through_is_said_last(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, *voices = said(capsys, "ci", "logs:PutLogEvents", "arn:aws:logs:eu-west-1:111122223333:log-group:app:log-stream:x")
    assert first.endswith(": not allowed")
    assert voices[1] == "  boundary  main.tf:20:26: aws_iam_policy.limits, nothing in it allows this"


def test_a_condition_that_never_holds_is_said_with_its_reason(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, *voices = said(capsys, "ci", "ssm:GetParameter")
    assert "does not apply: its condition on aws:SourceAccount never holds: only a call that an AWS service makes" in voices[0]


def test_where_the_call_comes_from_settles_a_condition(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "ci", "ecr:PutImage", "shop/web")[0].endswith(": not known")
    assert said(capsys, "ci", "ecr:PutImage", "shop/web", "--from", "hosted-ci")[0].endswith(": denied")


def test_what_is_not_here_is_said(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "ci", "s3:GetObject", "arn:aws:s3:::x/y")
    assert lines[0].endswith(": not known")
    assert any(line.startswith("  not known: the policy that aws_iam_role_policy_attachment.more attaches") for line in lines)


def test_the_repositorys_own_policy_speaks_for_a_role_that_it_names(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "ci", "ecr:DescribeImages", "aws_ecr_repository.web")
    assert any("aws_ecr_repository_policy.web" in line for line in lines)
    assert said(capsys, "reader", "ecr:DescribeImages", "shop/web")[0].endswith(": not known")  # its path may differ


def test_a_role_without_any_word_on_it(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = said(capsys, "reader", "ecr:GetAuthorizationToken")
    assert first.endswith('role "reader", ecr:GetAuthorizationToken on *: not allowed')
    assert second == "  no statement in these files allows or denies it"


def test_an_action_is_named_in_any_case(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "ecr:GetAuthorizationToken on *: allowed" in said(capsys, "ci", "ECR:getauthorizationtoken")[0]


def test_json_says_the_same(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = json.loads("\n".join(said(capsys, "ci", "ecr:DeleteRepository", "--format", "json")))
    (decision,) = out["decisions"]
    assert out["schema"] == 1
    assert (decision["decision"], decision["role"]["address"]) == ("denied", "aws_iam_role.ci")
    assert [(one["effect"], one["applies"]) for one in decision["statements"]] == [
        ("Deny", "yes"),
        ("Allow", "yes"),
        ("boundary", "yes"),
    ]
    assert decision["unknown"]


def test_a_role_that_does_not_exist_is_answered_with_the_nearest(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "readers", "ecr:PutImage"]) == 1
    assert capsys.readouterr().err == "ecrlint: no role, user or group is called readers; nearest: reader\n"


def test_an_action_that_does_not_exist_is_a_mistake_of_use(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "ci", "ecr:PushImage"]) == 2
    assert "no such action: ecr:PushImage; nearest: ecr:PutImage" in capsys.readouterr().err
    assert main(["why", "ci", "PushImage"]) == 2
    assert "no such action: PushImage; nearest: ecr:PutImage" in capsys.readouterr().err


def test_an_action_without_its_service_gets_it(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "ecr:PutImage on repository shop/web: " in said(capsys, "ci", "putimage", "shop/web")[0]
    assert "sts:GetServiceBearerToken on *: " in said(capsys, "ci", "GetServiceBearerToken")[0]


def test_a_role_is_named_by_its_arn_too(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 'role "ci", ' in said(capsys, "arn:aws:iam::111122223333:role/deployers/github-ci", "ecr:PutImage", "shop/web")[0]


NEAR = """\
resource "aws_ecr_repository" "web" {
  name = "shop/web"
}

resource "aws_iam_role" "push" {
  name = "push"
}

resource "aws_iam_role_policy" "push" {
  role = aws_iam_role.push.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Action = ["ecr:GetAuthorizationToken", "ecr:PutImage"], Resource = aws_ecr_repository.web.arn },
  ] })
}
"""


def test_a_statement_that_allows_it_on_something_else_is_a_near_miss(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "main.tf").write_text(NEAR)
    first, second = said(capsys, "push", "ecr:GetAuthorizationToken")
    assert first.endswith(": not allowed")
    assert second == (
        "  Allow  main.tf:12:5: aws_iam_role_policy.push, does not apply: it allows ecr:GetAuthorizationToken on"
        " aws_ecr_repository.web.arn, which never matches *"
    )
    assert (
        "which never matches arn:" in said(capsys, "push", "ecr:PutImage", "arn:aws:ecr:eu-west-1:111122223333:repository/x")[1]
    )


def test_a_repository_that_is_not_here_is_answered_with_the_nearest(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "main.tf").write_text(NEAR)
    assert said(capsys, "push", "ecr:PutImage", "shop-web")[-1] == (
        '  no repository "shop-web" in these files; nearest: shop/web'
    )
    assert said(capsys, "push", "ecr:PutImage", "shop/web")[-1] == "  Allow  main.tf:12:5: aws_iam_role_policy.push"


def test_where_the_repository_settles_it_one_is_named(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "main.tf").write_text(NEAR)
    first, *others = said(capsys, "push", "ecr:PutImage")
    assert first.endswith("ecr:PutImage on a repository that is not named: not known")
    assert others == [
        "  Allow  main.tf:12:5: aws_iam_role_policy.push, may apply: it depends on the repository",
        "  depends on the repository; ask again with one: ecrlint why push ecr:PutImage shop/web",
    ]
    out = json.loads("\n".join(said(capsys, "push", "ecr:PutImage", "--format", "json")))
    assert out["decisions"][0]["hints"] == [others[1].strip()]


def test_another_folder_is_looked_at(tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree.parent)
    assert said(capsys, "ci", "ecr:PutImage", "--in", tree.name)[0].startswith(f"{tree.name}/main.tf:18:1: ")


OTHER_ACCOUNT = """\
provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = ["111122223333"]
}

provider "aws" {
  alias               = "images"
  region              = "eu-west-1"
  allowed_account_ids = ["444455556666"]
}

resource "aws_ecr_repository" "shop" {
  provider = aws.images
  name     = "shop"
}

resource "aws_iam_role" "app" {
  name = "app"
}

resource "aws_iam_role_policy" "app" {
  role = aws_iam_role.app.id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "ecr:*", Resource = "*" }] })
}
"""
LETS_IN = """
resource "aws_ecr_repository_policy" "shop" {
  provider   = aws.images
  repository = aws_ecr_repository.shop.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Allow", Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "ecr:BatchGetImage" },
  ] })
}
"""
REGISTRY = """
resource "aws_ecr_registry_policy" "images" {
  provider = aws.images
  policy = jsonencode({ Version = "2012-10-17", Statement = [
    { Effect = "Deny", Principal = "*", Action = "ecr:PutImage", Resource = "*" },
    { Effect = "Allow", Principal = { AWS = "111122223333" }, Action = "ecr:*", Resource = "*" },
  ] })
}

resource "aws_ecr_account_setting" "scope" {
  provider = aws.images
  name     = "REGISTRY_POLICY_SCOPE"
  value    = "SCOPE"
}
"""


def test_a_repository_of_another_account_has_to_let_in(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("app", "ecr:BatchGetImage", "shop")
    (tree / "main.tf").write_text(OTHER_ACCOUNT)
    assert said(capsys, *asked)[0].endswith(": not known")
    (tree / "main.tf").write_text(OTHER_ACCOUNT + LETS_IN)
    first, *voices = said(capsys, *asked)
    assert first.endswith(": allowed")
    assert [line.rsplit(" ", 1)[-1] for line in voices] == ["aws_iam_role_policy.app", "aws_ecr_repository_policy.shop"]
    assert said(capsys, "app", "ecr:PutImage", "shop")[0].endswith(": not allowed")
    assert said(capsys, "app", "ecr:PutImage", "arn:aws:ecr:eu-west-1:444455556666:repository/shop")[0].endswith(": not allowed")


def test_the_policy_of_a_registry_speaks_as_far_as_its_scope_goes(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "main.tf").write_text(OTHER_ACCOUNT + LETS_IN + REGISTRY.replace('SCOPE"\n}', 'V2"\n}'))
    first, *voices = said(capsys, "app", "ecr:PutImage", "shop")
    assert first.endswith(": denied")
    assert [line.split()[0] for line in voices] == ["Deny", "Allow", "Allow"]
    assert voices[0].endswith("aws_ecr_registry_policy.images")
    assert said(capsys, "app", "ecr:GetDownloadUrlForLayer", "shop")[0].endswith(": allowed")
    (tree / "main.tf").write_text(OTHER_ACCOUNT + LETS_IN + REGISTRY.replace('SCOPE"\n}', 'V1"\n}'))
    assert said(capsys, "app", "ecr:PutImage", "shop")[0].endswith(": not allowed")
    assert said(capsys, "app", "ecr:BatchImportUpstreamImage", "shop")[0].endswith(": allowed")
    (tree / "main.tf").write_text(OTHER_ACCOUNT + LETS_IN + REGISTRY.split('\nresource "aws_ecr_account', maxsplit=1)[0])
    lines = said(capsys, "app", "ecr:PutImage", "shop")
    assert lines[0].endswith(": not known")
    assert lines[-1].endswith("the scope of registry policies is not known")
