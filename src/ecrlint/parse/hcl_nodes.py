"""What the two readings of HCL have in common: how deep they go, and the nodes that a word alone does not decide."""

from __future__ import annotations

import re

from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.parse.numbers import read_number

MAX_DEPTH = 150
"""How deep expressions may nest; what is deeper is `unreadable`."""

TOO_DEEP = "this is nested deeper than is read"
"""Why what is nested deeper than that is `unreadable`."""

_NUMBER = r"[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"


def object_key(name: Node) -> Node:
    """A bare word as a key is a string, not a reference; so are `true`, `false` and `null`."""
    if name.tag in ("name", "bool", "null"):
        return Node("string", name.value if name.tag == "name" else name.span.text, name.span)
    return name


def is_type(target: Node) -> bool:
    """Whether a name must follow: after a resource type, or a data source's."""
    return target.tag == "name" or (target.tag == "attr" and target.value[0].tag == "name" and target.value[0].value == "data")


def number(text: str, span: Span) -> Node:
    """A number; `unreadable` where HCL has no such number (`0x10`), or it has more digits than are counted with."""
    if not re.fullmatch(_NUMBER, text):
        return Node("unreadable", None, span)
    found = read_number(text)
    if found is None:
        return Node("unreadable", "this number has more digits than are computed", span)
    return Node("number", int(found) if isinstance(found, float) and found.is_integer() and abs(found) < 1e15 else found, span)
