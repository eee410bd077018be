"""`for` and splat expressions.

https://developer.hashicorp.com/terraform/language/expressions/for
https://developer.hashicorp.com/terraform/language/expressions/splat
"""

from __future__ import annotations

from collections.abc import Callable

from ecrlint.evaluate.terraform.conversion import because, positional, to_string
from ecrlint.evaluate.terraform.expression import attribute, bounded, concat, evaluate, item, none
from ecrlint.evaluate.terraform.operators import as_condition, choice
from ecrlint.evaluate.terraform.scope import STAND_IN, Scope, force
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, List, Map, Ref, Scalar, Unknown, Value, is_unknown

_STANDS_IN = "the keys of the instances are not known"


def splat(node: Node, scope: Scope) -> Value:
    target, steps = node.value
    layers = [steps]
    while _is_within(target):  # `a[*].b[*].c`: what follows the first star is done for each item of `a`
        target, inner = force(target).value
        layers.append(inner)

    def follow(one: Value, layer: int) -> Value:
        for kind, what in layers[layer]:
            one = attribute(one, what, node.span, scope) if kind == "attr" else item(one, evaluate(what, scope), node.span, scope)
        if layer == 0:
            return one
        return _each(one, lambda each: follow(each, layer - 1), node.span, scope)

    last = len(layers) - 1
    return bounded(_each(evaluate(target, scope), lambda one: follow(one, last), node.span, scope), scope)


def _is_within(target: Node) -> bool:
    """Whether a splat is the target of another that stands within it: after `[*]` everything does, after `.*` nothing."""
    target = force(target)
    if target.tag != "splat":
        return False
    source, start = target.span.source, target.value[0].span.end
    return not source.text[start : target.span.end].lstrip().startswith(".")


def _each(value: Value, follow: Callable[[Value], Value], span: Span, scope: Scope) -> Value:
    match value:
        case List():
            kind = "list" if value.kind == "set" else value.kind
            if not positional(value):
                kind = "bag" if value.complete else ""
            scope.budget.step(len(value.items))
            return List(tuple(follow(one) for one in value.items), span, value.complete, kind)
        case Scalar(value=None):
            return List((), span, kind="tuple")
        case Choice():
            then, otherwise = (_each(side, follow, span, scope) for side in (value.then, value.otherwise))
            return choice(value.condition, then, otherwise, span)
        case Ref(attribute="") if scope.module is not None and scope.module.is_single(value.address):
            return List((follow(value),), span, kind="tuple")
        case Unknown(error=True):
            return value
        case Ref() | Unknown():
            return Unknown(because(value, ""), span)
        case _:
            return List((follow(value),), span, kind="tuple")


def repeated(node: Node, scope: Scope) -> Value:
    return _over(evaluate(node.value[2], scope), node, scope)


def _over(collection: Value, node: Node, scope: Scope) -> Value:
    """A `for` over a collection."""
    match collection:
        case Choice():
            sides = (_over(side, node, scope) for side in (collection.then, collection.otherwise))
            return choice(collection.condition, next(sides), next(sides), node.span)
        case List() | Map():
            pairs = _pairs(collection)
        case _:
            return none(collection, "a for over something that has no items", node.span)
    scope.budget.step(len(pairs))
    results, sure = _results(pairs, node, scope)
    if isinstance(results, Unknown):
        return results
    complete = collection.complete and sure
    ordered = complete and (isinstance(collection, Map) or positional(collection))
    return bounded(_made(results, node, complete, ordered), scope)


def _made(results: list[tuple[Value, Value]], node: Node, complete: bool, ordered: bool) -> Value:
    *_, key_node, _, _, grouped, template = node.value
    if template:
        values = [made for _, made in results]
        return concat(values, node.span) if ordered else Unknown("a %{ for } over something that is not known", node.span)
    if key_node is None:
        kind = "tuple" if ordered else "bag" if complete else ""
        return List(tuple(made for _, made in results), node.span, complete, kind)
    return _collected(results, grouped, node.span, complete, ordered)


def _results(pairs: list[tuple[Value, Value]], node: Node, scope: Scope) -> tuple[list[tuple[Value, Value]] | Unknown, bool]:
    """What a `for` makes of each pair, as far as it is known to be included; whether that was known of all."""
    key_name, value_name, _, key_node, value_node, condition, _, _ = node.value
    sure = True
    results: list[tuple[Value, Value]] = []
    for key, value in pairs:
        inner = scope.bind({value_name: value, **({key_name: key} if key_name else {})})
        if condition is not None:
            test = as_condition(evaluate(condition, inner), lambda: None)
            if isinstance(test, Unknown) and test.error:
                return test, False
            if not (isinstance(test, Scalar) and isinstance(test.value, bool)):
                sure = False
                continue
            if not test.value:
                continue
        made = key if key_node is None else evaluate(key_node, inner)
        if key_node is not None and is_unknown(made) and _is_stand_in(key):
            made = key  # what stands for all instances does so under any key
        results.append((made, evaluate(value_node, inner)))
    return results, sure


def _is_stand_in(key: Value) -> bool:
    return isinstance(key, Unknown) and key.why == _STANDS_IN


def _collected(results: list[tuple[Value, Value]], grouped: bool, span: Span, complete: bool, ordered: bool) -> Value:
    entries: dict[str, Value] = {}
    groups: dict[str, list[Value]] = {}
    for key, made in results:
        if isinstance(key, Unknown) and key.error:
            return key
        name = STAND_IN if _is_stand_in(key) else to_string(key)
        if name is None and isinstance(key, (Scalar, List, Map)):
            return Unknown("a key is not a string", span, error=True)
        if name is None or _is_stand_in(key):
            complete = False
        if name is not None:
            if name in groups and not grouped:
                return Unknown(f"two items have the key {name}", span, error=True)
            groups.setdefault(name, []).append(made)
    kind = "tuple" if ordered and complete else "bag" if complete else ""
    for name, items in groups.items():
        entries[name] = List(tuple(items), span, complete, kind) if grouped else items[0]
    return Map(entries, span, complete, "object")


def _pairs(collection: List | Map) -> list[tuple[Value, Value]]:
    match collection:
        case List(kind="set"):
            return [(one, one) for one in collection.items]
        case List():
            if positional(collection):
                return [(Scalar(at, one.span), one) for at, one in enumerate(collection.items)]
            return [(Unknown("where its items stand is not known", one.span), one) for one in collection.items]
        case Map():
            return [
                (Unknown(_STANDS_IN, one.span) if name == STAND_IN and not collection.complete else Scalar(name, one.span), one)
                for name, one in sorted(collection.entries.items())
            ]
