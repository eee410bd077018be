"""What is caught: our own mistakes are never taken for "Terraform would stop here"."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src" / "ecrlint"
EVALUATORS = sorted((SOURCE / "evaluate").rglob("*.py"))

MISTAKES = {
    *("ArithmeticError", "AssertionError", "AttributeError", "BaseException", "Exception", "IndexError", "KeyError"),
    *("LookupError", "MemoryError", "NameError", "NotImplementedError", "RuntimeError", "TypeError"),
}
"""What a mistake of ours raises. No library that evaluation asks says anything of the input by these."""

ANSWERS = {"OverflowError", "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError", "ValueError", "ZeroDivisionError"}
"""What a library may say of the input by, and a mistake of ours may raise too: caught around the library's call alone."""


def caught(handler: ast.ExceptHandler) -> set[str]:
    if handler.type is None:
        return {"BaseException"}
    return {ast.unparse(part) for part in (handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type])}


def ours(tree: ast.Module) -> set[str]:
    """The names of a module that are functions or classes of the package."""
    names = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ecrlint"):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def calls(statements: list[ast.stmt]) -> Iterator[str]:
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                target = node.func
                while isinstance(target, (ast.Attribute, ast.Call)):
                    target = target.value if isinstance(target, ast.Attribute) else target.func
                if isinstance(target, ast.Name):
                    yield target.id


def wrong(text: str) -> list[str]:
    """What a module catches that it may not, with the line."""
    tree = ast.parse(text)
    found = []
    for node in ast.walk(tree):
        for handler in node.handlers if isinstance(node, ast.Try) else ():
            names = caught(handler)
            found += [f"line {handler.lineno}: {name}" for name in sorted(names & MISTAKES)]
            if isinstance(node, ast.Try) and names & ANSWERS:
                mine = sorted(set(calls(node.body)) & (ours(tree) | {"self", "cls"}))
                found += [f"line {handler.lineno}: {', '.join(sorted(names & ANSWERS))} around {name}" for name in mine]
    return found


@pytest.mark.parametrize("path", EVALUATORS, ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_evaluation_catches_only_what_is_said_of_the_input(path: Path) -> None:
    assert wrong(path.read_text()) == []


def test_a_broad_except_is_found() -> None:
    assert wrong("try:\n    f()\nexcept (TypeError, E):\n    pass\n") == ["line 3: TypeError"]
    assert wrong("try:\n    f()\nexcept:\n    pass\n") == ["line 3: BaseException"]
    assert wrong("def f(): ...\ntry:\n    g(f())\nexcept ValueError:\n    pass\n") == ["line 4: ValueError around f"]
    assert wrong("try:\n    int('x')\nexcept ValueError:\n    pass\n") == []
    assert all(issubclass(getattr(builtins, name), BaseException) for name in MISTAKES | ANSWERS)


def test_no_error_is_told_by_the_name_of_its_class() -> None:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
            assert not any(isinstance(side, ast.Attribute) and side.attr in ("__name__", "__qualname__") for side in sides), path
