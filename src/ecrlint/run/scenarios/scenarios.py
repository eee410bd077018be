"""Conditions that nobody can know before deployment, settled one way and the other.

First the rules see the stack with every condition open: what they find there holds however it is deployed. Then each
consistent way to settle the conditions is a stack of its own, and what is found only there names its condition. This
layer knows values and resources, no format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product

from ecrlint.analysis.openings import openings
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.value import Choice, Condition, Scalar, Sides, Value
from ecrlint.model.value.condition import consistent, expression, with_consequences, words
from ecrlint.run.scenarios.unit import DeployableUnit, Reading, Scenario

MAX_TOGETHER = 4
"""How many conditions are settled in every combination."""

SHOWN_TOGETHER = 3
"""How many sides a finding may need to be found at first sight. Where there is one, every combination is looked at."""

MAX_SCENARIOS = 64
"""How many scenarios settle the conditions of one stack; those for which no room is left stay open."""

MIN_SCENARIOS = 12

MAX_READ = 2000
"""How many resources are read in all scenarios of a stack, beyond the fewest scenarios."""

MOST_NAMED = 3
"""How many ids that a unit is given, or conditions, one sentence names."""


@dataclass(frozen=True, slots=True)
class Combinations:
    """The ways to settle a few conditions together: first those that show every three sides which can come together, then the
    rest, which matter where something is found in the first."""

    first: Sequence[Scenario]
    rest: Sequence[Scenario]


def scenarios(reading: Reading) -> list[Combinations]:
    """The ways to settle the conditions of a reading, with what each may change. A large one has fewer."""
    found = []
    for ways in settlements(decided(reading.conditions), lambda: map(decided, reading.subjects()), _room(reading)):
        touched = reading.touched({condition for sides in ways for condition in sides})
        first = showing(ways)
        rest = [sides for sides in ways if sides not in first]
        found.append(Combinations(*([Scenario(sides, {}, touched) for sides in some] for some in (first, rest))))
    return found


def decided(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """The conditions that a user decides."""
    return tuple(condition for condition in conditions if not condition.given)


def showing(ways: Sequence[Sides], together: int = SHOWN_TOGETHER) -> list[Sides]:
    """Of all ways to settle some conditions, a few in which any so many sides that can come together are together."""
    waiting = [set(combinations(sides.items(), together)) for sides in ways if len(sides) > together]
    if not waiting:
        return list(ways)
    shown: list[Sides] = []
    while any(waiting):
        most = max(range(len(waiting)), key=lambda at: len(waiting[at]))
        shown.append(ways[most])
        waiting = [those - waiting[most] for those in waiting]
    return shown


def _room(reading: Reading) -> int:
    return min(MAX_SCENARIOS, max(MIN_SCENARIOS, MAX_READ // max(len(reading.resources), 1)))


def settlements(
    conditions: Sequence[Condition], subjects: Callable[[], Iterable[Sequence[Condition]]] = tuple, room: int = MAX_SCENARIOS
) -> list[list[Sides]]:
    """The consistent ways to settle conditions, those of the same ones together: every combination of a few.

    Where they are many, every combination of those that matter to one subject, as `subjects` gives them, few first, and each of
    the others alone; no more than there is room for.
    """
    if not conditions:
        return []
    if len(conditions) <= MAX_TOGETHER:
        return [list(_combinations(conditions))]
    ways: list[list[Sides]] = []
    covered: set[Condition] = set()
    together = _largest(subject for subject in subjects() if 1 < len(subject) <= MAX_TOGETHER)
    for subject in [*reversed(together), *((condition,) for condition in conditions)]:
        sides: list[Sides] = [with_consequences(sides, conditions) for sides in _combinations(subject)]
        if not covered.issuperset(subject) and len(sides) <= room:
            ways.append(sides)
            room -= len(sides)
            covered.update(subject)
    return ways


def alternatives(unit: DeployableUnit) -> tuple[list[tuple[Sides, list[Scenario]]], list[str]]:
    """For each subject that is read by its default: its sides there, and the scenario of each other value; and the subjects for
    which no room is left."""
    room = _room(unit.reading)
    taken: list[tuple[Sides, list[Scenario]]] = []
    left: list[str] = []
    for subject in unit.alternatives():
        room -= len(subject.others)
        if room < 0:
            left.append(subject.subject)
            continue
        others = (Scenario(subject.sides(value), {subject.name: node}, subject.touched) for value, node in subject.others.items())
        taken.append((subject.sides(subject.usual), list(others)))
    return taken, left


def unsettled(conditions: Iterable[Condition], ways: Iterable[Combinations]) -> list[Condition]:
    """The conditions that are open in every scenario."""
    settled = {condition for together in ways for scenario in together.first for condition in scenario.sides}
    return [condition for condition in decided(conditions) if condition not in settled]


def side_by_side(scenarios: Iterable[Scenario], reading: Reading) -> list[list[Scenario]]:
    """The scenarios in groups that can be looked at in one: none changes what another changes, nor what is next to that."""
    groups: list[list[Scenario]] = []
    for scenario in scenarios:
        group = next((group for group in groups if all(_are_apart(scenario, other, reading) for other in group)), None)
        if group is None:
            groups.append([scenario])
        else:
            group.append(scenario)
    return groups


def _are_apart(a: Scenario, b: Scenario, reading: Reading) -> bool:
    return a.touched.isdisjoint(b.touched) and all(reading.around.get(it, frozenset()).isdisjoint(b.touched) for it in a.touched)


def merged(scenarios: Sequence[Scenario]) -> Scenario:
    """Several scenarios in one."""
    sides = {condition: side for scenario in scenarios for condition, side in scenario.sides.items()}
    given = {name: node for scenario in scenarios for name, node in scenario.given.items()}
    return Scenario(sides, given, frozenset().union(*(scenario.touched for scenario in scenarios)))


def words_of_open(conditions: Sequence[Condition]) -> str:
    """Why a unit with these conditions is not read to its end."""
    return f"read with these conditions open, as there are too many to settle: {_few(list(map(expression, conditions)))}"


def words_of_usual(subjects: Sequence[str]) -> str:
    """Why a unit in which these are read by their defaults alone is not read to its end."""
    return f"read with the defaults of these alone, as too many have other values: {_few(subjects)}"


def _few(names: Sequence[str]) -> str:
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + rest


def _combinations(conditions: Sequence[Condition]) -> Iterator[Sides]:
    for row in product((True, False), repeat=len(conditions)):
        sides = dict(zip(conditions, row, strict=True))
        if consistent(sides):
            yield sides


def _largest(groups: Iterable[Sequence[Condition]]) -> list[Sequence[Condition]]:
    """Groups of which none is a part of another."""
    largest: list[Sequence[Condition]] = []
    for group in sorted(dict.fromkeys(map(tuple, groups)), key=len, reverse=True):
        if not any(set(group) <= set(other) for other in largest):
            largest.append(group)
    return largest


def if_made(unit: DeployableUnit, finding: Finding) -> Finding:
    """A finding that holds however the unit is deployed, if only what it speaks of is made."""
    return _under(finding, [{}], unit)


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
        opening.reason
        for opening in openings(stack)
        if opening.address in addresses or (opening.span.path, opening.span.start) in places
        if opening.reason in stack.outside
    ]


def conditional(unit: DeployableUnit, found: Sequence[tuple[Sides, Mapping[object, Finding]]]) -> list[Finding]:
    """The findings of some scenarios, each with the fewest sides that tell its scenarios from the others.

    None has a fix: what is written is right on the other side.
    """
    everywhere: dict[object, Finding] = {}
    for _, findings in found:
        for place, finding in findings.items():
            everywhere.setdefault(place, finding)
    return [replace(_under(finding, _needed(place, found), unit), fix=()) for place, finding in everywhere.items()]


def _needed(place: object, found: Sequence[tuple[Sides, Mapping[object, Finding]]]) -> list[Sides]:
    """The fewest sides that all scenarios with a finding share and no other has; several where no sides are those of all."""
    inside = [sides for sides, findings in found if place in findings]
    outside = [sides for sides, findings in found if place not in findings]
    shared = {c: side for c, side in inside[0].items() if all(sides.get(c) is side for sides in inside)}
    needed: list[Sides] = []
    for sides in (shared, *inside):
        is_told = any(sides.items() >= one.items() for one in needed)
        if not is_told and not any(other.items() >= sides.items() for other in outside):
            needed.append(_fewest(sides, outside))
    return _joined(needed)


def _joined(ways: Sequence[Sides]) -> list[Sides]:
    """Ways to settle conditions, of two that differ in the side of one condition only what they share."""
    for one, other in combinations(ways, 2):
        rest = {condition: side for condition, side in one.items() if other.get(condition) is side}
        if one.keys() == other.keys() and len(rest) == len(one) - 1:
            return _joined([rest, *(way for way in ways if not way.items() >= rest.items())])
    return list(ways)


def _fewest(sides: Sides, outside: Sequence[Sides]) -> Sides:
    """Sides without each of those without which the rest still tells them from all others."""
    needed = dict(sides)
    for condition in sides:
        rest = {c: side for c, side in needed.items() if c != condition}
        if not any(other.items() >= rest.items() for other in outside):
            needed = rest
    return needed


def _under(finding: Finding, ways: Sequence[Sides], unit: DeployableUnit) -> Finding:
    """A finding that names the sides which it needs, one way or another, and those without which what it speaks of is not made.

    An error has to hold whatever is not known: that of something which may not be made is a warning.
    """
    said = list(dict.fromkeys(_said(finding, needed, unit) for needed in ways))
    if "" in said:
        return finding
    rest = f", or in {len(said) - MOST_NAMED} more ways" if len(said) > MOST_NAMED else ""
    severity = min(finding.severity or Severity.ERROR, Severity.WARNING)
    return replace(finding, message=f"{finding.message} ({' or '.join(said[:MOST_NAMED])}{rest})", severity=severity)


def _said(finding: Finding, needed: Sides, unit: DeployableUnit) -> str:
    """The sides that a finding needs, in the user's words; nothing where it needs none."""
    when = unit.when(finding.address, needed)
    made, sure = ({}, True) if when is None else _to_be_made(when)
    sides = " and ".join(words(condition, side) for condition, side in {**needed, **made}.items())
    if not sides:
        return "" if sure else "if it is made"
    return f"when {sides}" if sure else f"when {sides}, if it is made"


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
