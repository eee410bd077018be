"""CloudFormation templates to resources: one template is one unit.

Only the resources of the types that are asked for are evaluated. A parameter's default counts as its value, as a
default does for a Terraform variable; what a template cannot tell before deployment stays a reference, a choice or unknown.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from ecrlint.evaluate.cloudformation.expression import Scope, Unit
from ecrlint.evaluate.cloudformation.template import Template, entries, is_template, read
from ecrlint.evaluate.document import from_node
from ecrlint.model.finding import Problem
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.model.stack import Resource
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Map, Scalar, Unknown, Value

__all__ = ["PARAMETER", "UNREAD", "Evaluation", "evaluate", "is_template"]

PARAMETER = "parameter"
"""The type of what stands for a parameter; its attributes are those of its declaration."""

UNREAD = "unread"
"""The type of what stands for resources that were not read; its address says why."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The resources of one template; `notes` say what was not resolved."""

    resources: tuple[Resource, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]


def evaluate(node: Node, source: Source, types: Container[str], documents: frozenset[str]) -> Evaluation:
    """The resources of a template's document, one of type `PARAMETER` for each parameter, and one of type `UNREAD` for
    each part of it that is not read.

    Resources of other than the given types have no attributes here, and their conditions are not asked. `documents` are
    the properties whose string is a JSON document; they are given as what the document says.
    """
    template = read(node)
    unit = Unit(template, documents)
    for problem in template.problems:
        unit.problem(problem)
    resources: list[Resource] = []
    for name, (span, body) in template.resources.items():
        kind = body.get("Type")
        if kind is None or kind.tag != "string":
            continue
        if kind.value not in types:
            resources.append(Resource(kind.value, name, Map({}, span, complete=False), span))
            continue
        resource = _resource(unit, name, kind.value, span, body.get("Condition"), body.get("Properties"))
        if resource is not None:
            resources.append(resource)
    resources += _parameters(template)
    resources += [Resource(UNREAD, reason, Map({}, place), place) for reason, place in template.unread]
    notes = dict.fromkeys([*(reason for reason, _ in template.unread), *template.notes, *unit.notes])
    return Evaluation(tuple(resources), tuple(unit.problems.values()), tuple(notes))


def _resource(unit: Unit, name: str, kind: str, span: Span, condition: Node | None, properties: Node | None) -> Resource | None:
    """One resource; None where its condition is known not to hold."""
    scope = Scope(unit)
    exists = YES
    when: Value | None = None
    if condition is not None and condition.tag == "string":
        try:
            exists = scope.truth(condition.value, condition.span)
            if exists is MAYBE:
                yes, no = Scalar(True, condition.span), Scalar(False, condition.span)
                when = scope.choose(condition.value, yes, no, condition.span)
        except RecursionError:
            exists = MAYBE
            unit.notes.setdefault(f"the condition {condition.value} is nested too deep")
        if exists is NO:
            return None
        if exists is MAYBE:
            scope = scope.assume(condition.value, True)
    attributes = Map({}, span)
    if properties is not None:
        try:
            value = scope.value(properties)
        except RecursionError:
            value = Unknown("it is nested too deep", span)
        attributes = value if isinstance(value, Map) else Map({}, span, complete=properties.tag == "null")
    return Resource(kind, name, attributes, span, exists, when=when)


def _parameters(template: Template) -> Iterator[Resource]:
    for name, node in template.parameters.items():
        yield Resource(PARAMETER, name, Map(_declaration(node), node.span), node.span)


def _declaration(node: Node) -> dict[str, Value]:
    found = entries(node, [])
    return {name: from_node(found[name]) for name in ("Type", "Default") if name in found}
