"""A rewrite that changes no value changes no finding; where a value is no longer known, no error is new.

A sample of what bench/truth/ tries, and the rewrites that once changed a verdict.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from truth import adders, files, hcl_to_json
from truth.judge import Judgement, judge, judge_elsewhere, judge_within
from truth.program import rewrites
from truth.rewrite import Folder, Rewrite, diff

FIXTURES = Path(__file__).resolve().parent / "fixtures"
CASES = sorted(path for path in FIXTURES.glob("*/*/*") if path.is_dir())
SAMPLE = random.Random(1).sample(CASES, 120)
EACH = 3
AGENT = "VpcId: {}\n      ServiceName: !Sub com.amazonaws.${{AWS::Region}}.ecs-agent"
READERS = (
    '[{ Effect = "Allow", Principal = { AWS = var.readers }, Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"] }]'
)
UNKNOWN = 'variable "rw" {}\n'


def broken(folder: Folder, rewrite: Rewrite) -> list[str]:
    """What a rewrite did that it must not do, in words."""
    return words(judge(folder.before, folder.after(rewrite), rewrite))


def words(judgement: Judgement) -> list[str]:
    verdicts = sorted(map(str, (*judgement.new, *judgement.lost, *judgement.other)))
    return [*verdicts, *sorted(judgement.problems)]


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: "/".join(case.parts[-3:]))
def test_rewrites_of_a_fixture_change_no_verdict(case: Path, tmp_path: Path) -> None:
    folder = Folder(case, tmp_path)
    for rewrite in itertools.islice(rewrites(folder, random.Random(case.name)), EACH):
        assert broken(folder, rewrite) == [], f"{rewrite.kind}\n{diff(folder, rewrite)}"


REPLACED = (
    (
        "codebuild-not-privileged/quiet/with-docker-support",
        "aws/codebuild/docker:18.09.0",
        '!Sub "aws/codebuild/docke${AWS::StackName}"',
        "",
    ),
    ("arn-matches-no-repository/quiet/of-the-login", '"ecr:GetAuthorizationToken"', 'join("", ["ecr:GetAu", var.rw])', UNKNOWN),
    ("layers-blocked/quiet/bucket-looked-up", 'eu-west-1.amazonaws.com/web:1.4"', 'eu-west-1.amazonaws.c${var.rw}"', UNKNOWN),
    ("login-condition-never-true/quiet/own-account", '"$${aws:PrincipalAccount}"', '"$${aws${var.rw}"', UNKNOWN),
    (
        "login-not-granted/quiet/pipeline",
        '{ Service = "codepipeline.amazonaws.com" }',
        'merge({ Service = "codepipeline.amazonaws.com" }, var.rw)',
        UNKNOWN,
    ),
    (
        "instance-role-cannot-pull/quiet/other-instances",
        'resource "aws_ecs_cluster" "shop" {\n  name = "shop"',
        'resource "aws_ecs_cluster" "shop" {\n  name = var.rw',
        UNKNOWN,
    ),
    (
        "endpoint-set-incomplete/quiet/cloudformation-nested",
        "        Vpc: !Ref Vpc",
        "        Vpc: !ImportValue vpc",
        "",
    ),
    (
        "app-runner-without-access-role/quiet/dynamic-block",
        "for_each = var.access_roles",
        "for_each = var.rw",
        'variable "rw" {\n  default = ""\n}\n',
    ),
    (
        "push-set-incomplete/quiet/role-of-ecr",
        '"pullthroughcache.ecr.amazonaws.com"',
        'coalesce(var.rw, "pullthroughcache.ecr.amazonaws.com")',
        UNKNOWN,
    ),
    ("repository-principal-invalid/quiet/not-made", "count = 0", "count = var.rw", UNKNOWN),
    ("endpoint-closed-to-consumers/quiet/not-made", "count               = 0", "count               = var.rw", UNKNOWN),
    (
        "endpoint-policy-excludes-role/quiet/not-made",
        "role       = aws_iam_role.exec.name",
        "role       = data.aws_ssm_parameter.rw.value",
        'data "aws_ssm_parameter" "rw" {}\n',
    ),
    (
        "endpoint-policy-excludes-role/quiet/not-made",
        "role       = aws_iam_role.exec.name",
        "role       = data.external.rw.result.name",
        'data "external" "rw" {}\n',
    ),
    (
        "endpoint-set-incomplete/quiet/service-on-instances-cloudformation",
        AGENT.format("!Ref Vpc"),
        AGENT.format("!ImportValue vpc"),
        "",
    ),
    (
        "service-account-role-never-pulls/quiet/builder",
        'Effect = "Allow"\n      Action = [\n        "ecr:BatchCheck',
        'Effect = var.rw\n      Action = [\n        "ecr:BatchCheck',
        UNKNOWN,
    ),
)
"""A fixture that is quiet, what stands in it, what stands there instead, and what is declared for that."""


@pytest.mark.parametrize(("case", "old", "new", "declared"), REPLACED)
def test_an_unknown_value_makes_no_error(case: str, old: str, new: str, declared: str, tmp_path: Path) -> None:
    folder = Folder(FIXTURES / case, tmp_path)
    (name,) = (name for name, data in folder.texts.items() if old.encode() in data)
    text = folder.texts[name].decode().replace(old, new) + declared
    assert broken(folder, Rewrite("unknown value", False, {name: text.encode()})) == []


def in_json(folder: Folder) -> Rewrite:
    text = hcl_to_json.converted(folder.texts["main.tf"])
    assert text is not None
    return Rewrite("HCL to JSON", True, {"main.tf": None, "main.tf.json": text.encode()})


def in_module(folder: Folder) -> Rewrite:
    rewrite = files.in_module(folder.texts, random.Random(1))
    assert rewrite is not None
    return rewrite


def replaced(old: str, new: str) -> Callable[[Folder], Rewrite]:
    def rewrite(folder: Folder) -> Rewrite:
        assert old.encode() in folder.texts["main.tf"]
        return Rewrite(new, True, {"main.tf": folder.texts["main.tf"].replace(old.encode(), new.encode())})

    return rewrite


SAME: tuple[tuple[str, Callable[[Folder], Rewrite]], ...] = (
    ("metadata-off-but-needed/fires/known-module", in_json),
    ("hop-limit-exposes-host-role/fires/known-module", in_json),
    ("grant-misses-repository/fires/terraform", in_json),
    ("arn-matches-no-repository/fires/tag", in_json),
    ("endpoint-in-other-region/fires/terraform", in_module),
    ("cross-account-without-repository-policy/fires/no-policy", in_module),
    ("cross-account-without-repository-policy/quiet/policy-unknown", replaced(READERS, f"try({READERS}, null)")),
    ("login-denied/quiet/token-by-name", replaced('"ecr:GetAuthorizationToken"', 'join(":", ["ecr", "GetAuthorizationToken"])')),
)


@pytest.mark.parametrize(("case", "rewrite"), SAME)
def test_another_way_to_write_it_changes_no_verdict(case: str, rewrite: Callable[[Folder], Rewrite], tmp_path: Path) -> None:
    folder = Folder(FIXTURES / case, tmp_path)
    assert broken(folder, rewrite(folder)) == []


def closed_sets() -> Iterator[object]:
    for adder in adders.ADDERS:
        for rule in sorted(adder.rules):
            for case in sorted((FIXTURES / rule / "fires").glob("*")):
                if case.name in ("terraform", "cloudformation") and (adder.resources or case.name == "terraform"):
                    yield pytest.param(adder, case, id=f"{adder.set}-{rule}-{case.name}")


@pytest.mark.parametrize(("adder", "case"), list(closed_sets()))
def test_no_error_rests_on_a_set_that_something_may_add_to(adder: adders.Adder, case: Path, tmp_path: Path) -> None:
    folder = Folder(case, tmp_path)
    assert words(judge_elsewhere(folder.before, folder.after(adders.elsewhere(adder)))) == []
    assert words(judge_within(folder.after(adders.within(folder, adder)), adder, frozenset(folder.texts))) == []
