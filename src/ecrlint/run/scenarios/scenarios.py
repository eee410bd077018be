"""Conditions that nobody can know before deployment, settled one way and the other.

First the rules see the stack with every condition open: what they find there holds however it is deployed. Then each
consistent way to settle the conditions is a stack of its own, and what is found only there names its condition. This
layer knows values and resources, no format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import product

from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.stack import Resource, Stack
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, is_null

MAX_TOGETHER = 4
"""How many conditions are settled in every combination; with more, each is settled alone."""

MAX_CONDITIONS = 6
"""How many conditions of one stack are settled at all; the rest stay open."""

Sides = Mapping[str, bool]
"""A scenario: the side of each condition that it settles."""

_EQUALS = r"(.+) == (.+)"


@dataclass
class Seen:
    """The conditions that stay open: of a whole unit, in the order in which they are met, and of one resource."""

    everywhere: dict[str, None] = field(default_factory=dict)
    here: set[str] = field(default_factory=set)

    def add(self, condition: str) -> None:
        self.everywhere.setdefault(condition)
        self.here.add(condition)


_SURE = frozenset({Scalar, Ref, Unknown})
"""The values that are the same in every scenario."""


class _Settled(Mapping[str, Value]):
    """The entries of a map in a scenario, settled when asked for."""

    def __init__(self, entries: Mapping[str, Value], sides: Sides, seen: Seen) -> None:
        self._entries = entries
        self._sides = sides
        self._seen = seen
        self._values: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        found = self._values.get(name)
        if found is None:
            found = self._entries[name]
            if type(found) not in _SURE:
                found = settle(found, self._sides, self._seen)
            self._values[name] = found
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries


def settle(value: Value, sides: Sides, seen: Seen) -> Value:
    """A value in a scenario. The conditions that stay open are added to `seen`."""
    match value:
        case Choice():
            side = sides.get(value.condition)
            if side is not None:
                return settle(value.then if side else value.otherwise, sides, seen)
            seen.add(value.condition)
            then, otherwise = settle(value.then, sides, seen), settle(value.otherwise, sides, seen)
            return Choice(value.condition, then, otherwise, value.span)
        case List():
            items = [settle(item, sides, seen) for item in value.items]
            if any(isinstance(item, Choice) for item in value.items):  # one that a condition takes away is none
                items = [made for item, made in zip(value.items, items, strict=True) if not is_null(made) or is_null(item)]
            return List(tuple(items), value.span, value.complete, value.kind)
        case Map():
            return Map(_Settled(value.entries, sides, seen), value.span, value.complete, value.kind)
        case Text():
            return _text(value, sides, seen)
        case Json():
            return Json(settle(value.value, sides, seen), value.span, value.language)
        case _:
            return value


def _text(value: Text, sides: Sides, seen: Seen) -> Value:
    parts: list[Value] = []
    for part in value.parts:
        made = settle(part, sides, seen)
        if isinstance(made, Text):
            parts.extend(made.parts)
        elif isinstance(made, Scalar) and made.value is not None:
            parts.append(made if isinstance(made.value, str) else replace(made, value=str(made.value).lower()))
        else:
            parts.append(made)
    joined = all(isinstance(part, Scalar) for part in value.parts)  # pieces that keep their own places: no hole was closed
    if not joined and all(isinstance(part, Scalar) for part in parts):
        words = [part.value for part in parts if isinstance(part, Scalar) and isinstance(part.value, str)]
        return Scalar("".join(words), value.span)
    return Text(tuple(parts), value.span)


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
    def open(self) -> tuple[Stack, tuple[str, ...]]:
        """The stack with every condition open, and these conditions."""
        return self._join(self._alone), tuple(self._conditions)

    @cached_property
    def _alone(self) -> Stack:
        return self.adapt([resource for resource, _ in self._read])

    @cached_property
    def _conditions(self) -> dict[str, None]:
        return {}

    @cached_property
    def _read(self) -> list[tuple[Resource, set[str]]]:
        """The resources with every condition open, each with those that have been met in it."""
        found = []
        for resource in self.resources:
            seen = Seen(self._conditions)
            found.append((_in_scenario(resource, {}, seen), seen.here))
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
        when = Unknown("it is not said", resource.span) if resource.when is None else settle(resource.when, sides, Seen())
        return None if isinstance(when, Scalar) else when

    def settled(self, sides: Sides) -> Stack:
        """The stack in a scenario."""
        made = (
            read if met.isdisjoint(sides) else _in_scenario(resource, sides, Seen())
            for resource, (read, met) in zip(self.resources, self._read, strict=True)
        )
        return replace(self._join(self.adapt([resource for resource in made if resource.exists is not NO])), settled=True)


def _in_scenario(resource: Resource, sides: Sides, seen: Seen) -> Resource:
    exists = resource.exists
    if exists is MAYBE and resource.when is not None:
        when = settle(resource.when, sides, seen)
        if isinstance(when, Scalar):
            exists = YES if when.value is True else NO
    given = resource.attributes
    attributes = Map(_Settled(given.entries, sides, seen), given.span, given.complete, given.kind)
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


def scenarios(conditions: Sequence[str]) -> Iterator[Sides]:
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
            yield _with_consequences({condition: side}, conditions)


def consistent(sides: Sides) -> bool:
    """Whether no two sides exclude each other: one thing cannot be equal to two different values."""
    equal: dict[str, str] = {}
    for condition, side in sides.items():
        found = re.fullmatch(_EQUALS, condition)
        if found and side and equal.setdefault(found.group(1), found.group(2)) != found.group(2):
            return False
    return True


def _with_consequences(sides: dict[str, bool], conditions: Sequence[str]) -> Sides:
    """A scenario with what follows from it: what is equal to one value is not equal to another."""
    for condition, side in list(sides.items()):
        found = re.fullmatch(_EQUALS, condition)
        if found and side:
            for other in conditions:
                match = re.fullmatch(_EQUALS, other)
                if match and match.group(1) == found.group(1) and other != condition:
                    sides[other] = False
    return sides


def if_made(unit: Unit, finding: Finding) -> Finding:
    """A finding that holds however the unit is deployed, if only what it speaks of is made."""
    return _under(finding, {}, unit)


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
    words = " and ".join(spoken(condition, side) for condition, side in {**needed, **made}.items())
    if not words and sure:
        return finding
    said = "if it is made" if not words else f"when {words}" if sure else f"when {words}, if it is made"
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


def spoken(condition: str, side: bool) -> str:
    """A side of a condition in the user's words."""
    found = re.fullmatch(_EQUALS, condition)
    if found:
        return f"{found.group(1)} is {found.group(2)}" if side else f"{found.group(1)} is not {found.group(2)}"
    if re.fullmatch(r"[\w.\[\]\"-]+", condition):
        return f"{condition} is {'true' if side else 'false'}" if "." in condition else condition if side else f"not {condition}"
    return f"{condition} is {'true' if side else 'false'}"
