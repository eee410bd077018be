"""The way of an image, step by step, from the repository's reader back to the repository."""

from __future__ import annotations

from typing import Literal

from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Span
from ecrlint.model.truth import Truth, all_of

StepKind = Literal["workload", "role", "permission", "subnet", "security group", "endpoint", "way out", "repository"]


@dataclass(frozen=True, slots=True)
class PathStep:
    """One thing that an image's way takes. `truth` is whether it does its part: proven, broken, or not known.

    `words` say what proves it, why it is broken, or what is not known; `span` is the place that shows it.
    """

    kind: StepKind
    label: str
    truth: Truth
    span: Span
    words: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands side by side on the way; `title` with the label of a step in it makes a phrase."""

    title: str
    steps: tuple[PathStep, ...]

    @property
    def truth(self) -> Truth:
        return all_of(step.truth for step in self.steps)


@dataclass(frozen=True, slots=True)
class Picture:
    """The way of the images of one workload, whose stages follow each other.

    `unit` is the unit that the workload is of, where others have one of the same name.
    """

    kind: str
    label: str
    address: str
    span: Span
    stages: tuple[Stage, ...]
    unit: str = ""

    @property
    def truth(self) -> Truth:
        return all_of(stage.truth for stage in self.stages)
