"""Faults planted in a folder, one at a time, and what became of each: flagged, quiet with a reason, harmless, or missed.

The reasons are those that `-v` prints (a set that is open, a file that is partial or not ours) and that `why` and `path` give:
what still grants the action or leads to ECR, or what leaves it unsure.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from ecrlint.analysis.why import why
from ecrlint.diagrams.workloads import pictures
from ecrlint.model.finding import Finding, Report, Severity
from ecrlint.model.picture import Picture
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.run import pipeline
from ecrlint.run.scan_state import ScanOptions, ScanState
from ecrlint.run.suppress.judge import judge as settled
from truth import faults
from truth.blocks import Block, Graph, bare, blocks
from truth.faults import Fault, Planted
from truth.rewrite import Folder, Rewrite, verdict

Outcome = Literal["flagged", "by another", "reason", "harmless", "no subject", "missed"]
Holder = tuple[str, str]
"""The address of a role, and of a repository that it is asked for ("": one that nobody knows)."""


@dataclass(frozen=True)
class Answer:
    truth: Truth
    reasons: tuple[str, ...]


class Look:
    """What ecrlint says of a folder as it is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        run = self.run = pipeline.read([str(path)], str(path), ScanOptions(without_baseline=True))
        self.report: Report = pipeline.report(run, settled(run, pipeline.check(run)))
        self._answers: dict[str, Mapping[Holder, Answer]] = {}

    @cached_property
    def executing(self) -> frozenset[str]:
        """The roles that ECS or Batch starts tasks with."""
        stacks = [unit.open[0] for unit in self.run.units]
        found = (stack.role(task.execution_role) for stack in stacks for task in stack.tasks)
        return frozenset(role.address for role in found if role is not None)

    @cached_property
    def paths(self) -> Mapping[str, Picture]:
        """What `path` draws, by the address of the workload."""
        return {one.address: one for unit in self.run.units for one in pictures(unit.open[0])}

    @cached_property
    def verdicts(self) -> frozenset[object]:
        return frozenset(_shown(self.report.findings))

    def answers(self, action: str) -> Mapping[Holder, Answer]:
        """What `why` says of an action, for every role and every repository that is here."""
        if action not in self._answers:
            self._answers[action] = dict(_answers(self.run, action))
        return self._answers[action]


def _shown(findings: tuple[Finding, ...]) -> Iterator[object]:
    return (verdict(one) for one in findings if one.severity is not Severity.NOTE)


def _answers(run: ScanState, action: str) -> Iterator[tuple[Holder, Answer]]:
    for unit in run.units:
        stack = unit.open[0]
        for role in stack.roles:
            for name in ("", *(one.address for one in stack.repositories[:3])):
                found = why(stack, role, action, name or None)
                reasons = (*found.open, *(voice.why for voice in found.voices if voice.why))
                yield (role.address, name), Answer(found.truth, reasons)


@dataclass(frozen=True)
class Result:
    planted: Planted
    outcome: Outcome
    words: str


def plant(folder: Folder, seed: str, count: int, kind: str = "") -> Iterator[tuple[Rewrite, Result]]:
    """Each fault in at most `count` of its places in a folder, but those that are flagged already."""
    draw = random.Random(f"{seed}:{folder.original.name}")
    every = list(blocks(folder.texts))
    graph, before = Graph(every), Look(folder.path)
    for fault in (one for one in faults.FAULTS if kind in one.name):
        found = [one for block in every for one in faults.places(block, fault) if _is_possible(one, every, graph, before.report)]
        for planted in draw.sample(found, min(count, len(found))):
            data = folder.texts[planted.block.file]
            changed = data[: planted.start] + planted.text.encode("latin-1") + data[planted.end :]
            rewrite = Rewrite(fault.name, False, {planted.block.file: changed})
            with folder.rewritten(rewrite):
                after = Look(folder.path)
            yield rewrite, Result(planted, *judge(planted, before, after, graph))


def _is_possible(planted: Planted, every: list[Block], graph: Graph, report: Report) -> bool:
    """Whether the rules have a subject here and are quiet; a block that others refer to is not taken away."""
    block, fault = planted.block, planted.fault
    if fault.uses and not graph.has(graph.near(block, _hops(planted)), fault.uses):
        return False
    if planted.fault.pattern is None:
        word = re.compile(rf"(?<![\w.-]){re.escape(block.address)}(?![\w-])")
        if any(word.search(one.text) for one in every if one is not block):
            return False
    here = (one for one in report.findings if one.rule in planted.fault.rules and one.span.path == block.file)
    return not any(block.start <= one.span.start < block.end or bare(one.address) == block.address for one in here)


def _hops(planted: Planted) -> int:
    """How far the subject may be: from a rule over its group, from a route over table, association and subnet."""
    if planted.fault.sets != faults.RULES:
        return 4
    return 2 if re.search(faults.GROUP, planted.block.type) else 1


def judge(planted: Planted, before: Look, after: Look, graph: Graph) -> tuple[Outcome, str]:
    new = [one for one in after.report.findings if one.severity is not Severity.NOTE and verdict(one) not in before.verdicts]
    for one in new:
        if one.rule in planted.fault.rules:
            return "flagged", f"{one.rule}: {one.message}"
    if new:
        return "by another", f"{new[0].rule}: {new[0].message}"
    if planted.fault.action and (said := _by_why(planted.fault, before, after)):
        return (said[0] == "missed" and _by_image(planted, after, graph)) or said
    if planted.fault.sets in (faults.WAY, faults.RULES) and (said := _by_path(planted, before, after, graph)):
        return said
    return _by_report(planted, after, graph) or ("missed", "")


def _by_path(planted: Planted, before: Look, after: Look, graph: Graph) -> tuple[Outcome, str] | None:
    """What `path` says of the workloads near the block; None where it does not settle it."""
    near = graph.near(planted.block, 4)
    found = {address: one for address, one in after.paths.items() if bare(address) in near}
    if not found:
        return "no subject", "no workload that pulls from ECR is near"
    if reason := _by_image(planted, after, graph):
        return reason
    for address, picture in found.items():
        if picture.truth is NO and address in before.paths and before.paths[address].truth is not NO:
            return "missed", f"path {address} shows it"
    for address, picture in found.items():
        for step in (step for stage in picture.stages for step in stage.steps if step.truth is MAYBE):
            return "reason", f"path {address}: {step.label}: {step.words}"
    if all(picture.truth is YES for picture in found.values()):
        return "harmless", f"path {next(iter(found))}: every step is certain"
    return None


def _by_image(planted: Planted, after: Look, graph: Graph) -> tuple[Outcome, str] | None:
    """What `path` says of an image near the block that may be of another registry."""
    near = graph.near(planted.block, 4)
    for address, picture in after.paths.items():
        for step in (step for stage in picture.stages for step in stage.steps if bare(address) in near):
            if step.kind == "repository" and step.truth is MAYBE:
                return "reason", f"path {address}: {step.label}: {step.words}"
    return None


def _by_why(fault: Fault, before: Look, after: Look) -> tuple[Outcome, str] | None:
    """What `why` says of whoever had the action; None where nothing tells."""
    action = fault.action
    then, now = before.answers(action), after.answers(action)
    had = [holder for holder, answer in then.items() if answer.truth is not NO]
    kept = {role for role, repository in had if now.get((role, repository), then[role, repository]).truth is not NO}
    lost = [holder for holder in had if holder[0] not in kept]
    if lost and fault.uses == faults.DEFINITION:
        return None
    if lost and not action.startswith("ecr:") and before.executing.isdisjoint(role for role, _ in lost):
        return "no subject", "no task is started with the role"
    if lost:
        return "missed", f"why {lost[0][0]} {action}: lost"
    unsure = [holder for holder in had if holder in now and now[holder].truth not in (YES, NO) and now[holder].reasons]
    changed = [holder for holder in had if now.get(holder) != then[holder]]
    for holder in unsure:
        if not changed or holder in changed:
            return "reason", f"why {holder[0]} {action}: {now[holder].reasons[0]}"
    if not had:
        return "no subject", f"no role of these files has {action}"
    if changed and any(now[holder].truth is not YES for holder in had if holder in now):
        return None
    return "harmless", f"why {had[0][0]} {action}: still allowed"


def _by_report(planted: Planted, after: Look, graph: Graph) -> tuple[Outcome, str] | None:
    """What -v prints of the file, or of a set of something that the block has to do with."""
    block = planted.block
    status = next((one for one in after.report.files if one.path == block.file), None)
    if status is None:
        return "no subject", "the file is none of ours"
    if status.status == "skipped":
        return "reason", f"skipped: {status.reason}"
    near = graph.near(block, _hops(planted))
    for opening in after.report.open:
        if re.fullmatch(planted.fault.sets, opening.set) and bare(opening.address) in near:
            return "reason", f"open: {opening.set} of {opening.address}: {opening.reason}"
    files = {one.file for address in near for one in graph.by_address[address]}
    for status in (one for one in after.report.files if one.status == "partial" and one.path in files):
        return "reason", f"{status.path} is partial: {status.reason}"
    return None
