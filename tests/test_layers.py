"""Who may import whom, held against the imports in the files, and ARCHITECTURE.md, held against both."""

from __future__ import annotations

import ast
import re
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
    "api": {
        *("api", "run", "boundary", "rule_registry", "config", "model", "parse", "evaluate", "adapt"),
        *("iam", "analysis", "wording", "fixes", "diagrams"),
    },
    "testing": {
        *("testing", "run", "boundary", "rule_registry", "config", "model", "parse", "evaluate", "adapt"),
        *("iam", "analysis", "wording", "fixes", "diagrams"),
    },
    "integrations": {
        *("integrations", "api", "report", "run", "boundary", "rule_registry", "config", "model", "parse", "evaluate", "adapt"),
        *("iam", "analysis", "wording", "fixes", "diagrams"),
    },
    "bulk": {
        *("bulk", "report", "run", "boundary", "rule_registry", "config", "model", "parse", "evaluate", "adapt"),
        *("iam", "analysis", "wording", "fixes", "diagrams"),
    },
    "commands": {"commands", "bulk", "boundary", "integrations", "run", "rule_registry", "symptoms", "config", "model", "report"},
    "cli": {"commands", "config"},
    "__main__": {"cli"},
    "__init__": {"api"},
}

WITHIN: dict[str, set[str]] = {
    "adapt/cloudformation": set(),
    "adapt/terraform": set(),
    "analysis/network": set(),
    "bulk/executors": set(),
    "bulk/report": set(),
    "evaluate/cloudformation": set(),
    "evaluate/plan": {"evaluate/terraform"},
    "evaluate/script": set(),
    "evaluate/terraform": set(),
    "evaluate/terraform/functions": set(),
    "evaluate/terraform/summaries": set(),
    "evaluate/terragrunt": {"evaluate/terraform"},
    "evaluate/workflow": {"evaluate/script"},
    "evaluate/workflow/gitlab": set(),
    "integrations/checkov": set(),
    "integrations/checkov/external": {"integrations/checkov"},
    "integrations/language_server": set(),
    "model/value": set(),
    "parse/shell": set(),
    "run/hook": {"run/join", "run/read", "run/suppress"},
    "run/join": {"run/read", "run/scenarios"},
    "run/read": {"run/scenarios"},
    "run/scenarios": set(),
    "run/suppress": {"run/join"},
}
"""Which neighbours in its layer a folder of a layer may import; the modules beside it are everyone's."""

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


def folder(dotted: str) -> str:
    """The folder of a layer's folder that a dotted name of ours is in, `run/read`; empty where it is directly in the layer."""
    parts = dotted.split(".")[1:3]
    path = "/".join(parts)
    return path if path in WITHIN else ""


FILES = sorted([*(ROOT / "src" / "ecrlint").rglob("*.py"), *(ROOT / "rules").rglob("*.py")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    allowed = ALLOWED[layer(path)]
    wrong = [f"line {line}: ecrlint.{name}" for line, name in arrows(path) if name not in allowed]
    assert wrong == [], f"{layer(path)} may import {sorted(allowed)}"


def test_a_folder_of_a_layer_imports_only_those_neighbours_that_it_may() -> None:
    wrong = []
    for path in FILES:
        here = "" if layer(path) == "rules" else folder(".".join(("ecrlint", *path.relative_to(ROOT / "src" / "ecrlint").parts)))
        met = {folder(name) for _, name in imports(path) if name.startswith(f"ecrlint.{layer(path)}.")} - {"", here}
        wrong += [(path.name, name) for name in met if here and name not in WITHIN[here]]
    assert wrong == []


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


# ARCHITECTURE.md

PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| \[`([\w/]+?)(?:/|\.py)`\]\(([^)]+)\) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)
TABLE = {name: (target, sentence, set(re.findall(r"`([\w/]+)`", arrows))) for name, target, sentence, arrows in ROW.findall(PAGE)}
"""The table of the layers: of each folder or module the link, the sentence, and what it imports."""

LAYERS = {name: allowed - {name} for name, allowed in ALLOWED.items() if not name.startswith("__")}


def drawn(page: str) -> set[tuple[str, str]]:
    """The arrows of the picture, each from a layer to another."""
    picture = page.partition("```mermaid")[2].partition("```")[0]
    lines = (line.strip().split(" --> ") for line in picture.splitlines() if " --> " in line)
    return {(start, end) for starts, ends in lines for start in starts.split(" & ") for end in ends.split(" & ")}


def below(name: str) -> set[str]:
    """All that the arrows of a layer lead to, however far."""
    return LAYERS[name].union(*map(below, LAYERS[name]))


def packages() -> Iterator[tuple[str, Path]]:
    """Each folder of the code as the page names it, and each module beside the folders, with the file of its docstring."""
    source = ROOT / "src" / "ecrlint"
    for path in source.rglob("__init__.py"):
        if path.parent != source:
            yield path.parent.relative_to(source).as_posix(), path
    yield from ((path.stem, path) for path in source.glob("*.py") if not path.stem.startswith("__"))
    yield from ((path.parent.relative_to(ROOT).as_posix(), path) for path in (ROOT / "rules").rglob("__init__.py"))


def test_every_folder_has_a_sentence_which_the_page_repeats() -> None:
    sentences = {name: (ast.get_docstring(ast.parse(path.read_bytes())) or "").partition("\n")[0] for name, path in packages()}
    assert "" not in sentences.values()
    assert {name: sentence for name, (_, sentence, _) in TABLE.items()} == sentences


def test_the_table_of_the_page_has_the_arrows() -> None:
    arrows = {name: arrows for name, (_, _, arrows) in TABLE.items()}
    assert arrows == {name: LAYERS.get(name, WITHIN.get(name, set())) for name in arrows}


def test_the_picture_of_the_page_has_each_arrow_that_no_others_stand_for() -> None:
    arrows = {(name, end) for name, ends in LAYERS.items() for end in ends}
    assert drawn(PAGE) == {(name, end) for name, end in arrows if not any(end in below(other) for other in LAYERS[name])}


def test_a_layer_imports_all_below_it_but_for_the_command_line() -> None:
    assert [name for name, ends in LAYERS.items() if ends != below(name)] == ["commands", "cli"]


def test_every_folder_of_a_layer_says_which_neighbours_it_imports() -> None:
    assert {name for name, _ in packages() if "/" in name and not name.startswith("rules")} == set(WITHIN)


def test_the_links_of_the_page_lead_where_they_say() -> None:
    links = re.findall(r"\]\(([^):#]+)(?:#[^)]*)?\)", PAGE)
    assert [link for link in links if not (ROOT / link).exists()] == []
    for name, (target, _, _) in TABLE.items():
        assert target.removeprefix("src/ecrlint/").removesuffix(".py").rstrip("/") == name
