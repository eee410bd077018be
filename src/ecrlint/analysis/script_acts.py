"""What scripts do, wherever they run: in the steps of a job, in a build of CodeBuild, when a host starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from ecrlint.analysis.memory import once
from ecrlint.model.dataclass import dataclass
from ecrlint.model.host import Host
from ecrlint.model.job import ActionAct, Job, Step, StepAct
from ecrlint.model.script import Script
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.workload import Project


@dataclass(frozen=True, slots=True)
class Performed:
    """One act. `sure`: it happens in every run, and what runs it stops or goes wrong where it fails.

    `script` is the place of all that it is a part of.
    """

    act: StepAct
    sure: bool
    script: Span


@dataclass(frozen=True, slots=True)
class Runner:
    """A machine that scripts run on, with all that they do there in order.

    `name` begins with its kind (`job "image"`). `user` is the user that runs them, None where it is not known. `runs_on` is what
    the machine is. Not `whole`: more may happen on it than its acts.
    """

    name: str
    address: str
    span: Span
    runs_on: Job | Project | Host
    acts: tuple[Performed, ...]
    user: Literal["root"] | None
    whole: bool


@once
def runners(stack: Stack) -> Iterator[Runner]:
    """Every machine of a stack that runs a script."""
    builds = {project.address for project in stack.projects if project.scripts}
    for job in stack.jobs:
        if job.platform == "codebuild" and job.address in builds:
            continue
        acts = tuple(_of_step(job, step, act) for step in job.steps for act in step.acts)
        if acts:
            begins_empty = job.hosted is YES or job.platform == "script"  # where it runs decides what else is there
            whole = begins_empty and not any(step.opaque for step in job.steps)
            user: Literal["root"] | None = "root" if job.platform == "codebuild" else None
            kind = "script" if job.platform == "script" else "job"
            yield Runner(f'{kind} "{job.label}"', job.address, job.span, job, acts, user, whole)
    for project in stack.projects:
        if project.exists is not NO:
            for script in project.scripts:
                yield _of_script(f'project "{project.label}"', project, [script])
    for host in stack.hosts:
        if host.exists is not NO and host.user_data.scripts:
            yield _of_script(f'{host.kind} "{host.label}"', host, host.user_data.scripts)


def _of_step(job: Job, step: Step, act: StepAct) -> Performed:
    runs = job.runs is YES and step.runs is YES and not step.tolerated
    return Performed(act, runs and _is_sure(act), step.span)


def _of_script(name: str, runs_on: Project | Host, scripts: Sequence[Script]) -> Runner:
    acts = tuple(Performed(act, _is_sure(act), script.span) for script in scripts for act in script.acts)
    whole = all(script.whole and not script.opaque for script in scripts)
    return Runner(name, runs_on.address, runs_on.span, runs_on, acts, "root", whole)


def _is_sure(act: StepAct) -> bool:
    """Whether an act happens as it is described, and nothing catches its failure."""
    if isinstance(act, ActionAct):
        return True
    return act.closed and act.command.certain and act.command.failure != "caught" and not act.command.inside
