"""Where an expression stands, and what it can ask of the module there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from ecrlint.evaluate.budget import Budget
from ecrlint.model.dataclass import dataclass
from ecrlint.model.node import Node
from ecrlint.model.source import Span
from ecrlint.model.value import Ref, Value

if TYPE_CHECKING:
    from ecrlint.evaluate.terraform.configuration import Folder

STAND_IN = "*"
"""The key of the one instance that stands for all where the keys of a `for_each` are not known."""


class Module(Protocol):
    """What an expression can ask of the module that it stands in."""

    @property
    def prefix(self) -> str: ...
    @property
    def folder(self) -> Folder: ...
    def variable(self, name: str, span: Span) -> Value: ...
    def local(self, name: str, span: Span) -> Value: ...
    def resource(self, kind: str, name: str, span: Span) -> Value: ...
    def call(self, name: str, span: Span) -> Value: ...
    def attribute(self, ref: Ref, name: str, span: Span) -> Value: ...
    def is_single(self, address: str) -> bool: ...
    def read_file(self, function: str, arguments: Sequence[Value], span: Span) -> Value: ...
    def function(self, name: str, arguments: Sequence[Value], span: Span) -> Value | None: ...


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands: its module (None in a template file), the names bound around it, and the root's budget.

    `caught`: within a `try` or `can`. Everywhere else what has no value on one side of a condition is there on the other,
    because Terraform would stop.
    """

    module: Module | None
    names: Mapping[str, Value]
    budget: Budget
    caught: bool = False

    def bind(self, names: Mapping[str, Value]) -> Scope:
        return Scope(self.module, {**self.names, **names}, self.budget, self.caught)


def force(node: Node) -> Node:
    """The expression itself, where it was left for later."""
    while node.tag == "lazy":
        node = node.value
    return node
