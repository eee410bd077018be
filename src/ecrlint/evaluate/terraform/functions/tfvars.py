"""The functions of the provider that is built into Terraform.

https://developer.hashicorp.com/terraform/language/functions/terraform-encode_tfvars
"""

from __future__ import annotations

import re
from typing import Any

from ecrlint.evaluate.terraform.conversion import UNKNOWN, Wrong, text, to_python
from ecrlint.evaluate.terraform.functions.signature import known, partial, unknown
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Map, Value, holes

_NAME = r"[A-Za-z_][\w-]*"
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _expression(value: Any, indent: int) -> str:
    if value is None:
        return "null"
    if isinstance(value, str):
        escaped = "".join(_ESCAPES.get(character, character) for character in value)
        return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'
    if isinstance(value, list):
        return f"[{', '.join(_expression(item, indent) for item in value)}]"
    if isinstance(value, dict):
        return _object(value, indent)
    return text(value)


def _object(value: dict[str, Any], indent: int) -> str:
    if not value:
        return "{}"
    names = {name: name if re.fullmatch(_NAME, name, re.ASCII) else _expression(name, 0) for name in sorted(value)}
    widths = _widths(names, value)
    pad = "  " * (indent + 1)
    lines = (f"{pad}{names[name].ljust(widths[name])} = {_expression(value[name], indent + 1)}" for name in names)
    return "{\n" + "\n".join(lines) + "\n" + "  " * indent + "}"


def _widths(names: dict[str, str], value: dict[str, Any]) -> dict[str, int]:
    """How wide each name is written: names on adjacent lines are aligned, one with several lines ends a group."""
    widths: dict[str, int] = {}
    group: list[str] = []
    for name in [*names, None]:
        several = name is not None and "\n" in _expression(value[name], 0)
        if name is None or several:
            width = max((len(names[one]) for one in group), default=0)
            widths.update(dict.fromkeys(group, width))
            group = []
        if name is not None:
            if several:
                widths[name] = len(names[name])
            else:
                group.append(name)
    return widths


@known("provider::terraform::encode_expr")
def _encode_expr(value: Any) -> str:
    return _expression(value, 0)


@known("provider::terraform::encode_tfvars")
def _encode_tfvars(value: Any) -> str:
    if not isinstance(value, dict) or not all(re.fullmatch(_NAME, name, re.ASCII) for name in value):
        raise Wrong("an object of variables is needed")
    names = {name: name for name in sorted(value)}
    widths = _widths(names, value)
    return "".join(f"{name.ljust(widths[name])} = {_expression(value[name], 0)}\n" for name in names)


def _constant(node: Node) -> bool:
    """Whether an expression names nothing and calls nothing."""
    while node.tag == "lazy":
        node = node.value
    if node.tag in ("call", "name", "attr", "unreadable"):
        return False
    waiting = [node.value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Node):
            if not _constant(one):
                return False
        elif isinstance(one, tuple):
            waiting.extend(one)
    return True


@partial("provider::terraform::decode_tfvars")
def _decode_tfvars(span: Span, value: Value) -> Value:
    from ecrlint.evaluate.terraform.expression import Budget, Scope, evaluate
    from ecrlint.parse import hcl

    found = to_python(value)
    if found is UNKNOWN:
        return unknown(span, value)
    body, problems = hcl.parse(Source(span.path, text(found), span.source.language))
    if problems or any(item.tag != "attribute" or not _constant(item.value[1]) for item in body.value):
        raise Wrong("these are not values of variables")
    scope = Scope(None, {}, Budget())
    entries = {name: evaluate(node, scope) for name, node in (item.value for item in body.value)}
    if any(True for entry in entries.values() for _ in holes(entry)):
        raise Wrong("a variable's value is not a constant")
    return Map(entries, span, kind="object")
