"""The question `ecrlint path` asks of a scanned tree: which way do the images of its workloads take?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ecrlint import run as pipeline
from ecrlint.iam.pictures import pictures
from ecrlint.iam.why import nearest
from ecrlint.model.finding import Problem
from ecrlint.model.picture import Picture


@dataclass(frozen=True, slots=True)
class Answer:
    """The pictures of the workloads that were asked for; `nearest` are names that are like it where there is none."""

    pictures: tuple[Picture, ...]
    nearest: tuple[str, ...]
    problems: tuple[Problem, ...]


def ask(paths: Sequence[str], workload: str | None) -> Answer:
    """The pictures of all workloads below the paths, or of those of this name or address, in the order of the files."""
    run = pipeline.read(paths)
    found: dict[object, Picture] = {}
    names: list[str] = []
    for unit in run.units:
        stack, _ = unit.open
        for picture in pictures(stack):
            names += _names(picture)
            if workload is None or workload in _names(picture):
                found.setdefault((picture.address, picture.span.path, picture.span.start, picture.stages), picture)
    alike = () if found or workload is None else tuple(nearest(workload, names))
    listed = sorted(found.values(), key=lambda one: (one.span.path, one.span.start))
    return Answer(tuple(listed), alike, tuple(run.problems))


def _names(picture: Picture) -> tuple[str, ...]:
    """What a workload answers to: its address, its name, and the name of the task that it runs."""
    runs = picture.stages[0].steps[-1].label.split('"')
    return (picture.address, picture.label, *runs[1:2])
