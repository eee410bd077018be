"""The documents of files of JSON and YAML, whatever they are for."""

from __future__ import annotations

from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Source


def parse(source: Source) -> tuple[list[Node], list[Problem]]:
    """The documents of a file, by its name or its first character, and what is wrong with them."""
    start = source.text.lstrip()[:1]
    if source.path.endswith(".json") or start in ("{", "["):
        from ecrlint.parse import json

        node, problems = json.parse(source)
        return ([] if node is None else [node]), problems
    from ecrlint.parse import yaml

    return yaml.parse(source)
