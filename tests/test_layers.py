"""Who may import whom: the table of the design, held against the imports in the files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# The version (`ecrlint` itself) is everyone's to read.
ALLOWED = {
    "model": {"model"},
    "boundary": {"boundary", "model"},
    "iam": {"iam", "model"},
    "analysis": {"analysis", "iam", "model"},
    "wording": {"wording", "analysis", "iam", "model"},
    "fixes": {"fixes", "analysis", "iam", "model"},
    "diagrams": {"diagrams", "wording", "analysis", "iam", "model"},
    "parse": {"parse", "model"},
    "report": {"report", "model"},
    "evaluate": {"evaluate", "model", "parse"},
    "adapt": {"adapt", "model"},
    "rules": {"fixes", "wording", "analysis", "iam", "model"},
    "rule_registry": {"model"},
    "config": {"boundary", "model", "rule_registry"},
    "symptoms": {"model"},
    "run": {
        *("run", "boundary", "rule_registry", "config", "model", "parse", "evaluate", "adapt"),
        *("iam", "analysis", "wording", "fixes", "diagrams"),
    },
    "bulk": {"bulk", "boundary", "run", "model", "report"},
    "integrations": {"integrations", "run", "model", "report"},
    "commands": {"commands", "boundary", "run", "rule_registry", "symptoms", "config", "model", "report", "bulk"},
    "cli": {"commands", "config"},
    "__main__": {"cli"},
    "__init__": set[str](),
}

# What a rule may use of the standard library: nothing that reads files, the environment, the clock or the network.
PURE = {"__future__", "collections", "dataclasses", "difflib", "enum", "functools", "itertools", "operator", "re", "typing"}


def layer(path: Path) -> str:
    """The folder or module directly under the package that a file belongs to."""
    if path.is_relative_to(ROOT / "rules"):
        return "rules"
    return path.relative_to(ROOT / "src" / "ecrlint").parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a file imports, at any depth; `import_module` of a literal counts."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module=module, names=names):
                yield from ((node.lineno, f"{module}.{name.name}") for name in names)
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name)), *_]):
                yield node.lineno, name


def arrows(path: Path) -> Iterator[tuple[int, str]]:
    """Line and layer of everything of ours that a file imports."""
    for line, name in imports(path):
        parts = name.split(".")
        if parts[0] == "ecrlint" and parts[1] != "__version__":
            yield line, parts[1]


FILES = sorted([*(ROOT / "src" / "ecrlint").rglob("*.py"), *(ROOT / "rules").rglob("*.py")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    allowed = ALLOWED[layer(path)]
    wrong = [f"line {line}: ecrlint.{name}" for line, name in arrows(path) if name not in allowed]
    assert wrong == [], f"{layer(path)} may import {sorted(allowed)}"


@pytest.mark.parametrize("path", sorted((ROOT / "rules").rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_rule_reads_the_stack_and_nothing_else(path: Path) -> None:
    allowed = PURE | {"ecrlint"}
    assert [name for _, name in imports(path) if name.split(".")[0] not in allowed] == []
    called = {node.id for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Name)}
    assert called & {"open", "print", "input", "eval", "exec", "compile", "__import__"} == set()


def test_nobody_imports_the_rules_but_by_name() -> None:
    assert [path for path in FILES for _, name in arrows(path) if name == "rules"] == []


def test_only_the_command_line_prints() -> None:
    for path in FILES:
        if layer(path) not in {"cli", "commands", "__main__"}:
            names = {node.id for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Name)}
            assert "print" not in names, path
