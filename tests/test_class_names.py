"""One name, one class: who reads `Unit` in a message or a diff knows which one is meant."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def names(module: ast.Module) -> Iterator[str]:
    """The classes of a module, and its names for types: `Role`, not `ROLE`."""
    yield from (node.name for node in ast.walk(module) if isinstance(node, ast.ClassDef))
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if name.strip("_")[0].isupper() and not name.isupper():
                    yield name


def test_classes_and_names_for_types_are_told_apart_from_constants() -> None:
    module = ast.parse("class Role: ...\nKind = str\nPart: TypeAlias = 'int'\nLIMIT = 3\n_TABLE: dict = {}\nfound = 1")
    assert list(names(module)) == ["Role", "Kind", "Part"]


def test_no_two_classes_have_one_name() -> None:
    paths = [*(ROOT / "src" / "ecrlint").rglob("*.py"), *(ROOT / "rules").rglob("*.py")]
    count = Counter(name for path in paths for name in names(ast.parse(path.read_bytes())))
    assert [name for name, times in count.items() if times > 1] == []
