"""`ecrlint path` draws the way of an image; its steps say what the rules say, and no label does anything but be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrlint import __version__, rule_registry
from ecrlint.boundary.repository import boundary
from ecrlint.cli import main
from ecrlint.diagrams.workloads import pictures
from ecrlint.model.finding import Severity
from ecrlint.model.picture import PathStep, Picture, Stage
from ecrlint.model.source import Source, Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.report import dot, mermaid, svg
from ecrlint.report.labels import cells
from ecrlint.report.path import as_json, as_text
from ecrlint.run import path as question
from ecrlint.run import pipeline

HERE = Path(__file__).parent
SVG = "{http://www.w3.org/2000/svg}"
FORMATS = {
    "text": "expected.txt",
    "json": "expected.json",
    "mermaid": "expected.mmd",
    "dot": "expected.dot",
    "svg": "expected.svg",
}
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
    "service-role-cannot-pull",
    "task-without-way-out",
)
FAMILIES = ("compute", "ecs", "network")


def steps(picture: Picture) -> list[PathStep]:
    return [step for stage in picture.stages for step in stage.steps]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_picture_is_as_it_was_looked_at(
    example: str, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    folder = HERE / "pictures" / example
    monkeypatch.chdir(folder)
    assert main(["path", "--root", ".", "--format", form]) == 0
    shown = capsys.readouterr().out
    golden = folder / FORMATS[form]
    shown = shown.replace(f'"version": "{__version__}"', '"version": "VERSION"')
    if pytestconfig.getoption("--update-golden"):
        golden.write_text(shown, encoding="utf-8", newline="\n")
    assert shown == golden.read_text(encoding="utf-8")


def stacks(folder: Path) -> Iterator[Stack]:
    yield from (unit.open[0] for unit in pipeline.read([str(folder)], str(folder)).units)


@pytest.mark.parametrize("rule", PROVING)
def test_a_step_is_broken_where_a_rule_finds_an_error_and_only_there(rule: str) -> None:
    for folder in sorted(Path(HERE, "fixtures", rule).glob("*/*")):
        if not folder.is_dir():
            continue
        for stack in stacks(folder):
            drawn = list(pictures(stack))  # none of a workload whose image is not ECR's
            broken = [step for picture in drawn for step in steps(picture) if step.truth is NO]
            found = [
                (finding.severity or one.severity, one.name)
                for one in rule_registry.rules()
                if one.family in FAMILIES
                for finding in one.check(stack)
            ]
            if broken:
                assert found, f"{folder}: {broken[0].label}: {broken[0].words}"
            if drawn and (Severity.ERROR, rule) in found:
                assert broken, folder


def test_an_endpoint_for_another_region_is_a_broken_step() -> None:
    folder = HERE / "fixtures" / "endpoint-in-other-region" / "fires" / "service"
    broken = [step for stack in stacks(folder) for picture in pictures(stack) for step in steps(picture) if step.truth is NO]
    assert [step.label for step in broken] == ['endpoint "ecr_dkr" for the image']


def test_a_workload_is_found_by_its_name_its_address_and_its_task() -> None:
    folder = str(HERE / "pictures" / "terraform")
    for name in ("web", "aws_ecs_service.web", "shop-web"):
        assert [one.label for one in question.ask([folder], name).pictures] == ["web"]


def test_a_name_that_nothing_has_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["path", "wbe", "--in", str(HERE / "pictures" / "terraform")]) == 1
    assert capsys.readouterr().err == "ecrlint: no workload is called wbe and pulls from ECR; nearest: web\n"


def test_a_folder_in_the_place_of_a_workload_is_answered_with_how_to_look_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(HERE / "pictures" / "terraform")
    assert main(["path", folder, "--in", folder]) == 1
    assert f"; to look in a folder or file: --in {folder}" in capsys.readouterr().err


def test_workloads_of_one_name_are_told_apart_by_their_unit(tmp_path: Path) -> None:
    text = (HERE / "pictures" / "terraform" / "main.tf").read_text(encoding="utf-8")
    for name, family in (("prod", "shop"), ("test", "shop-test")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text.replace('"shop-web"', f'"{family}"'), encoding="utf-8")
    found = question.ask([str(tmp_path)], "web").pictures
    assert [Path(one.unit).name for one in found] == ["prod", "test"]
    assert "of " in as_text(found).splitlines()[0]


def test_a_module_that_nobody_calls_is_drawn_once_by_the_reading_that_says_more(tmp_path: Path) -> None:
    text = (HERE / "pictures" / "terraform" / "main.tf").read_text(encoding="utf-8")
    launch = 'variable "launch" {\n  default = "FARGATE"\n}\n'
    changed = text.replace('launch_type     = "FARGATE"', "launch_type     = var.launch")
    (tmp_path / "main.tf").write_text(launch + changed, encoding="utf-8")
    found = question.ask([str(tmp_path)], None).pictures
    assert [(one.label, one.unit) for one in found] == [("web", "")]
    assert found[0].truth is NO


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
    match form:
        case "json":
            return sum(len(stage["steps"]) for picture in json.loads(shown)["pictures"] for stage in picture["stages"])
        case "svg":
            return sum(group.get("class", "").startswith("step ") for group in ElementTree.fromstring(shown).iter(f"{SVG}g"))
        case "mermaid":
            return len(re.findall(r"^ +w\d+s\d+n\d+\[", shown, re.MULTILINE))
        case "dot":
            return len(re.findall(r"^ +n\d+_\d+_\d+ \[label=", shown, re.MULTILINE))
    return sum(line.lstrip("| ").startswith(("+ proven  ", "x broken  ", "? not known  ")) for line in shown.splitlines())


def span(text: str = "x") -> Span:
    return Span(Source('a "b"/<c>&\x1b[31m.tf', text), 0, 1)


def render(drawn: list[Picture], form: str) -> str:
    match form:
        case "text":
            return as_text(drawn)
        case "json":
            return as_json(drawn)
        case "mermaid":
            return mermaid.render(drawn)
        case "dot":
            return dot.render(drawn)
    return svg.render(drawn)


TRUTHS = st.sampled_from([YES, NO, MAYBE])
HOSTILE = ("", "</text><script>x</script>", '"]; end', "a\x1b[31m\nb", "\\l\\", "]:::x", "{{<b>`", "\u202eevil", "&lt;")
WORDS = st.text(max_size=300) | st.sampled_from(HOSTILE)
STEPS = st.builds(PathStep, st.just("endpoint"), WORDS, TRUTHS, st.builds(span), WORDS)
STAGES = st.builds(Stage, st.just("may"), st.lists(STEPS, min_size=1, max_size=7).map(tuple))
PICTURES = st.builds(
    Picture, st.just("service"), WORDS, WORDS, st.builds(span), st.lists(STAGES, min_size=1, max_size=4).map(tuple)
)


@pytest.mark.parametrize("form", FORMATS)
@given(drawn=st.lists(PICTURES, min_size=1, max_size=3))
def test_whatever_the_labels_are_each_step_is_there_once_and_nothing_else_is(form: str, drawn: list[Picture]) -> None:
    shown = render(drawn, form)
    assert count(shown, form) == sum(len(steps(picture)) for picture in drawn)
    assert not re.search("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)


@given(drawn=st.lists(PICTURES, min_size=1, max_size=2))
def test_no_label_leaves_its_quotes(drawn: list[Picture]) -> None:
    for line in mermaid.render(drawn).splitlines():
        assert line.count('"') in (0, 2)
        assert "<" not in line.replace("<br/>", "")
    for line in dot.render(drawn).splitlines():
        assert re.fullmatch(r'(?:[^"\\]|"(?:[^"\\]|\\.)*")*', line), line


@given(drawn=st.lists(PICTURES, min_size=1, max_size=2))
def test_no_card_overlaps_another_and_no_text_leaves_the_drawing(drawn: list[Picture]) -> None:
    root = ElementTree.fromstring(svg.render(drawn))
    width, height = int(root.attrib["width"]), int(root.attrib["height"])
    cards = [card for card in root.iter(f"{SVG}rect") if card.get("class") == "card"]
    boxes = [tuple(int(card.attrib[side]) for side in ("x", "y", "width", "height")) for card in cards]
    for at, (x, y, wide, high) in enumerate(boxes):
        assert x + wide <= width
        assert y + high <= height
        assert not any(a < x + wide and x < a + c and b < y + high and y < b + d for a, b, c, d in boxes[at + 1 :])
    for group in root.iter(f"{SVG}g"):
        if group.get("class", "").startswith("step "):
            box = next(group.iter(f"{SVG}rect"))
            bottom, right = int(box.attrib["y"]) + int(box.attrib["height"]), int(box.attrib["x"]) + int(box.attrib["width"])
            for text in group.iter(f"{SVG}text"):
                assert int(text.attrib["y"]) < bottom
                assert int(text.attrib["x"]) + 7.3 * cells(text.text or "") <= right


def labels(folder: str) -> list[str]:
    """What the steps of all pictures of a fixture are called."""
    case = str(HERE / "fixtures" / folder)
    found = question.ask([case], None, boundary([case], case)).pictures
    return [step.label for picture in found for step in steps(picture)]


def test_the_images_of_nodes_are_those_of_the_pods_that_manifests_state() -> None:
    assert 'repository "quay/prometheus/prometheus"' in labels("cache-pull-not-granted/fires/nodes")
    assert 'repository "quay/prometheus/prometheus"' in labels("cache-pull-not-granted/fires/manifest")


def test_a_managed_workload_pulls_as_the_role_that_it_is_given() -> None:
    assert 'role "runtime"' in labels("service-role-cannot-pull/fires/agentcore")
    assert 'repository "shop/web"' in labels("service-role-cannot-pull/fires/beanstalk")
