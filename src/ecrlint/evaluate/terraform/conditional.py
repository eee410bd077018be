"""`condition ? then : otherwise`: the side that is picked, with the type that both sides have in common.

https://developer.hashicorp.com/terraform/language/expressions/conditionals
"""

from __future__ import annotations

from ecrlint.evaluate.terraform.conditions import opaque
from ecrlint.evaluate.terraform.conversion import Unsure, Wrong
from ecrlint.evaluate.terraform.expression import evaluate
from ecrlint.evaluate.terraform.kinds import Type, as_type, solid, type_of, unify, weaken
from ecrlint.evaluate.terraform.operators import as_condition, select
from ecrlint.evaluate.terraform.scope import Scope, force
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, List, Map, Scalar, Unknown, Value


def conditional(node: Node, scope: Scope) -> Value:
    condition, then, otherwise = _grouped(node).value
    test = as_condition(evaluate(condition, scope), lambda: opaque(condition, scope, evaluate))
    match test:
        case Scalar(value=bool(known)):
            chosen, other = (then, otherwise) if known else (otherwise, then)
            value = evaluate(chosen, scope)
            return value if _keeps_type(value) else _of_one_type(value, evaluate(other, scope), other, scope)
        case Choice():
            first, second = evaluate(then, scope), evaluate(otherwise, scope)
            left = first if _keeps_type(first) else _of_one_type(first, second, otherwise, scope)
            right = second if _keeps_type(second) else _of_one_type(second, first, then, scope)
            return select(test, left, right, node.span)
        case _:
            return test


def _grouped(node: Node) -> Node:
    """`a ? b : c ? d : e` is `a ? b : (c ? d : e)`; the parser's grammar groups it to the left."""
    condition, then, otherwise = map(force, node.value)
    if condition.tag != "conditional" or condition.span.start != node.span.start:
        return node
    first, second, third = map(force, condition.value)
    rest = Node("conditional", (third, then, otherwise), Span(node.span.source, third.span.start, otherwise.span.end))
    return _grouped(Node("conditional", (first, second, rest), node.span))


def _keeps_type(value: Value) -> bool:
    """Whether a side of a conditional stays what it is, whatever the other side: a string does, and what is not known."""
    match value:
        case Scalar():
            return value.value is None or isinstance(value.value, str)
        case Choice():
            return _keeps_type(value.then) and _keeps_type(value.otherwise)
        case List() | Map():
            return False
        case _:
            return True


def _of_one_type(value: Value, other: Value, node: Node, scope: Scope) -> Value:
    """A side of a conditional, converted to the type that both sides have in common."""
    if isinstance(other, Unknown) and other.error:
        return value
    scope.budget.weigh(value)
    scope.budget.weigh(other)
    kind = type_of(other)
    sure = kind is not None and solid(other)
    if kind is None:
        kind = _declared_type(node, scope)
        sure = kind is not None
    if kind is None:
        kind = _static_type(node)
    own = type_of(value)
    try:
        common = unify([own, kind])
        if sure:
            return as_type(value, common)
    except Wrong as wrong:
        return Unknown(f"the sides of a condition: {wrong}", value.span, error=True) if sure else weaken(value)
    except Unsure as unsure:
        return Unknown(str(unsure), value.span)
    # The other side may fail, and then it has no type.
    return value if own is not None and common == own else weaken(value)


_RETURNS = {
    "string": "base64decode base64encode base64sha256 base64sha512 basename chomp cidrhost cidrsubnet dirname file "
    "filebase64 filemd5 filesha256 format formatdate indent join jsonencode lower md5 replace sha1 sha256 sha512 substr "
    "templatefile templatestring timeadd timestamp title tostring trim trimprefix trimspace trimsuffix upper urlencode uuid "
    "yamlencode",
    "number": "abs ceil floor index length log max min parseint pow signum sum timecmp tonumber",
    "bool": "alltrue anytrue can contains endswith fileexists startswith strcontains tobool",
}
"""The functions that give the same type, whatever they are given."""


def _declared_type(node: Node, scope: Scope) -> Type:
    """The type of a variable that an expression names."""
    node = force(node)
    root = force(node.value[0]) if node.tag == "attr" else node
    if root.tag != "name" or root.value != "var" or scope.module is None:
        return None
    from ecrlint.evaluate.terraform.variables import constraint_type

    variable = scope.module.folder.variables.get(node.value[1])
    return None if variable is None else constraint_type(variable.attributes.get("type"))


def _static_type(node: Node) -> Type:
    """The type that an expression has whatever its value, if it has one; None where that is not known."""
    node = force(node)
    match node.tag:
        case "parens":
            return _static_type(node.value)
        case "template":
            return "string"
        case "unary":
            return "bool" if node.value[0] == "!" else "number"
        case "binary":
            return "number" if node.value[0] in ("+", "-", "*", "/", "%") else "bool"
        case "call":
            return next((kind for kind, names in _RETURNS.items() if node.value[0] in names.split()), None)
        case _:
            return None
