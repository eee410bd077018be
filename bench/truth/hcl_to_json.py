"""A Terraform file in JSON syntax, as https://developer.hashicorp.com/terraform/language/syntax/json has it."""

from __future__ import annotations

import json
from typing import Any

import tree_sitter

from truth.expressions import PARSER

REFERENCES = frozenset(
    {"provider", "depends_on", "ignore_changes", "replace_triggered_by", "type", "providers", "configuration_aliases"}
)
LABELS = {"resource": 2, "data": 2, "module": 1, "variable": 1, "output": 1, "provider": 1, "locals": 0, "terraform": 0}


class Unsupported(Exception):
    """Something that has no certain form in JSON."""


def converted(data: bytes) -> str | None:
    """The JSON of a file; None where it has something that this does not convert."""
    tree = PARSER.parse(data)
    if tree.root_node.has_error:
        return None
    root: dict[str, Any] = {}
    try:
        for body in (child for child in tree.root_node.children if child.type == "body"):
            for block in body.children:
                _top(root, block)
    except Unsupported:
        return None
    return json.dumps(root, indent=2)


def _top(root: dict[str, Any], block: tree_sitter.Node) -> None:
    if block.type == "comment":
        return
    kind = _text(block.children[0])
    if block.type != "block" or kind not in LABELS:
        raise Unsupported
    labels = [_text(child).strip('"') for child in block.children[1:] if child.type in ("string_lit", "identifier")]
    content = _body(block, kind)
    if not labels or kind == "provider":
        root.setdefault(kind, []).append({labels[0]: content} if labels else content)
        return
    for label in (kind, *labels[:-1]):
        root = root.setdefault(label, {})
    if labels[-1] in root:
        raise Unsupported
    root[labels[-1]] = content


def _body(block: tree_sitter.Node, kind: str) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for body in (child for child in block.children if child.type == "body"):
        for child in body.children:
            if child.type == "attribute":
                name = _text(child.children[0])
                expression = child.children[2]
                is_plain = name in REFERENCES and (name != "type" or kind == "variable")
                literal = kind == "variable" and name == "default"
                content[name] = _reference(expression) if is_plain else _value(expression, literal=literal)
            elif child.type == "block":
                if kind == "variable":
                    raise Unsupported  # the condition of a validation is text either way; kept out for brevity
                _nested(content, child)
    return content


def _nested(content: dict[str, Any], block: tree_sitter.Node) -> None:
    kind = _text(block.children[0])
    labels = [_text(child).strip('"') for child in block.children[1:] if child.type in ("string_lit", "identifier")]
    inner = _body(block, kind)
    if kind == "dynamic":
        content.setdefault("dynamic", {}).setdefault(labels[0], []).append(inner)
    elif labels:
        content.setdefault(kind, []).append({labels[0]: inner})
    elif kind in ("lifecycle", "content"):
        content[kind] = inner
    else:
        content.setdefault(kind, []).append(inner)


def _reference(node: tree_sitter.Node) -> Any:
    """What Terraform reads as a bare reference or type, in a string or a list or map of strings."""
    inner = node.named_children[0] if node.named_children else node
    if inner.type == "collection_value" and inner.children[0].type == "tuple":
        return [_reference(child) for child in inner.children[0].children if child.type == "expression"]
    if inner.type == "collection_value" and inner.children[0].type == "object":
        elements = [child for child in inner.children[0].children if child.type == "object_elem"]
        sides = [[one for one in element.children if one.type == "expression"] for element in elements]
        return {_text(key).strip('"'): _reference(value) for key, value in sides}
    return _text(node).strip('"')


def _value(node: tree_sitter.Node, literal: bool = False) -> Any:
    """An expression: a literal as itself, anything else as a template of it. `literal`: JSON without templates."""
    if node.child_count > 1 or not node.named_children:
        return _template(node, literal)
    inner = node.named_children[0]
    text = _text(node)
    if inner.type == "literal_value" and not text.startswith('"'):
        try:
            return json.loads(text)
        except ValueError:
            raise Unsupported from None
    if inner.type == "literal_value" or (inner.type == "template_expr" and text.startswith('"')):
        return _string(text, literal)
    if inner.type == "collection_value" and inner.children[0].type == "tuple":
        return [_value(child, literal) for child in inner.children[0].children if child.type == "expression"]
    if inner.type == "collection_value" and inner.children[0].type == "object":
        return _object(inner.children[0], literal)
    return _template(node, literal)


def _object(node: tree_sitter.Node, literal: bool) -> dict[str, Any]:
    content = {}
    for element in (child for child in node.children if child.type == "object_elem"):
        key, value = (one for one in element.children if one.type == "expression")
        name = _text(key)
        if name.startswith("("):
            name = f"${{{name}}}"
        elif name.startswith('"'):
            name = _string(name, literal)
        content[name] = _value(value, literal)
    return content


def _string(text: str, literal: bool) -> str:
    """A quoted template without its quotes. Its escapes are those of JSON, but within an interpolation."""
    if "\\" in text and "${" in text.replace("$${", ""):
        raise Unsupported
    try:
        plain = str(json.loads(text.replace("\\'", "'"))) if "${" not in text else text[1:-1]
    except ValueError:
        raise Unsupported from None
    if literal:
        if "${" in plain or "%{" in plain:
            raise Unsupported
    return plain


def _template(node: tree_sitter.Node, literal: bool) -> str:
    text = _text(node)
    if literal or "<<" in text:
        raise Unsupported
    return f"${{{text}}}"


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode()
