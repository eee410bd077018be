"""The reading of templates held against cfn-lint's own, where cfn-lint is installed: parameters, conditions, loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.cloudformation import evaluate, is_template
from ecrlint.evaluate.cloudformation.expression import TemplateInstance, TemplateScope
from ecrlint.evaluate.cloudformation.template import read
from ecrlint.model.node import Node
from ecrlint.model.source import Source
from ecrlint.model.value import Condition, Ref, Scalar, Value, settle
from ecrlint.model.value.condition import consistent
from ecrlint.parse import json, yaml

pytest.importorskip("cfnlint", reason="cfn-lint is not installed")

Shown = Callable[[Value | None], object]

FIXTURES = Path(__file__).resolve().parent / "fixtures"

CONDITIONS = """\
Parameters:
  Env: {Type: String}
  Stage: {Type: String, AllowedValues: [dev, test, prod]}
  Flag: {Type: String, AllowedValues: ["true", "false"], Default: "true"}
  Name: {Type: String, Default: app}
  Zones: {Type: CommaDelimitedList, Default: "a, b"}
  Ports: {Type: "List<Number>", Default: "80,443"}
  Size: {Type: Number, Default: 2}
  Ami: {Type: "AWS::SSM::Parameter::Value<String>", Default: /a}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsTest: !Equals [test, !Ref Env]
  NotProd: !Not [!Condition IsProd]
  ProdAgain: !Equals [prod, !Ref Env]
  StageDev: !Equals [!Ref Stage, dev]
  StageTest: !Equals [!Ref Stage, test]
  StageProd: !Equals [!Ref Stage, prod]
  StageNone: !Equals [!Ref Stage, none]
  FlagOn: !Equals [!Ref Flag, "true"]
  FlagOff: !Equals [!Ref Flag, "false"]
  Both: !And [!Condition IsProd, !Condition FlagOn]
  Either: !Or [!Condition IsTest, !Condition FlagOff]
  Named: !Not [!Equals [!Ref Name, ""]]
  Always: !Equals [a, a]
  Never: !Equals [a, b]
  Mixed: !And [!Not [!Condition Either], !Or [!Condition StageDev, !Condition StageTest]]
  InEurope: !Equals [!Ref "AWS::Region", eu-west-1]
Resources:
  Topic: {Type: "AWS::SNS::Topic"}
"""


def templates() -> Iterator[object]:
    yield pytest.param("conditions.yaml", CONDITIONS, id="conditions")
    for path in sorted(FIXTURES.rglob("*")):
        if path.suffix in (".yaml", ".yml", ".json", ".template"):
            text = path.read_text(encoding="utf-8")
            if "Resources" in text and "AWS::" in text and (node := parsed(path.name, text)) and is_template(node):
                yield pytest.param(path.name, text, id=path.relative_to(FIXTURES).as_posix())


def parsed(name: str, text: str) -> Node | None:
    source = Source(name, text)
    if name.endswith(".json"):
        return json.parse(source)[0]
    nodes, _ = yaml.parse(source)
    return nodes[0] if nodes else None


def theirs(text: str, name: str) -> Any:
    """cfn-lint's own template."""
    decoded, wrong = pytest.importorskip("cfnlint.decode").decode_str(text)
    if decoded is None or wrong:
        pytest.skip(f"cfn-lint does not read it: {wrong}")
    return pytest.importorskip("cfnlint.template").Template(name, decoded, ["eu-west-1"])


def without_defaults(node: Node) -> Node:
    """A template whose parameters may be anything that is allowed."""
    if node.tag != "map":
        return node
    return Node("map", tuple((k, _open_parameters(v) if k.value == "Parameters" else v) for k, v in node.value), node.span)


def _open_parameters(section: Node) -> Node:
    def declaration(node: Node) -> Node:
        return Node("map", tuple((k, v) for k, v in node.value if k.value != "Default"), node.span)

    return Node("map", tuple((key, declaration(body)) for key, body in section.value), section.span)


@pytest.mark.parametrize(("name", "text"), list(templates()))
def test_a_parameter_is_worth_what_cfn_lint_says(shown: Shown, name: str, text: str) -> None:
    node = parsed(name, text)
    assert node is not None
    scope = TemplateScope(TemplateInstance(read(node, Budget()), lambda _: frozenset(), Budget()))
    for parameter, declared in theirs(text, name).context.parameters.items():
        defaults = [value for value, _ in declared.default_value()]
        value = scope.ref(parameter, node.span)
        if not defaults or declared.is_ssm_parameter():
            assert isinstance(value, Ref) or len(declared.allowed_values or ()) == 1
        elif defaults[0] not in ("", [""]):  # an empty list is one of no items here, of one empty item there
            # Booleans are written as JSON does, which is how CloudFormation gets them.
            assert shown(value) == (defaults[0].lower() if defaults[0] in ("True", "False") else defaults[0])


@pytest.mark.parametrize(("name", "text"), list(templates()))
def test_conditions_hold_together_where_cfn_lint_says_so(name: str, text: str) -> None:
    node = parsed(name, text)
    assert node is not None
    open_node = without_defaults(node)
    scope = TemplateScope(TemplateInstance(read(open_node, Budget()), lambda _: frozenset(), Budget()))
    their_conditions = theirs(text, name).conditions
    names = list(scope.conditions)[:20]
    for pair in [*combinations(names, 2), *((one,) for one in names)]:
        expected = {tuple(found[one] for one in pair) for found in their_conditions.build_scenarios(dict.fromkeys(pair, _BOTH))}
        assert ours(scope, pair) == expected, pair


_BOTH = {True, False}


def ours(scope: TemplateScope, names: tuple[str, ...]) -> set[tuple[bool, ...]]:
    """How some conditions may be together, as `run.scenarios` settles what they come down to."""
    place = next(iter(scope.conditions.values())).span
    values = [scope.choose(name, Scalar(True, place), Scalar(False, place), place) for name in names]
    still_open: dict[Condition, None] = {}
    for value in values:
        settle(value, {}, still_open.setdefault)
    found: set[tuple[bool, ...]] = set()
    for row in product((True, False), repeat=len(still_open)):
        sides = dict(zip(still_open, row, strict=True))
        if consistent(sides):
            settled = [settle(value, sides) for value in values]
            found.add(tuple(value.value is True for value in settled if isinstance(value, Scalar)))
    return found


LOOP = """\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: "a,b"}
Resources:
  Fn::ForEach::Roles:
    - Name
    - !Ref Names
    - Role${Name}:
        Type: AWS::IAM::Role
        Properties: {RoleName: !Ref Name, Path: !Sub "/${Name}/"}
      Fn::ForEach::Inner:
        - Zone
        - [x, y]
        - Repo${Name}${Zone}:
            Type: AWS::IAM::Role
            Properties: {RoleName: !Join ["-", [!Ref Name, !Ref Zone]]}
"""


def test_a_loop_makes_what_cfn_lint_makes(shown: Shown) -> None:
    transforms = pytest.importorskip("cfnlint.template.transforms._language_extensions")
    _, expanded = transforms.language_extension(theirs(LOOP, "loop.yaml"))
    node = parsed("loop.yaml", LOOP)
    assert node is not None
    made = evaluate(node, node.span.source, {"AWS::IAM::Role"}, lambda _: frozenset(), Budget()).resources
    names = {one.address: shown(one.attributes.get("RoleName")) for one in made if one.type == "AWS::IAM::Role"}
    assert names == {address: _plain(body["Properties"]["RoleName"]) for address, body in expanded["Resources"].items()}


def _plain(name: Any) -> Any:
    return name["Fn::Join"][0].join(name["Fn::Join"][1]) if isinstance(name, dict) else name
