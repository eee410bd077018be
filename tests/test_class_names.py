"""One name, one class: who reads `Unit` in a message or a diff knows which one is meant."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src" / "ecrlint"

SHARED = {
    "Answer": 2,
    "Call": 2,
    "Caller": 2,
    "Context": 2,
    "Entry": 2,
    "Names": 2,
    "Need": 2,
    "Options": 2,
    "Pull": 2,
    "Run": 2,
    "Start": 2,
    "Step": 3,
    "TerraformRoot": 2,
    "Use": 2,
}
"""The names that more than one class still has, and how many. It only becomes shorter."""


def test_no_two_classes_have_one_name() -> None:
    trees = [ast.parse(path.read_bytes()) for path in sorted(SOURCE.rglob("*.py"))]
    names = Counter(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert {name: count for name, count in names.items() if count > 1} == SHARED
