"""Terraform's language to resources: one root module with everything below it is one unit.

Lazily: a local, a variable or an attribute is computed when something asks for it, and once.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.json_document import decode_attribute
from ecrlint.evaluate.terraform.attributes import BlockAttributes, exists
from ecrlint.evaluate.terraform.configuration import Body, Folder
from ecrlint.evaluate.terraform.module import UNREAD, ModuleInstance
from ecrlint.evaluate.terraform.outgoing import OUTGOING, outgoing
from ecrlint.evaluate.terraform.root_module import RootModule
from ecrlint.evaluate.terraform.scope import force
from ecrlint.model.address import without_keys
from ecrlint.model.alternatives import MAX_VALUES, Alternatives
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO
from ecrlint.model.value import Choice, Map, Scalar, Value, alternatives, holes, same

OUTPUT = "output"
"""The type of what a root gives out, as a resource with the `value`, where no condition decides it, and the `document` that this
holds as JSON, where it does."""

IMPORT = "import"
"""The type of what brings an existing thing under management; `to` is the address of its resource, without keys."""

REMOVED = "removed"
"""The type of what no longer manages a thing and lets it be; `from` is the address that its resource had, without keys."""

BACKEND = "backend"
"""The type of where a root keeps its state; its address is the kind of backend."""


@dataclass(frozen=True)
class TerraformEvaluation:
    """The resources of one root. `notes` say, by path, what was not resolved; they and `problems` grow while the
    attributes of the resources are read. `read` are the paths of files that expressions read."""

    resources: tuple[Resource, ...]
    unit: RootModule
    module: ModuleInstance

    @property
    def problems(self) -> Iterable[Problem]:
        return self.unit.problems.values()

    @property
    def notes(self) -> dict[str, list[str]]:
        for path, reasons in self.unit.budget.cut.items():
            for reason in reasons:
                self.unit.note(path, reason)
        return self.unit.notes

    @property
    def summaries(self) -> dict[str, list[str]]:
        """The calls that are read from summaries of their modules, by path."""
        return self.unit.summaries

    def of_few_values(self) -> Iterator[Alternatives]:
        """The variables of the root that have been asked for and may have one of a few values, as their validations list them.
        What gives one its value is the body of a variable file."""
        everything = frozenset(resource.address for resource in self.resources)
        for name, default, allowed in self.module.of_few_values():
            others = {node.value: _sets(name, node) for node in allowed}
            usual = () if default is None else (default.value,)
            if all(value in others for value in usual) and 1 < len(others) <= MAX_VALUES:
                for value in usual:
                    del others[value]
                yield Alternatives(f"var.{name}", name, usual, others, everything)

    @property
    def read(self) -> set[str]:
        return self.unit.read_paths


def evaluate(
    root: Folder,
    read: Callable[[str], Source | None],
    folders: Callable[[str], Folder | None],
    types: Container[str],
    documents: Callable[[str], frozenset[str]],
    budget: Budget,
    open_variables: Container[str] = frozenset(),
    values: Sequence[Node] = (),
    inputs: Mapping[str, Value] | None = None,
) -> TerraformEvaluation:
    """The resources of the given types below a root folder, the calls of modules that are not here as type `module`,
    and the AWS providers of all modules as type `provider`.

    `documents` gives the arguments of a type that hold a JSON document. `open_variables` are those of the root that
    are not known, whatever their defaults: others call it, or a variable file gives another value. `values` are the bodies of the
    variable files that it is deployed with, beside those that Terraform loads by itself. They outweigh `inputs`, the values that
    variables have from outside. `budget` is what all of this may cost.
    """
    from ecrlint.parse.hcl import parse_template

    unit = RootModule(root.path, read, folders, parse_template, documents, budget, open_variables)
    module = ModuleInstance(unit, root, "", None)
    module.inputs = BlockAttributes(root.tfvars.overridden(values) if values else root.tfvars, module.scope, unit)
    if inputs is not None:
        module.inputs = {**inputs, **module.inputs}
    resources = [made for instance in module.resources(types) if (made := instance.resource()).exists is not NO]
    for address, attributes in module.declared_providers():
        resources.append(Resource("provider", address, attributes, attributes.span, provider=address))
    for name, body in root.outputs.items() if OUTPUT in types else ():
        value = module.output(name, body.span)
        stated: dict[str, Value] = {}
        if (one := _one(value, budget)) is not None:
            stated["value"] = one
        document, _ = decode_attribute("content", value)
        if isinstance(document, Map):
            stated["document"] = document
        resources.append(Resource(OUTPUT, f"output.{name}", Map(stated, body.span), body.span))
    resources.extend(outgoing(module) if OUTGOING in types else ())
    resources.extend(_taken_over(root) if IMPORT in types else ())
    if root.backend is not None and BACKEND in types:
        kind, body = root.backend
        resources.append(Resource(BACKEND, kind, Map(BlockAttributes(body, module.scope, unit), body.span), body.span))
    resources.extend(module.unread_files() if UNREAD in types else ())
    for call in module.unread_calls():
        resources.append(Resource("module", call.address, call.arguments, call.body.span, exists(call.when), when=call.when))
    return TerraformEvaluation(tuple(resources), unit, module)


def stated_values(root: Folder, variables: Mapping[str, str]) -> Node | None:
    """The body of a variable file that says of the variables of a root what `-var NAME=VALUE` says; None where it has none.

    A value that is a list or an object is an expression, any other one a string, which becomes what the variable's type says.
    https://developer.hashicorp.com/terraform/language/values/variables#variables-on-the-command-line
    """
    from ecrlint.parse.hcl import parse

    given = []
    for name, text in variables.items():
        variable = root.variables.get(name)
        if variable is None:
            continue
        node = Node("string", text, variable.span)
        if text.lstrip().startswith(("[", "{")):
            body, problems = parse(Source(variable.span.path, f"{name} = {text}", "terraform"))
            if body.value and not problems:
                node = _moved(body.value[0].value[1], variable.span)
        given.append(Node("attribute", (name, node), variable.span))
    span = next(iter(root.variables.values())).span if given else None
    return None if span is None else Node("body", tuple(given), span)


def _moved(node: Any, span: Span) -> Any:
    """Syntax, as if it stood at a place."""
    if isinstance(node, Node):
        return Node(node.tag, _moved(node.value, span), span)
    return tuple(_moved(one, span) for one in node) if isinstance(node, tuple) else node


def _sets(name: str, value: Node) -> Node:
    return Node("body", (Node("attribute", (name, value), value.span),), value.span)


def _one(value: Value, budget: Budget) -> Value | None:
    """What a value is on all sides of its conditions; None where one decides what it is."""
    budget.weigh(value)
    first, *others = alternatives(value)
    return first if not any(isinstance(hole, Choice) for hole in holes(first)) and all(same(first, it) for it in others) else None


def _taken_over(root: Folder) -> Iterator[Resource]:
    """What a root imports, and what it has given up without destroying it.

    https://developer.hashicorp.com/terraform/language/block/removed
    """
    listed = [(IMPORT, "to", body) for body in root.imports]
    listed += [(REMOVED, "from", body) for body in root.removed if _stays(body)]
    for at, (kind, word, body) in enumerate(listed):
        node = body.attributes.get(word)
        if node is not None:
            text = node.span.text.strip('"').removeprefix("${").removesuffix("}").strip()
            address = Scalar(without_keys(text), node.span)
            yield Resource(kind, f"{kind}.{at}", Map({word: address}, body.span), body.span)


def _stays(body: Body) -> bool:
    kept = (inner.attributes.get("destroy") for kind, _, inner in body.blocks if kind == "lifecycle")
    return any(node is not None and force(node).value is False for node in kept)
