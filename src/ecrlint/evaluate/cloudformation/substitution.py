"""Strings that are put together from parts, and the `${Name}` in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ecrlint.evaluate.alignment import align
from ecrlint.evaluate.budget import Budget
from ecrlint.model.address import SSM
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Json, Ref, Scalar, Unknown, Value, is_null, join, pieces

_HOLE = re.compile(r"\{\{resolve:(?:[^{}]|\$\{[^}]*\})*\}\}|\$\{(!?)([^}]*)\}")
_PARAMETER = re.compile(r"\{\{resolve:ssm:(?!/aws/)([\w./-]+)\}\}")
_DYNAMIC = re.compile(r"\{\{resolve:[^}]*\}\}")


def as_string(value: Value | None) -> str | None:
    """A known scalar as CloudFormation writes it into a string; None for everything else."""
    if not isinstance(value, Scalar) or value.value is None:
        return None
    if isinstance(value.value, bool):
        return "true" if value.value else "false"
    return str(value.value)


def concat(parts: Iterable[Value], span: Span, budget: Budget) -> Value:
    """The string that the parts make one after the other; `${Role}` alone is what `!Ref Role` is."""
    made = list(_pieces(parts, budget))
    value = join(made, span)
    if isinstance(value, Scalar):
        budget.write(len(str(value.value)))
    budget.make(budget.weigh(value))
    return value


def _pieces(parts: Iterable[Value], budget: Budget) -> Iterator[Value]:
    for part in parts:
        for piece in pieces(part):
            budget.step()
            yield _part(piece)


def _part(value: Value) -> Value:
    known = as_string(value)
    if known is not None:
        return value if isinstance(value, Scalar) and isinstance(value.value, str) else Scalar(known, value.span)
    if isinstance(value, (Ref, Choice, Unknown, Json)):
        return value
    return Unknown("what stands in a string is no string", value.span)


def substitute(node: Node, named: Callable[[str, Span], Value], span: Span, budget: Budget) -> Value:
    """The string of `Fn::Sub`: each `${Name}` becomes `named(Name, its place)`."""
    text: str = node.value
    if "${" not in text and "{{" not in text:
        return Scalar(text, node.span)
    budget.write(len(text))
    return concat(_parts(text, node, named), span, budget)


def _parts(text: str, node: Node, named: Callable[[str, Span], Value]) -> Iterator[Value]:
    locate = align(text, node.span)
    at = 0
    for match in _HOLE.finditer(text):
        start, end = match.span()
        if start > at:
            yield Scalar(text[at:start], locate(at, start))
        at = end
        place = locate(start, end)
        if match.group(2) is None:
            yield _dynamic(match.group(), place)
        elif match.group(1):
            yield Scalar("${" + match.group(2) + "}", place)
        else:
            value = named(match.group(2).strip(), place)
            known = "" if is_null(value) else as_string(value)
            stands_in = isinstance(value, Scalar) and value.input is not None
            yield value if known is None or stands_in else Scalar(known, place)
    if at < len(text):
        yield Scalar(text[at:], locate(at, len(text)))


def _dynamic(text: str, place: Span) -> Value:
    """What a dynamic reference stands for: a parameter of SSM in its newest version, or what only the deployment knows."""
    found = _PARAMETER.fullmatch(text)
    if found is not None:
        return Ref(f"{SSM}{found[1]}", "", place)
    return Unknown("a dynamic reference is resolved only at deployment", place)


def literal(node: Node, budget: Budget) -> Value:
    """A string as it stands, with what `{{resolve:...}}` in it stands for unknown."""
    text: str = node.value
    if "{{resolve:" not in text:
        return Scalar(text, node.span)
    locate = align(text, node.span)
    parts: list[Value] = []
    at = 0
    for match in _DYNAMIC.finditer(text):
        if match.start() > at:
            parts.append(Scalar(text[at : match.start()], locate(at, match.start())))
        parts.append(_dynamic(match.group(), locate(*match.span())))
        at = match.end()
    if at < len(text):
        parts.append(Scalar(text[at:], locate(at, len(text))))
    return parts[0] if len(parts) == 1 and isinstance(parts[0], (Ref, Unknown)) else concat(parts, node.span, budget)
