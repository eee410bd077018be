"""Every loop over input that builds values, and every recursion, in evaluation is charged to the budget of its unit.

A loop is charged where its function charges, or where something that it calls for each item does. What is left is named in
`BOUNDED` with the reason why it needs no charge of its own; an entry that nothing needs any more fails.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

EVALUATE = Path(__file__).resolve().parent.parent / "src" / "ecrlint" / "evaluate"

BOUNDED = {
    "functions._called weighs what a function of Terraform is given, and `bounded` what it gives":
        "terraform.functions terraform.functions.collections terraform.functions.encoding terraform.functions.formats "
        "terraform.functions.networks terraform.functions.numbers terraform.functions.regex terraform.functions.sets "
        "terraform.functions.strings terraform.functions.yaml terraform.kinds terraform.conversion terraform.shape",
    "an operator, a conditional and a conversion are charged for the weight of their operands":
        "terraform.operators terraform.conditional terraform.variables",
    "policy_document charges each statement and each document that it takes":
        "terraform.policy_document",
    "a file, a block or a plan is gone through once":
        "terraform:_stays terraform:_taken_over "
        "terraform.configuration terraform.providers terraform.root_module terraform.scope terraform.instance:ignored "
        "cloudformation cloudformation.template plan plan.address plan.beside plan.contents plan.located_json plan.providers "
        "plan.reading plan.secrets workflow workflow.triggers",
    "what is handed over is charged before it is decoded, and the text of a script before it is parsed":
        "alignment json_document script.script_text script.userdata",
    "a command costs COMMAND, and has so many words; each statement is charged for the variables that it may copy":
        "script.aws script.builtins script.engines script.expansion script.files script.interpreter "
        "script.journal script.metadata script.options script.output script.passwords script.shell_state script.syntax "
        "script.wrappers",
    "a step of a workflow costs INSTANCE, an expression as many steps as it has tokens":
        "workflow.actions workflow.context workflow.expression workflow.steps workflow.jobs",
    "the texts of rules are charged for as often as they are decided, a job of GitLab costs JOB, and what it states is charged":
        "workflow.gitlab.starts workflow.gitlab.jobs workflow.gitlab.configuration:_reference workflow.gitlab.rule_condition",
    "the items of a syntax node, each of which is evaluated":
        "terraform.conditions:_traversals terraform.conditions:_root "
        "terraform.expression:_map terraform.expression:_attr terraform.forms:subexpressions terraform.forms:_is_bound "
        "terraform.forms:_is_whole terraform.forms:_held terraform.repetition:splat "
        "terraform.comparisons:_measured terraform.conditions:_root terraform.conditions:_traversals "
        "cloudformation.expression:TemplateScope._list cloudformation.expression:TemplateScope._unrolled "
        "cloudformation.functions:_get_att cloudformation.functions:_cidr",
    "the items of a collection that was weighed, or whose items are charged where they are made":
        "terraform.repetition:_made terraform.repetition:_collected terraform.repetition:_pairs terraform.module:_collection "
        "terraform.module:_refs terraform.module:ModuleInstance.call terraform.attributes:each_keys "
        "terraform.attributes:_either cloudformation.functions:_lift cloudformation.functions:_opened "
        "cloudformation.functions:_spelled cloudformation.functions:_ranges cloudformation.expression:_words "
        "cloudformation.loops:_words cloudformation.substitution:_parts "
        "plan.merge:_like plan.merge:pairs plan.attributes plan.holes",
    "the arguments and blocks that are written in one body":
        "terraform.attributes:BlockAttributes.__iter__ terraform.module:ModuleCall._providers "
        "terraform.outgoing:_references terraform.outgoing:_once "
        "terraform:TerraformEvaluation.of_few_values terraform.module:ModuleInstance.of_few_values "
        "terraform.module:ModuleInstance.declared_providers terraform.module:_stated_values "
        "terraform.module:ModuleInstance._not_known",
    "a fragment is filled in for each entry of a loop, which costs INSTANCE":
        "cloudformation.loops:_filled cloudformation.loops:_filled_map cloudformation.loops:_filled_sub",
    "the conditions that follow from one are charged where they are assumed; a choice looks at no more than MAX_PARTS":
        "cloudformation.conditions:implied cloudformation.conditions:_parts cloudformation.conditions:_size",
    "the versions in the table of summaries, and the three parts of one":
        "terraform.summaries terraform.summaries.versions",
    "what the user gives on the command line":
        "terraform:stated_values terraform:_moved",
    "the blocks of a file of Terragrunt, its folders, and its inputs, which were weighed where they were evaluated":
        "terragrunt terragrunt.file:TerragruntFile.__init__ terragrunt.file:TerragruntFile.blocks "
        "terragrunt.file:TerragruntFile._in_parents",
    "templates nest no deeper than MAX_NESTING":
        "cloudformation.expression:TemplateInstance.parents",
}  # fmt: skip
"""By reason: modules (`terraform.kinds`) and functions (`terraform.module:_refs`) whose loops it is true of."""

CHARGES = frozenset({"step", "make", "write", "weigh", "enter", "afford", "hand_over"})
ASKING = frozenset({"any", "all", "next", "sum", "len", "set", "frozenset", "max", "min"})
"""What only asks something of items and keeps none."""

BUILDING = frozenset({"Scalar", "List", "Map", "Text", "Json", "Ref", "Choice", "Unknown", "Node", "join", "concat", "joined"})
KEEPING = frozenset({"append", "extend", "add", "update", "setdefault", "replace"})
RECEIVERS = {"scope": "TemplateScope"}
"""The class of what a parameter is that a protocol describes."""

Place = tuple[str, tuple[str, ...]]
"""A function: the module, relative to the folder, and the names that lead to it there."""


class Program:
    """The functions of some modules, by place, and what the names in them lead to."""

    def __init__(self, modules: dict[str, ast.Module]) -> None:
        self.functions: dict[Place, ast.FunctionDef] = {}
        self.classes: set[Place] = set()
        self.imported: dict[str, dict[str, tuple[str, str]]] = {}
        for module, tree in modules.items():
            self._collect(module, tree, ())
            self.imported[module] = {
                alias.asname or alias.name: ((node.module or "").removeprefix("ecrlint.evaluate").removeprefix("."), alias.name)
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ecrlint.evaluate")
                for alias in node.names
            }
        self.direct = {place for place, node in self.functions.items() if any(map(is_charge, inside(node)))}
        self.charging = set(self.direct)
        while more := {
            place
            for place, node in self.functions.items()
            if place not in self.charging and self.calls_charging(place, inside(node))
        }:
            self.charging |= more

    def _collect(self, module: str, node: ast.AST, names: tuple[str, ...]) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                self.functions[module, (*names, child.name)] = child
            elif isinstance(child, ast.ClassDef):
                if any(ast.unparse(base) == "Protocol" for base in child.bases):
                    continue
                self.classes.add((module, (*names, child.name)))
            below = (*names, child.name) if isinstance(child, (ast.FunctionDef, ast.ClassDef)) else names
            self._collect(module, child, below)

    def targets(self, place: Place, called: ast.expr) -> list[Place]:
        """The functions that a call may lead to, as far as its words tell."""
        module, names = place
        if isinstance(called, ast.Name):
            outer = (
                (module, (*names[:at], called.id)) for at in range(len(names), -1, -1) if (module, names[:at]) not in self.classes
            )
            found = next((one for one in outer if one in self.functions), None)
            if found is None and called.id in self.imported[module]:
                home, name = self.imported[module][called.id]
                found = (home, (name,)) if (home, (name,)) in self.functions else None
            return [] if found is None else [found]
        if not isinstance(called, ast.Attribute):
            return []
        methods = [one for one in self.functions if one[1][-1] == called.attr]
        if isinstance(called.value, ast.Name):
            receiver = called.value.id
            if receiver == "self":
                return [one for one in methods if one[0] == module and one[1][:-1] == names[: len(one[1]) - 1]]
            if receiver in RECEIVERS:
                return [one for one in methods if one[1][:-1] == (RECEIVERS[receiver],)]
            if receiver in self.imported[module]:
                return [one for one in methods if one[0] == ".".join(self.imported[module][receiver]).removeprefix(".")]
        return methods

    def calls_charging(self, place: Place, nodes: Iterator[ast.AST]) -> bool:
        """Whether some call among these nodes charges wherever it may lead, or hands on a function that does."""
        for node in nodes:
            for called in (node.func, *node.args) if isinstance(node, ast.Call) else ():
                targets = self.targets(place, called)
                if targets and all(target in self.charging for target in targets):
                    return True
        return False

    def uncharged(self) -> Iterator[tuple[Place, int]]:
        """The loops and recursions that nothing charges, each by its function and line."""
        for place, node in self.functions.items():
            if place in self.direct:
                continue
            for loop in loops(node):
                if builds(loop) and not self.calls_charging(place, ast.walk(loop)):
                    yield place, loop.lineno
            if place not in self.charging and any(
                self.targets(place, call.func) == [place] for call in inside(node) if isinstance(call, ast.Call)
            ):
                yield place, node.lineno


def inside(node: ast.AST) -> Iterator[ast.AST]:
    """What a function is made of, without the functions in it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            yield from inside(child)


def is_charge(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Attribute) and called.attr in CHARGES and ast.unparse(called.value).endswith("budget")


def is_fixed(node: ast.expr) -> bool:
    """Whether what is gone through is written out in the program."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("range", "enumerate", "reversed", "zip"):
        return all(map(is_fixed, node.args))
    return (
        isinstance(node, (ast.Tuple, ast.List, ast.Constant)) or ast.unparse(node).lstrip("_").removesuffix(".items()").isupper()
    )


def loops(function: ast.FunctionDef) -> Iterator[ast.expr | ast.stmt]:
    asked = {
        id(argument)
        for node in inside(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ASKING
        for argument in node.args
    }
    for node in inside(function):
        match node:
            case ast.While():
                yield node
            case ast.For(iter=over) if not is_fixed(over):
                yield node
            case ast.ListComp() | ast.DictComp() | ast.GeneratorExp() if id(node) not in asked:
                if not all(is_fixed(generator.iter) for generator in node.generators):
                    yield node
            case ast.Call(func=ast.Name(id="map")) if id(node) not in asked:
                yield node


def builds(loop: ast.AST) -> bool:
    """Whether a loop makes something of its items."""
    if not isinstance(loop, ast.For):
        return True
    for node in ast.walk(loop):
        match node:
            case ast.Yield() | ast.YieldFrom():
                return True
            case ast.Call(func=called) if ast.unparse(called).rpartition(".")[2] in BUILDING | KEEPING:
                return True
            case ast.Assign(targets=targets) if any(isinstance(target, ast.Subscript) for target in targets):
                return True
    return False


@cache
def uncharged() -> dict[str, list[int]]:
    """The lines of what nothing charges, by module and function."""
    modules = {}
    for path in sorted(EVALUATE.rglob("*.py")):
        name = path.relative_to(EVALUATE).as_posix().removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        if name != "budget":
            modules[name] = ast.parse(path.read_text())
    found: dict[str, list[int]] = {}
    for (module, names), line in Program(modules).uncharged():
        found.setdefault(f"{module}:{'.'.join(names)}", []).append(line)
    return found


def test_every_loop_over_input_is_charged_or_named_as_bounded() -> None:
    named = {word for words in BOUNDED.values() for word in words.split()}
    assert {name: lines for name, lines in uncharged().items() if not {name, name.partition(":")[0]} & named} == {}


def test_nothing_is_named_as_bounded_that_is_charged() -> None:
    names = {word for name in uncharged() for word in (name, name.partition(":")[0])}
    assert [word for words in BOUNDED.values() for word in words.split() if word not in names] == []


def found_in(text: str) -> list[int]:
    return [line for _, line in Program({"it": ast.parse(text)}).uncharged()]


def test_a_loop_that_charges_nothing_is_found() -> None:
    assert found_in("def f(xs):\n    return [Scalar(x) for x in xs]\n") == [2]
    assert found_in("def f(xs):\n    for x in xs:\n        found.append(x)\n") == [2]
    assert found_in("def f(x):\n    while x:\n        x = x.next\n") == [2]
    assert found_in("def f(x):\n    return f(x.inner)\n") == [1]


def test_a_loop_that_charges_is_not() -> None:
    assert found_in("def f(xs, budget):\n    budget.step(len(xs))\n    return [Scalar(x) for x in xs]\n") == []
    assert found_in("def g(x, budget):\n    budget.step()\n\ndef f(xs, budget):\n    return [g(x, budget) for x in xs]\n") == []
    assert found_in("def f(xs):\n    return any(x for x in xs)\n") == []
    assert found_in("def f(a, b):\n    return [Scalar(x) for x in (a, b)]\n") == []
