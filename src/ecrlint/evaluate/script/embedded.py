"""YAML that stands in a string, with its holes and places: cloud-init's configuration, a build specification."""

from __future__ import annotations

import re

from ecrlint.evaluate.alignment import align
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.script.script_text import Composed
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.model.value import List, Map, Scalar, Unknown, Value, join
from ecrlint.parse.shell.lexer import FIRST_HOLE

_HOLE = re.compile("[\U000f0000-\U0010ffff]")


def yaml_value(composed: Composed, budget: Budget) -> Value | None:
    """The value of a YAML text; None where it is no YAML."""
    from ecrlint.parse import yaml

    budget.write(len(composed.text))
    budget.step(len(composed.text) >> 3)
    nodes, problems = yaml.parse(Source("", composed.text))
    if problems or len(nodes) != 1:
        return None
    return _value(nodes[0], composed, budget)


def _value(node: Node, composed: Composed, budget: Budget) -> Value:
    budget.step()
    span = composed.locate(node.span.start, node.span.end)
    match node.tag:
        case "string":
            return _string(node, span, composed)
        case "number" | "bool" | "null":
            return Scalar(node.value, span)
        case "list":
            return List(tuple(_value(item, composed, budget) for item in node.value), span)
        case "map":
            known = [(key.value, item) for key, item in node.value if not _HOLE.search(key.value)]
            entries = {key: _value(item, composed, budget) for key, item in known}
            return Map(entries, span, len(known) == len(node.value))
        case _:
            return Unknown("it has a tag of its own", span)


def _string(node: Node, span: Span, composed: Composed) -> Value:
    text: str = node.value
    locate = align(text, node.span)

    def known(start: int, end: int) -> Scalar:
        place = locate(start, end)
        return Scalar(text[start:end], composed.locate(place.start, place.end))

    parts: list[Value] = []
    at = 0
    for match in _HOLE.finditer(text):
        if match.start() > at:
            parts.append(known(at, match.start()))
        parts.append(composed.holes[ord(match.group()) - FIRST_HOLE])
        at = match.end()
    if at < len(text) or not parts:
        parts.append(known(at, len(text)) if text else Scalar("", span))
    return parts[0] if len(parts) == 1 else join(parts, span)
