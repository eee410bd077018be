"""Type constraints of input variables: conversions, and the defaults of optional attributes."""

from __future__ import annotations

from collections.abc import Callable

from ecrlint.evaluate.terraform.expression import force
from ecrlint.evaluate.terraform.functions import to_string
from ecrlint.model.node import Node
from ecrlint.model.value import Choice, List, Map, Scalar, Unknown, Value

Evaluate = Callable[[Node], Value]


def convert(value: Value, constraint: Node | None, evaluate: Evaluate) -> Value:
    """A value as a variable of this type holds it. What does not fit stays as it is: Terraform would stop there."""
    if constraint is None:
        return value
    constraint = force(constraint)
    if constraint.tag in ("name", "string"):
        return _primitive(value, constraint.value)
    if constraint.tag == "parens":
        return convert(value, constraint.value, evaluate)
    if constraint.tag != "call":
        return value
    name, arguments, _ = constraint.value
    if isinstance(value, Choice):
        then, otherwise = (convert(side, constraint, evaluate) for side in (value.then, value.otherwise))
        return Choice(value.condition, then, otherwise, value.span)
    if not arguments:
        return value
    if name in ("list", "set") and isinstance(value, List):
        items = tuple(convert(item, arguments[0], evaluate) for item in value.items)
        return List(items, value.span, value.complete)
    if name == "map" and isinstance(value, Map):
        entries = {key: convert(item, arguments[0], evaluate) for key, item in value.entries.items()}
        return Map(entries, value.span, value.complete)
    if name == "object" and isinstance(value, Map):
        return _object(value, arguments[0], evaluate)
    if name == "optional":
        return convert(value, arguments[0], evaluate)
    return value


def _object(value: Map, shape: Node, evaluate: Evaluate) -> Value:
    shape = force(shape)
    if shape.tag != "map":
        return value
    entries: dict[str, Value] = {}
    for name_node, constraint in shape.value:
        name = str(name_node.value)
        given = value.entries.get(name)
        if given is None and not value.complete:
            continue
        if given is None or (isinstance(given, Scalar) and given.value is None):
            entries[name] = _default(force(constraint), value, evaluate)
        else:
            entries[name] = convert(given, constraint, evaluate)
    return Map(entries, value.span, value.complete)


def _default(constraint: Node, value: Map, evaluate: Evaluate) -> Value:
    if constraint.tag == "call" and constraint.value[0] == "optional":
        arguments = constraint.value[1]
        if len(arguments) > 1:
            return convert(evaluate(arguments[1]), arguments[0], evaluate)
        return Scalar(None, value.span)
    return Unknown("a required attribute is not given", value.span, error=True)


def _primitive(value: Value, name: str) -> Value:
    if not isinstance(value, Scalar) or value.value is None:
        return value
    if name == "string":
        return Scalar(to_string(value), value.span)
    if name == "bool" and value.value in ("true", "false"):
        return Scalar(value.value == "true", value.span)
    if name == "number" and isinstance(value.value, str):
        try:
            number = float(value.value)
        except ValueError:
            return value
        return Scalar(int(number) if number.is_integer() else number, value.span)
    return value
