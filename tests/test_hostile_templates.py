"""Templates that nobody writes in earnest: each ends, and the report says what was not read.

These tests would not end, or take all memory, without the bounds; how long each takes is measured in bench/, not here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ecrlint.evaluate.budget import DEEP, INSTANCE, STEPS
from ecrlint.model.finding import Report
from ecrlint.run.pipeline import scan

ROLE = "{Type: 'AWS::IAM::Role'}"
LARGE = "this template is larger than 2 MiB and is not read"


def report(folder: Path, text: str, name: str = "t.yaml") -> Report:
    (folder / name).write_text(text)
    return scan([str(folder)], str(folder))


def conditions(count: int) -> str:
    parameters = "".join(f"  P{n}: {{Type: String}}\n" for n in range(count))
    return f"Parameters:\n{parameters}Conditions:\n" + "".join(f"  C{n}: !Equals [!Ref P{n}, x]\n" for n in range(count))


def aliases() -> str:
    lines = (f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    return "a0: &a0 [x, x]\n" + "".join(lines) + "Resources:\n  R: {Type: 'AWS::IAM::Role', Properties: {X: *a9}}\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("t.yaml", "Resources:\n" + "".join(f"  R{n}: {ROLE}\n" for n in range(100_000))),
        ("t.json", json.dumps({"Resources": {f"R{n}": {"Type": "AWS::IAM::Role", "X": "x" * 90} for n in range(150_000)}})),
    ],
    ids=["100,000 resources", "20 MB"],
)
def test_a_template_of_megabytes_is_a_problem_and_not_read(tmp_path: Path, name: str, text: str) -> None:
    found = report(tmp_path, text, name)
    assert [problem.message for problem in found.problems] == [LARGE]
    assert [(file.status, file.reason) for file in found.files] == [("failed", LARGE)]


def test_aliases_that_multiply_are_a_problem(tmp_path: Path) -> None:
    found = report(tmp_path, aliases())
    said = "this is not valid YAML: its aliases expand to more than 200000 nodes"
    assert [problem.message for problem in found.problems] == [said]
    assert [file.status for file in found.files] == ["failed"]


def nested_ifs(depth: int) -> str:
    value = "x"
    for level in range(depth):
        value = f"!If [C{level}, {value}, {value}y]" if level == 0 else f"!If [C{level}, {value}, {value}]"
    return value


def cases() -> Iterator[object]:
    most = STEPS // INSTANCE
    many = "Resources:\n" + "".join(f"  R{n}: {ROLE}\n" for n in range(most + 1))
    yield pytest.param(many, f"only the first {most} resources are read", id="resources")
    documents = "---\n".join([f"Resources:\n  R: {ROLE}\n"] * 1000)
    yield pytest.param(documents, "only the first 100 of its 1000 documents are read", id="documents")
    made = "Resources:\n" + "".join(f"  R{n}: {{Type: 'AWS::IAM::Role', Condition: C{n}}}\n" for n in range(40))
    yield pytest.param(conditions(40) + made, "too many to settle: ", id="conditions")
    name = f"Resources:\n  R: {{Type: 'AWS::IAM::Role', Properties: {{RoleName: {nested_ifs(14)}}}}}\n"
    yield pytest.param(conditions(14) + name, f"the budget of {STEPS} steps is used up", id="conditions in each other")
    chain = "".join(f"  C{n}: !Not [!Condition C{n - 1}]\n" for n in range(1, 3000))
    alone = "Parameters: {P: {Type: String}}\nConditions:\n  C0: !Equals [!Ref P, x]\n"
    last = "Resources:\n  R: {Type: 'AWS::IAM::Role', Condition: C2999}\n"
    yield pytest.param(alone + chain + last, f"the condition C2999 is not evaluated: {DEEP}", id="a chain of conditions")
    itself = "Resources:\n  S: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: t.yaml}}\n"
    yield pytest.param(itself + f"  R: {ROLE}\n", "S nests a template in itself", id="a template in itself")
    words = ", ".join(map(str, range(100_000)))
    loop = f"Resources:\n  Fn::ForEach::A: [X, [{words}], {{'R${{X}}': {ROLE}}}]\n"
    yield pytest.param(loop, f"Fn::ForEach::A is not evaluated: the budget of {STEPS} steps is used up", id="a loop")


@pytest.mark.parametrize(("text", "reason"), list(cases()))
def test_what_is_too_much_is_not_read_and_noted(tmp_path: Path, text: str, reason: str) -> None:
    (file,) = report(tmp_path, text).files
    assert file.status == "partial"
    assert reason in file.reason


def test_a_condition_that_doubles_at_each_step_ends(tmp_path: Path) -> None:
    doubled = "".join(f"  C{n}: !And [!Condition C{n - 1}, !Condition C{n - 1}]\n" for n in range(1, 40))
    text = "Parameters: {P: {Type: String}}\nConditions:\n  C0: !Equals [!Ref P, x]\n" + doubled
    found = report(tmp_path, text + "Resources:\n  R: {Type: 'AWS::IAM::Role', Condition: C39}\n")
    assert [file.status for file in found.files] == ["analysed"]
