"""No two modules import each other, however long the way round; what is imported for types alone does not count."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "src"

CIRCLES = {
    # Expressions hold expressions, so evaluating one calls itself through each of its forms.
    frozenset(
        {
            "ecrlint.evaluate.terraform.conditional",
            "ecrlint.evaluate.terraform.expression",
            "ecrlint.evaluate.terraform.forms",
            "ecrlint.evaluate.terraform.repetition",
        }
    ),
}
"""The circles that there may be. Nothing is added to one."""


def name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name(path): path for path in sorted((SOURCE / "ecrlint").rglob("*.py"))}


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module does, sooner or later: all of it but the imports for types."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            yield from (inner for other in child.orelse for inner in (other, *statements(other)))
            continue
        yield child
        yield from statements(child)


def imports(module: str) -> set[str]:
    """The modules of the package that a module imports, at any depth."""
    found: set[str] = set()
    for node in statements(ast.parse(MODULES[module].read_bytes())):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=str(package), names=names, level=0):
                # `from package import module` is the module, `from module import name` is not the package's name.
                found |= {f"{package}.{alias.name}" if f"{package}.{alias.name}" in MODULES else package for alias in names}
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(target)), *_]):
                found.add(target)
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.JoinedStr(), *_]):  # any module of this package
                found |= {other for other in MODULES if other.startswith(f"{module}.")}
    return {target for target in found if target in MODULES and target != module}


def circles(arrows: dict[str, set[str]]) -> set[frozenset[str]]:
    """The groups of modules of which each leads to each other."""
    reached = {start: reach(start, arrows) for start in arrows}
    groups = (frozenset(other for other in reached[module] if module in reached[other]) for module in arrows)
    return {group for group in groups if group}


def reach(start: str, arrows: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for target in arrows.get(waiting.pop(), ()):
            if target not in found:
                found.add(target)
                waiting.append(target)
    return found


def test_a_circle_is_found_also_where_it_is_long_or_lazy() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == {frozenset({"b", "c"})}
    lazy = ast.parse("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\ndef f():\n    import b\n")
    assert [node.names[0].name for node in statements(lazy) if isinstance(node, ast.Import)] == ["b"]


def test_no_modules_import_each_other_but_those_of_the_evaluator() -> None:
    assert circles({module: imports(module) for module in MODULES}) == CIRCLES
