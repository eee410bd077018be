"""Conditions that nobody can know before deployment, settled one way and the other.

First the rules see the stack with every condition open: what they find there holds however it is deployed. Then each
consistent way to settle the conditions is a stack of its own, and what is found only there names its condition. This
layer knows values and resources, no format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial

from ecrlint.analysis.openings import openings
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.value import Choice, Condition, Scalar, Sides, Value
from ecrlint.model.value.condition import expression, with_consequences, words
from ecrlint.run.scenarios.covering import covering
from ecrlint.run.scenarios.needs import Found, Look, Needs, nowhere_else
from ecrlint.run.scenarios.unit import DeployableUnit, Reading, Scenario

MAX_TOGETHER = 12
"""How many conditions are settled together; of those of a larger unit, the ones that matter to one subject."""

SHOWN_TOGETHER = (3, 2)
"""How many sides a finding may need to be found at first sight; fewer where there is no room for more."""

MAX_SCENARIOS = 64
"""How many scenarios settle the conditions of one stack; those for which no room is left stay open."""

MIN_SCENARIOS = 12

MAX_LOOKS = 4
"""How many times as many scenarios as there is room for are looked at to tell what a finding needs."""

MAX_READ = 2000
"""How many resources are read in all scenarios of a stack, beyond the fewest scenarios."""

MOST_NAMED = 3
"""How many ids that a unit is given, or conditions, one sentence names."""


def scenarios(reading: Reading) -> tuple[list[list[Scenario]], list[Condition], list[Condition]]:
    """The ways to settle the conditions of a reading, those of the same ones together, with what each may change; the
    conditions that stay open, and those that are not settled with all that matter beside them. A large one has fewer."""
    conditions = decided(reading.conditions)
    subjects = tuple(map(decided, reading.subjects())) if len(conditions) > SHOWN_TOGETHER[0] else ()
    ways = settlements(conditions, subjects, _room(reading))
    found = []
    for rows in ways:
        touched = reading.touched({condition for sides in rows for condition in with_consequences(sides, conditions)})
        found.append([Scenario(sides, {}, touched) for sides in rows])
    settled = [set(rows[0]) for rows in ways]
    left = [condition for condition in conditions if not any(condition in some for some in settled)]
    apart = {it for subject in subjects if not any(some.issuperset(subject) for some in settled) for it in subject}
    return found, left, [condition for condition in conditions if condition in apart and condition not in left]


def decided(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """The conditions that a user decides."""
    return tuple(condition for condition in conditions if not condition.given)


def _room(reading: Reading) -> int:
    return min(MAX_SCENARIOS, max(MIN_SCENARIOS, MAX_READ // max(len(reading.resources), 1)))


def settlements(
    conditions: Sequence[Condition], subjects: Sequence[Sequence[Condition]] = (), room: int = MAX_SCENARIOS
) -> list[list[Sides]]:
    """A few consistent ways to settle conditions, those of the same ones together: of all, where they are not many, or of those
    that come together in a subject, as `subjects` gives them, or over several.

    Where these are many, of those of one subject, few first, and of each of the others alone; no more than there is room for.
    """
    if not conditions:
        return []
    groups: list[Sequence[Condition]] = [conditions]
    if len(conditions) > SHOWN_TOGETHER[0]:
        found = [subject for subject in subjects if len(subject) > 1]
        connected = [tuple(it for it in conditions if it in some) for some in _connected(found)]
        small = [some for some in connected if len(some) <= MAX_TOGETHER]
        groups = [*small, *_largest(some for some in found if len(some) <= MAX_TOGETHER)[::-1]]
    ways: list[list[Sides]] = []
    covered: set[Condition] = set()
    for group in [*groups, *((condition,) for condition in conditions)]:
        if not covered.issuperset(group) and (rows := _fitting(group, room)):
            ways.append(rows)
            room -= len(rows)
            covered.update(group)
    return ways


def _fitting(conditions: Sequence[Condition], room: int) -> list[Sides]:
    """The ways to settle conditions together that show the most; none where there is no room for any."""
    for size in SHOWN_TOGETHER:
        rows = covering(conditions, size)
        if len(rows) <= room:
            return rows
    return []


@dataclass
class Looks:
    """What a few further scenarios show, each looked at once; nothing is seen in those that are too many."""

    see: Callable[[Scenario], Found]
    left: int
    seen: dict[frozenset[tuple[Condition, bool]], Found] = field(default_factory=dict)
    some_unseen: bool = False

    def __call__(self, sides: Sides) -> Found:
        what = frozenset(sides.items())
        if what not in self.seen:
            if not self.left:
                self.some_unseen = True
                return {}
            self.left -= 1
            self.seen[what] = self.see(Scenario(sides, {}, frozenset()))
        return self.seen[what]


def looks(unit: DeployableUnit, see: Callable[[Scenario], Found]) -> Looks:
    return Looks(see, MAX_LOOKS * _room(unit.reading))


def alternatives(unit: DeployableUnit) -> tuple[list[tuple[list[Sides], list[Scenario]]], list[str]]:
    """For each subject that may have one of a few values: its sides by its default, where it has one, and the scenario of each
    other value; and the subjects for which no room is left."""
    room = _room(unit.reading)
    taken: list[tuple[list[Sides], list[Scenario]]] = []
    left: list[str] = []
    for subject in unit.alternatives():
        room -= len(subject.others)
        if room < 0:
            left.append(subject.subject)
            continue
        others = (Scenario(subject.sides(value), {subject.name: node}, subject.touched) for value, node in subject.others.items())
        taken.append((list(map(subject.sides, subject.usual)), list(others)))
    return taken, left


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
    return f"read with these conditions open, as there are too many to settle: {_expressions(conditions)}"


def words_of_apart(conditions: Sequence[Condition]) -> str:
    """Why a unit with these conditions is not read to its end, though each is settled."""
    return f"read with some of these conditions open at a time, as too many matter to one resource: {_expressions(conditions)}"


WORDS_OF_UNSEEN = "read in some of the ways to settle its conditions: a finding may name more of them than it needs"


def words_of_usual(subjects: Sequence[str]) -> str:
    """Why a unit in which these are read by their defaults alone, or as not known, is not read to its end."""
    return f"read without the other values of these, as too many have some: {_few(subjects)}"


def _expressions(conditions: Sequence[Condition]) -> str:
    return _few(list(map(expression, conditions)))


def _few(names: Sequence[str]) -> str:
    rest = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + rest


def _connected(groups: Iterable[Sequence[Condition]]) -> list[set[Condition]]:
    """Groups of which those that have something in common are one."""
    connected: list[set[Condition]] = []
    for group in groups:
        touching = [some for some in connected if not some.isdisjoint(group)]
        connected = [some for some in connected if some.isdisjoint(group)]
        connected.append(set(group).union(*touching))
    return connected


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


def conditional(
    unit: DeployableUnit, groups: Sequence[Sequence[tuple[Sides, Found]]], look: Look = nowhere_else
) -> list[Finding]:
    """The findings of some scenarios, of each group those that settle the same conditions, each with the fewest sides that it
    needs.

    None has a fix: what is written is right on the other side.
    """
    everywhere: dict[object, dict[str, Finding]] = {}
    for rows in groups:
        for _, findings in rows:
            for place, finding in findings.items():
                everywhere.setdefault(place, {}).setdefault(finding.message, finding)
    found = []
    for place, variants in everywhere.items():
        first = next(iter(variants.values()))
        made = _under(first, Needs(partial(_is_at, place, ""), look).of(groups), unit)
        if len(variants) > 1:
            texts = [_under(one, Needs(partial(_is_at, place, text), look).of(groups), unit) for text, one in variants.items()]
            made = replace(made, message="; ".join(one.message for one in texts[:MOST_NAMED]))
        found.append(replace(made, fix=()))
    return found


def _is_at(place: object, message: str, found: Found) -> bool:
    """Whether there is a finding at a place, in these words or in any."""
    return place in found and message in ("", found[place].message)


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
