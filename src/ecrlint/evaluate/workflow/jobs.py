"""The jobs of a workflow of GitHub: one for each way in which it is started, and for each cell of a literal matrix.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from itertools import product
from math import prod

from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.workflow.context import JobContext, Outputs
from ecrlint.evaluate.workflow.expression import condition
from ecrlint.evaluate.workflow.steps import Machine, inputs
from ecrlint.evaluate.workflow.triggers import is_called, starts
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.job import Job, Trigger
from ecrlint.model.script import ReadFile, Script
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth, truth
from ecrlint.model.value import List, Map, Scalar, Unknown, Value, string

JOB = 1_500
"""How many steps a job costs, whatever is in it."""

_MAX_CELLS = 12
_MAX_DEPTH = 4


@dataclass(frozen=True)
class CallingJob:
    """The job that calls a workflow: what it hands on, whether it may ask for a token, and whether it `lets` a called one ask."""

    inputs: Mapping[str, Value]
    token: Truth
    lets: Truth
    permissions: Span
    runs: Truth
    spans: tuple[Span, ...]
    name: str


@dataclass
class Workflow:
    """One workflow while its jobs are followed. `notes` say what of it is not read."""

    path: str
    document: Map
    read: ReadFile
    budget: Budget
    notes: list[str] = field(default_factory=list)
    called: set[str] = field(default_factory=set)
    scripts: dict[object, Script] = field(default_factory=dict)
    text: ReadFile | None = None

    def jobs(self) -> Iterator[Job]:
        yield from self._started(starts(self.document.get("on")))

    def uncalled(self) -> Iterator[Job]:
        """The jobs of a workflow that others call, where none of these is here."""
        if is_called(self.document.get("on")):
            span = self.document.span
            yield from self._started([Trigger("workflow_call", Unknown("who calls it is not known", span), span)])

    def _started(self, ways: Iterable[Trigger]) -> Iterator[Job]:
        try:
            for start in ways:
                yield from self._of_start(start, None, 0)
        except (Exceeded, RecursionError) as exceeded:
            self.budget.cut_off("the rest of its jobs", exceeded, self.document.span)

    def _of_start(self, start: Trigger, caller: CallingJob | None, depth: int) -> Iterator[Job]:
        context = JobContext(start, self.budget)
        if caller is not None:
            context.inputs = inputs(_at(self.document, "on", "workflow_call", "inputs"), caller.inputs, context)
            context.inputs_known = True
        elif start.event == "workflow_dispatch":
            pass  # each run is given its own
        context.environment = context.values(self.document.get("env"))
        outputs: dict[str, Outputs] = {}
        jobs = self.document.get("jobs")
        for name, job in _in_order(jobs.entries if isinstance(jobs, Map) else {}, self.budget):
            for cell in _cells(job):
                self.budget.step(JOB)
                own = replace(context, matrix=cell, needs=outputs, environment=dict(context.environment), steps={})
                yield from self._job(name, job, own, caller, outputs, depth)

    def _job(
        self, name: str, job: Map, context: JobContext, caller: CallingJob | None, outputs: dict[str, Outputs], depth: int
    ) -> Iterator[Job]:
        runs = condition(job.get("if"), context.lookup, self.budget)
        if runs is NO:
            return
        token, permissions = self._token(job, caller)
        uses = string(job.get("uses"))
        span = _head(job)
        if uses is not None:
            yield from self._called(name, job, uses, context, token, permissions, runs, caller, depth)
            return
        context.environment.update(context.values(job.get("env")))
        folder = _of_run(self.document, job, "working-directory")
        machine = Machine(context, self.read, _shell(self.document, job), scripts=self.scripts, text=self.text, folder=folder)
        steps = tuple(machine.follow(job.get("steps")))
        made = context.values(job.get("outputs"))
        outputs[name] = made if runs is YES else {}
        yield Job(
            f"{self.path}#{name}" if caller is None else f"{caller.name}/{name}",
            name,
            span,
            "github",
            context.start,
            steps,
            runs if caller is None else runs & caller.runs,
            _hosted(job, context),
            _environment(job, context),
            token,
            permissions,
            () if caller is None else caller.spans,
        )

    def _called(
        self,
        name: str,
        job: Map,
        uses: str,
        context: JobContext,
        token: Truth,
        permissions: Span,
        runs: Truth,
        caller: CallingJob | None,
        depth: int,
    ) -> Iterator[Job]:
        place = job.entries["uses"].span
        if not uses.startswith("./"):
            self.notes.append(f"{uses.partition('@')[0]} is not here")
            return
        path = posixpath.normpath(uses.partition("@")[0])
        document = self.read(path)
        if not isinstance(document, Map) or depth >= _MAX_DEPTH:
            self.notes.append(f"{path} is not read")
            return
        self.called.add(path)
        spans = (place, *(() if caller is None else caller.spans))
        whole = runs if caller is None else runs & caller.runs
        lets = token if self._stated(job) is not None else MAYBE if caller is None else caller.lets
        own = CallingJob(context.values(job.get("with")), token, lets, permissions, whole, spans, f"{self.path}#{name}")
        inner = Workflow(path, document, self.read, self.budget, self.notes, self.called, self.scripts, self.text)
        yield from inner._of_start(context.start, own, depth + 1)

    def _token(self, job: Map, caller: CallingJob | None) -> tuple[Truth, Span]:
        """Whether a job may ask for a token, and where that is decided.

        What states no permissions has the default, which never grants `id-token`; a called workflow has those of its caller.
        Where the caller states none either, the settings of the repository decide what a called job may state.
        https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
        """
        stated = self._stated(job)
        if stated is None:
            if caller is not None:
                return caller.token, caller.permissions
            only_called = is_called(self.document.get("on"))
            return MAYBE if only_called else NO, _head(job)
        own = _grants_token(stated)
        if caller is not None and caller.lets is not YES:
            return own & caller.lets, caller.permissions if own is not NO else stated.span
        return own, stated.span

    def _stated(self, job: Map) -> Value | None:
        """The permissions of a job, or else those of its workflow; None where neither states any."""
        own = job.get("permissions")
        return self.document.get("permissions") if own is None else own


def _grants_token(permissions: Value) -> Truth:
    match permissions:
        case Scalar(value=str(text)):
            return truth(text == "write-all")
        case Map():
            stated = string(permissions.entries.get("id-token"))
            return truth(stated == "write") if permissions.complete else MAYBE
        case Scalar(value=None):
            return NO
        case _:
            return MAYBE


def _in_order(jobs: Mapping[str, Value], budget: Budget) -> Iterator[tuple[str, Map]]:
    """The jobs, each after those that it needs."""
    left = {name: job for name, job in jobs.items() if isinstance(job, Map)}
    done: set[str] = set()
    while left:
        budget.step(len(left))
        ready = [name for name, job in left.items() if not (_needs(job) & left.keys())] or list(left)
        for name in ready:
            yield name, left.pop(name)
            done.add(name)


def _needs(job: Map) -> set[str]:
    needs = job.get("needs")
    found = needs.items if isinstance(needs, List) else (needs,)
    return {name for one in found if (name := string(one))}


def _cells(job: Map) -> Iterator[Mapping[str, Value] | None]:
    """The cells of the matrix of a job; one of which nothing is known where it is not a small literal one."""
    matrix = _at(job, "strategy", "matrix")
    if not isinstance(matrix, Map) or not matrix.complete:
        yield None
        return
    axes = {name: axis for name, axis in matrix.entries.items() if name not in ("include", "exclude")}
    include = matrix.entries.get("include")
    literal = all(isinstance(axis, List) and axis.complete and all(map(_is_literal, axis.items)) for axis in axes.values())
    if not axes and isinstance(include, List) and all(map(_is_literal, include.items)) and len(include.items) <= _MAX_CELLS:
        yield from (item.entries for item in include.items if isinstance(item, Map))
        return
    if not axes or not literal or include is not None or "exclude" in matrix.entries:
        yield None
        return
    lists = [axis.items for axis in axes.values() if isinstance(axis, List)]
    if prod(map(len, lists)) > _MAX_CELLS:
        yield None
        return
    yield from (dict(zip(axes, cell, strict=True)) for cell in product(*lists))


def _is_literal(value: Value) -> bool:
    match value:
        case Scalar():
            return "${{" not in (string(value) or "")
        case Map():
            return all(map(_is_literal, value.entries.values()))
        case _:
            return False


def _at(value: Value | None, *path: str) -> Value | None:
    for name in path:
        value = value.get(name) if isinstance(value, Map) else None
    return value


def _head(job: Map) -> Span:
    """The first line of a job's body."""
    first = next(iter(job.entries.values()), None)
    return (
        job.span
        if first is None
        else Span(job.span.source, job.span.start, max(job.span.start, min(first.span.end, job.span.end)))
    )


def _of_run(document: Map, job: Map, name: str) -> Value | None:
    """What a job, or its workflow, states for all scripts."""
    return _at(job, "defaults", "run", name) or _at(document, "defaults", "run", name)


def _shell(document: Map, job: Map) -> str:
    stated = _of_run(document, job, "shell")
    runner = string(job.get("runs-on")) or ""
    return string(stated) or ("pwsh" if runner.startswith("windows") else "bash")


_HOSTED = re.compile(r"ubuntu-slim|(ubuntu|windows|macos)-(latest|\d[\d.]*)(-arm|-intel|-large|-xlarge)?")
"""https://docs.github.com/en/actions/reference/runners/github-hosted-runners. Others are names that an organization gives."""


def _hosted(job: Map, context: JobContext) -> Truth:
    """Whether the machine is one of GitHub's own, by its label."""
    runs_on = job.get("runs-on")
    labels = runs_on.items if isinstance(runs_on, List) else (runs_on,) if runs_on is not None else ()
    found = [string(context.filled(label)) or "" for label in labels]
    if any(label == "self-hosted" for label in found):
        return NO
    if job.get("container") is not None:  # its image may hold credentials and logins of its own
        return MAYBE
    return truth(True) if len(found) == 1 and _HOSTED.fullmatch(found[0]) else MAYBE


def _environment(job: Map, context: JobContext) -> Value | None:
    stated = job.get("environment")
    if isinstance(stated, Map):
        stated = stated.get("name")
    if stated is None:
        return None
    name = context.filled(stated)
    return None if string(name) == "" else name
