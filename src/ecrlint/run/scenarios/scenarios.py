"""Conditions that nobody can know before deployment, settled one way and the other.

First the rules see the stack with every condition open: what they find there holds however it is deployed. Then each
consistent way to settle the conditions is a stack of its own, and what is found only there names its condition. This
layer knows values and resources, no format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import product

from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource, Stack
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Choice, Condition, Map, Scalar, Sides, Unknown, Value, settle
from ecrlint.model.value.condition import consistent, with_consequences, words

MAX_TOGETHER = 4
"""How many conditions are settled in every combination; with more, each is settled alone."""

MOST_NAMED = 3
"""How many ids that a unit is given one finding names."""

MAX_CONDITIONS = 6
"""How many conditions of one stack are settled at all; the rest stay open."""


@dataclass
class Seen:
    """The conditions that stay open: of a whole unit, in the order in which they are met, and of one resource."""

    everywhere: dict[Condition, None] = field(default_factory=dict)
    here: set[Condition] = field(default_factory=set)

    def add(self, condition: Condition) -> None:
        self.everywhere.setdefault(condition)
        self.here.add(condition)


@dataclass(frozen=True)
class Unit:
    """The resources of one deployable unit, and the adapter that makes a stack of them.

    `environment` is the one that the user states, of those in which the unit is deployed; empty where none is stated.
    `joined` adds to the stack what other units give it.
    """

    resources: Sequence[Resource]
    adapt: Callable[[Sequence[Resource]], Stack]
    environment: str = ""
    joined: tuple[Callable[[Stack], Stack], ...] = ()

    @cached_property
    def open(self) -> tuple[Stack, tuple[Condition, ...]]:
        """The stack with every condition open, and these conditions."""
        return self._join(self._alone), tuple(self._conditions)

    @cached_property
    def _alone(self) -> Stack:
        return self.adapt([resource for resource, _ in self._read])

    @cached_property
    def _conditions(self) -> dict[Condition, None]:
        return {}

    @cached_property
    def _read(self) -> list[tuple[Resource, set[Condition]]]:
        """The resources with every condition open, each with those that have been met in it."""
        found = []
        for resource in self.resources:
            seen = Seen(self._conditions)
            found.append((_in_scenario(resource, {}, seen.add), seen.here))
        return found

    def _join(self, stack: Stack) -> Stack:
        for join in self.joined:
            stack = join(stack)
        return stack

    def with_joined(self, join: Callable[[Stack], Stack]) -> Unit:
        """The unit with what another one gives it. What has been read stays read."""
        made = replace(self, joined=(*self.joined, join))
        vars(made).update({name: value for name, value in vars(self).items() if name in ("_alone", "_conditions", "_read")})
        return made

    @cached_property
    def _by_address(self) -> dict[str, Resource]:
        return {resource.address: resource for resource in self.resources}

    def when(self, address: str, sides: Sides) -> Value | None:
        """The condition under which a resource is made, in a scenario; None where it is made for sure."""
        resource = self._by_address.get(address)
        if resource is None or resource.exists is YES:
            return None
        when = Unknown("it is not said", resource.span) if resource.when is None else settle(resource.when, sides)
        return None if isinstance(when, Scalar) else when

    def settled(self, sides: Sides) -> Stack:
        """The stack in a scenario."""
        made = (
            read if met.isdisjoint(sides) else _in_scenario(resource, sides)
            for resource, (read, met) in zip(self.resources, self._read, strict=True)
        )
        return replace(self._join(self.adapt([resource for resource in made if resource.exists is not NO])), settled=True)


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


def scenarios(conditions: Sequence[Condition]) -> Iterator[Sides]:
    """The consistent ways to settle conditions: every combination of a few, each alone where they are many."""
    if not conditions:
        return
    if len(conditions) <= MAX_TOGETHER:
        for row in product((True, False), repeat=len(conditions)):
            sides = dict(zip(conditions, row, strict=True))
            if consistent(sides):
                yield sides
        return
    for condition in conditions[:MAX_CONDITIONS]:
        for side in (True, False):
            yield with_consequences({condition: side}, conditions)


def if_made(unit: Unit, finding: Finding) -> Finding:
    """A finding that holds however the unit is deployed, if only what it speaks of is made."""
    return _under(finding, {}, unit)


def unless(stack: Stack, finding: Finding) -> Finding:
    """A finding that holds where the ids that the unit is given are those of something else.

    It has no fix: what is missing may be there.
    """
    own = own_openings(stack, finding)
    words = " or ".join(list(dict.fromkeys(stack.outside[reason] for reason in own or stack.outside))[:MOST_NAMED])
    severity = min(finding.severity or Severity.ERROR, Severity.WARNING)
    return replace(finding, message=f"{finding.message} (unless {words})", severity=severity, fix=())


def own_openings(stack: Stack, finding: Finding) -> list[str]:
    """The reasons that open what a finding speaks of: the sets of its places and of its causes."""
    places = {(span.path, span.start) for span in (finding.span, *(related.span for related in finding.related))}
    addresses = {finding.address, *(address for address, _ in finding.roots)}
    return [
        reason
        for address, span, reasons in _openings(stack)
        if address in addresses or (span.path, span.start) in places
        for reason in reasons
        if reason in stack.outside
    ]


def _openings(stack: Stack) -> Iterator[tuple[str, Span, tuple[str, ...]]]:
    """Address and place of everything that has a set which may be open, with the reasons why it is."""
    for role in stack.roles:
        yield role.address, role.span, role.open
    for group in stack.network.groups.values():
        yield group.address, group.span, (*group.ingress.open, *group.egress.open)
    for table in stack.network.tables.values():
        yield table.address, table.span, table.open
    for subnet in stack.network.subnets.values():
        yield subnet.address, subnet.span, subnet.table.open
    for endpoint in stack.endpoints:
        yield endpoint.address, endpoint.span, (*endpoint.subnets.open, *endpoint.groups.open, *endpoint.tables.open)


def conditional(unit: Unit, found: Sequence[tuple[Sides, Mapping[object, Finding]]]) -> list[Finding]:
    """The findings of some scenarios, each with the fewest sides that all of its scenarios share and no other has.

    None has a fix: what is written is right on the other side.
    """
    everywhere: dict[object, Finding] = {}
    for _, findings in found:
        for place, finding in findings.items():
            everywhere.setdefault(place, finding)
    return [replace(_under(finding, _needed(place, found), unit), fix=()) for place, finding in everywhere.items()]


def _needed(place: object, found: Sequence[tuple[Sides, Mapping[object, Finding]]]) -> Sides:
    inside = [sides for sides, findings in found if place in findings]
    outside = [sides for sides, findings in found if place not in findings]
    shared = {c: side for c, side in inside[0].items() if all(sides.get(c) is side for sides in inside)}
    needed = dict(shared)
    for condition in list(shared):  # drop each side without which the others still tell the scenarios apart
        rest = {c: side for c, side in needed.items() if c != condition}
        if rest and not any(all(sides.get(c) is side for c, side in rest.items()) for sides in outside):
            needed = rest
    return needed if outside else {}


def _under(finding: Finding, needed: Sides, unit: Unit) -> Finding:
    """A finding that names the sides which it needs, and those without which what it speaks of is not made.

    An error has to hold whatever is not known: that of something which may not be made is a warning.
    """
    when = unit.when(finding.address, needed)
    made, sure = ({}, True) if when is None else _to_be_made(when)
    sides = " and ".join(words(condition, side) for condition, side in {**needed, **made}.items())
    if not sides and sure:
        return finding
    said = "if it is made" if not sides else f"when {sides}" if sure else f"when {sides}, if it is made"
    severity = min(finding.severity or Severity.ERROR, Severity.WARNING)
    return replace(finding, message=f"{finding.message} ({said})", severity=severity)


def _to_be_made(when: Value) -> tuple[Sides, bool]:
    """The sides that all ways of settling a condition share in which it is true; whether these are enough for that."""
    ways = list(_ways(when, {}))
    shared = {c: side for c, side in ways[0][0].items() if all(sides.get(c) is side for sides, _ in ways)} if ways else {}
    return shared, len(ways) == 1 and ways[0][1]


def _ways(when: Value, sides: Sides) -> Iterator[tuple[Sides, bool]]:
    """The ways of settling a condition in which it is true, or may be."""
    match when:
        case Choice():
            yield from _ways(when.then, {**sides, when.condition: True})
            yield from _ways(when.otherwise, {**sides, when.condition: False})
        case Scalar():
            if when.value is True:
                yield sides, True
        case _:
            yield sides, False


def in_environments(found: Mapping[str, Mapping[object, Finding]]) -> Iterator[Finding]:
    """The findings of one unit in each of the environments that the user states; each names the ones that it needs.

    Where it weighs more in some of them, these are the ones that it names.
    """
    everywhere = dict.fromkeys(place for findings in found.values() for place in findings)
    for place in everywhere:
        sides = [(name, findings[place]) for name, findings in found.items() if place in findings]
        worst = max(finding.severity or Severity.ERROR for _, finding in sides)
        names = [name for name, finding in sides if (finding.severity or Severity.ERROR) is worst]
        finding = next(finding for name, finding in sides if name == names[0])
        if len(names) < len(found):
            said = " and ".join(names) if len(names) < 3 else ", ".join(names[:-1]) + " and " + names[-1]
            finding = replace(finding, message=f"{finding.message} (in {said})")
        yield finding
