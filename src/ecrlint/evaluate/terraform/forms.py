"""Functions that take an expression, not its value, or evaluate what they are given: `try`, `can`, `convert` and others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from ecrlint.evaluate.terraform.conditions import asks_what_is_given, condition_text
from ecrlint.evaluate.terraform.conversion import failing, is_there, joined, positional
from ecrlint.evaluate.terraform.expression import evaluate, none
from ecrlint.evaluate.terraform.kinds import solid
from ecrlint.evaluate.terraform.operators import choice, select
from ecrlint.evaluate.terraform.scope import Scope, force
from ecrlint.model.dataclass import replace
from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Choice, Json, List, Map, Opaque, Ref, Scalar, Text, Unknown, Value, is_unknown


def _try(name: str, arguments: Sequence[Node], span: Span, scope: Scope) -> Value:
    """`try` gives the first argument without an error. Where it is not known whether there is one, it is a condition."""
    if not arguments:
        return Unknown("no argument of try has a value", span, error=True)
    scope.budget.step()
    scope = scope if scope.caught else replace(scope, caught=True)
    return _rescued(evaluate(arguments[0], scope), arguments, span, scope)


def _rescued(value: Value, arguments: Sequence[Node], span: Span, scope: Scope) -> Value:
    """A value of the first argument, or what the others give where it is an error; on whichever side of its conditions, these are
    evaluated once."""

    @cache
    def rest() -> Value:
        return _try("try", arguments[1:], span, scope)

    @cache
    def works() -> Value:
        return _works(arguments[0], scope)

    def rescued(value: Value) -> Value:
        if isinstance(value, Choice):
            return choice(value.condition, rescued(value.then), rescued(value.otherwise), span)
        if failing(value) is not None:
            return rest()
        if isinstance(value, Unknown) or len(arguments) == 1:  # of the last one it has this value or none, and Terraform stops
            return value
        if not isinstance(works(), Choice):
            return value if isinstance(works(), Scalar) else works()
        return select(works(), value, rest(), span)

    return rescued(value)


def _can(name: str, arguments: Sequence[Node], span: Span, scope: Scope) -> Value:
    if len(arguments) != 1:
        return Unknown("can takes one argument", span, error=True)
    scope = replace(scope, caught=True)
    return _possible(evaluate(arguments[0], scope), arguments[0], span, scope)


def _possible(value: Value, node: Node, span: Span, scope: Scope) -> Value:
    if isinstance(value, Choice):
        sides = (_possible(side, node, span, scope) for side in (value.then, value.otherwise))
        return choice(value.condition, next(sides), next(sides), span)
    if failing(value) is not None:
        return Scalar(False, span)
    works = _works(node, scope)
    return Unknown(value.why, span) if isinstance(value, Unknown) and isinstance(works, Scalar) else works


def _works(node: Node, scope: Scope) -> Value:
    """Whether an expression that gave a value has one whatever is not known: true, a condition, or unknown."""
    if certain(node, scope, is_result=True):
        return Scalar(True, node.span)
    words = condition_text(node, scope)
    if words is None:
        return Unknown("whether it has a value is not known", node.span)
    given = asks_what_is_given(node, scope, evaluate)
    return Choice(Opaque(f"can({words})", given), Scalar(True, node.span), Scalar(False, node.span), node.span)


def _templatestring(name: str, arguments: Sequence[Node], span: Span, scope: Scope) -> Value:
    """https://developer.hashicorp.com/terraform/language/functions/templatestring"""
    if len(arguments) != 2 or scope.module is None:
        return Unknown("templatestring is not given what it takes", span, error=True)
    if force(arguments[0]).tag not in ("attr", "index", "name", "splat"):
        return Unknown("templatestring takes a reference to a template", span, error=True)
    template, given = evaluate(arguments[0], scope), evaluate(arguments[1], scope)
    if not isinstance(template, Scalar) or not isinstance(given, Map):
        return none(template if is_unknown(template) else given, "templatestring is not given what it takes", span)
    if not isinstance(template.value, str):
        return Unknown("a template is a string", span, error=True)
    return rendered(template.value, template.span, given.entries, scope)


_SYNTAX = re.compile(r"[$%]\{")
_BEGUN = ("$", "%")


def rendered_value(template: Value, names: Mapping[str, Value], scope: Scope) -> Value:
    """What a template gives with these names. What is not known of it stays a hole, and is not taken for template syntax."""
    match template:
        case Scalar(value=str(text)):
            return rendered(text, template.span, names, scope) if _SYNTAX.search(text) else template
        case Text(parts=parts):
            if any(isinstance(part, Scalar) and str(part.value).endswith(_BEGUN) for part in parts):
                return Unknown("what a hole of the template begins is not known", template.span)
            return joined([rendered_value(part, names, scope) for part in parts], template.span)
        case Choice(condition=condition, then=then, otherwise=otherwise):
            first, second = rendered_value(then, names, scope), rendered_value(otherwise, names, scope)
            return Choice(condition, first, second, template.span)
        case Ref() | Unknown() | Json():
            return template
        case _:
            return Unknown("a template is a string", template.span)


def rendered(text: str, span: Span, names: Mapping[str, Value], scope: Scope) -> Value:
    """What a template text gives with these names; `span` is where the text stands."""
    from ecrlint.parse.hcl import parse_template

    source, start = span.source, span.start
    if source.text[start : start + len(text)] != text:  # its places are not those of a file
        source, start = Source(source.path, text, source.language), 0
    return evaluate(parse_template(source, text, start), Scope(None, dict(names), scope.budget))


def call(name: str, arguments: Sequence[Node], span: Span, scope: Scope) -> Value:
    return _FORMS[name](name, arguments, span, scope)


_FORMS: dict[str, Callable[[str, Sequence[Node], Span, Scope], Value]] = {
    "try": _try,
    "can": _can,
    "templatestring": _templatestring,
}


_PATHS = ("attr", "index", "splat", "name")


def certain(node: Node, scope: Scope, bound: frozenset[str] = frozenset(), is_result: bool = False) -> bool:
    """Whether an expression has a value, or none, whatever is not known: no part that is not known can make it fail.

    `is_result`: nothing is made of its value, so it may hold what is not known.
    """
    node = force(node)
    if node.tag in _PATHS:
        return _certain_path(node, scope, bound)
    if node.tag == "for":
        bound = bound | {name for name in node.value[:2] if name}
    if node.tag == "map" and not all(_is_sure_key(force(key), scope) for key, _ in node.value):
        return False
    held = {id(force(part)) for part in _held(node)} if is_result else set()
    return all(
        certain(part, scope, bound, id(part) in held)
        and (id(part) in held or part.tag not in _PATHS or _is_bound(part, bound) or solid(evaluate(part, scope)))
        for part in subexpressions(node.value)
    )


def _is_sure_key(key: Node, scope: Scope) -> bool:
    """Whether the key of a map is written out, or an expression that is known."""
    return key.tag != "parens" or solid(evaluate(key, scope))


def _held(node: Node) -> Iterator[Node]:
    """The parts of a list, map or group that it holds whatever they are."""
    match node.tag:
        case "list":
            yield from node.value
        case "map":
            yield from (value for _, value in node.value)
        case "parens":
            yield node.value


def mentioned(node: Node, scope: Scope) -> Iterator[Value]:
    """The values of what an expression names, each by itself."""
    node = force(node)
    if node.tag in _PATHS:
        yield evaluate(node, scope)
    else:
        for part in subexpressions(node.value):
            yield from mentioned(part, scope)


def subexpressions(value: object) -> Iterator[Node]:
    """The expressions of which what a node holds is made."""
    if isinstance(value, Node):
        yield force(value)
    elif isinstance(value, tuple):
        for one in value:
            yield from subexpressions(one)


def _is_bound(node: Node, bound: frozenset[str]) -> bool:
    """Whether a traversal begins with a name that a `for` binds."""
    node = force(node)
    while node.tag in ("attr", "index", "splat"):
        node = force(node.value[0])
    return node.tag == "name" and node.value in bound


def _is_whole(node: Node, scope: Scope) -> bool:
    """Whether a traversal names a variable, a local, a module call, a resource or what is bound here, and goes no further.

    An expression that fails elsewhere is no failure of the one that refers to it.
    """
    depth = 0
    while node.tag == "attr":
        node = force(node.value[0])
        depth += 1
    return node.tag == "name" and depth <= (0 if node.value in scope.names else 2 if node.value == "data" else 1)


def _certain_path(node: Node, scope: Scope, bound: frozenset[str]) -> bool:
    if _is_whole(node, scope) or _is_bound(node, bound):
        return True
    target, step = node.value
    target = force(target)
    if node.tag == "index" and not (certain(step, scope, bound) and solid(evaluate(step, scope))):
        return False
    if not certain(target, scope, bound):
        return False
    match evaluate(target, scope):
        case Map(complete=complete):
            return complete or not isinstance(evaluate(node, scope), Unknown)
        case List() as found:
            return positional(found)
        case Ref() as found:
            return is_there(found) and not found.attribute
        case Unknown(error=error):
            return error
        case _:
            return True
