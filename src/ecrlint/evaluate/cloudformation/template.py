"""The sections of a template, read from its tree. A key that is there twice is a problem; the last one counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Span

_HARMLESS = ("AWS::Serverless-", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager-")
"""Transforms that change nothing in what a template says of other resources, or whose additions are told apart by type."""


@dataclass
class Template:
    """One template. `unread` says, with its place, what may hold resources that are not in `resources`."""

    parameters: Mapping[str, Node]
    mappings: Mapping[str, Node]
    conditions: Mapping[str, Node]
    resources: dict[str, tuple[Span, Mapping[str, Node]]]
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unread: list[tuple[str, Span]] = field(default_factory=list)


def is_template(node: Node) -> bool:
    """Whether a document is a CloudFormation template: some resource of it has a type with `::` in it, or comes of a loop."""
    resources = _last(node, "Resources")
    if resources is None or resources.tag != "map":
        return False
    if any(key.value.startswith("Fn::ForEach::") for key, _ in resources.value):
        return True
    types = (_last(body, "Type") for _, body in resources.value)
    return any(kind is not None and kind.tag == "string" and "::" in kind.value for kind in types)


def _last(node: Node, name: str) -> Node | None:
    found = None
    if node.tag == "map":
        for key, item in node.value:
            if key.value == name:
                found = item
    return found


def entries(node: Node | None, problems: list[Problem]) -> dict[str, Node]:
    """The entries of a map node; nothing of any other. What a syntax error took away stands under the empty name."""
    if node is None or node.tag != "map":
        return {}
    found: dict[str, Node] = {}
    for key, item in node.value:
        name = key.value
        if name in found and name:
            problems.append(Problem(f'"{name}" is here twice: the last one counts', key.span.path, key.span))
        found[name] = item
    return found


def read(node: Node) -> Template:
    """The sections of a template's document."""
    problems: list[Problem] = []
    sections = entries(node, problems)
    template = Template(
        parameters=entries(sections.get("Parameters"), problems),
        mappings=entries(sections.get("Mappings"), problems),
        conditions=entries(sections.get("Conditions"), problems),
        resources={},
        problems=problems,
    )
    _read_transforms(sections, template)
    _read_resources(sections, template)
    return template


def _read_transforms(sections: Mapping[str, Node], template: Template) -> None:
    for node in _transforms(sections):
        name = node.value if node.tag == "string" else ""
        if not name.startswith(_HARMLESS):
            reason = f"the transform {name or 'Fn::Transform'} may add resources"
            template.unread.append((reason, node.span))


def _transforms(sections: Mapping[str, Node]) -> Iterator[Node]:
    transform = sections.get("Transform")
    if transform is not None:
        yield from transform.value if transform.tag == "list" else (transform,)
    include = sections.get("Fn::Transform")
    if include is not None:
        yield include


def _read_resources(sections: Mapping[str, Node], template: Template) -> None:
    broken = sections.get("")
    if broken is not None:
        template.unread.append(("what follows a syntax error is not read", broken.span))
    resources = sections.get("Resources")
    if resources is None or resources.tag != "map":
        return
    serverless = False
    places = {key.value: key.span for key, _ in resources.value}
    for name, body in entries(resources, template.problems).items():
        if name.startswith(("Fn::ForEach", "Fn::Transform")):
            reason = f"{name.split('::')[1]} makes resources that are not read"
            template.unread.append((f"Fn::{reason}", places[name]))
        elif not name:
            template.unread.append(("what is no valid JSON is not read", body.span))
        else:
            read_body = entries(body, template.problems)
            kind = read_body.get("Type")
            serverless = serverless or (kind is not None and kind.tag == "string" and kind.value.startswith("AWS::Serverless::"))
            template.resources[name] = (places[name], read_body)
    if serverless:
        template.notes.append("its AWS::Serverless resources are not expanded")
