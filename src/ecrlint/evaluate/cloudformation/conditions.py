"""Conditions: whether they hold, as far as parameters with defaults and mappings tell, and the choices that the others make.

A choice is made on what a condition comes down to: `!Not [!Condition IsProd]` is a choice on `IsProd` with its sides
exchanged, so that no two choices of a template can be settled in a way that contradicts itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ecrlint.evaluate.cloudformation.place import Compared, Place
from ecrlint.evaluate.cloudformation.substitution import as_string
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth, all_of, any_of
from ecrlint.model.value import Choice, Condition, Equals, Flag, Opaque, Ref, Value, assume, same

MAX_PARTS = 8
"""How many comparisons a condition may come down to and still be taken apart."""


def truth(scope: Place, node: Node) -> Truth:
    """Whether the condition that a node describes holds."""
    scope.budget.enter()
    try:
        return _truth(scope, node)
    finally:
        scope.budget.leave()


def _truth(scope: Place, node: Node) -> Truth:
    name, argument = operator(node)
    check = _OPERATORS.get(name)
    return MAYBE if check is None or argument is None else check(scope, argument)


def operator(node: Node) -> tuple[str, Node | None]:
    """The operator of a condition, without `Fn::` or `!`, and its argument; no name where it is none."""
    if node.tag.startswith("!"):
        return node.tag[1:], node.value
    if node.tag == "map" and len(node.value) == 1:
        key, argument = node.value[0]
        return key.value.removeprefix("Fn::"), argument
    return "", None


def implied(conditions: Mapping[str, Node], name: str, holds: bool) -> Iterator[tuple[str, bool]]:
    """A condition and the conditions that are known with it: the parts of a true And, of a false Or, of a Not."""
    waiting = [(name, holds)]
    seen: set[str] = set()
    while waiting:
        name, holds = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name, holds
        node = conditions.get(name)
        if node is not None:
            waiting.extend(_parts(node, holds))


def _parts(node: Node, holds: bool) -> Iterator[tuple[str, bool]]:
    name, argument = operator(node)
    if name == "Condition" and argument is not None and argument.tag == "string":
        yield argument.value, holds
    elif argument is not None and argument.tag == "list":
        if name == "Not":
            for part in argument.value:
                yield from _parts(part, not holds)
        elif (name == "And" and holds) or (name == "Or" and not holds):
            for part in argument.value:
                yield from _parts(part, holds)


def _equals(scope: Place, argument: Node) -> Truth:
    if argument.tag != "list" or len(argument.value) != 2:
        return MAYBE
    left, right = (scope.value(part) for part in argument.value)
    if same(left, right):
        return YES
    first, second = as_string(left), as_string(right)
    if first is None or second is None:
        return NO if _excluded(scope, left, second) or _excluded(scope, right, first) else MAYBE
    return YES if first == second else NO


def _excluded(scope: Place, value: Value, text: str | None) -> bool:
    """Whether a value is a parameter that may not be this string."""
    allowed = scope.allowed(value.address) if isinstance(value, Ref) and not value.attribute else ()
    return text is not None and bool(allowed) and text not in allowed


def _not(scope: Place, argument: Node) -> Truth:
    parts = argument.value if argument.tag == "list" else (argument,)
    return ~truth(scope, parts[0]) if len(parts) == 1 else MAYBE


def _and(scope: Place, argument: Node) -> Truth:
    return all_of(truth(scope, part) for part in argument.value) if argument.tag == "list" else MAYBE


def _or(scope: Place, argument: Node) -> Truth:
    return any_of(truth(scope, part) for part in argument.value) if argument.tag == "list" else MAYBE


def _condition(scope: Place, argument: Node) -> Truth:
    return scope.truth(argument.value, argument.span) if argument.tag == "string" else MAYBE


# Choices


def choose(scope: Place, condition: str, then: Value, otherwise: Value, span: Span) -> Value:
    """One value or the other, or the choice between them, as a named condition decides."""
    for side in (then, otherwise):
        scope.budget.weigh(side)
    node = scope.conditions.get(condition)
    if node is None or _size(scope, node) > MAX_PARTS:
        holds = scope.truth(condition, span)
        flag = Flag(scope.prefix + condition)
        return then if holds is YES else otherwise if holds is NO else _choice(flag, then, otherwise, span)
    return _choose(scope, (Flag(scope.prefix + condition), True), node, then, otherwise, span)


def _choice(condition: Condition, then: Value, otherwise: Value, span: Span) -> Value:
    then, otherwise = assume(then, condition, True), assume(otherwise, condition, False)
    return then if then is otherwise or same(then, otherwise) else Choice(condition, then, otherwise, span)


def _choose(scope: Place, words: tuple[Condition, bool], node: Node, then: Value, otherwise: Value, span: Span) -> Value:
    """The choice that a node of a condition makes; `words` is the condition that stands for it where it
    is no comparison, and whether that holds where this does."""
    scope.budget.step()
    holds = truth(scope, node)
    if holds is not MAYBE:
        return then if holds is YES else otherwise
    kind, argument = operator(node)
    if argument is not None and argument.tag == "string" and kind == "Condition":
        return choose(scope, argument.value, then, otherwise, span)
    parts: tuple[Node, ...] = argument.value if argument is not None and argument.tag == "list" else ()
    if kind == "Not" and len(parts) == 1:
        return _choose(scope, (words[0], not words[1]), parts[0], otherwise, then, span)
    if kind in ("And", "Or") and parts:
        result = then if kind == "And" else otherwise
        for at, part in reversed(list(enumerate(parts))):
            inner = (Opaque(f"part {at + 1} of {_words(words[0])}"), True)
            sides = (result, otherwise) if kind == "And" else (then, result)
            result = _choose(scope, inner, part, *sides, span)
        return result
    return _compare(scope, words, node, then, otherwise, span)


def _size(scope: Place, node: Node, names: tuple[str, ...] = ()) -> int:
    """How many comparisons a condition comes down to; more than `MAX_PARTS` where it is too many or has no end."""
    kind, argument = operator(node)
    if argument is not None and argument.tag == "string" and kind == "Condition":
        inner = scope.conditions.get(argument.value)
        if inner is None:
            return 1
        return MAX_PARTS + 1 if argument.value in names else _size(scope, inner, (*names, argument.value))
    if argument is None or argument.tag != "list" or kind not in ("Not", "And", "Or"):
        return 1
    size = 0
    for part in argument.value:
        size += _size(scope, part, names)
        if size > MAX_PARTS:
            break
    return size


def _words(condition: Condition) -> str:
    return condition.text if isinstance(condition, Opaque) else condition.subject


def _compare(scope: Place, words: tuple[Condition, bool], node: Node, then: Value, otherwise: Value, span: Span) -> Value:
    """The choice that a comparison makes. The last of a parameter's allowed values, where each is compared, is what it is if
    it is none of the others."""
    sides = _sides(scope, node)
    if sides is None:
        condition, holds = words
        return _choice(condition, then, otherwise, span) if holds else _choice(condition, otherwise, then, span)
    literals = scope.compared.get(sides[0], {})
    *others, last = scope.allowed(sides[0]) or ("",)
    if 0 < len(others) < MAX_PARTS and sides[1] == last and all(literal in literals for literal in others):
        for literal in reversed(others):
            then = _choice(_equals_of(scope, sides[0], literal), otherwise, then, span)
        return then
    return _choice(_equals_of(scope, *sides), then, otherwise, span)


def _equals_of(scope: Place, subject: str, literal: str) -> Condition:
    """A comparison. One with a rival (the same parameter and another string) has no name of its own, so that a reader sees
    which exclude each other."""
    literals = scope.compared.get(subject, {})
    name = literals.get(literal) if len(literals) == 1 and not scope.joined else None
    return Equals(subject, literal, scope.allowed(subject), name)


def _sides(scope: Place, node: Node) -> tuple[str, str] | None:
    """The reference and the known string that a comparison compares."""
    kind, argument = operator(node)
    if kind != "Equals" or argument is None or argument.tag != "list" or len(argument.value) != 2:
        return None
    first, second = (scope.value(part) for part in argument.value)
    if isinstance(second, Ref):
        first, second = second, first
    text = as_string(second)
    if not isinstance(first, Ref) or text is None:
        return None
    return (f"{first.address}.{first.attribute}" if first.attribute else first.address), text


def compared(scope: Place) -> Compared:
    """The comparisons of all conditions, each with the condition that is nothing but it, or its contrary."""
    found: dict[str, dict[str, tuple[str, bool] | None]] = {}
    for name, condition in scope.conditions.items():
        waiting = [condition]
        while waiting:
            node = waiting.pop()
            scope.budget.step()
            _, argument = operator(node)
            sides = _sides(scope, node)
            if sides is None:
                waiting.extend(argument.value if argument is not None and argument.tag == "list" else ())
                continue
            literals = found.setdefault(sides[0], {})
            if node is condition or _is_contrary(condition, node):
                literals[sides[1]] = (scope.prefix + name, node is condition)
            else:
                literals.setdefault(sides[1], None)
    return found


def _is_contrary(condition: Node, node: Node) -> bool:
    kind, argument = operator(condition)
    return kind == "Not" and argument is not None and argument.tag == "list" and argument.value == (node,)


_OPERATORS: Mapping[str, Callable[[Place, Node], Truth]] = {
    "Equals": _equals,
    "Not": _not,
    "And": _and,
    "Or": _or,
    "Condition": _condition,
}
