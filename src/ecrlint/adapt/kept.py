"""What has been made of the attributes of single resources, kept for the other stacks of a unit, in which most are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ecrlint.adapt.identity_draft import parts
from ecrlint.adapt.policy import policy
from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import Policy, PolicyKind
from ecrlint.model.stack import Resource
from ecrlint.model.value import Value

if TYPE_CHECKING:
    from ecrlint.adapt.stack_draft import StackDraft

Made = TypeVar("Made")


@dataclass
class Kept:
    """What has been made, by the attribute that it was made of. `changed` are the addresses of the resources that are different
    in the stack that is made now, or refer to one that is, over any number of steps: nothing is kept for these, nor of them."""

    changed: Set[str] = frozenset()
    made: dict[object, tuple[Value, Any]] = field(default_factory=dict)

    def once(self, resource: Resource, what: object, value: Value, make: Callable[[], Made]) -> Made:
        """What `make` makes of an attribute of a resource and of what it refers to, and of nothing else of the unit."""
        if resource.address in self.changed:
            return make()
        asked = (resource.address, what, id(value))
        found = self.made.get(asked)
        if found is None:
            found = self.made[asked] = (value, make())  # with the value, so that no other gets its identity
        made: Made = found[1]
        return made


class Unit(Protocol):
    """The resources of a unit by address, what is gathered of them, and what is known of their references."""

    @property
    def resources(self) -> Mapping[str, Resource]: ...

    @property
    def draft(self) -> StackDraft: ...

    def expand(self, value: Value) -> Value: ...


def parts_of(unit: Unit, resource: Resource) -> tuple[Value, ...]:
    """Everything inside of the arguments of a resource that may name something."""
    return unit.draft.kept.once(resource, "parts", resource.attributes, lambda: tuple(parts(resource.attributes)))


def policy_of(unit: Unit, resource: Resource, document: Value, kind: PolicyKind, name: str = "") -> Policy:
    """The policy that an attribute of a resource is; it has the resource's address, or a name of its own."""
    address = name or resource.address
    return unit.draft.kept.once(resource, (kind, address), document, lambda: policy(document, kind, address, unit.expand))
