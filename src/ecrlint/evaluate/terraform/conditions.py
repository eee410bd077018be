"""What a condition that is not known is called, and whether a user decides it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ecrlint.evaluate.terraform.conversion import to_string
from ecrlint.evaluate.terraform.scope import Scope, force
from ecrlint.model.node import Node
from ecrlint.model.value import Map, Opaque, Value
from ecrlint.model.value.choice import references

_CHOSEN = re.compile(r"(.*\.)?var\.[\w-]+|terraform|path")
"""The addresses of what whoever runs Terraform gives it."""


def condition_text(node: Node, scope: Scope) -> str | None:
    """A condition in the user's words, the same for two conditions only where they are the same condition.

    Its text, with the module and the key of the instance that it stands in. None where it has a name that is bound by
    something else: then it may mean another thing each time.
    """
    while (node := force(node)).tag == "parens":
        node = node.value
    text = " ".join(node.span.text.split())
    scope.budget.step(len(text) >> 6)
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


def opaque(node: Node, scope: Scope, evaluate: Callable[[Node, Scope], Value]) -> Opaque | None:
    """An expression as a condition; None where it has no words."""
    text = condition_text(node, scope)
    return None if text is None else Opaque(text, given=asks_what_is_given(node, scope, evaluate))


def asks_what_is_given(node: Node, scope: Scope, evaluate: Callable[[Node, Scope], Value]) -> bool:
    """Whether an expression asks of something that AWS, another state or a module that is not here gives."""
    return any(is_given(evaluate(traversal, scope)) for traversal in _traversals(node) if _root(traversal) not in scope.names)


def is_given(value: Value) -> bool:
    """Whether a value refers to something else than what whoever runs Terraform gives it."""
    return any(not _CHOSEN.fullmatch(reference.address) for reference in references(value))


def _traversals(node: Node) -> Iterator[Node]:
    """The names in an expression, each with what follows it."""
    waiting: list[object] = [node]
    while waiting:
        at = waiting.pop()
        if isinstance(at, tuple):
            waiting.extend(at)
        elif isinstance(at, Node):
            at = force(at)
            if at.tag == "attr" and _root(at) is not None:
                yield at
            else:
                waiting.append(at.value)


def _root(node: Node) -> str | None:
    while node.tag == "attr":
        node = force(node.value[0])
    return node.value if node.tag == "name" else None
