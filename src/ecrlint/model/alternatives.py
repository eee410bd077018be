"""What may have one of a few values by its declaration, default or not: a CloudFormation parameter, a Terraform variable."""

from __future__ import annotations

from collections.abc import Mapping

from ecrlint.model.dataclass import dataclass
from ecrlint.model.node import Node
from ecrlint.model.value import Equals
from ecrlint.model.value.condition import Literal, Sides

MAX_VALUES = 4
"""A longer list is one to choose from, as of instance types, and decides nothing by each of its values."""


@dataclass(frozen=True, slots=True)
class Alternatives:
    """`subject` in the user's words, `name` by which a value is given to it, its default where it has one, and each other value
    with the syntax of it. `touched` are the addresses of the resources that it may change."""

    subject: str
    name: str
    usual: tuple[Literal, ...]
    others: Mapping[Literal, Node]
    touched: frozenset[str]

    def sides(self, value: Literal) -> Sides:
        """The sides of the comparisons with all of its values, where it has this one."""
        literals = (*self.usual, *self.others)
        return {Equals(self.subject, literal, literals): literal == value for literal in literals}
