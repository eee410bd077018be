"""Where a finding is, in the terms of other tools: the path of keys in a template, and the block or resource around it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from ecrlint.model.dataclass import dataclass
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.parse import hcl, json, yaml

Kind = Literal["resource", "data", "module", "other", "template", "file"]


@dataclass(frozen=True, slots=True)
class Block:
    """A block of Terraform or a resource of a template: its type and name, its first and last line, and its body.

    `kind` is `file` where nothing of the two is around a place: then it is the whole file, and has no type and no body.
    """

    kind: Kind
    type: str
    name: str
    first: int
    last: int
    body: Node | None = None


@lru_cache(maxsize=8)
def _tree(source: Source) -> Node | None:
    if source.language == "terraform":
        return hcl.parse(source)[0]
    if source.text.lstrip()[:1] in ("{", "["):
        return json.parse(source)[0]
    if source.path.endswith((".yaml", ".yml", ".template")):
        return next(iter(yaml.parse(source)[0]), None)
    return None


def path(span: Span) -> list[str | int]:
    """The keys and positions that lead from the top of a template to the innermost value at the beginning of a place."""
    tree = _tree(span.source)
    found: list[str | int] = []
    while tree is not None:
        tree, step = _step(tree, span.start)
        found += [] if step is None else [step]
    return found


def _step(node: Node, offset: int) -> tuple[Node | None, str | int | None]:
    """The value in a map or a list at an offset, with its key or position; the value below a tag, with the tag's long name."""
    value = node.value
    if node.tag == "map":
        return next(((item, str(key.value)) for key, item in value if key.span.start <= offset < item.span.end), (None, None))
    if node.tag == "list":
        numbered = enumerate(value)
        return next(((item, number) for number, item in numbered if item.span.start <= offset < item.span.end), (None, None))
    if isinstance(value, Node):
        name = node.tag.removeprefix("!")
        return value, name if name in ("Ref", "Condition") else f"Fn::{name}"
    return None, None


def block(span: Span) -> Block:
    """The outermost block of Terraform around a place, or the resource of a template, or the file."""
    tree = _tree(span.source)
    found = None
    if tree is not None and tree.tag == "body":
        found = next(
            (_of_terraform(item) for item in tree.value if item.tag == "block" and _holds(item.value[2].span, span)), None
        )
    elif tree is not None and tree.tag == "map":
        found = next(_of_template(tree, span), None)
    return found or Block("file", "", "", 1, len(span.source.line_starts))


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start < outer.end


def _of_terraform(node: Node) -> Block:
    word, labels, body = node.value
    kind: Kind = word if word in ("resource", "data", "module") else "other"
    names = [str(label) for label in labels]
    named = ("module", names[0] if names else "") if kind == "module" else (names[0] if names else "", names[-1] if names else "")
    return Block(kind, *named, body.span.line, body.span.end_line, body)


def _of_template(tree: Node, span: Span) -> Iterator[Block]:
    for key, resources in tree.value:
        if key.value == "Resources" and resources.tag == "map":
            for name, body in resources.value:
                if name.span.start <= span.start < body.span.end:
                    first, last = name.span.line, body.span.end_line
                    yield Block("template", text_of(entry(body, "Type")), str(name.value), first, last, body)


def entry(node: Node | None, key: str) -> Node | None:
    """The value of a key of a map; None where there is neither."""
    pairs = node.value if node is not None and node.tag == "map" else ()
    return next((value for name, value in pairs if name.value == key), None)


def text_of(node: Node | None) -> str:
    """The text of a string; empty for anything else."""
    return str(node.value) if node is not None and node.tag == "string" else ""
