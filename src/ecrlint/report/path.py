"""Pictures of the way of an image as a text tree, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ecrlint import __version__
from ecrlint.model.picture import PathStep, Picture
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.visible import json_text
from ecrlint.report.labels import STATES, place, plain, verdict

SCHEMA = 1

_COLORS = {YES: "32", NO: "1;31", MAYBE: "33"}
_MARKS = {YES: "+", NO: "x", MAYBE: "?"}
_WIDTH = max(map(len, STATES.values()))


def as_text(pictures: Iterable[Picture], *, color: bool = False) -> str:
    """Each as a tree: its stages in the order of the way, in them the steps with their places, and why."""
    return "\n".join("".join(f"{line}\n" for line in _tree(one, color)) for one in pictures)


def as_json(pictures: Iterable[Picture]) -> str:
    """All of them as one object, in ASCII."""
    listed = [_object(one) for one in pictures]
    return json_text({"schema": SCHEMA, "version": __version__, "pictures": listed}, indent=2)


def _tree(picture: Picture, color: bool) -> Iterator[str]:
    yield _paint(plain(verdict(picture)), picture.truth, color)
    for at, stage in enumerate(picture.stages):
        last = at == len(picture.stages) - 1
        yield f"{'`-- ' if last else '|-- '}{stage.title}"
        for step in stage.steps:
            yield from _lines(step, "    " if last else "|   ", color)


def _lines(step: PathStep, margin: str, color: bool) -> Iterator[str]:
    state = _paint(f"{_MARKS[step.truth]} {STATES[step.truth]:{_WIDTH}}", step.truth, color)
    yield f"{margin}{state}  {plain(step.label)}  {_faint(place(step), color)}"
    if step.words:
        yield f"{margin}{' ' * (_WIDTH + 4)}{plain(step.words)}"


def _paint(text: str, truth: Truth, color: bool) -> str:
    return f"\x1b[{_COLORS[truth]}m{text}\x1b[0m" if color else text


def _faint(text: str, color: bool) -> str:
    return f"\x1b[2m{text}\x1b[0m" if color else f"[{text}]"


def _object(picture: Picture) -> dict[str, object]:
    return {
        "kind": picture.kind,
        "name": picture.label,
        "address": picture.address,
        "unit": picture.unit,
        "state": STATES[picture.truth],
        "stages": [
            {
                "title": stage.title,
                "steps": [
                    {
                        "kind": step.kind,
                        "label": step.label,
                        "state": STATES[step.truth],
                        "why": step.words,
                        "path": step.span.path,
                        "line": step.span.line,
                        "column": step.span.column,
                    }
                    for step in stage.steps
                ],
            }
            for stage in picture.stages
        ],
    }
