"""Expressions to values, as Terraform would evaluate them, with what nobody can know kept unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from ecrlint.evaluate.terraform.functions import FUNCTIONS, lift, to_string
from ecrlint.evaluate.terraform.operators import (
    ARITHMETIC,
    as_condition,
    choice,
    conjunction,
    disjunction,
    equality,
    negate,
    negation,
    select,
)
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, is_unknown

STAND_IN = "*"
"""The key of the one instance that stands for all where the keys of a `for_each` are not known."""

MAX_ITEMS = 20_000
"""How many items a `for` is evaluated for; beyond, the result is unknown."""

MAX_SIZE = 60_000
"""How many parts a value may have, 64 characters of a string counting as one; beyond, it is unknown."""


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


class Budget:
    """How much may still be repeated in one root, and what was refused for its size, by path: every run ends."""

    __slots__ = ("left", "refused")

    def __init__(self, left: int = 60_000) -> None:
        self.left = left
        self.refused: dict[str, str] = {}

    def spend(self, steps: int) -> bool:
        self.left -= steps
        return self.left >= 0

    def refuse(self, why: str, span: Span) -> Unknown:
        """The value of what is not evaluated for its size, which is noted."""
        self.refused.setdefault(span.path, f"line {span.line}: {why}")
        return Unknown(why, span)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: its module (None in a template file), the names bound around it, and the root's budget."""

    module: Module | None
    names: Mapping[str, Value]
    budget: Budget

    def bind(self, names: Mapping[str, Value]) -> Scope:
        return Scope(self.module, {**self.names, **names}, self.budget)


def force(node: Node) -> Node:
    """The expression itself, where it was left for later."""
    while node.tag == "lazy":
        node = node.value
    return node


def evaluate(node: Node, scope: Scope) -> Value:
    """The value of an expression in a scope. Raises nothing but RecursionError."""
    node = force(node)
    return _EVALUATE[node.tag](node, scope)


def condition_text(node: Node, scope: Scope) -> str | None:
    """A condition in the user's words, the same for two conditions only where they are the same condition.

    Its text, with the module and the key of the instance that it stands in. None where it has a name that is bound by
    something else: then it may mean another thing each time.
    """
    text = " ".join(force(node).span.text.split())
    bound = {word for word in re.findall(r"[A-Za-z_][\w-]*", text) if word in scope.names} - {"path", "terraform"}
    if bound - {"each", "count"}:
        return None
    if bound:
        key = scope.names[bound.pop()]
        name = to_string(key.entries["key"]) if isinstance(key, Map) else None
        if name is None:
            return None
        text = f"{text} for {name}"
    prefix = scope.module.prefix.rstrip(".") if scope.module else ""
    return f"{text} in {prefix}" if prefix else text


def _scalar(node: Node, scope: Scope) -> Value:
    return Scalar(node.value, node.span)


def _unreadable(node: Node, scope: Scope) -> Value:
    return Unknown("this is not valid HCL", node.span)


def _template(node: Node, scope: Scope) -> Value:
    return bounded(concat([evaluate(part, scope) for part in node.value], node.span), scope)


def bounded(value: Value, scope: Scope) -> Value:
    """The value, or an `Unknown` where it is larger than anybody writes: values share their parts and may grow without end."""
    waiting = [value]
    count = 0
    while waiting:
        one = waiting.pop()
        count += 1
        match one:
            case List():
                waiting.extend(one.items)
            case Map() if type(one.entries) is dict:
                waiting.extend(one.entries.values())
            case Text():
                waiting.extend(one.parts)
            case Json():
                waiting.append(one.value)
            case Choice():
                waiting.extend((one.then, one.otherwise))
            case Scalar(value=str(text)):
                count += len(text) >> 6
        if count + len(waiting) > MAX_SIZE:
            return scope.budget.refuse("this is larger than what is evaluated", value.span)
    return value


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
        words = "".join(part.value for part in result if isinstance(part, Scalar) and isinstance(part.value, str))
        return Scalar(words, span)
    return Text(tuple(result), span)


def _list(node: Node, scope: Scope) -> Value:
    return bounded(List(tuple(evaluate(item, scope) for item in node.value), node.span), scope)


def _map(node: Node, scope: Scope) -> Value:
    entries: dict[str, Value] = {}
    complete = True
    for name_node, item in node.value:
        name = to_string(evaluate(name_node, scope))
        if name is None:
            complete = False
        else:
            entries[name] = evaluate(item, scope)
    return bounded(Map(entries, node.span, complete), scope)


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
    if isinstance(value, Ref) and (at.value == "module" or (at.value == "var" and value.address.endswith(f"var.{steps[0][0]}"))):
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
    made = bounded(lift(name, function, arguments, node.span), scope)
    if isinstance(made, List) and not scope.budget.spend(len(made.items) >> 4):
        return scope.budget.refuse("more is repeated here than is evaluated", node.span)
    return made


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
    test = as_condition(evaluate(condition, scope), lambda: condition_text(condition, scope))
    match test:
        case Scalar(value=bool(known)):
            return evaluate(then if known else otherwise, scope)
        case Choice():
            return select(test, evaluate(then, scope), evaluate(otherwise, scope), node.span)
        case _:
            return test


def _for(node: Node, scope: Scope) -> Value:
    key_name, value_name, collection_node, key_node, value_node, condition, grouped, template = node.value
    if not scope.budget.spend(0):
        return scope.budget.refuse("more is repeated here than is evaluated", node.span)
    collection = evaluate(collection_node, scope)
    pairs = _pairs(collection)
    if pairs is None:
        return Unknown(_why(collection, "a for over something that is not known"), node.span)
    if len(pairs) > MAX_ITEMS or not scope.budget.spend(len(pairs)):
        return scope.budget.refuse("more is repeated here than is evaluated", node.span)
    complete = collection.complete if isinstance(collection, (List, Map)) else True
    results: list[tuple[Value, Value]] = []
    for key, value in pairs:
        inner = scope.bind({value_name: value, **({key_name: key} if key_name else {})})
        if condition is not None:
            test = as_condition(evaluate(condition, inner), lambda: None)
            if not (isinstance(test, Scalar) and isinstance(test.value, bool)):
                complete = False
                continue
            if not test.value:
                continue
        made = evaluate(key_node, inner) if key_node is not None else key
        results.append((made, evaluate(value_node, inner)))
    if template:
        values: list[Value] = [made for _, made in results]
        return (
            bounded(concat(values, node.span), scope)
            if complete
            else Unknown("a %{ for } over something that is not known", node.span)
        )
    if key_node is None:
        return bounded(List(tuple(made for _, made in results), node.span, complete), scope)
    return bounded(_collected(results, grouped, node.span, complete), scope)


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
    if operator == "-":
        return lift(operator, negate, [value], node.span)
    return negation(as_condition(value, lambda: condition_text(operand, scope)), node.span)


def _binary(node: Node, scope: Scope) -> Value:
    operator, left_node, right_node = node.value
    left = evaluate(left_node, scope)
    right = evaluate(right_node, scope)
    if operator in ("&&", "||"):
        left = as_condition(left, lambda: condition_text(left_node, scope))
        right = as_condition(right, lambda: condition_text(right_node, scope))
        return (conjunction if operator == "&&" else disjunction)(left, right, node.span)
    if operator in ("==", "!="):
        equal = equality(left, right, node.span)
        return equal if operator == "==" else negation(equal, node.span)
    return lift(operator, ARITHMETIC[operator], [left, right], node.span)


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
