"""One deployable unit: its resources, and the stacks that they make, with conditions open or settled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import field
from functools import cached_property

from ecrlint.model.alternatives import Alternatives
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.node import Node
from ecrlint.model.stack import Resource, Stack
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Condition, Map, Scalar, Sides, Unknown, Value, settle
from ecrlint.model.value.choice import references
from ecrlint.model.value.condition import with_consequences


@dataclass
class OpenConditions:
    """The conditions that stay open: of a whole unit, in the order in which they are met, and of one resource."""

    everywhere: dict[Condition, None] = field(default_factory=dict)
    here: set[Condition] = field(default_factory=set)

    def add(self, condition: Condition) -> None:
        self.everywhere.setdefault(condition)
        self.here.add(condition)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One consistent way to settle conditions: their sides, the values that it gives to what else is read by a default, and the
    addresses of the resources that it may change."""

    sides: Sides
    given: Mapping[str, Node]
    touched: frozenset[str]


@dataclass(frozen=True)
class Reading:
    """The resources of a unit, and the adapter that makes a stack of them. What has been read stays read, whatever others
    give the unit."""

    resources: Sequence[Resource]
    adapt: Callable[[Sequence[Resource], Set[str]], Stack]
    conditions: dict[Condition, None] = field(default_factory=dict)

    @cached_property
    def stack(self) -> Stack:
        """The stack with every condition open. The conditions are known once it has been read."""
        return self.adapt([resource for resource, _ in self._open], frozenset())

    @cached_property
    def _open(self) -> list[tuple[Resource, set[Condition]]]:
        """The resources with every condition open, each with those that have been met in it."""
        return list(map(self._opened, self.resources))

    def _opened(self, resource: Resource) -> tuple[Resource, set[Condition]]:
        seen = OpenConditions(self.conditions)
        return _in_scenario(resource, {}, seen.add), seen.here

    @cached_property
    def _referring(self) -> dict[str, set[str]]:
        """For each resource those that refer to it, by address."""
        referring: dict[str, set[str]] = {resource.address: set() for resource, _ in self._open}
        for resource, _ in self._open:
            for address in {reference.address for reference in references(resource.attributes)} & referring.keys():
                referring[address].add(resource.address)
        return referring

    @cached_property
    def around(self) -> dict[str, frozenset[str]]:
        """For each resource it, those that it refers to and those that refer to it, by address: a role with its policies, a task
        with its roles."""
        around = {address: {address, *others} for address, others in self._referring.items()}
        for address, others in self._referring.items():
            for other in others:
                around[other].add(address)
        return {address: frozenset(others) for address, others in around.items()}

    def _changed(self, addresses: Set[str]) -> Set[str]:
        """These resources, and those that refer to one of them over any number of steps."""
        changed: set[str] = set()
        waiting = [*addresses]
        while waiting:
            address = waiting.pop()
            if address not in changed:
                changed.add(address)
                waiting.extend(self._referring.get(address, ()))
        return changed

    def subjects(self) -> Iterator[tuple[Condition, ...]]:
        """For each resource the conditions that have been met in it, and those that have been met in it and around it."""
        met = {resource.address: conditions for resource, conditions in self._open}
        wide = (set().union(*(met[other] for other in others)) for others in self.around.values())
        order = {condition: at for at, condition in enumerate(self.conditions)}
        for conditions in (*wide, *met.values()):
            yield tuple(sorted(conditions & order.keys(), key=order.__getitem__))

    def touched(self, conditions: Set[Condition]) -> frozenset[str]:
        """The resources in which one of these conditions has been met, by address."""
        some = set(conditions)  # of two sets neither is hashed again
        return frozenset(resource.address for resource, met in self._open if not met.isdisjoint(some))

    @cached_property
    def by_address(self) -> dict[str, Resource]:
        return {resource.address: resource for resource in self.resources}

    def settled(self, sides: Sides) -> Stack:
        """The stack in a scenario, with what follows from its sides."""
        sides = with_consequences(sides, self.conditions)
        conditions = set(sides)
        made = (
            read if met.isdisjoint(conditions) else _in_scenario(resource, sides)
            for resource, (read, met) in zip(self.resources, self._open, strict=True)
        )
        return self.adapt([resource for resource in made if resource.exists is not NO], self._changed(self.touched(conditions)))

    def with_others(self, resources: Sequence[Resource]) -> Stack:
        """The stack, with every condition open, where some resources are others. Those that are the same are the same objects."""
        read = {id(before): opened for before, (opened, _) in zip(self.resources, self._open, strict=True)}
        changed = {resource.address for resource in resources if id(resource) not in read}
        gone = self.by_address.keys() - {resource.address for resource in resources}
        opened = [read.get(id(resource)) or _in_scenario(resource, {}) for resource in resources]
        return self.adapt(opened, self._changed(changed | gone))


@dataclass(frozen=True)
class DeployableUnit:
    """What is deployed as one: a Terraform root, a template with what it nests, a file that stands alone.

    `environment` is the one that the user states, of those in which the unit is deployed; empty where none is stated.
    `joined` adds to the stack what other units give it. `alternatives` to what is read by a default are found once the unit
    has been read; `read_with` reads it with other values.
    """

    reading: Reading
    environment: str = ""
    joined: tuple[Callable[[Stack], Stack], ...] = ()
    alternatives: Callable[[], Iterable[Alternatives]] = tuple
    read_with: Callable[[Scenario], Sequence[Resource]] | None = None

    @property
    def resources(self) -> Sequence[Resource]:
        return self.reading.resources

    @cached_property
    def open(self) -> tuple[Stack, tuple[Condition, ...]]:
        """The stack with every condition open, and these conditions."""
        return self._join(self.reading.stack), tuple(self.reading.conditions)

    def with_joined(self, join: Callable[[Stack], Stack]) -> DeployableUnit:
        """The unit with what another one gives it."""
        return replace(self, joined=(*self.joined, join))

    def when(self, address: str, sides: Sides) -> Value | None:
        """The condition under which a resource is made, in a scenario; None where it is made for sure."""
        resource = self.reading.by_address.get(address)
        if resource is None or resource.exists is YES:
            return None
        when = Unknown("it is not said", resource.span) if resource.when is None else settle(resource.when, sides)
        return None if isinstance(when, Scalar) else when

    def stack(self, scenario: Scenario) -> Stack:
        """The stack in a scenario."""
        if scenario.given and self.read_with is not None:
            stack = self.reading.with_others(self.read_with(scenario))
        else:
            stack = self.reading.settled(scenario.sides)
        return replace(self._join(stack), settled=True)

    def _join(self, stack: Stack) -> Stack:
        for join in self.joined:
            stack = join(stack)
        return stack


def alone(stack: Stack) -> DeployableUnit:
    """The unit of a stack that is not made of resources."""
    return DeployableUnit(Reading((), lambda *_: stack))


def _in_scenario(resource: Resource, sides: Sides, note: Callable[[Condition], None] | None = None) -> Resource:
    exists = resource.exists
    if exists is MAYBE and resource.when is not None:
        when = settle(resource.when, sides, note)
        if isinstance(when, Scalar):
            exists = YES if when.value is True else NO
    attributes = settle(resource.attributes, sides, note)
    assert isinstance(attributes, Map)
    return Resource(
        resource.type,
        resource.address,
        attributes,
        resource.span,
        exists,
        resource.calls,
        resource.when,
        resource.provider,
        resource.ignored,
    )
