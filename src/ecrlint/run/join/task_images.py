"""Puts into task definitions in files of their own the images that workflows put there before they deploy them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from functools import partial

from ecrlint.model.dataclass import replace
from ecrlint.model.job import Job, TaskImage
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import Unknown, apart, same, string
from ecrlint.model.workload import Container
from ecrlint.run.read.repositories import repository_of
from ecrlint.run.scan_state import ScanState


def put(run: ScanState) -> None:
    """Give each task definition that a workflow names by its path the images of that workflow.

    What stands in the file is never pulled then, and often stands there for no image at all.
    """
    of = repository_of(run.tree)
    images: dict[str, list[TaskImage]] = {}
    for unit in run.units:
        stack = unit.open[0]
        for job in stack.jobs:
            acts = list(_acts(job)) if job.runs is not NO else []
            # One step after the other fills in a container; all but the first name the file that the one before has written.
            for path in {path for act in acts if (path := string(act.path)) is not None}:
                full = posixpath.normpath(posixpath.join(of(stack.name), path))
                images.setdefault(full, []).extend(act for act in acts if string(act.path) in (path, None))
    for at, unit in enumerate(run.units):
        stack = unit.open[0]
        if stack.name in images and stack.tasks:
            run.units[at] = unit.with_joined(partial(_with, images[stack.name]))


def _acts(job: Job) -> Iterator[TaskImage]:
    for step in job.steps:
        if step.runs is not NO:
            yield from (act for act in step.acts if isinstance(act, TaskImage))


def _with(acts: Sequence[TaskImage], stack: Stack) -> Stack:
    tasks = (replace(task, containers=tuple(_filled(acts, one) for one in task.containers)) for task in stack.tasks)
    return replace(stack, tasks=tuple(tasks))


def _filled(acts: Sequence[TaskImage], container: Container) -> Container:
    """A container with the image that is put into it; one of several is not known."""
    images = {act.span: act.image for act in acts if not apart(act.container, container.name)}
    sure = all(same(act.container, container.name) for act in acts if act.span in images)
    if not images:
        return container
    image = next(iter(images.values()))
    if len(images) > 1 or not sure:
        image = Unknown("a workflow puts another image in its place", image.span)
    return replace(container, image=image)
