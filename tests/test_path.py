"""`ecrlint path` draws the way of an image; its steps say what the rules say, and no label does anything but be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecrlint import registry, run
from ecrlint.cli import main
from ecrlint.iam.pictures import pictures
from ecrlint.model.finding import Severity
from ecrlint.model.picture import Picture, Step
from ecrlint.model.source import Source, Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.run import path as question

HERE = Path(__file__).parent
FORMATS = {"text": "expected.txt", "json": "expected.json"}
EXAMPLES = ("terraform", "cloudformation")

# The rules that prove a step of a way, whose fixtures hold a whole way.
PROVING = (
    "app-runner-without-access-role",
    "codebuild-cannot-pull-image",
    "consumer-cannot-reach-https",
    "endpoint-closed-to-consumers",
    "endpoint-policy-excludes-role",
    "endpoint-set-incomplete",
    "endpoint-without-private-dns",
    "execution-role-cannot-pull",
    "instance-role-cannot-pull",
    "lambda-image-elsewhere",
    "lambda-without-repository-grant",
    "layers-not-routed",
    "login-without-instance-profile",
    "node-role-cannot-pull",
    "pod-execution-role-cannot-pull",
    "pull-on-task-role",
    "task-without-way-out",
)
FAMILIES = ("compute", "ecs", "network")


def steps(picture: Picture) -> list[Step]:
    return [step for stage in picture.stages for step in stage.steps]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_picture_is_as_it_was_looked_at(
    example: str, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    folder = HERE / "pictures" / example
    monkeypatch.chdir(folder)
    assert main(["path", "--format", form]) == 0
    shown = capsys.readouterr().out
    golden = folder / FORMATS[form]
    if pytestconfig.getoption("--update-golden"):
        golden.write_text(shown, encoding="utf-8", newline="\n")
    assert shown == golden.read_text(encoding="utf-8")


def stacks(folder: Path) -> Iterator[Stack]:
    yield from (unit.open[0] for unit in run.read([str(folder)], str(folder)).units)


@pytest.mark.parametrize("rule", PROVING)
def test_a_step_is_broken_where_a_rule_finds_an_error_and_only_there(rule: str) -> None:
    for folder in sorted(Path(HERE, "fixtures", rule).glob("*/*")):
        if not folder.is_dir():
            continue
        for stack in stacks(folder):
            broken = [step for picture in pictures(stack) for step in steps(picture) if step.truth is NO]
            found = [
                (finding.severity or one.severity, one.name)
                for one in registry.rules()
                if one.family in FAMILIES
                for finding in one.check(stack)
            ]
            if broken:
                assert found, f"{folder}: {broken[0].label}: {broken[0].words}"
            if (Severity.ERROR, rule) in found:
                assert broken, folder


def test_a_workload_is_found_by_its_name_its_address_and_its_task() -> None:
    folder = str(HERE / "pictures" / "terraform")
    for name in ("web", "aws_ecs_service.web", "shop-web"):
        assert [one.label for one in question.ask([folder], name).pictures] == ["web"]


def test_a_name_that_nothing_has_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["path", "wbe", "--in", str(HERE / "pictures" / "terraform")]) == 1
    assert capsys.readouterr().err == "ecrlint: no workload is called wbe and pulls from ECR; nearest: web\n"


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_format_holds_each_step_exactly_once(example: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(HERE / "pictures" / example)
    assert main(["path", "--in", folder, "--format", form]) == 0
    shown = capsys.readouterr().out
    expected = [step for picture in question.ask([folder], None).pictures for step in steps(picture)]
    assert count(shown, form) == len(expected)


def count(shown: str, form: str) -> int:
    """How many steps a picture in some format holds."""
    if form == "json":
        return sum(len(stage["steps"]) for picture in json.loads(shown)["pictures"] for stage in picture["stages"])
    return sum(line.lstrip("| ")[:10] in ("+ proven  ", "x broken  ", "? not know") for line in shown.splitlines())


def span(text: str = "x") -> Span:
    return Span(Source("main.tf", text), 0, 1)
