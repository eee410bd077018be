"""The one syntax tree that HCL, JSON and YAML are read into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ecrlint.model.source import Span


class Node:
    """A piece of syntax: `tag` says which kind, `value` is its content in the shape of that kind, `span` its place.

    Data, in every format: `string`, `number`, `bool`, `null` hold the Python value; `list` a tuple of nodes; `map` a
    tuple of (key node, value node), duplicates included. A YAML node with a local tag is tagged by it (`!Sub`) and
    holds the untagged node. The tags of HCL are listed in `ecrlint.parse.hcl`.

    `value` may be given as a function: it is then computed when first asked for, so that what nobody reads costs
    nothing. A node does not change otherwise.
    """

    __slots__ = ("_value", "span", "tag")

    def __init__(self, tag: str, value: Any, span: Span) -> None:
        self.tag = tag
        self._value = value
        self.span = span

    @classmethod
    def deferred(cls, tag: str, compute: Callable[..., Any], span: Span, *given: Any) -> Node:
        """A node whose value is `compute(*given)`, called once, when first asked for."""
        return cls(tag, _Deferred(compute, given), span)

    @property
    def value(self) -> Any:
        value = self._value
        if type(value) is _Deferred:
            value = self._value = value.compute(*value.given)
        return value

    def __repr__(self) -> str:
        return f"Node({self.tag!r}, {self.value!r})"


class _Deferred:
    __slots__ = ("compute", "given")

    def __init__(self, compute: Callable[..., Any], given: tuple[Any, ...]) -> None:
        self.compute = compute
        self.given = given
