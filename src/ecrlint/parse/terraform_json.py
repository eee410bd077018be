"""Terraform's JSON syntax (`.tf.json`) to the nodes that HCL text gives."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Source
from ecrlint.parse import json
from ecrlint.parse.hcl import parse_template

_LABELS = {"resource": 2, "data": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "backend": 1}
"""How many labels the blocks of a kind have."""

_BLOCKS = frozenset(
    {
        "statement", "principals", "not_principals", "condition", "metadata_options", "inline_policy", "lifecycle",
        "launch_template", "network_configuration", "iam_instance_profile", "part", "filter", "dynamic", "content",
        "source",
    }
)  # fmt: skip
"""The nested blocks that ecrlint reads; JSON alone does not tell a block from a map."""


def parse(source: Source) -> tuple[Node, list[Problem]]:
    """The body of a Terraform JSON file."""
    if source.path.endswith(".tfvars.json"):
        return parse_values(source)
    node, problems = json.parse(source)
    span = source.span(0, len(source.text))
    items: tuple[Node, ...] = ()
    if node is not None and node.tag == "map":
        items = tuple(block for name, value in node.value for block in _blocks(source, name.value, value))
    return Node("body", items, span), problems


def parse_values(source: Source) -> tuple[Node, list[Problem]]:
    """The body of a variable file in JSON: strings in it are plain, never templates."""
    node, problems = json.parse(source)
    span = source.span(0, len(source.text))
    pairs = node.value if node is not None and node.tag == "map" else ()
    return Node("body", tuple(Node("attribute", (name.value, value), value.span) for name, value in pairs), span), problems


def _blocks(source: Source, kind: str, value: Node, labels: tuple[str, ...] = ()) -> Iterator[Node]:
    if value.tag == "list":
        for item in value.value:
            yield from _blocks(source, kind, item, labels)
        return
    if value.tag != "map":
        return
    if len(labels) < _LABELS.get(kind, 0):
        for name, inner in value.value:
            for block in _blocks(source, kind, inner, (*labels, name.value)):
                yield Node(block.tag, block.value, name.span) if len(labels) + 1 == _LABELS[kind] else block
        return
    yield Node("block", (kind, labels, _body(source, value, kind)), value.span)


def _body(source: Source, value: Node, kind: str) -> Node:
    items: list[Node] = []
    made = {label.value for name, inner in value.value if name.value == "dynamic" for label, _ in _entries(inner)}
    for name, inner in value.value:
        if kind in ("module", "locals"):  # a call has arguments only, and locals are values, whatever their names
            items.append(Node("attribute", (name.value, _expression(source, inner)), inner.span))
        elif kind == "terraform" and name.value in ("backend", "cloud"):
            items.extend(_blocks(source, name.value, inner))
        elif name.value == "dynamic" and inner.tag in ("map", "list"):
            for label, block in _entries(inner):
                items.extend(_blocks(source, "dynamic", block, (label.value,)))
        elif inner.tag in ("map", "list") and (name.value in _BLOCKS or name.value in made or _repeats(inner)):
            items.extend(_blocks(source, name.value, inner))
        else:
            items.append(Node("attribute", (name.value, _expression(source, inner)), inner.span))
    return Node("body", tuple(items), value.span)


def _repeats(node: Node) -> bool:
    """Whether blocks are made inside of a value, at any depth, so that it is a block itself."""
    if '"dynamic"' not in node.span.source.text[node.span.start : node.span.end]:
        return False
    entries = list(_entries(node))
    return any(name.value == "dynamic" or _repeats(inner) for name, inner in entries if inner.tag in ("map", "list"))


def _entries(node: Node) -> Iterator[tuple[Node, Node]]:
    """The entries of a map, or of all maps of a list."""
    for item in node.value if node.tag == "list" else (node,):
        if item.tag == "map":
            yield from item.value


def _expression(source: Source, node: Node) -> Node:
    """A JSON value as an expression: its strings are templates."""
    match node.tag:
        case "string":
            if "${" not in node.value and "%{" not in node.value:
                return node
            found = parse_template(source, node.value, node.span.start + 1, _places(source, node))
            if found.tag == "template" and len(found.value) == 1 and found.value[0].tag != "string":
                return Node("parens", found.value[0], node.span)
            return found
        case "list":
            return Node("list", tuple(_expression(source, item) for item in node.value), node.span)
        case "map":
            pairs = tuple((_expression(source, name), _expression(source, item)) for name, item in node.value)
            return Node("map", pairs, node.span)
        case _:
            return node


_CHARACTER = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.", re.DOTALL)


def _places(source: Source, node: Node) -> tuple[int, ...] | None:
    """Where each character of a string and its end stand; None where it has no escapes."""
    start, end = node.span.start + 1, node.span.end - 1
    if source.text.find("\\", start, end) < 0:
        return None
    places = (*(found.start() for found in _CHARACTER.finditer(source.text, start, end)), end)
    return places if len(places) == len(node.value) + 1 else None
