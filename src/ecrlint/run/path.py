"""The question `ecrlint path` asks of a scanned tree: which way do the images of its workloads take?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ecrlint.analysis.why import nearest
from ecrlint.boundary.repository import Boundary, boundary
from ecrlint.diagrams.workloads import pictures
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.finding import Problem
from ecrlint.model.picture import Picture
from ecrlint.model.truth import MAYBE, NO
from ecrlint.run import pipeline
from ecrlint.run.summaries import picture_at_calls


@dataclass(frozen=True, slots=True)
class PullPaths:
    """The pictures of the workloads that were asked for; `nearest` are names that are like it where there is none."""

    pictures: tuple[Picture, ...]
    nearest: tuple[str, ...]
    problems: tuple[Problem, ...]


def ask(paths: Sequence[str], workload: str | None, within: Boundary | None = None) -> PullPaths:
    """The pictures of all workloads below the paths, or of those of this name or address, in the order of the files."""
    run = pipeline.read(paths, within or boundary(paths))
    found: dict[object, tuple[str, Picture]] = {}
    names: list[str] = []
    for unit in run.units:
        stack, _ = unit.open
        for picture in map(picture_at_calls, pictures(stack)):
            names += _names(picture)
            if workload is None or workload in _names(picture):
                place = (stack.name, picture.address, picture.span.path, picture.span.start)
                if place not in found or _says_more(picture, found[place][1]):
                    found[place] = (stack.name, picture)
    alike = () if found or workload is None else tuple(nearest(workload, names))
    listed = {(one.address, one.span.path, one.span.start, one.stages): (name, one) for name, one in found.values()}
    return PullPaths(tuple(_told_apart(list(listed.values()))), alike, tuple(run.problems))


def _says_more(picture: Picture, other: Picture) -> bool:
    """Whether one of two readings of a unit, as a module is read by its defaults and without, says more than the other."""
    return _said(picture) > _said(other)


def _said(picture: Picture) -> tuple[bool, int]:
    unknown = sum(step.truth is MAYBE for stage in picture.stages for step in stage.steps)
    return picture.truth is NO, -unknown


def _told_apart(listed: list[tuple[str, Picture]]) -> Iterator[Picture]:
    """The pictures in the order of the files; with their unit where several workloads have one name."""
    called = Counter((picture.kind, picture.label) for _, picture in listed)
    for name, picture in sorted(listed, key=lambda one: (one[1].span.path, one[1].span.start, one[0])):
        yield replace(picture, unit=name) if called[picture.kind, picture.label] > 1 else picture


def _names(picture: Picture) -> tuple[str, ...]:
    """What a workload answers to: its address, its name, and the name of the task that it runs."""
    runs = picture.stages[0].steps[-1].label.split('"')
    return (picture.address, picture.label, *runs[1:2])
