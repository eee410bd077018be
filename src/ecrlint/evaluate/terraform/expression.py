"""Expressions to values, as Terraform would evaluate them, with what nobody can know kept unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ecrlint.evaluate.budget import Exceeded
from ecrlint.evaluate.terraform.conditions import condition_text, opaque
from ecrlint.evaluate.terraform.conversion import (
    PARTLY,
    Unsure,
    Wrong,
    because,
    is_input,
    joined,
    number,
    positional,
    to_string,
)
from ecrlint.evaluate.terraform.functions import FORMS, FUNCTIONS, LATE, READERS, lift
from ecrlint.evaluate.terraform.operators import (
    ARITHMETIC,
    as_condition,
    choice,
    conjunction,
    disjunction,
    equality,
    negate,
    negation,
)
from ecrlint.evaluate.terraform.scope import STAND_IN, Module, Scope, force
from ecrlint.model.dataclass import replace
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Condition, List, Map, Ref, Scalar, Text, Unknown, Value, assume, is_unknown


def evaluate(node: Node, scope: Scope) -> Value:
    """The value of an expression in a scope. Raises nothing but `Exceeded` and RecursionError."""
    node = force(node)
    budget = scope.budget
    budget.enter()
    try:
        return _EVALUATE[node.tag](node, scope)
    finally:
        budget.leave()


def _scalar(node: Node, scope: Scope) -> Value:
    return Scalar(node.value, node.span)


def _unreadable(node: Node, scope: Scope) -> Value:
    return Unknown("this is not valid HCL", node.span)


def _template(node: Node, scope: Scope) -> Value:
    return bounded(concat([evaluate(part, scope) for part in node.value], node.span), scope)


def bounded(value: Value, scope: Scope) -> Value:
    """The value, or an `Unknown` where it is larger or deeper than anybody writes."""
    try:
        if type(value) is Scalar and type(value.value) is str:
            scope.budget.write(len(value.value))
        scope.budget.make(scope.budget.weigh(value))
    except Exceeded as exceeded:
        return scope.budget.refuse(str(exceeded), value.span)
    return value


concat = joined
"""The string that the parts make one after the other."""


def _list(node: Node, scope: Scope) -> Value:
    return bounded(List(tuple(evaluate(item, scope) for item in node.value), node.span, kind="tuple"), scope)


def _map(node: Node, scope: Scope) -> Value:
    entries: dict[str, Value] = {}
    complete = True
    for name_node, item in node.value:
        key = evaluate(name_node, scope)
        name = "null" if name_node.tag == "null" else to_string(key)  # a bare word is a key, also this one
        if name is not None:
            entries[name] = evaluate(item, scope)
        elif isinstance(key, (List, Map, Scalar)):
            return Unknown("a key is not a string", name_node.span, error=True)
        elif isinstance(key, Unknown) and key.error:
            return key
        else:  # it may be any key, so no value before is sure
            complete = False
            entries = {other: Unknown("it may be overridden", node.span) for other in entries}
    return bounded(Map(entries, node.span, complete, "object"), scope)


def _parens(node: Node, scope: Scope) -> Value:
    return evaluate(node.value, scope)


def _name(node: Node, scope: Scope) -> Value:
    found = scope.names.get(node.value)
    return found if found is not None else Unknown(f"{node.value} is not a value", node.span)


def _attr(node: Node, scope: Scope) -> Value:
    """A traversal. Its first words decide what it is: a variable, a local, a module call, a data source, a resource."""
    steps: list[tuple[str, Span]] = []
    at = node
    while at.tag == "attr":
        target, name = at.value
        steps.append((name, at.span))
        at = target
    steps.reverse()
    if at.tag != "name" or at.value in scope.names:
        value = evaluate(at, scope)
        used = 0
    elif scope.module is None:
        return Unknown(f"{at.value} is not given to this template", node.span)
    else:
        value, used = _root(at.value, steps, scope.module, node.span)
    for name, span in steps[used:]:
        value = attribute(value, name, span, scope)
    taken = at.value == "module" and isinstance(value, (Ref, Choice))
    if taken or (at.value == "var" and isinstance(value, Ref) and value.address.endswith(f"var.{steps[0][0]}")):
        return replace(value, span=node.span)  # it stands where it is taken, not in the output or first use of the variable
    return value


def _root(word: str, steps: list[tuple[str, Span]], module: Module, span: Span) -> tuple[Value, int]:
    first = steps[0][0]
    if word == "var":
        return module.variable(first, span), 1
    if word == "local":
        return module.local(first, span), 1
    if word == "module":
        return module.call(first, span), 1
    if word == "data":
        if len(steps) < 2:
            return Unknown("a data source is named by type and name", span), len(steps)
        return module.resource(f"data.{first}", steps[1][0], span), 2
    return module.resource(word, first, span), 1


def attribute(value: Value, name: str, span: Span, scope: Scope) -> Value:
    """`value.name`."""
    match value:
        case Map():
            found = value.get(name)
            return found if found is not None else Unknown(f"it has no attribute {name}", span, error=True)
        case Ref(attribute=""):
            if scope.module is not None:
                return scope.module.attribute(value, name, span)
            return Ref(value.address, name, span)
        case Ref():
            return Ref(value.address, f"{value.attribute}.{name}", span)
        case Choice():
            then, otherwise = (attribute(side, name, span, scope) for side in (value.then, value.otherwise))
            return _going_on(value.condition, then, otherwise, span, scope)
        case List() if name.isdigit():
            return item(value, Scalar(int(name), span), span, scope)
        case List(items=(only,), complete=False):
            return attribute(only, name, span, scope)
        case _:
            return none(value, f"attribute {name} of something that has none", span)


def _index(node: Node, scope: Scope) -> Value:
    target, key_node = node.value
    return item(evaluate(target, scope), evaluate(key_node, scope), node.span, scope)


def item(value: Value, key: Value, span: Span, scope: Scope) -> Value:
    """`value[key]`."""
    for one in (value, key):
        if isinstance(one, Choice):
            then, otherwise = (
                item(assume(value, one.condition, side), assume(key, one.condition, side), span, scope) for side in (True, False)
            )
            return _going_on(one.condition, then, otherwise, span, scope)
    for one in (value, key):
        if isinstance(one, Unknown) and one.error:
            return one
    if isinstance(key, (List, Map)) or (isinstance(key, Scalar) and key.value is None):
        return Unknown("the key is none", span, error=not is_unknown(value))
    match value:
        case Map():
            return _entry(value, key, span)
        case List():
            return _item_at(value, key, span)
        case Ref() if isinstance(key, Scalar):
            return _inside(value, key, span)
        case _:
            return none(value, "an item of something that has none", span)


def _going_on(condition: Condition, then: Value, otherwise: Value, span: Span, scope: Scope) -> Value:
    """A choice; only its one side where Terraform would stop on the other."""
    if not scope.caught:
        for one, other in ((then, otherwise), (otherwise, then)):
            if isinstance(one, Unknown) and one.error and not (isinstance(other, Unknown) and other.error):
                return other
    return choice(condition, then, otherwise, span)


def _entry(value: Map, key: Value, span: Span) -> Value:
    if value.complete and not value.entries:
        return Unknown("it has no keys", span, error=True)
    name = to_string(key)
    stand_in = value.entries.get(STAND_IN) if not value.complete else None
    if name is None:
        return stand_in if stand_in is not None else Unknown("the key is not known", span)
    found = value.entries.get(name, stand_in)
    return found if found is not None else Unknown(f"it has no key {name}", span, error=value.complete)


def _item_at(value: List, key: Value, span: Span) -> Value:
    """The item at an index. Of a list that may have more items only an instance that stands at its own index is known."""
    if value.kind == "set":
        return Unknown("a set has no indices", span, error=True)
    if value.complete and not value.items:
        return Unknown("the index is past the end", span, error=True)
    if not isinstance(key, Scalar):
        only = value.items[0] if len(value.items) == 1 and not value.complete else None
        return only if only is not None and _stands_at(only, 0) else Unknown("the index is not known", span)
    try:
        at = number(key.value)
    except (Wrong, Unsure):
        return Unknown("the index is not a number", span, error=True)
    if at < 0 or at != int(at):
        return Unknown("the index is not a whole number", span, error=True)
    found = value.items[int(at)] if at < len(value.items) else None
    if positional(value):
        return found if found is not None else Unknown("the index is past the end", span, error=True)
    return found if found is not None and _stands_at(found, int(at)) else Unknown("where its items stand is not known", span)


def _stands_at(value: Value, at: int) -> bool:
    return isinstance(value, Ref) and value.address.endswith(f"[{at}]")


def _inside(value: Ref, key: Scalar, span: Span) -> Value:
    name = to_string(key)
    if value.attribute or is_input(value):
        return Ref(value.address, f"{value.attribute}.{name}" if value.attribute else f"{name}", span)
    return Ref(f"{value.address}[{name}]" if isinstance(key.value, int) else f'{value.address}["{name}"]', "", span)


def _call(node: Node, scope: Scope) -> Value:
    name, argument_nodes, expanded = node.value
    name = name.removeprefix("core::")
    if name in FORMS and not expanded:
        from ecrlint.evaluate.terraform.forms import call

        return call(name, argument_nodes, node.span, scope)
    arguments = [evaluate(argument, scope) for argument in argument_nodes]
    if expanded and arguments:
        return _expanded(name, arguments[:-1], arguments[-1], node.span, scope)
    return _applied(name, arguments, node.span, scope)


def _expanded(name: str, arguments: Sequence[Value], last: Value, span: Span, scope: Scope) -> Value:
    """A call whose last argument is a list of arguments."""
    match last:
        case List() if positional(last):
            return _applied(name, [*arguments, *last.items], span, scope)
        case Choice():
            sides = (_expanded(name, arguments, side, span, scope) for side in (last.then, last.otherwise))
            return choice(last.condition, next(sides), next(sides), span)
        case Scalar() | Map():
            return Unknown(f"the arguments of {name} are no list", span, error=True)
        case _:
            return Unknown(f"the arguments of {name} are not known", span)


def _applied(name: str, arguments: Sequence[Value], span: Span, scope: Scope) -> Value:
    if name in READERS:
        module = scope.module
        if module is None:
            return scope.budget.refuse(f"{name} is not evaluated inside a template", span)
        return lift(name, lambda span, *given: module.read_file(name, given, span), arguments, span, scope.budget)
    function = FUNCTIONS.get(name)
    if function is None:
        found = scope.module.function(name, arguments, span) if scope.module is not None else None
        if found is not None:
            return found
        return Unknown(LATE.get(name, f"function {name} is not evaluated"), span)
    try:
        return bounded(lift(name, function, arguments, span, scope.budget), scope)
    except Exceeded as exceeded:
        return scope.budget.refuse(f"{name}: {exceeded}", span)


def _splat(node: Node, scope: Scope) -> Value:
    from ecrlint.evaluate.terraform.repetition import splat

    return splat(node, scope)


def _for(node: Node, scope: Scope) -> Value:
    from ecrlint.evaluate.terraform.repetition import repeated

    return repeated(node, scope)


def _conditional(node: Node, scope: Scope) -> Value:
    from ecrlint.evaluate.terraform.conditional import conditional

    return conditional(node, scope)


def _unary(node: Node, scope: Scope) -> Value:
    operator, operand = node.value
    value = evaluate(operand, scope)
    if operator == "-":
        return lift(operator, negate, [value], node.span, scope.budget)
    return negation(as_condition(value, lambda: opaque(operand, scope, evaluate)), node.span)


def _binary(node: Node, scope: Scope) -> Value:
    operator, left_node, right_node = node.value
    left = evaluate(left_node, scope)
    right = evaluate(right_node, scope)
    if operator in ("&&", "||"):
        left = as_condition(left, lambda: opaque(left_node, scope, evaluate))
        right = as_condition(right, lambda: opaque(right_node, scope, evaluate))
        return (conjunction if operator == "&&" else disjunction)(left, right, node.span)
    if operator in ("==", "!="):
        equal = _equality((left, left_node), (right, right_node), node.span, scope)
        return equal if operator == "==" else negation(equal, node.span)
    found = lift(operator, ARITHMETIC[operator], [left, right], node.span, scope.budget)
    if operator in ("<", ">", "<=", ">=") and isinstance(found, Unknown) and not found.error and found.why != PARTLY:
        return _order(operator, (left, left_node), (right, right_node), node.span, scope) or found
    return found


def _order(operator: str, left: tuple[Value, Node], right: tuple[Value, Node], span: Span, scope: Scope) -> Value | None:
    """Whether an expression that is not known is above or below a number, as a condition on that expression."""
    from ecrlint.evaluate.terraform.comparisons import MIRRORED, above

    if isinstance(left[0], Scalar):
        operator, left, right = MIRRORED[operator], right, left
    literal, subject = right[0], condition_text(left[1], scope)
    if subject is None or not isinstance(literal, Scalar) or not isinstance(literal.value, (int, float)):
        return None
    return above(subject, left[1], literal.value, operator, span, scope, evaluate)


def _equality(left: tuple[Value, Node], right: tuple[Value, Node], span: Span, scope: Scope) -> Value:
    """Whether two expressions are equal. One that is not known and a literal make a condition on that expression."""
    for value, _ in (left, right):
        if not isinstance(value, Scalar):
            scope.budget.weigh(value)
    equal = equality(left[0], right[0], span)
    if not isinstance(equal, Unknown) or equal.error or equal.why == PARTLY:
        return equal
    for (value, node), (literal, _) in ((left, right), (right, left)):
        if isinstance(literal, Scalar) and isinstance(value, (Unknown, Text)):
            from ecrlint.evaluate.terraform.comparisons import equal_to

            subject = condition_text(node, scope)
            return equal if subject is None else equal_to(subject, node, literal, span, scope, evaluate)
    return equal


def none(value: Value, otherwise: str, span: Span) -> Unknown:
    """What an operation gives on something that it is not for: unknown, and an error where the operand is known."""
    return Unknown(because(value, otherwise), span, error=value.error if isinstance(value, Unknown) else not is_unknown(value))


_EVALUATE: dict[str, Callable[[Node, Scope], Value]] = {
    "string": _scalar,
    "number": _scalar,
    "bool": _scalar,
    "null": _scalar,
    "unreadable": _unreadable,
    "template": _template,
    "list": _list,
    "map": _map,
    "parens": _parens,
    "name": _name,
    "attr": _attr,
    "index": _index,
    "splat": _splat,
    "call": _call,
    "conditional": _conditional,
    "for": _for,
    "unary": _unary,
    "binary": _binary,
}
