"""What is not known stays so: a result that is given although a part of the expression is not known holds whatever that
part turns out to be.

An expression is evaluated twice: with known values, and with values of which less is known. The second result must cover
the first: be the same, or say less.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecrlint.evaluate import terraform
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.terraform.configuration import Folder, folder
from ecrlint.evaluate.terraform.conversion import UNKNOWN, from_python, positional, to_python, to_string
from ecrlint.evaluate.terraform.expression import evaluate
from ecrlint.evaluate.terraform.functions.yaml import load
from ecrlint.evaluate.terraform.scope import Scope
from ecrlint.model.source import Source
from ecrlint.model.value import Choice, Condition, Json, List, Map, Opaque, Ref, Scalar, Text, Unknown, Value
from ecrlint.model.value.condition import expression
from ecrlint.parse import hcl

NOWHERE = Source("x", "").span(0, 0)

# What may stand in an expression, by what it is meant to give. `x` and `y` are the values that are not always known.

LEAVES = {
    "str": ('""', '"a"', '"ab"', '"b-1"', '"1"', '"true"', '"a,b"', "x", "y", "x", "null"),
    "num": ("0", "1", "2", "-1", "2.5", "x", "y"),
    "bool": ("true", "false", "x", "y"),
    "list": ("[]", '["a"]', '["b", "a", "b"]', '[1, "a"]', '["", null]', "x", "y", "[x]", "[x, y]", '["a", x]', '[x, "b"]'),
    "set": ('toset(["b", "a"])', "toset([])", "toset([x, y])", 'toset(["a", x])'),
    "map": ("{}", "{ a = 1 }", '{ a = "x", b = null }', "x", "y", "{ a = x }", "{ a = x, b = y }", "{ (x) = 1, a = 2 }"),
}
FORMS = {
    "str": (
        "lower({str})", "upper({str})", "trimspace({str})", "trim({str}, {str})", "trimprefix({str}, {str})",
        "trimsuffix({str}, {str})", "replace({str}, {str}, {str})", "substr({str}, 0, {num})", "title({str})",
        "join({str}, {list})", 'join("-", {list}, {list})', 'format("%s-%v", {str}, {any})', 'format("%s", {any})',
        'format("%5s|%03d", {str}, {num})', '"${{{any}}}-${{{str}}}"', '"a${{{str}}}"', "tostring({any})", "jsonencode({any})",
        "({bool} ? {str} : {str})", "({any} ? {any} : {any})", "coalesce({str}, {str})", "coalesce({any}, {any}, {str})",
        "element({list}, {num})", "{list}[0]", "{list}[{num}]", "one({list})", '{map}["a"]', "{map}.a", "{map}[{str}]",
        'lookup({map}, "a", {any})', "lookup({map}, {str}, {any})", "try({any}.a, {str})", "try({str}, {any})", "md5({str})",
        "try({list}[0], {any})", "try({map}[{str}], {any})", 'try(join(",", {list}), "z")', "base64decode({str})",
        '"%{{ for e in {list} }}[${{e}}]%{{ endfor }}"', '"%{{ if {bool} }}p%{{ else }}q%{{ endif }}"', 'regex("[a-z]+", {str})',
        'yamlencode({any})', "urlencode({str})", "chomp({str})", "indent(1, {str})", "dirname({str})", "basename({str})",
        "try(tonumber({any}), {any})", "try(element({list}, {num}), {any})", "nonsensitive({any})",
    ),
    "num": (
        "({num} + {num})", "({num} * {num})", "({num} - {num})", "({num} / 2)", "({num} % 3)", "-{num}", "length({list})",
        "length({map})", "length({str})", "length({set})", "max({num}, {num})", "index({list}, {any})", "sum({list})",
        "tonumber({any})", "abs({num})", "floor({num})", "signum({num})", "({bool} ? {num} : {num})", "length(flatten({list}))",
        "length(compact({list}))", "length(distinct({list}))", "length(keys({map}))", "parseint({str}, 10)", "max({list}...)",
    ),
    "bool": (
        "({any} == {any})", "({any} != {any})", "({list} == {list})", "({map} == {map})", "({set} == {set})", "({str} == {str})",
        "({num} < {num})", "({num} >= {num})", "({bool} && {bool})", "({bool} || {bool})", "!{bool}", "contains({list}, {any})",
        "contains({set}, {any})", "startswith({str}, {str})", "endswith({str}, {str})", "strcontains({str}, {str})",
        "alltrue({list})", "anytrue({list})", "alltrue([{bool}, {bool}])", "can({any}.a)", "can({any})", "can({list}[0])",
        "tobool({any})", "can(tonumber({any}))", "can(regex({str}, {str}))", "({any} == null)", '({str} == "")', "({list} != [])",
        "contains(keys({map}), {str})", "can({map}[{str}])", "can(element({list}, 0))", "can(join({str}, {list}))",
    ),
    "list": (
        "[{any}]", "[{any}, {any}]", "concat({list}, {list})", "concat([{any}], {list}, [{any}])", "flatten({list})",
        "flatten([{list}, {any}, [{list}]])", "compact({list})", "distinct({list})", "sort({list})", "reverse({list})",
        "slice({list}, 0, {num})", "tolist({list})", "tolist({set})", "keys({map})", "values({map})", "split({str}, {str})",
        "[for e in {list} : e]", "[for e in {list} : e if e != {any}]", '[for i, e in {list} : "${{i}}"]', "[for e in {set} : e]",
        "[for k, v in {map} : k]", "[for k, v in {map} : v]", "[for k, v in {map} : v if {bool}]", "{list}[*]", "{any}[*]",
        "[{map}, {map}][*].a", "{list}[*].a", "({bool} ? {list} : {list})", "coalescelist({list}, {list})", "range({num})",
        'formatlist("%s-%s", {list}, {str})', 'formatlist("%s", {any})', "regexall({str}, {str})",
        "matchkeys({list}, {list}, {list})", "try({list}, [])", "tolist(setunion({list}, {set}))",
        "jsondecode(jsonencode({list}))",
        "[for p in setproduct({list}, {list}) : p[0]]", "concat({list}...)", "[for e in {list} : upper(e)]",
    ),
    "set": (
        "toset({list})", "setunion({set}, {list})", "setsubtract({list}, {set})",
        "({bool} ? {set} : {set})", "toset([for e in {list} : e])", "toset(keys({map}))",
    ),
    "map": (
        "{{ a = {any} }}", "{{ a = {any}, b = {any} }}", "{{ ({str}) = {any} }}", "{{ a = 1, ({str}) = {any}, b = 2 }}",
        "merge({map}, {map})", "merge({{ a = {any} }}, {map})", "merge({map}, {{ b = {any} }}, {map})", "tomap({map})",
        "{{ for e in {list} : e => 1 }}", "{{ for e in {set} : e => upper(e) }}", "{{ for k, v in {map} : k => v }}",
        "{{ for k, v in {map} : k => v if v != {any} }}", "{{ for k, v in {map} : v => k... }}",
        "{{ for e in {list} : e => e... }}",
        "zipmap({list}, {list})", "zipmap([{str}, {str}], [1, 2])", "({bool} ? {map} : {map})", "jsondecode(jsonencode({map}))",
        "merge({list}...)", "try({map}, {{}})", "{{ for i, e in {list} : i => e }}",
    ),
}  # fmt: skip
KINDS = tuple(FORMS)
CONSTANTS: tuple[Any, ...] = (
    "", "a", "b", "ab", "a-1", "1", "true", "a,b", 0, 1, 2, 2.5, True, False, None, [], ["a"], ["b", "a"], ["a", "a"], ["", "a"],
    [1, "a"], [None, "a"], [["a"], "b"], [{"a": "b"}], {}, {"a": 1}, {"a": "b", "b": None}, {"a": ["b"], "c": True}, {"b": "a"},
)  # fmt: skip


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    def make(kind: str, depth: int) -> str:
        if kind == "any":
            kind = draw(st.sampled_from(KINDS))
        if depth == 0 or draw(st.integers(0, 4)) == 0:
            return draw(st.sampled_from(LEAVES[kind]))
        form = draw(st.sampled_from(FORMS[kind]))
        return re.sub(
            r"\{\{|\}\}|\{(\w+)\}",
            lambda found: make(found[1], depth - 1) if found[1] else found.group()[0],
            form,
        )

    return make(draw(st.sampled_from(KINDS)), draw(st.integers(1, depth)))


@dataclass
class World:
    """What is not known, and what it turns out to be: references by their text, conditions by theirs."""

    references: dict[str, Value] = field(default_factory=dict)
    conditions: dict[str, bool] = field(default_factory=dict)
    decide: Callable[[str], bool | None] | None = None

    def truth(self, condition: Condition) -> bool | None:
        asked = expression(condition)
        known = self.conditions.get(asked)
        return known if known is not None or self.decide is None else self.decide(asked)

    def resolve(self, ref: Ref) -> Value | None:
        whole = self.references.get(f"{ref.address}.{ref.attribute}")
        found = whole or self.references.get(ref.address)
        for step in ref.attribute.split(".") if ref.attribute and whole is None else ():
            found = step_into(found, step)
        return found


def step_into(value: Value | None, step: str) -> Value | None:
    match value:
        case Map():
            return value.entries.get(step)
        case List() if step.isdigit() and int(step) < len(value.items):
            return value.items[int(step)]
        case _:
            return None


def covers(less: Value, known: Value, world: World) -> bool:
    """Whether a value that says less agrees with the known one."""
    if to_python(known) is UNKNOWN:  # Terraform stops, or what it gives is not evaluated
        return True
    match less:
        case Unknown(error=True):
            return False
        case Unknown():
            return True
        case Choice():
            side = world.truth(less.condition)
            return side is None or covers(less.then if side else less.otherwise, known, world)
        case Ref():
            found = world.resolve(less)
            return found is None or converts(found, known)
        case Scalar():
            return isinstance(known, (Scalar, Json)) and same_scalar(less, known)
        case Text():
            text = to_string(known) if isinstance(known, (Scalar, Json)) else None
            return text is not None and re.fullmatch(pattern(less, world), text, re.DOTALL) is not None
        case Json():
            return covers_json(less, known, world)
        case List():
            return isinstance(known, List) and covers_list(less, known, world)
        case Map():
            return isinstance(known, Map) and covers_map(less, known, world)


def same_scalar(less: Scalar, known: Scalar | Json) -> bool:
    found = known.value if isinstance(known, Scalar) else to_string(known)
    same_type = type(less.value) is type(found) or (is_number(less.value) and is_number(found))
    return same_type and less.value == found


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def converts(found: Value, known: Value) -> bool:
    """Whether one known value is the other, or what Terraform's conversions make of it."""
    if isinstance(found, Scalar) and isinstance(known, Scalar):
        return found.value == known.value or to_string(found) == to_string(known)
    if isinstance(found, List) and isinstance(known, List):
        if known.kind == "set":
            return True
        return len(found.items) == len(known.items) and all(map(converts, found.items, known.items))
    if isinstance(found, Map) and isinstance(known, Map):
        return all(name in found.entries and converts(found.entries[name], item) for name, item in known.entries.items())
    return isinstance(found, Scalar) and found.value is None


def pattern(text: Text, world: World) -> str:
    words = []
    for part in text.parts:
        if isinstance(part, Choice):
            side = world.truth(part.condition)
            part = Unknown("", NOWHERE) if side is None else part.then if side else part.otherwise
        if isinstance(part, Ref):
            found = world.resolve(part)
            part = part if found is None else found
        known = to_string(part) if isinstance(part, Scalar) else pattern(part, world) if isinstance(part, Text) else None
        words.append(".*" if known is None else known if isinstance(part, Text) else re.escape(known))
    return "".join(words)


def covers_json(less: Json, known: Value, world: World) -> bool:
    text = to_string(known) if isinstance(known, (Scalar, Json)) else None
    if text is None:
        return False
    try:
        found = json.loads(text) if less.language == "json" else load(text)
    except ValueError:
        return False
    return covers(as_json(less.value), from_python(found, NOWHERE, "tuple", "object"), world)


def as_json(value: Value) -> Value:
    """What a value is once it went through JSON: kinds of lists and maps are gone."""
    match value:
        case List():
            kind = "" if positional(value) or not value.complete else "bag"
            return List(tuple(map(as_json, value.items)), value.span, value.complete, kind)
        case Map():
            return Map({name: as_json(item) for name, item in value.entries.items()}, value.span, value.complete)
        case Choice():
            return Choice(value.condition, as_json(value.then), as_json(value.otherwise), value.span)
        case _:
            return value


def covers_list(less: List, known: List, world: World) -> bool:
    kinds = (less.kind, known.kind)
    if less.complete and less.kind != "bag" and "" not in kinds and "bag" not in kinds and less.kind != known.kind:
        return False
    if positional(less):
        return len(less.items) == len(known.items) and all(
            covers(a, b, world) for a, b in zip(less.items, known.items, strict=True)
        )
    there = all(any(covers(a, b, world) for b in known.items) for a in less.items)
    return there and (not less.complete or all(any(covers(a, b, world) for a in less.items) for b in known.items))


def covers_map(less: Map, known: Map, world: World) -> bool:
    if less.complete and less.entries.keys() != known.entries.keys():
        return False
    return all(name in known.entries and covers(item, known.entries[name], world) for name, item in less.entries.items())


# Less known values


@st.composite
def less_known(draw: st.DrawFn, value: Value, world: World, name: str) -> Value:
    """A value that covers a known one. What it leaves open goes into the world."""
    return _less(draw, value, world, name, 2)


def _less(draw: st.DrawFn, value: Value, world: World, name: str, depth: int) -> Value:
    def reference(address: str, attribute: str = "") -> Value:
        world.references[f"{address}.{attribute}" if attribute else address] = value
        return Ref(address, attribute, NOWHERE)

    def choice(side: bool) -> Value:
        condition = f"{name} is so"
        known = world.conditions.setdefault(condition, side)
        other = from_python(draw(st.sampled_from(CONSTANTS)), NOWHERE, "tuple", "object")
        then, otherwise = (value, other) if known else (other, value)
        return Choice(Opaque(condition), then, otherwise, NOWHERE)

    ways: list[Callable[[], Value]] = [
        lambda: Unknown("it is not known", NOWHERE),
        lambda: reference(f"var.{name}{len(world.references)}"),
        lambda: choice(draw(st.booleans())),
    ]
    match value:
        case Scalar(value=str(text)) if text:
            at = draw(st.integers(0, len(text)))
            ways.append(lambda: reference(f"aws_x.{name}{len(world.references)}", "name"))
            ways.append(lambda: Text((Scalar(text[:at], NOWHERE), Unknown("the end", NOWHERE)), NOWHERE) if at else value)
            ways.append(
                lambda: Text((Unknown("the start", NOWHERE), Scalar(text[at:], NOWHERE)), NOWHERE) if text[at:] else value
            )
        case List() if depth:
            ways += [lambda: _less_list(draw, value, world, name, depth)] * 3
        case Map() if depth:
            ways += [lambda: _less_map(draw, value, world, name, depth)] * 3
    return draw(st.sampled_from(ways))()


def _less_list(draw: st.DrawFn, value: List, world: World, name: str, depth: int) -> Value:
    items = tuple(
        _less(draw, item, world, f"{name}{at}", depth - 1) if draw(st.booleans()) else item for at, item in enumerate(value.items)
    )
    way = draw(st.sampled_from(("items", "items", "open", "bag")))
    if way == "items":
        return List(items, NOWHERE, kind=value.kind)
    order = draw(st.permutations(items))
    if way == "bag":
        return List(tuple(order), NOWHERE, kind="bag")
    return List(tuple(order[: draw(st.integers(0, len(order)))]), NOWHERE, complete=False)


def _less_map(draw: st.DrawFn, value: Map, world: World, name: str, depth: int) -> Value:
    entries = {
        key: _less(draw, item, world, f"{name}{key}", depth - 1) if draw(st.booleans()) else item
        for key, item in value.entries.items()
    }
    if draw(st.booleans()):
        return Map(entries, NOWHERE, kind=value.kind)
    kept = {key: item for key, item in entries.items() if draw(st.booleans())}
    return Map(kept, NOWHERE, complete=False)


# The properties


def result(expression: str, names: Mapping[str, Value]) -> Value:
    body, _ = hcl.parse(Source("main.tf", f"v = {expression}\n"))
    return evaluate(body.value[0].value[1], Scope(None, names, Budget()))


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, dict[str, Value], dict[str, Value], World]:
    world = World()
    known = {name: from_python(draw(st.sampled_from(CONSTANTS)), NOWHERE, "tuple", "object") for name in ("x", "y")}
    less = {
        name: draw(less_known(value, world, name)) if name == "x" or draw(st.booleans()) else value
        for name, value in known.items()
    }
    return draw(expressions()), known, less, world


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(cases())
def test_a_result_holds_whatever_an_unknown_part_turns_out_to_be(
    case: tuple[str, dict[str, Value], dict[str, Value], World],
) -> None:
    hold(*case)


CONVERTING = r"\b(distinct|matchkeys|set\w+|sort|to\w+)\(|\?"


def loses_type(expression: str, values: Iterable[Value]) -> bool:
    """Whether a number may become a string. A reference to it stays the same one, so it then equals what it does not."""
    return re.search(CONVERTING, expression) is not None and any(map(has_number, values))


def has_number(value: Value) -> bool:
    match value:
        case Scalar():
            return isinstance(value.value, (int, float))
        case List():
            return any(map(has_number, value.items))
        case Map():
            return any(map(has_number, value.entries.values()))
        case _:
            return False


def hold(expression: str, known: Mapping[str, Value], less: Mapping[str, Value], world: World) -> None:
    if world.references and loses_type(expression, known.values()):
        return
    whole, part = result(expression, known), result(expression, less)
    assert covers(part, whole, world), (expression, known, less, part, whole)


def of_variables(expression: str, before: str) -> Value:
    text = f'{before}\nresource "aws_x" "it" {{\n  v = {expression}\n}}\n'
    sources = {"main.tf": Source("main.tf", text)}

    def folders(path: str) -> Folder | None:
        found = [(p, hcl.parse(s)[0]) for p, s in sources.items() if posixpath.dirname(p) == path]
        return folder(path, found) if found else None

    root = folders("")
    assert root is not None
    evaluation = terraform.evaluate(root, sources.get, folders, {"aws_x"}, lambda _: frozenset(), Budget())
    (found,) = [resource for resource in evaluation.resources if resource.address == "aws_x.it"]
    return found.attributes.entries["v"]


def literal(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{name}" = {literal(item)}' for name, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return json.dumps(value)


@settings(max_examples=700, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(expressions(), st.sampled_from(CONSTANTS), st.sampled_from(CONSTANTS))
def test_a_result_holds_whatever_a_variable_without_a_value_is_given(template: str, x: object, y: object) -> None:
    hold_for_variables(template, x, y)


def hold_for_variables(template: str, x: object, y: object) -> None:
    expression = re.sub(r"\b([xy])\b", r"var.\1", template)
    known = f'variable "x" {{ default = {literal(x)} }}\nvariable "y" {{ default = {literal(y)} }}'
    part = of_variables(expression, 'variable "x" {}\nvariable "y" {}')
    whole = of_variables(expression, known)

    def decide(condition: str) -> bool | None:
        found = of_variables(condition, known)
        if isinstance(found, Scalar) and found.value in ("true", "1", "false", "0"):
            return found.value in ("true", "1")
        return found.value if isinstance(found, Scalar) and isinstance(found.value, bool) else None

    world = World({f"var.{name}": of_variables(f"var.{name}", known) for name in "xy"}, decide=decide)
    if loses_type(expression, world.references.values()):
        return
    assert covers(part, whole, world), (expression, x, y, part, whole)
