"""Expressions to values, as Terraform would evaluate them, with what nobody can know kept unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ecrlint.evaluate.terraform.functions import FUNCTIONS, lift, to_string
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, holes, is_unknown, same

STAND_IN = "*"
"""The key of the one instance that stands for all where the keys of a `for_each` are not known."""

MAX_ITEMS = 2_000
"""How many items a `for` is evaluated for; beyond, the result is unknown."""


class Module(Protocol):
    """What an expression can ask of the module that it stands in."""

    @property
    def prefix(self) -> str: ...
    def variable(self, name: str, span: Span) -> Value: ...
    def local(self, name: str, span: Span) -> Value: ...
    def resource(self, kind: str, name: str, span: Span) -> Value: ...
    def call(self, name: str, span: Span) -> Value: ...
    def attribute(self, ref: Ref, name: str, span: Span) -> Value: ...
    def is_single(self, address: str) -> bool: ...
    def read_file(self, function: str, arguments: Sequence[Value], span: Span) -> Value: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: its module (None in a template file) and the names bound around it."""

    module: Module | None
    names: Mapping[str, Value]

    def bind(self, names: Mapping[str, Value]) -> Scope:
        return Scope(self.module, {**self.names, **names})


def force(node: Node) -> Node:
    """The expression itself, where it was left for later."""
    while node.tag == "lazy":
        node = node.value
    return node


def evaluate(node: Node, scope: Scope) -> Value:
    """The value of an expression in a scope. Raises nothing but RecursionError."""
    node = force(node)
    return _EVALUATE[node.tag](node, scope)


def condition_text(node: Node, scope: Scope) -> str:
    """A condition in the user's words, unique in the unit: its text, and the module where that is not the root."""
    text = " ".join(force(node).span.text.split())
    prefix = scope.module.prefix.rstrip(".") if scope.module else ""
    return f"{text} in {prefix}" if prefix else text


def _scalar(node: Node, scope: Scope) -> Value:
    return Scalar(node.value, node.span)


def _unreadable(node: Node, scope: Scope) -> Value:
    return Unknown("this is not valid HCL", node.span)


def _template(node: Node, scope: Scope) -> Value:
    return concat([evaluate(part, scope) for part in node.value], node.span)


def concat(parts: Sequence[Value], span: Span) -> Value:
    """The string that the parts make one after the other: known if all are, otherwise a text with holes."""
    result: list[Value] = []
    for part in parts:
        if isinstance(part, Text):
            result.extend(part.parts)
        elif isinstance(part, Scalar) and not isinstance(part.value, str):
            result.append(Scalar(to_string(part.value), part.span))
        elif isinstance(part, Json):
            known = to_string(part)
            result.append(part if known is None else Scalar(known, part.span))
        elif isinstance(part, (List, Map)):
            result.append(Unknown("a list or map stands in a string", part.span))
        else:
            result.append(part)
    if all(isinstance(part, Scalar) for part in result):
        return Scalar("".join(part.value for part in result if isinstance(part, Scalar) and isinstance(part.value, str)), span)
    return Text(tuple(result), span)


def _list(node: Node, scope: Scope) -> Value:
    return List(tuple(evaluate(item, scope) for item in node.value), node.span)


def _map(node: Node, scope: Scope) -> Value:
    entries: dict[str, Value] = {}
    complete = True
    for name_node, item in node.value:
        name = to_string(evaluate(name_node, scope))
        if name is None:
            complete = False
        else:
            entries[name] = evaluate(item, scope)
    return Map(entries, node.span, complete)


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
            return choice(value.condition, then, otherwise, span)
        case List() if name.isdigit():
            return item(value, Scalar(int(name), span), span, scope)
        case List(items=(only,), complete=False):
            return attribute(only, name, span, scope)
        case _:
            return _no(value, f"attribute {name} of something that has none", span)


def _index(node: Node, scope: Scope) -> Value:
    target, key_node = node.value
    return item(evaluate(target, scope), evaluate(key_node, scope), node.span, scope)


def item(value: Value, key: Value, span: Span, scope: Scope) -> Value:
    """`value[key]`."""
    match value, key:
        case Choice(), _:
            then, otherwise = (item(side, key, span, scope) for side in (value.then, value.otherwise))
            return choice(value.condition, then, otherwise, span)
        case Map(), Scalar():
            name = to_string(key) or ""
            found = value.entries.get(name) or value.entries.get(STAND_IN if not value.complete else name)
            return found if found is not None else Unknown(f"it has no key {name}", span, error=value.complete)
        case Map(), _:
            return value.entries.get(STAND_IN, Unknown("the key is not known", span))
        case List(), Scalar(value=int(at)) if type(at) is int:
            if 0 <= at < len(value.items):
                return value.items[at]
            if not value.complete and value.items:
                return value.items[0]
            return Unknown("the index is past the end", span, error=value.complete)
        case List(), Scalar(value=str(text)) if text.isdigit():
            return item(value, Scalar(int(text), key.span), span, scope)
        case List(), _:
            return value.items[0] if len(value.items) == 1 else Unknown("the index is not known", span)
        case Ref(), Scalar():
            if not value.attribute:
                return value
            return Ref(value.address, f"{value.attribute}.{to_string(key)}", span)
        case _:
            return _no(value, "an item of something that has none", span)


def _splat(node: Node, scope: Scope) -> Value:
    target, steps = node.value
    value = evaluate(target, scope)

    def follow(one: Value) -> Value:
        for kind, what in steps:
            one = attribute(one, what, node.span, scope) if kind == "attr" else item(one, evaluate(what, scope), node.span, scope)
        return one

    match value:
        case List():
            return List(tuple(follow(one) for one in value.items), node.span, value.complete)
        case Scalar(value=None):
            return List((), node.span)
        case Ref(attribute="") if scope.module is not None and scope.module.is_single(value.address):
            return List((follow(value),), node.span)
        case Ref() | Unknown() | Choice():
            return Unknown(_why(value, "a splat over something that is not known"), node.span)
        case _:
            return List((follow(value),), node.span)


def _call(node: Node, scope: Scope) -> Value:
    name, argument_nodes, expanded = node.value
    name = name.removeprefix("core::")
    if name in ("try", "can"):
        return _try(name, argument_nodes, node.span, scope)
    arguments = [evaluate(argument, scope) for argument in argument_nodes]
    if expanded and arguments:
        last = arguments.pop()
        if not isinstance(last, List) or not last.complete:
            return Unknown(f"the arguments of {name} are not known", node.span)
        arguments.extend(last.items)
    if name in ("file", "templatefile", "filebase64", "fileexists", "fileset", "filemd5", "filesha256"):
        if scope.module is None:
            return Unknown(f"{name} inside a template", node.span)
        return scope.module.read_file(name, arguments, node.span)
    function = FUNCTIONS.get(name)
    if function is None:
        return Unknown(f"function {name} is not evaluated", node.span)
    return lift(name, function, arguments, node.span)


def _try(name: str, arguments: Sequence[Node], span: Span, scope: Scope) -> Value:
    """`try` gives the first argument without an error. What is unknown may be an error: then nothing after it is sure."""
    for argument in arguments:
        value = evaluate(argument, scope)
        if name == "can":
            if isinstance(value, Unknown):
                return Scalar(False, span) if value.error else Unknown(value.why, span)
            return Scalar(True, span)
        if not isinstance(value, Unknown) or not value.error:
            return value
    return Unknown("no argument of try has a value", span, error=True)


def _conditional(node: Node, scope: Scope) -> Value:
    condition, then, otherwise = node.value
    test = evaluate(condition, scope)
    match test:
        case Scalar(value=bool(known)):
            return evaluate(then if known else otherwise, scope)
        case Scalar(value="true" | "false"):
            return evaluate(then if test.value == "true" else otherwise, scope)
        case Choice(then=Scalar(value=bool(first)), otherwise=Scalar(value=bool(second))):
            sides = [evaluate(then if side else otherwise, scope) for side in (first, second)]
            return choice(test.condition, sides[0], sides[1], node.span)
        case Scalar() | List() | Map() | Json():
            return Unknown("the condition is not a boolean", node.span)
        case _:
            return choice(condition_text(condition, scope), evaluate(then, scope), evaluate(otherwise, scope), node.span)


def choice(condition: str, then: Value, otherwise: Value, span: Span) -> Value:
    """One of two values; the value itself where both sides are the same. Errors on one side leave the other."""
    if isinstance(then, Choice) and then.condition == condition:
        then = then.then
    if isinstance(otherwise, Choice) and otherwise.condition == condition:
        otherwise = otherwise.otherwise
    return then if same(then, otherwise) else Choice(condition, then, otherwise, span)


def _for(node: Node, scope: Scope) -> Value:
    key_name, value_name, collection_node, key_node, value_node, condition, grouped, template = node.value
    collection = evaluate(collection_node, scope)
    pairs = _pairs(collection)
    if pairs is None:
        return Unknown(_why(collection, "a for over something that is not known"), node.span)
    if len(pairs) > MAX_ITEMS:
        return Unknown(f"a for over more than {MAX_ITEMS} items is not evaluated", node.span)
    complete = collection.complete if isinstance(collection, (List, Map)) else True
    results: list[tuple[Value, Value]] = []
    for key, value in pairs:
        inner = scope.bind({value_name: value, **({key_name: key} if key_name else {})})
        if condition is not None:
            test = evaluate(condition, inner)
            if not (isinstance(test, Scalar) and isinstance(test.value, bool)):
                complete = False
                continue
            if not test.value:
                continue
        made = evaluate(key_node, inner) if key_node is not None else key
        results.append((made, evaluate(value_node, inner)))
    if template:
        values: list[Value] = [made for _, made in results]
        return concat(values, node.span) if complete else Unknown("a %{ for } over something that is not known", node.span)
    if key_node is None:
        return List(tuple(made for _, made in results), node.span, complete)
    return _collected(results, grouped, node.span, complete)


def _collected(results: list[tuple[Value, Value]], grouped: bool, span: Span, complete: bool) -> Value:
    entries: dict[str, Value] = {}
    for key, made in results:
        name = to_string(key)
        if name is None:
            complete = False
        elif grouped:
            before = entries.get(name)
            items = before.items if isinstance(before, List) else ()
            entries[name] = List((*items, made), span)
        else:
            entries[name] = made
    return Map(entries, span, complete)


def _pairs(collection: Value) -> list[tuple[Value, Value]] | None:
    match collection:
        case List():
            return [(Scalar(at, one.span), one) for at, one in enumerate(collection.items)]
        case Map():
            return [(Scalar(name, one.span), one) for name, one in sorted(collection.entries.items())]
        case _:
            return None


def _unary(node: Node, scope: Scope) -> Value:
    operator, operand = node.value
    value = evaluate(operand, scope)
    return lift(operator, _negate if operator == "-" else _not, [value], node.span)


def _negate(span: Span, value: Any) -> Value:
    number = _number(value)
    return Unknown("not a number", span) if number is None else Scalar(-number, span)


def _not(span: Span, value: Any) -> Value:
    known = _bool(value)
    return Unknown("not a boolean", span) if known is None else Scalar(not known, span)


def _binary(node: Node, scope: Scope) -> Value:
    operator, left_node, right_node = node.value
    left = evaluate(left_node, scope)
    right = evaluate(right_node, scope)
    if operator in ("&&", "||"):
        return _logical(operator, left, right, node.span)
    if operator in ("==", "!="):
        return _equality(operator, left, right, node.span)
    return lift(operator, _ARITHMETIC[operator], [left, right], node.span)


def _logical(operator: str, left: Value, right: Value, span: Span) -> Value:
    sides = [_bool(side) for side in (left, right)]
    decisive = operator == "||"
    if decisive in sides:
        return Scalar(decisive, span)
    if None not in sides:
        return Scalar(not decisive, span)
    if sides != [None, None]:  # the known side leaves the decision to the other
        return left if sides[0] is None else right
    return Unknown("the condition is not known", span)


def _equality(operator: str, left: Value, right: Value, span: Span) -> Value:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Choice) and not isinstance(other, Choice):
            sides = [_equality(operator, side, other, span) for side in (one.then, one.otherwise)]
            return choice(one.condition, sides[0], sides[1], span)
    equal = equality(left, right)
    if equal is None:
        return Unknown("the comparison is not known", span)
    return Scalar(equal if operator == "==" else not equal, span)


def equality(left: Value, right: Value) -> bool | None:
    """Whether two values are equal in Terraform; None where it is not known."""
    if same(left, right):
        return True
    if any(True for side in (left, right) for _ in holes(side)):
        return _apart(left, right)
    if isinstance(left, Scalar) and isinstance(right, Scalar):
        return type(left.value) is type(right.value) and left.value == right.value
    if isinstance(left, (List, Map)) and isinstance(right, (List, Map)) and not (left.complete and right.complete):
        return None
    return False


def _apart(left: Value, right: Value) -> bool | None:
    """False where two values with holes differ whatever fills the holes; otherwise not known."""
    for one, other in ((left, right), (right, left)):
        created = isinstance(one, Text) or (isinstance(one, Ref) and not one.address.rpartition(".")[0].endswith("var"))
        if created and isinstance(other, Scalar) and other.value in (None, ""):
            literal = isinstance(one, Text) and any(isinstance(part, Scalar) and part.value for part in one.parts)
            if literal or (isinstance(one, Ref) and one.attribute in ("arn", "id", "name", "url", "repository_url")):
                return False
        if isinstance(one, (List, Map)) and isinstance(other, Scalar):
            return False
    return None


def _bool(value: Any) -> bool | None:
    match value:
        case Scalar(value=bool(known)):
            return known
        case Scalar(value="true" | "false"):
            return bool(value.value == "true")
        case _:
            return None


def _number(value: Any) -> int | float | None:
    match value:
        case Scalar(value=int() | float()) if type(value.value) is not bool:
            assert isinstance(value.value, (int, float))
            return value.value
        case Scalar(value=str(text)):
            try:
                return int(text)
            except ValueError:
                pass
            try:
                return float(text)
            except ValueError:
                return None
        case _:
            return None


def _arithmetic(operation: Callable[[Any, Any], Any]) -> Callable[..., Value]:
    def apply(span: Span, left: Value, right: Value) -> Value:
        a, b = _number(left), _number(right)
        if a is None or b is None:
            return Unknown("not a number", span)
        try:
            result = operation(a, b)
        except (ArithmeticError, ValueError):
            return Unknown("the arithmetic has no result", span)
        if isinstance(result, float) and result.is_integer() and abs(result) < 1e15:
            result = int(result)
        return Scalar(result, span)

    return apply


def _remainder(a: float, b: float) -> float:
    return a - b * int(a / b)  # Terraform keeps the sign of the dividend


_ARITHMETIC: dict[str, Callable[..., Value]] = {
    "+": _arithmetic(lambda a, b: a + b),
    "-": _arithmetic(lambda a, b: a - b),
    "*": _arithmetic(lambda a, b: a * b),
    "/": _arithmetic(lambda a, b: a / b),
    "%": _arithmetic(_remainder),
    "<": _arithmetic(lambda a, b: a < b),
    ">": _arithmetic(lambda a, b: a > b),
    "<=": _arithmetic(lambda a, b: a <= b),
    ">=": _arithmetic(lambda a, b: a >= b),
}


def _no(value: Value, otherwise: str, span: Span) -> Unknown:
    """What an operation gives on something that it is not for: unknown, and an error where the operand is known."""
    return Unknown(_why(value, otherwise), span, error=value.error if isinstance(value, Unknown) else not is_unknown(value))


def _why(value: Value, otherwise: str) -> str:
    if isinstance(value, Unknown):
        return value.why
    if isinstance(value, Ref):
        return f"{value.address}{'.' + value.attribute if value.attribute else ''} is known only after deployment"
    if is_unknown(value):
        return "it depends on a condition that is not known"
    return otherwise


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
