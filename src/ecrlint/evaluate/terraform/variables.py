"""Type constraints of input variables: conversions, and the defaults of optional attributes.

https://developer.hashicorp.com/terraform/language/expressions/type-constraints
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ecrlint.evaluate.terraform.conversion import Unsure, Wrong, positional
from ecrlint.evaluate.terraform.kinds import Type, as_collection, as_map, as_set, as_type
from ecrlint.evaluate.terraform.scope import force
from ecrlint.model.node import Node
from ecrlint.model.value import Choice, List, Map, Ref, Scalar, Unknown, Value, is_null

Evaluate = Callable[[Node], Value]

_PRIMITIVES = ("string", "number", "bool")
_LITERALS = ("string", "number", "bool")


def convert(value: Value, constraint: Node | None, evaluate: Evaluate) -> Value:
    """A value as a variable of this type holds it. What does not fit stays as it is: Terraform would stop there."""
    if constraint is None:
        return value
    try:
        return _converted(value, force(constraint), evaluate)
    except Wrong:
        return value
    except Unsure as unsure:
        return Unknown(str(unsure), value.span)


def constraint_type(constraint: Node | None) -> Type:
    """The type that a constraint stands for; None where it leaves that open."""
    if constraint is None:
        return None
    constraint = force(constraint)
    match constraint.tag:
        case "name" | "string" if constraint.value in _PRIMITIVES:
            return constraint.value
        case "parens":
            return constraint_type(constraint.value)
        case "call":
            name, arguments, _ = constraint.value
            if name in ("list", "set", "map") and len(arguments) == 1:
                return (name, constraint_type(arguments[0]))
            if name == "optional" and arguments:
                return constraint_type(arguments[0])
    return None


def allowed_values(name: str, validations: Iterable[Node]) -> tuple[Node, ...]:
    """The literals that the conditions of a variable's validations admit; none where they do not list them."""
    return next((literals for node in validations if (literals := tuple(_listed(name, force(node)) or ()))), ())


def _listed(name: str, node: Node) -> list[Node] | None:
    """The literals that an expression compares a variable with, which is true for these alone; None for any other expression."""
    match node.tag:
        case "parens":
            return _listed(name, force(node.value))
        case "call" if node.value[0] == "contains" and len(node.value[1]) == 2:
            items, subject = map(force, node.value[1])
            found = list(map(force, items.value)) if items.tag == "list" and _is_variable(name, subject) else []
            return found if found and all(item.tag in _LITERALS for item in found) else None
        case "binary":
            operator, left, right = node.value[0], force(node.value[1]), force(node.value[2])
            if operator == "||":
                first, second = _listed(name, left), _listed(name, right)
                return None if first is None or second is None else first + second
            if operator == "==" and left.tag in _LITERALS:
                left, right = right, left
            return [right] if operator == "==" and _is_variable(name, left) and right.tag in _LITERALS else None
    return None


def _is_variable(name: str, node: Node) -> bool:
    return node.tag == "attr" and node.value[0].tag == "name" and (node.value[0].value, node.value[1]) == ("var", name)


def _converted(value: Value, constraint: Node, evaluate: Evaluate) -> Value:
    if constraint.tag == "parens":
        return _converted(value, force(constraint.value), evaluate)
    if isinstance(value, Choice):
        then, otherwise = (_converted(side, constraint, evaluate) for side in (value.then, value.otherwise))
        return Choice(value.condition, then, otherwise, value.span)
    if isinstance(value, (Unknown, Ref)) or is_null(value):
        return value
    if constraint.tag in ("name", "string"):
        return _named(value, constraint.value)
    if constraint.tag != "call" or not constraint.value[1]:
        return value
    name, arguments, _ = constraint.value
    inner = force(arguments[0])
    if name == "optional":
        return _converted(value, inner, evaluate)
    if name in ("list", "set") and isinstance(value, List):
        return _list(value, name, inner, evaluate)
    if name == "map" and isinstance(value, Map):
        return _map(value, inner, evaluate)
    if name == "object" and isinstance(value, Map):
        return _object(value, inner, evaluate)
    if name == "tuple" and isinstance(value, List):
        return _tuple(value, inner, evaluate)
    raise Wrong(f"a {name} is needed")


def _named(value: Value, name: str) -> Value:
    if name in _PRIMITIVES:
        return as_type(value, name)
    if name in ("list", "set", "map"):  # the old way to say list(any)
        return as_type(value, (name, "any"))
    return value


def _is_any(constraint: Node) -> bool:
    return constraint.tag in ("name", "string") and constraint.value == "any"


def _list(value: List, kind: str, inner: Node, evaluate: Evaluate) -> Value:
    if _is_any(inner):
        return as_collection(value, kind, "any")
    items = tuple(_converted(item, inner, evaluate) for item in value.items)
    if kind == "set":
        return as_set(List(items, value.span, value.complete))
    made = "list" if positional(value) else "bag" if value.complete else ""
    return List(items, value.span, value.complete, made)


def _map(value: Map, inner: Node, evaluate: Evaluate) -> Value:
    if _is_any(inner):
        return as_map(value, "any")
    entries = {name: _converted(item, inner, evaluate) for name, item in value.entries.items()}
    return Map(entries, value.span, value.complete, "map")


def _tuple(value: List, inner: Node, evaluate: Evaluate) -> Value:
    if inner.tag != "list" or not positional(value):
        return value
    if len(inner.value) != len(value.items):
        raise Wrong(f"a tuple of {len(inner.value)} is needed")
    items = (_converted(item, force(one), evaluate) for item, one in zip(value.items, inner.value, strict=True))
    return List(tuple(items), value.span, kind="tuple")


def _object(value: Map, shape: Node, evaluate: Evaluate) -> Value:
    if shape.tag != "map":
        return value
    entries: dict[str, Value] = {}
    for name_node, constraint in shape.value:
        name = str(name_node.value)
        constraint = force(constraint)
        given = value.entries.get(name)
        if given is None and not value.complete:
            continue
        if given is None or is_null(given):
            entries[name] = _default(constraint, given, value, evaluate)
        else:
            entries[name] = _attribute(given, constraint, value, evaluate)
    return Map(entries, value.span, value.complete, "object")


def _attribute(given: Value, constraint: Node, value: Map, evaluate: Evaluate) -> Value:
    if isinstance(given, Choice):
        sides = (
            _default(constraint, side, value, evaluate) if is_null(side) else _attribute(side, constraint, value, evaluate)
            for side in (given.then, given.otherwise)
        )
        return Choice(given.condition, next(sides), next(sides), given.span)
    if isinstance(given, (Ref, Unknown)) and constraint.tag == "call" and constraint.value[0] == "optional":
        if len(constraint.value[1]) > 1:  # where it is null, it is the default
            return _or_default(given, constraint, value, evaluate)
    return _converted(given, constraint, evaluate)


def _or_default(given: Value, constraint: Node, value: Map, evaluate: Evaluate) -> Value:
    from ecrlint.evaluate.terraform.operators import equality, select

    absent = equality(given, Scalar(None, given.span), given.span)
    return select(absent, _default(constraint, None, value, evaluate), given, given.span)


def _default(constraint: Node, given: Value | None, value: Map, evaluate: Evaluate) -> Value:
    """What stands for an attribute that is not given, or null."""
    if constraint.tag == "call" and constraint.value[0] == "optional":
        arguments = constraint.value[1]
        if len(arguments) > 1:
            return _converted(evaluate(arguments[1]), force(arguments[0]), evaluate)
        return Scalar(None, value.span)
    if given is not None:
        return given
    return Unknown("a required attribute is not given", value.span, error=True)
