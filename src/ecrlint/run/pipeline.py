"""The pipeline: find the files, read them unit by unit, let the rules speak, and say what became of every file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import partial
from itertools import groupby

from ecrlint.analysis.openings import openings, statements
from ecrlint.boundary.repository import Boundary, around, real
from ecrlint.config import Configurations
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Finding, Opening, Problem, Related, Report, Severity
from ecrlint.model.rule import Rule
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.value import Sides
from ecrlint.rule_registry import rules_on, trusts_provider
from ecrlint.run.join.facts import state
from ecrlint.run.join.gifts import share
from ecrlint.run.join.roles import link
from ecrlint.run.read.files import Tree
from ecrlint.run.read.presence import asked_by_any, given_by_any
from ecrlint.run.read.rest import Rest
from ecrlint.run.read.units import discover, read_units
from ecrlint.run.scan_state import PLAIN, ScanOptions, ScanState, broke
from ecrlint.run.scenarios import scenarios
from ecrlint.run.scenarios.reads import Memory, watched
from ecrlint.run.scenarios.unit import DeployableUnit, Scenario
from ecrlint.run.suppress.judge import Judged, judge
from ecrlint.wording.precedence import once

MAX_LINE = 1000
"""A longer line is written by a program, which puts everything on one."""


def scan(paths: Sequence[str], root: str | Boundary = ".", options: ScanOptions = PLAIN) -> Report:
    """Scan folders and files. A file is scanned with the whole unit that it belongs to. `root` is where reading ends.

    Raises FileNotFoundError for a path that does not exist, and ConfigError for a configuration with a mistake in it.
    """
    run = _own(paths, root, options)
    others = _rest(run)
    return report(run, judge(run, check_with(run, others, lambda finding: _is_read(run, others, finding))))


def read(paths: Sequence[str], root: str | Boundary = ".", options: ScanOptions = PLAIN) -> ScanState:
    """Read folders and files into units, with all that others of the repository give them, before any rule speaks. Raises as
    `scan` does."""
    run = _own(paths, root, options)
    others = _rest(run)
    if others.is_empty:
        _join(run)
        return run
    from ecrlint.run.read.wanted import Wanted

    _join_with(run, run.units, others.giving(Wanted(asked_by_any(run.tree, others.own), every_output=True)))
    return run


def _rest(run: ScanState) -> Rest:
    """The rest of the repository, where a run has read a part of one."""
    boundary = run.tree.boundary
    return Rest(run, frozenset((*run.paths, *run.statuses)), boundary.folders if boundary.is_stated else ())


def _own(paths: Sequence[str], root: str | Boundary, options: ScanOptions) -> ScanState:
    """A run in which folders and files have been read, and nothing of other units has been given to theirs."""
    run = start(around(root, paths) if isinstance(root, str) else root, options)
    for path in paths:
        if not run.tree.reader.look(os.path.abspath(path)) and run.tree.boundary.inside(real(path)) not in options.texts:
            raise FileNotFoundError(path)
    run.whole = tuple(filter(run.tree.reader.is_folder, map(real, paths)))
    read_units(run, *discover(run, paths))
    return run


def check_with(run: ScanState, others: Rest, is_told: Callable[[Finding], bool]) -> list[Finding]:
    """What the rules find in the units of a run, which is what they find there in a scan of the whole repository.

    Of its other units only those are read that may give something, and those that may take something and have a finding that
    is told: what makes rules say less only where they say something.
    """
    own = run.units
    if others.is_empty:
        _join(run)
        return check(run)
    from ecrlint.adapt.table import GIFTS
    from ecrlint.run.join import needs

    takers = others.taking(needs.by_others(own, given_by_any(run.tree, others.own)))
    taking = [unit for unit in takers if needs.takes(unit, own)]
    asked = GIFTS if taking else asked_by_any(run.tree, others.own)
    checked = [*own, *taking]
    beside = [unit for unit in takers if unit not in taking]
    wanted = needs.of_others(checked, asked)
    _join_with(run, checked, [*beside, *others.giving(wanted)])
    run.read_by_speaking = set()
    found = check(run)
    if any(map(is_told, found)) and (calming := needs.calming(checked, asked, run.read_by_speaking)):
        run.read_by_speaking = None
        _join_with(run, checked, [*beside, *others.giving(replace(wanted, gifts=wanted.gifts | calming))])
        found = check(run)
    return [finding for finding in found if is_told(finding)] if taking else found


def _is_read(run: ScanState, others: Rest, finding: Finding) -> bool:
    path = finding.span.path
    return path in others.own or path in run.read_by_terraform or path in run.nested_templates


def _join_with(run: ScanState, own: Sequence[DeployableUnit], others: Sequence[DeployableUnit]) -> None:
    """Give the units of a run what they and others give each other; the others are not checked."""
    run.units = [*own, *others]
    _join(run)
    if others:
        names = {unit.open[0].name for unit in own}
        run.units = [unit for unit in run.units if unit.open[0].name in names]


def start(boundary: Boundary, options: ScanOptions = PLAIN) -> ScanState:
    """A run of which nothing has been read."""
    options = replace(options, var_files=tuple(os.path.realpath(path) for path in options.var_files))
    return ScanState(Tree(boundary, options.texts, known=options.known), Configurations(boundary, options.config), options)


def _join(run: ScanState) -> None:
    """Give each unit what others of its repository give."""
    if any(trusts_provider(role) for unit in run.units for role in unit.open[0].roles):
        from ecrlint.run.join import history

        history.join(run)
    has_jobs, several = any(unit.open[0].jobs for unit in run.units), len(run.units) > 1
    if has_jobs:
        from ecrlint.run.join import task_images

        task_images.put(run)
    if several:
        from ecrlint.run.join.outputs import join_outputs

        join_outputs(run)
        if any(unit.open[0].attachments for unit in run.units):
            from ecrlint.run.join.attachments import attach

            attach(run)
    link(run)
    share(run)
    if several:
        from ecrlint.run.join.networks import join_networks

        join_networks(run)
    state(run)
    if has_jobs:
        from ecrlint.run.join import jobs

        jobs.join(run)


def check(run: ScanState) -> list[Finding]:
    """What the rules find in every unit."""
    found: dict[object, Finding] = {}
    at = 0
    for _, units in groupby(run.units, lambda unit: unit.open[0].name if unit.environment else id(unit)):
        heard: dict[str, dict[object, Finding]] = {}
        for unit in units:
            at += 1
            run.progress(f"checking {unit.open[0].name} ({at} of {len(run.units)})")
            try:
                said = heard.setdefault(unit.environment, {})
                for finding in _of_unit(run, unit):
                    placed = _without_edits_of_plans(_at_its_call(finding, unit))
                    said.setdefault(_place(placed), placed)
            except Exception as error:  # a unit that breaks us must not take the others with it
                broke(run, unit.open[0].name, error)
        for finding in scenarios.in_environments(heard):
            found.setdefault(_place(finding), finding)
    return list(found.values())


def _of_unit(run: ScanState, unit: DeployableUnit) -> Iterator[Finding]:
    """First what holds however a unit is deployed, then what holds on one side of a condition."""
    stack, _ = unit.open
    ways, left, apart = scenarios.scenarios(unit.reading)
    subjects, by_default = scenarios.alternatives(unit)
    memory = Memory() if ways or subjects or stack.outside or run.read_by_speaking is not None else None
    sure = _told(unit, _hear(run, stack, memory), {})
    yield from (scenarios.if_made(unit, finding) for finding in sure.values())
    if stack.outside:
        closed = _told(unit, _hear(run, stack.closed(), memory), {})
        yield from (scenarios.unless(stack, finding) for place, finding in closed.items() if place not in sure)
    if left:
        run.note(unit, scenarios.words_of_open(left))
    if apart:
        run.note(unit, scenarios.words_of_apart(apart))
    look = scenarios.looks(unit, lambda scenario: _beyond(run, unit, memory, scenario, sure.keys()))
    found_in = _in_scenarios(run, unit, memory, ways, sure.keys())
    yield from scenarios.conditional(unit, found_in, look)
    if look.some_unseen:
        run.note(unit, scenarios.WORDS_OF_UNSEEN)
    if by_default:
        run.note(unit, scenarios.words_of_usual(by_default))
    told = {*sure, *(place for rows in found_in for _, found in rows for place in found)}
    others = _in_scenarios(run, unit, memory, [values for _, values in subjects], told)
    for (usual, _), rows in zip(subjects, others, strict=True):  # what two of them cause is told of the first
        found = [(sides, {place: it for place, it in places.items() if place not in told}) for sides, places in rows]
        yield from scenarios.conditional(unit, [[*((sides, {}) for sides in usual), *found]])
        told |= {place for _, places in found for place in places}


def _in_scenarios(
    run: ScanState, unit: DeployableUnit, memory: Memory | None, ways: Sequence[Sequence[Scenario]], told: Set[object]
) -> list[list[tuple[Sides, dict[object, Finding]]]]:
    """What the rules find in each scenario beyond what has been told. Several that have nothing to do with each other are looked
    at together first, and one by one where there is something."""
    heard: dict[int, dict[object, Finding]] = {}
    for group in scenarios.side_by_side([way for rows in ways for way in rows], unit.reading):
        quiet = len(group) > 1 and not _beyond(run, unit, memory, scenarios.merged(group), told)
        heard.update((id(way), {} if quiet else _beyond(run, unit, memory, way, told)) for way in group)
    return [[(way.sides, heard[id(way)]) for way in rows] for rows in ways]


def _beyond(
    run: ScanState, unit: DeployableUnit, memory: Memory | None, scenario: Scenario, told: Set[object]
) -> dict[object, Finding]:
    found = _told(unit, _hear(run, unit.stack(scenario), memory), scenario.sides)
    return {place: finding for place, finding in found.items() if place not in told}


def _at_its_call(finding: Finding, unit: DeployableUnit) -> Finding:
    """A finding in a module that `terraform init` has installed, at the call of it, which a person can edit."""
    if not _is_installed(finding.span):
        return finding
    calls = (call for resource in unit.resources if resource.address == finding.address for call in resource.calls)
    call = next((call for call in calls if not _is_installed(call)), None)
    if call is None:
        return finding
    return replace(finding, span=call, related=(Related(finding.span, "here in the module"), *finding.related))


def _without_edits_of_plans(finding: Finding) -> Finding:
    """A finding without the fix that would be written into a plan, which is Terraform's to write."""
    planned = any(edit.span.source.language == "terraform-plan" for edit in finding.fix)
    return replace(finding, fix=()) if planned else finding


def _is_installed(span: Span) -> bool:
    return ".terraform" in span.path.split("/")


def _hear(run: ScanState, stack: Stack, memory: Memory | None) -> list[Finding]:
    """The findings of every rule on a stack; a unit of which several stacks are looked at has a memory."""
    asked = None if memory is None else watched(stack, memory)
    found: list[Finding] = []
    for rule in rules_on(stack):
        run.go_on()
        if asked is None:
            found += _said(run, rule, stack)
            continue
        asked.read.clear()
        said = asked.worked_out(rule.name, partial(_said, run, rule))
        found += said
        if said and run.read_by_speaking is not None:
            run.read_by_speaking |= asked.read
    return found


def _said(run: ScanState, rule: Rule, stack: Stack) -> Iterator[Finding]:
    """What a rule finds on a stack. One that fails must not take the others with it."""
    try:
        for finding in rule.check(stack):
            yield _attached(rule, finding)
    except Exception as error:
        said = f"rule {rule.name} failed on {stack.name}: {type(error).__name__}: {error}"
        run.problems.append(Problem(said, stack.name))


def _attached(rule: Rule, finding: Finding) -> Finding:
    """A finding with what its rule says of all."""
    finding = replace(finding, severity=finding.severity or rule.severity)
    places = (finding.span, *(one.span for one in finding.related))
    if any(place.source.call is not None for place in places):
        from ecrlint.run.summaries import at_calls

        finding = at_calls(finding)
    return replace(
        finding,
        rule=rule.name,
        family=rule.family,
        former=rule.former,
        aws=finding.aws or rule.symptoms[0],
        related=tuple(one for one in finding.related if one.span.path),  # what a user states stands nowhere
    )


def _told(unit: DeployableUnit, heard: Iterable[Finding], sides: Sides) -> dict[object, Finding]:
    """The findings of every rule, one for each cause, by what makes two of them the same.

    Of several instances of one resource it is that of one that is made for sure, where there is one.
    """
    found: dict[object, Finding] = {}
    for finding in heard:
        before = found.setdefault(_place(finding), finding)
        if before is not finding and unit.when(before.address, sides) and not unit.when(finding.address, sides):
            found[_place(finding)] = finding
    return {_place(finding): finding for finding in once(found.values())}


def _place(finding: Finding) -> object:
    """One cause on one line is one finding, in however many instances and readings of a module it stands."""
    line = finding.span.line
    written = len(finding.span.source.line_text(line)) <= MAX_LINE
    return (finding.rule, finding.span.path, line if written else (line, finding.span.start), finding.cause)


def report(run: ScanState, judged: list[Judged]) -> Report:
    findings = [one.finding for one in judged if not one.silenced]
    for out in run.tree.out:
        if run.excluded(out.path) is None:
            run.status(out.path, "folder", "skipped", out.message)
    for path, why in run.configs.passed_over.items():
        run.status(run.tree.boundary.inside(path), "configuration", "skipped", why)
    problems = {(p.path, p.span.start if p.span else -1, p.message): p for p in _ours(run)}
    return Report(
        files=tuple(run.statuses[path] for path in sorted(run.statuses)),
        findings=tuple(sorted(findings, key=lambda f: (f.span.path, f.span.start, f.rule))),
        problems=tuple(problems[place] for place in sorted(problems)),
        suppressed=len(judged) - len(findings),
        fails=any(_fails(run, finding) for finding in findings),
        open=_openings(run),
        root=run.tree.real,
    )


def _openings(run: ScanState) -> tuple[Opening, ...]:
    """What is open in every unit, where the files are ours to speak of."""
    found = (it for unit in run.units for it in (*openings(unit.open[0]), *statements(unit.open[0])) if it.span.path)
    found = (it if it.span.source.call is None else replace(it, span=it.span.place) for it in found)
    distinct = {(it.span.path, it.span.start, it.address, it.set, it.reason): it for it in found}
    return tuple(distinct[place] for place in sorted(distinct))


def _fails(run: ScanState, finding: Finding) -> bool:
    """Whether a finding makes the exit status 1: by the command line, or else by the configuration that is nearest to it."""
    least = run.options.fail_on or run.configs.of(finding.span.path).fail_on
    return (finding.severity or Severity.ERROR) >= Severity[least.upper()]


def _ours(run: ScanState) -> Iterator[Problem]:
    """The problems, those of the tree only for files that are ours; a file with one is not fully analysed."""
    for problem in run.tree.problems:
        status = run.statuses.get(problem.path)
        if status is None or status.status == "skipped":
            continue
        if status.status == "analysed":
            run.status(problem.path, status.kind, "partial", problem.message)
        yield problem
    yield from (problem for problem in run.tree.closed if run.excluded(problem.path) is None)
    yield from run.problems
