"""One name, one class: who reads `Unit` in a message or a diff knows which one is meant."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src" / "ecrlint"


def test_no_two_classes_have_one_name() -> None:
    trees = [ast.parse(path.read_bytes()) for path in sorted(SOURCE.rglob("*.py"))]
    names = Counter(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert {name: count for name, count in names.items() if count > 1} == {}
