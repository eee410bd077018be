"""CloudFormation templates to resources: one template is one unit.

Only the resources of the types that are asked for are evaluated. A parameter's default counts as its value, as a
default does for a Terraform variable; what a template cannot tell before deployment stays a reference, a choice or unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence, Set
from functools import cached_property, partial

from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.cloudformation.expression import (
    TemplateInstance,
    Templates,
    TemplateScope,
    allowed_values,
    holds_one_value,
    nested,
    spelled,
)
from ecrlint.evaluate.cloudformation.template import STACKS, entries, is_template, location, read, unroll_loops
from ecrlint.evaluate.json_document import from_node
from ecrlint.model.alternatives import MAX_VALUES, Alternatives
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.model.stack import Resource
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Choice, Map, Ref, Scalar, Value, deployed
from ecrlint.model.value.condition import Literal

__all__ = ["EXPORT", "PARAMETER", "UNREAD", "TemplateEvaluation", "evaluate", "is_template"]

PARAMETER = "parameter"
"""The type of what stands for a parameter; its attributes are those of its declaration."""

UNREAD = "unread"
"""The type of what stands for resources that were not read; its address says why."""


EXPORT = "export"
"""The type of what stands for an exported output; its address is what an import of it refers to, `Value` what it is."""


@dataclass(frozen=True)
class TemplateEvaluation:
    """The resources of one template and of those nested in it; `notes` say what was not resolved.

    `nested` are the paths of the templates that are nested in it, each with its own notes.
    """

    resources: tuple[Resource, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    nested: Mapping[str, tuple[str, ...]]
    unit: TemplateInstance
    types: Container[str]
    again: Callable[[Mapping[str, Node], Set[str]], Sequence[Resource]]

    def of_few_values(self) -> Iterator[Alternatives]:
        """The parameters that have been asked for and may have one of a few values, whatever their default."""
        for name in self.unit.parameters:
            declared = self.unit.template.parameters[name]
            allowed: dict[Literal, Node] = {spelled(node): node for node in allowed_values(declared)}
            default = entries(declared, []).get("Default")
            usual = () if default is None else (spelled(default),)
            if (
                all(value in allowed for value in usual)
                and 1 < len(allowed) <= MAX_VALUES
                and (default is not None or holds_one_value(declared))
            ):
                for value in usual:
                    del allowed[value]
                touched = self._mentioning(name)
                if touched:
                    yield Alternatives(name, name, usual, allowed, touched)

    def _mentioning(self, parameter: str) -> frozenset[str]:
        """The addresses of what mentions a parameter, or a condition that does."""
        words, before = {parameter}, 0
        while len(words) > before:
            before = len(words)
            words |= {name for name, said in self._words_of_conditions.items() if not words.isdisjoint(said)}
        names = {name for name, said in self._words_of_resources.items() if not words.isdisjoint(said)}
        names = {name for name in names if _kind(self.unit.template.resources[name][1]) in self.types}
        inside = {resource.address for resource in self.resources if resource.address.split(".")[0] in names}
        return frozenset(names | inside)

    @cached_property
    def _words_of_conditions(self) -> dict[str, frozenset[str]]:
        return {name: _words(node.span) for name, node in self.unit.template.conditions.items()}

    @cached_property
    def _words_of_resources(self) -> dict[str, frozenset[str]]:
        resources = self.unit.template.resources.items()
        return {name: _words(span, *(part.span for part in body.values())) for name, (span, body) in resources}

    def with_values(self, given: Mapping[str, Node], touched: Set[str]) -> tuple[Resource, ...]:
        """The resources as they are with other values of parameters, which change those at some addresses alone."""
        names = {address.split(".")[0] for address in touched}
        rest = (resource for resource in self.resources if resource.address.split(".")[0] not in names)
        return (*rest, *self.again(given, names))


def evaluate(
    node: Node,
    source: Source,
    types: Container[str],
    documents: Callable[[str], frozenset[str]],
    budget: Budget,
    templates: Templates | None = None,
) -> TemplateEvaluation:
    """The resources of a template's document, one of type `PARAMETER` for each parameter, one of type `EXPORT` for each
    output with a name for others, and one of type `UNREAD` for each part of it that is not read.

    Resources of other than the given types have no attributes here, and their conditions are not asked. `documents` are
    the properties whose string is a JSON document; they are given as what the document says. A nested stack whose template
    `templates` has is not among the resources: those that it makes are, at addresses like `Stack.LogicalId`.
    """

    def start(given: Mapping[str, Node]) -> TemplateInstance:
        unit = TemplateInstance(read(node, budget), documents, budget, source.path, templates, arguments=given)
        unroll_loops(unit.template, TemplateScope(unit).value, budget)
        bodies = unit.template.resources.values() if templates is not None else ()
        unit.joined = any(location(body, partial(TemplateScope(unit).named, "a template")) is not None for _, body in bodies)
        return unit

    def again(given: Mapping[str, Node], names: Set[str]) -> Sequence[Resource]:
        return list(_made(start(given), types, names))

    unit = start({})
    resources = list(_all(unit, types))
    units = list(_units(unit))
    problems = [problem for one in units for problem in (*one.template.problems, *one.problems.values())]
    nested: dict[str, tuple[str, ...]] = {}
    for one in units[1:]:
        nested[one.path] = tuple(dict.fromkeys((*nested.get(one.path, ()), *_notes(one))))
    return TemplateEvaluation(tuple(resources), tuple(dict.fromkeys(problems)), _notes(unit), nested, unit, types, again)


def _units(unit: TemplateInstance) -> Iterator[TemplateInstance]:
    yield unit
    for child in unit.children.values():
        if child is not None:
            yield from _units(child)


def _notes(unit: TemplateInstance) -> tuple[str, ...]:
    template = unit.template
    return tuple(dict.fromkeys([*(reason for reason, _ in template.unread), *unit.notes, *unit.budget.cut.get(unit.path, ())]))


def _words(*spans: Span) -> frozenset[str]:
    return frozenset(word for span in spans for word in re.findall(r"\w+", span.text))


def _kind(body: Mapping[str, Node]) -> str:
    kind = body.get("Type")
    return str(kind.value) if kind is not None and kind.tag == "string" else ""


def _all(unit: TemplateInstance, types: Container[str]) -> Iterator[Resource]:
    """What a template makes, and what the templates nested in it make, and what stands for the rest of it."""
    template = unit.template
    yield from _made(unit, types, template.resources)
    yield from _parameters(unit)
    yield from _exports(unit)
    yield from (Resource(UNREAD, unit.prefix + reason, Map({}, place), place) for reason, place in template.unread)


def _made(unit: TemplateInstance, types: Container[str], names: Container[str]) -> Iterator[Resource]:
    """The resources of some names, and what the templates nested in them make."""
    for name, (span, body) in unit.template.resources.items():
        if name not in names:
            continue
        kind = body.get("Type")
        if kind is None or kind.tag != "string":
            continue
        is_stack = kind.value in STACKS
        if kind.value not in types and not is_stack:
            yield Resource(kind.value, unit.prefix + name, Map({}, span, complete=False), span)
            continue
        child = nested(TemplateScope(unit), name) if is_stack else None
        resource = _resource(unit, name, kind.value, span, body.get("Condition"), None if child else body.get("Properties"))
        if resource is not None and child is not None:
            yield from (_inside(resource, made) for made in _all(child, types))
        elif resource is not None:
            yield resource


def _inside(stack: Resource, made: Resource) -> Resource:
    """A resource of a nested stack, which exists only where the stack does."""
    when = made.when if stack.when is None else stack.when if made.when is None else _both(stack.when, made.when)
    return replace(made, exists=stack.exists & made.exists, when=when, calls=(*made.calls, stack.span))


def _both(first: Value, second: Value) -> Value:
    """The condition that holds where two conditions do."""
    if isinstance(first, Choice):
        return replace(first, then=_both(first.then, second), otherwise=_both(first.otherwise, second))
    return second if isinstance(first, Scalar) and first.value is True else first


def _resource(
    unit: TemplateInstance, name: str, kind: str, span: Span, condition: Node | None, properties: Node | None
) -> Resource | None:
    """One resource; None where its condition is known not to hold."""
    scope = TemplateScope(unit, documents=unit.documents(kind))
    exists = YES
    when: Value | None = None
    if condition is not None and condition.tag == "string":
        try:
            exists = scope.truth(condition.value, condition.span)
            if exists is MAYBE:
                yes, no = Scalar(True, condition.span), Scalar(False, condition.span)
                when = scope.choose(condition.value, yes, no, condition.span)
        except (Exceeded, RecursionError) as exceeded:
            exists = MAYBE
            unit.budget.cut_off(f"the condition {condition.value}", exceeded, condition.span)
        if exists is NO:
            return None
        if exists is MAYBE:
            scope = scope.assume(condition.value, True)
    attributes = Map({}, span)
    if properties is not None:
        value = scope.named(unit.prefix + name, properties, lambda _, value: deployed(value))
        attributes = value if isinstance(value, Map) else Map({}, span, complete=properties.tag == "null")
    return Resource(kind, unit.prefix + name, attributes, span, exists, when=when)


def _exports(unit: TemplateInstance) -> Iterator[Resource]:
    scope = TemplateScope(unit)
    for output in unit.template.outputs.values():
        declared = entries(output, [])
        name = entries(declared.get("Export"), []).get("Name")
        if name is not None and "Value" in declared:
            ref = scope.named("the name of an export", Node("!ImportValue", name, name.span))
            if isinstance(ref, Ref):
                value = scope.named(ref.address, declared["Value"])
                yield Resource(EXPORT, ref.address, Map({"Value": value}, output.span), output.span)


def _parameters(unit: TemplateInstance) -> Iterator[Resource]:
    for name, node in unit.template.parameters.items():
        if name not in unit.arguments:
            yield Resource(PARAMETER, unit.prefix + name, Map(_declaration(node), node.span), node.span)


def _declaration(node: Node) -> dict[str, Value]:
    found = entries(node, [])
    return {name: from_node(found[name]) for name in ("Type", "Default") if name in found}
