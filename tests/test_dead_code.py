"""What nobody calls is not kept: each function, class and table of the package is used by it, not by tests alone."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILES = [*(ROOT / "src" / "ecrlint").rglob("*.py"), *(ROOT / "rules").rglob("*.py")]

FOR_TESTS = {
    "ecrlint.testing.failures",  # for those of rules of one's own
    "ecrlint.iam.patterns.overlaps",  # both sides with wildcards, which an oracle decides for strings and not for ARNs
}
BY_NAME = {"check", "SEVERITY", "SYMPTOM", "EXPOSURE", "FORMER"}
"""What the registry reads of the module of a rule."""


def defined(module: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """The functions and classes of a module and the names that it gives values to; `@known(...)` uses what it registers."""
    for node in module.body:
        match node:
            case ast.FunctionDef(name=name, decorator_list=decorators):
                if not any(isinstance(decorator, ast.Call) for decorator in decorators):
                    yield name, node
            case ast.ClassDef(name=name):
                yield name, node
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name, node


def names(tree: ast.AST) -> Counter[str]:
    """How often each name is read in a tree, also in an annotation or a cast that is written as a string."""
    found = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                inner = ast.parse(node.value, mode="eval")
            except (SyntaxError, ValueError, MemoryError):
                continue
            found += Counter(one.id for one in ast.walk(inner) if isinstance(one, ast.Name))
    return found


def unused(module: ast.Module, elsewhere: set[str]) -> list[str]:
    """The names that a module defines and nobody uses: neither the module, but in the definition itself, nor others."""
    used = names(module)
    return [
        name
        for name, node in defined(module)
        if not name.startswith("__") and name not in elsewhere and used[name] <= names(node)[name]
    ]


def test_a_name_is_unused_where_only_its_own_definition_reads_it() -> None:
    module = ast.parse(
        "def a():\n    return a()\ndef b():\n    pass\nLIMIT = 3\nTABLE = [b, LIMIT]\n@register('c')\ndef c():\n    pass\n"
    )
    assert unused(module, set()) == ["a", "TABLE"]
    assert unused(module, {"a", "TABLE"}) == []


def taken(tree: ast.Module) -> Iterator[str]:
    """The dotted names that a module takes from others: what it imports, and what it reads of a module that it imports."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    yield from modules.values()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
            yield f"{modules[node.value.id]}.{node.attr}"


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT / "src" if path.is_relative_to(ROOT / "src") else ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_what_is_defined_is_used() -> None:
    modules = {dotted(path): ast.parse(path.read_bytes()) for path in FILES}
    elsewhere = {name for tree in modules.values() for name in taken(tree)}
    found = {
        f"{module}.{name}"
        for module, tree in modules.items()
        for name in unused(tree, BY_NAME if module.startswith("rules.") else set())
    }
    assert found - elsewhere == FOR_TESTS
