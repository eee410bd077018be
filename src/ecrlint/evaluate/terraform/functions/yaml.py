"""YAML as Terraform's `yamldecode` reads it and `yamlencode` writes it.

https://developer.hashicorp.com/terraform/language/functions/yamldecode
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from ecrlint.evaluate.budget import DEEP, LARGE, Exceeded
from ecrlint.evaluate.terraform.conversion import Unsure, Wrong, number_text, parse_number

MAX_NODES = 50_000
"""How many nodes a document may have once its aliases are replaced."""

MAX_DEPTH = 100
"""How deep its lists and maps may be nested."""

MAX_LINE = 78
"""Longer lines are folded, by rules that are not followed here."""

_STANDARD = "tag:yaml.org,2002:"
_TRUE = frozenset({"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"})
_FALSE = frozenset({"n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?"
_DATE = r"\d{4}-\d\d?-\d\d?([Tt ].*)?"


def load(text: str) -> Any:
    """The value of a YAML document."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_depth(yaml.parse(text, Loader=loader))
        documents = list(yaml.compose_all(text, Loader=loader))
    except RecursionError:
        raise Exceeded(DEEP) from None
    except yaml.YAMLError:
        raise Wrong("this is not YAML") from None
    if len(documents) != 1 or documents[0] is None:
        raise Wrong("it is not one document")
    return _Loading().value(documents[0], ())


def _check_depth(events: Any) -> None:
    """The compiled loader makes its nodes by recursion and would end the whole program where they are nested too deeply."""
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise Exceeded(DEEP)


class _Loading:
    def __init__(self) -> None:
        self.count = 0

    def value(self, node: Any, within: tuple[int, ...]) -> Any:
        self.count += 1
        if self.count > MAX_NODES or len(within) > MAX_DEPTH + 1:
            raise Exceeded(LARGE)
        if id(node) in within:
            raise Wrong("an alias stands inside what it names")
        within = (*within, id(node))
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if not node.tag.startswith(_STANDARD):
            raise Wrong(f"{node.tag} is not a tag that is known")
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, within) for item in node.value]
        return self._map(node, within)

    def _map(self, node: Any, within: tuple[int, ...]) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for name, item in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == "<<" and not name.style:
                sources = item.value if isinstance(item, yaml.SequenceNode) else [item]
                for source in sources:
                    found = self.value(source, within)
                    if not isinstance(found, dict):
                        raise Wrong("only a map is merged")
                    merged = {**found, **merged}
                continue
            entries[_key(self.value(name, within))] = self.value(item, within)
        return {**merged, **entries}


def _key(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(value) or ""
    if isinstance(value, str):
        return value
    raise Wrong("a key is a string")


def _scalar(node: Any) -> Any:
    text: str = node.value
    if not node.style and node.tag.startswith(_STANDARD) and node.tag != f"{_STANDARD}binary":
        return _plain(text)
    if node.tag in (f"{_STANDARD}str", f"{_STANDARD}binary"):
        return text
    if node.tag.startswith(_STANDARD):
        raise Unsure(f"the tag {node.tag} is not evaluated")
    raise Wrong(f"{node.tag} is not a tag that is known")


def _plain(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if re.fullmatch(r"0x[0-9A-Fa-f]+|0o[0-7]+", text):
        return int(text, 0)
    if re.fullmatch(_NUMBER, text):
        return parse_number(text)
    if re.fullmatch(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", text):
        raise Unsure("it is not a number that can be written")
    if re.fullmatch(_DATE, text):
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text):
            return text
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return f"{text}T00:00:00Z"
        raise Unsure("a date in this form is not evaluated")
    return text


def write(value: Any) -> str:
    """The YAML text of a value."""
    if value is None or isinstance(value, (bool, int, float)):
        return f"{_written(value)}\n...\n"
    lines = _lines(value, 0)
    if any(len(line) > MAX_LINE for line in lines):
        raise Unsure("a line this long is not evaluated")
    return "\n".join(lines) + "\n"


def _lines(value: Any, indent: int) -> list[str]:
    """The lines of a value, the first without its indentation."""
    if isinstance(value, str) and "\n" in value:
        return _block(value, indent)
    if isinstance(value, list) and value:
        return _items([("- ", _lines(item, indent + 2), True) for item in value], indent)
    if isinstance(value, dict) and value:
        parts = []
        for name in sorted(value):
            item = value[name]
            nested = isinstance(item, (dict, list)) and bool(item)
            inside = indent if isinstance(item, list) else indent + 2
            parts.append((f"{_written(name)}:" + ("" if nested else " "), _lines(item, inside), not nested))
        return _items(parts, indent)
    return [_written(value)]


def _items(parts: list[tuple[str, list[str], bool]], indent: int) -> list[str]:
    """Each part's lines after its head: on the same line, or on lines of their own."""
    lines: list[str] = []
    pad = " " * indent
    for head, inner, same_line in parts:
        start = pad if lines else ""
        if same_line:
            lines.append(start + head + inner[0])
            lines.extend(inner[1:])
        else:
            lines.append(start + head)
            lines.append(" " * (indent if inner[0].startswith("- ") else indent + 2) + inner[0])
            lines.extend(inner[1:])
    return lines


def _block(value: str, indent: int) -> list[str]:
    body, ending = value.rstrip("\n"), len(value) - len(value.rstrip("\n"))
    if not body or body[0] in " \n" or any(line != line.rstrip(" ") for line in body.split("\n")) or not _printable(body):
        raise Unsure("a string of several lines in this form is not evaluated")
    mark = {0: "|-", 1: "|"}.get(ending, "|+")
    pad = " " * max(indent, 2)
    lines = [pad + line if line else "" for line in body.split("\n")]
    return [mark, *lines, *[""] * (ending - 1)]


def _printable(value: str) -> bool:
    return all(character in ("\n", "\t") or (character.isprintable() and character < "\ud800") for character in value)


def _written(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        found = number_text(value)
        if found is None:
            raise Unsure("it is a number with more digits than are computed")
        return found
    if isinstance(value, str):
        if "\n" in value or not _printable(value):
            raise Unsure("a string with these characters is not evaluated")
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
        return f'"{escaped}"'
    return "{}" if isinstance(value, dict) else "[]"
