"""Comparisons of an expression that is not known with a literal, in one form for all ways to write one of them."""

from __future__ import annotations

from collections.abc import Callable

from ecrlint.evaluate.terraform.conditions import asks_what_is_given
from ecrlint.evaluate.terraform.operators import compared, equality, negation, opened
from ecrlint.evaluate.terraform.scope import Scope, force
from ecrlint.evaluate.terraform.variables import constraint_type
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.value import Opaque, Scalar, Value

MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}

ValueOf = Callable[[Node, Scope], Value]


def equal_to(subject: str, node: Node, literal: Scalar, span: Span, scope: Scope, value_of: ValueOf) -> Value:
    """Whether an expression is equal to a literal: to true, as where it is a condition by itself."""
    given = asks_what_is_given(node, scope, value_of)
    if isinstance(literal.value, bool):
        is_true = opened(Opaque(subject, given), span)
        return is_true if literal.value else negation(is_true, span)
    if literal.value == 0 and (measured := _measured(node)) is not None and _is_string(measured, scope):
        return equality(value_of(measured, scope), Scalar("", span), span)
    return compared(subject, literal, span, given)


def above(subject: str, node: Node, limit: int | float, operator: str, span: Span, scope: Scope, value_of: ValueOf) -> Value:
    """Whether an expression is above or below a number: what is not below is at least that. A length is a whole number, and one
    that is not above 0 is 0."""
    if _measured(node) is not None and operator in (">=", "<") and limit == int(limit):
        operator, limit = (">", int(limit) - 1) if operator == ">=" else ("<=", int(limit) - 1)
    if _measured(node) is not None and limit == 0:
        is_empty = equal_to(subject, node, Scalar(0, span), span, scope, value_of)
        return is_empty if operator == "<=" else negation(is_empty, span)
    given = asks_what_is_given(node, scope, value_of)
    is_above = opened(Opaque(f"{subject} {'>' if operator in ('>', '<=') else '>='} {limit}", given), span)
    return is_above if operator in (">", ">=") else negation(is_above, span)


def _measured(node: Node) -> Node | None:
    """What an expression is the length of."""
    while (node := force(node)).tag == "parens":
        node = node.value
    return force(node.value[1][0]) if node.tag == "call" and node.value[0] == "length" and len(node.value[1]) == 1 else None


def _is_string(node: Node, scope: Scope) -> bool:
    """Whether an expression is a variable that is declared as a string."""
    if scope.module is None or node.tag != "attr" or (node.value[0].tag, node.value[0].value) != ("name", "var"):
        return False
    body = scope.module.folder.variables.get(node.value[1])
    return body is not None and constraint_type(body.attributes.get("type")) == "string"
