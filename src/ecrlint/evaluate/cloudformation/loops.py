"""`Fn::ForEach`: the entries that a loop makes, each at the place of the fragment that it is made of.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ecrlint.evaluate.budget import INSTANCE, Budget
from ecrlint.evaluate.cloudformation.substitution import as_string
from ecrlint.model.node import Node
from ecrlint.model.value import List, Value

LOOP = "Fn::ForEach::"
"""What the key of a loop begins with."""

MapEntries = list[tuple[Node, Node]]


def unroll(loop: Node, value: Callable[[Node], Value], budget: Budget) -> MapEntries | None:
    """The entries that a loop makes; None where what it loops over is not known."""
    if loop.tag != "list" or len(loop.value) != 3:
        return None
    identifier, collection, fragment = loop.value
    words = _words(value(collection))
    if words is None or identifier.tag != "string" or fragment.tag != "map":
        return None
    made: MapEntries = []
    for word in words:
        for key, body in fragment.value:
            entry = _filled_text(key, identifier.value, word), _filled(body, identifier.value, word)
            inner = unroll(entry[1], value, budget) if entry[0].value.startswith(LOOP) else [entry]
            if inner is None:
                return None
            budget.step(INSTANCE)
            made += inner
    return made


def _words(collection: Value) -> list[str] | None:
    if not isinstance(collection, List) or not collection.complete:
        return None
    words = [as_string(item) for item in collection.items]
    known = [word for word in words if word is not None]
    return known if len(known) == len(words) else None


def _filled(node: Node, name: str, word: str) -> Node:
    """A part of a fragment with a word in the place of the loop's identifier: in keys, in what `Ref` names, and in the
    texts of `Fn::Sub`, as the page has it; any other string stays as it is."""
    if node.tag == "list":
        return Node.deferred("list", lambda: tuple(_filled(item, name, word) for item in node.value), node.span)
    if node.tag == "map":
        return _filled_map(node, name, word)
    if node.tag == "!Ref" and node.value.value == name:
        return Node("string", word, node.span)
    if node.tag == "!Sub":
        return Node(node.tag, _filled_sub(node.value, name, word), node.span)
    return Node(node.tag, _filled(node.value, name, word), node.span) if node.tag.startswith("!") else node


def _filled_map(node: Node, name: str, word: str) -> Node:
    pairs: tuple[tuple[Node, Node], ...] = node.value
    if len(pairs) == 1 and pairs[0][0].value == "Ref" and pairs[0][1].value == name:
        return Node("string", word, node.span)
    if len(pairs) == 1 and pairs[0][0].value == "Fn::Sub":
        return Node("map", ((pairs[0][0], _filled_sub(pairs[0][1], name, word)),), node.span)
    return Node.deferred(
        "map", lambda: tuple((_filled_text(key, name, word), _filled(item, name, word)) for key, item in pairs), node.span
    )


def _filled_sub(argument: Node, name: str, word: str) -> Node:
    if argument.tag == "list" and argument.value:
        text, *own = argument.value
        return Node("list", (_filled_text(text, name, word), *(_filled(one, name, word) for one in own)), argument.span)
    return _filled_text(argument, name, word)


def _filled_text(node: Node, name: str, word: str) -> Node:
    if node.tag != "string":
        return node
    text = node.value.replace("${" + name + "}", word)
    if "&{" in text:
        text = text.replace("&{" + name + "}", re.sub("[^A-Za-z0-9]", "", word))
    return node if text == node.value else Node("string", text, node.span)
