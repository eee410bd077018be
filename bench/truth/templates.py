"""Rewrites of one value in a CloudFormation template. The places are those of PyYAML, and no evaluation chooses them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from truth.rewrite import Rewrite

Sections = Mapping[str, Mapping[str, Any]]
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)$")
SHORT = {"!Ref": "Ref", "!Condition": "Condition"}
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Place:
    """A value of a property: where it stands, and what it is as data."""

    start: int
    end: int
    data: Any

    @property
    def word(self) -> str:
        return self.data if isinstance(self.data, str) and "${" not in self.data and "{{" not in self.data else ""


@dataclass(frozen=True)
class Form:
    """One way to write a value: the data that takes its place, and what the sections of the template gain."""

    kind: str
    keeps_value: bool
    make: Callable[[Place, random.Random], Any]
    sections: Callable[[Place], Sections] = lambda _: {}


FLAG: Sections = {
    "Parameters": {"RwMode": {"Type": "String"}},
    "Conditions": {"RwFlag": {"Fn::Equals": [{"Ref": "RwMode"}, "on"]}},
}
TEXT: Sections = {"Parameters": {"RwText": {"Type": "String"}}}
CUSTOM: Sections = {
    "Resources": {"RwCustom": {"Type": "Custom::Rw", "Properties": {"ServiceToken": {"Fn::ImportValue": "rw-token"}}}}
}
ALWAYS: Sections = {"Conditions": {"RwAlways": {"Fn::Equals": ["on", "on"]}}}
EMPTY: Sections = {"Parameters": {"RwEmpty": {"Type": "String", "Default": ""}}}
STORED: Sections = {"Parameters": {"RwStored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/rw/value"}}}
NOTHING = {"Ref": "AWS::NoValue"}


def _words(make: Callable[[str, str], Any]) -> Callable[[Place, random.Random], Any]:
    """A form of a word that is cut in two."""

    def halves(place: Place, draw: random.Random) -> Any:
        word = place.word
        if len(word) < 2:
            return None
        at = draw.randrange(1, len(word))
        return make(word[:at], word[at:])

    return halves


def _separated(make: Callable[[str, list[str]], Any]) -> Callable[[Place, random.Random], Any]:
    def pieces(place: Place, draw: random.Random) -> Any:
        marks = [mark for mark in "-/:." if mark in place.word]
        if not marks:
            return None
        mark = draw.choice(marks)
        return make(mark, place.word.split(mark))

    return pieces


def _parameter(place: Place) -> Sections:
    return {"Parameters": {"RwValue": {"Type": "String", "Default": place.data}}}


def _map(place: Place) -> Sections:
    return {"Mappings": {"RwMap": {"key": {"value": place.data}}}}


def _found_in_map(place: Place, _: random.Random) -> Any:
    return {"Fn::FindInMap": ["RwMap", "key", "value"]} if place.word else None


def _selected(place: Place, _: random.Random) -> Any:
    return {"Fn::Select": [0, [place.data]]} if place.word or isinstance(place.data, dict) else None


def _split(place: Place, _: random.Random) -> Any:
    return {"Fn::Select": ["1", {"Fn::Split": ["|", f"x|{place.word}"]}]} if place.word and "|" not in place.word else None


FORMS = (
    Form("Fn::If, one value", True, lambda p, _: {"Fn::If": ["RwFlag", p.data, p.data]}, lambda _: FLAG),
    Form("Fn::If, settled", True, lambda p, _: {"Fn::If": ["RwAlways", p.data, NOTHING]}, lambda _: ALWAYS),
    Form("Ref of a parameter with a default", True, lambda p, _: {"Ref": "RwValue"} if p.word else None, _parameter),
    Form("Fn::Sub of a parameter with a default", True, lambda p, _: {"Fn::Sub": "${RwValue}"} if p.word else None, _parameter),
    Form("Fn::Sub", True, lambda p, _: {"Fn::Sub": p.word} if p.word else None),
    Form("Fn::Sub with a variable", True, _words(lambda a, b: {"Fn::Sub": ["${A}" + b, {"A": a}]})),
    Form("Fn::Join of halves", True, _words(lambda a, b: {"Fn::Join": ["", [a, b]]})),
    Form("Fn::Join of pieces", True, _separated(lambda mark, pieces: {"Fn::Join": [mark, pieces]})),
    Form("Fn::Select", True, _selected),
    Form("Fn::Split", True, _split),
    Form("Fn::FindInMap", True, _found_in_map, _map),
    Form("Fn::If, two values", False, lambda p, _: {"Fn::If": ["RwFlag", p.data, "rw-other"]}, lambda _: FLAG),
    Form("Fn::If or none", False, lambda p, _: {"Fn::If": ["RwFlag", p.data, NOTHING]}, lambda _: FLAG),
    Form("Ref of a parameter", False, lambda p, _: {"Ref": "RwText"}, lambda _: TEXT),
    Form("Ref of an empty parameter", False, lambda p, _: {"Ref": "RwEmpty"}, lambda _: EMPTY),
    Form("Ref of a parameter in SSM", False, lambda p, _: {"Ref": "RwStored"}, lambda _: STORED),
    Form("Fn::ImportValue", False, lambda p, _: {"Fn::ImportValue": "rw-value"}),
    Form("Fn::GetAtt of a custom resource", False, lambda p, _: {"Fn::GetAtt": ["RwCustom", "Value"]}, lambda _: CUSTOM),
    Form("dynamic reference", False, lambda p, _: "{{resolve:ssm:/rw/value}}" if p.word else None),
    Form("known beginning", False, _words(lambda a, b: {"Fn::Sub": a + "${RwText}"}), lambda _: TEXT),
    Form("known end", False, _words(lambda a, b: {"Fn::Join": ["", [{"Ref": "RwText"}, b]]}), lambda _: TEXT),
)


def is_template(node: yaml.Node | None) -> bool:
    """Whether a document is a CloudFormation template."""
    resources = dict(pairs(node)).get("Resources") if isinstance(node, yaml.MappingNode) else None
    types = [dict(pairs(one)).get("Type") for _, one in pairs(resources)] if isinstance(resources, yaml.MappingNode) else []
    return any(isinstance(one, yaml.ScalarNode) and one.value.startswith("AWS::") for one in types)


def pairs(node: yaml.Node) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))


def rewrites(name: str, text: str, node: yaml.Node, draw: random.Random) -> Iterator[Rewrite]:
    """Rewrites of a template without end, of places and kinds drawn evenly."""
    places = list(values(node, text))
    while places:
        form, place = draw.choice(FORMS), draw.choice(places)
        data = form.make(place, draw)
        if data is None:
            continue
        insertions = [(place.start, place.end, json.dumps(data)), *_declared(node, text, form.sections(place))]
        changed = _inserted(text, insertions)
        yield Rewrite(form.kind, form.keeps_value, {name: changed.encode()})


def values(template: yaml.Node, text: str) -> Iterator[Place]:
    """The values within the properties of a template that stand on their own."""
    for _, resource in pairs(dict(pairs(template))["Resources"]):
        properties = dict(pairs(resource)).get("Properties")
        if properties is not None:
            yield from _below(properties, text)


PATHS = {"TemplateURL", "Location"}
"""Properties that `aws cloudformation package` and SAM read before CloudFormation does: as a function they name another thing."""


def _below(node: yaml.Node, text: str) -> Iterator[Place]:
    is_map = isinstance(node, yaml.MappingNode)
    children = [value for key, value in pairs(node) if key not in PATHS] if is_map else node.value
    for child in children if isinstance(children, list) else []:
        if isinstance(child, yaml.ScalarNode):
            if child.style not in ("|", ">") and child.value and child.tag != "tag:yaml.org,2002:null":
                yield Place(child.start_mark.index, _end(child, text), data_of(child))
        elif is_function(child):
            if child.flow_style and text[child.start_mark.index] in "{[":
                yield Place(child.start_mark.index, child.end_mark.index, data_of(child))
        else:
            yield from _below(child, text)


def _end(node: yaml.Node, text: str) -> int:
    """Where a scalar ends, without the space that a tag with nothing behind it takes along."""
    start, end = node.start_mark.index, node.end_mark.index
    return start + len(text[start:end].rstrip())


def is_function(node: yaml.Node) -> bool:
    """Whether a node is an intrinsic function, with arguments that have a grammar of their own."""
    if not node.tag.startswith("tag:yaml.org"):
        return True
    keys = [key for key, _ in pairs(node)]
    return any(key == "Ref" or key.startswith("Fn::") for key in keys)


def data_of(node: yaml.Node) -> Any:
    """A node as JSON has it, with functions in their long form."""
    name = node.tag if node.tag.startswith("!") else ""
    if name:
        full = SHORT.get(name, f"Fn::{name[1:]}")
        plain = data_of(_untagged(node))
        if name == "!GetAtt" and isinstance(plain, str):
            plain = plain.split(".", 1)
        return {full: plain}
    if isinstance(node, yaml.MappingNode):
        return {key: data_of(value) for key, value in pairs(node)}
    if isinstance(node, yaml.SequenceNode):
        return [data_of(one) for one in node.value]
    return _scalar(node)


def _untagged(node: yaml.Node) -> yaml.Node:
    if isinstance(node, yaml.ScalarNode):
        return yaml.ScalarNode("tag:yaml.org,2002:str", node.value)
    if isinstance(node, yaml.MappingNode):
        return yaml.MappingNode("tag:yaml.org,2002:map", node.value)
    return yaml.SequenceNode("tag:yaml.org,2002:seq", node.value)


def _scalar(node: yaml.Node) -> Any:
    kind = node.tag.rsplit(":", 1)[-1]
    if kind == "bool":
        return node.value.lower() in ("true", "yes", "on")
    if kind == "int" and INTEGER.match(node.value):
        return int(node.value)
    return None if kind == "null" else node.value


def with_sections(text: str, template: yaml.Node, sections: Sections) -> str:
    """A template with more members in its sections."""
    return _inserted(text, _declared(template, text, sections))


def _inserted(text: str, insertions: Iterable[tuple[int, int, str]]) -> str:
    for start, end, inserted in sorted(insertions, reverse=True):
        text = text[:start] + inserted + text[end:]
    return text


def _declared(template: yaml.Node, text: str, sections: Sections) -> Iterator[tuple[int, int, str]]:
    """What is to be inserted for new members of the sections of a template."""
    present = dict(pairs(template))
    for section, members in sections.items():
        body = present.get(section)
        if isinstance(body, yaml.MappingNode) and body.value:
            first = body.value[0][0].start_mark
            if text[body.start_mark.index] == "{":
                at = body.start_mark.index + 1
                yield at, at, "".join(f"{json.dumps(key)}: {json.dumps(value)}, " for key, value in members.items())
            else:
                pad = " " * first.column
                lines = "".join(f"{key}: {json.dumps(value)}\n{pad}" for key, value in members.items())
                yield first.index, first.index, lines
        elif text[template.start_mark.index] == "{":
            at = template.start_mark.index + 1
            yield at, at, f"{json.dumps(section)}: {json.dumps(members)}, "
        else:
            at = template.start_mark.index
            yield at, at, f"{section}: {json.dumps(members)}\n"
