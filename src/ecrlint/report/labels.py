"""Labels of what is scanned, made harmless and short: what is scanned is data, and no character of it may act."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

from ecrlint.model.dataclass import replace
from ecrlint.model.picture import PathStep, Picture
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.visible import marked, short

STATES = {YES: "proven", NO: "broken", MAYBE: "not known"}

_LONGEST = 400
_WIDE = "WF"


def plain(text: str) -> str:
    """A text on one line with a visible mark for every character that a reader would not see, and not longer than a few lines."""
    text = re.sub(r"\s+", " ", text[: 4 * _LONGEST]).strip()
    return short(marked(text), _LONGEST)


def verdict(picture: Picture) -> str:
    """What is to be said of the whole, in one line."""
    steps = [step for stage in picture.stages for step in stage.steps]
    broken, unknown = (sum(step.truth is truth for step in steps) for truth in (NO, MAYBE))
    if broken:
        said = f"broken at {broken} of {len(steps)} steps"
    else:
        said = f"{unknown} of {len(steps)} steps not known" if unknown else f"all {len(steps)} steps proven"
    of = f" of {picture.unit}" if picture.unit else ""
    return f'{picture.kind} "{picture.label}"{of}: {said}'


def place(step: PathStep) -> str:
    """Where a step is, as editors understand it."""
    return f"{plain(step.span.path)}:{step.span.line}:{step.span.column}"


def as_found(pictures: Iterable[Picture], shown: Callable[[str], str]) -> tuple[Picture, ...]:
    """Pictures with their paths as `shown` gives them: as the reader finds these files."""
    sources: dict[int, Source] = {}

    def moved(step: PathStep) -> PathStep:
        span, source = step.span, step.span.source
        if id(source) not in sources:
            sources[id(source)] = replace(source, path=shown(source.path))
        return replace(step, span=Span(sources[id(source)], span.start, span.end))

    return tuple(
        replace(picture, stages=tuple(replace(stage, steps=tuple(map(moved, stage.steps))) for stage in picture.stages))
        for picture in pictures
    )


def cells(text: str) -> int:
    """How many columns of a fixed pitch a text takes."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in _WIDE else 1 for char in text)


def wrapped(text: str, width: int, lines: int) -> list[str]:
    """A text in lines of at most `width` columns, broken at spaces, or after `/`, `-`, `.`, `_`, `:` in long words.

    What does not fit in so many lines ends in an ellipsis.
    """
    made = [""]
    for piece in _pieces(text, width):
        if cells(made[-1]) + cells(piece.rstrip()) > width and made[-1]:
            made[-1] = made[-1].rstrip()
            made.append(piece.lstrip())
        else:
            made[-1] += piece
    made[-1] = made[-1].rstrip()
    if len(made) <= lines:
        return made
    last = made[lines - 1]
    while cells(last) > width - 3:
        last = last[:-1]
    return [*made[: lines - 1], f"{last.rstrip()}..."]


def _pieces(text: str, width: int) -> list[str]:
    """What may not be broken: words with the space after them, and the parts of words that are too long for a line."""
    found: list[str] = []
    for word in re.findall(r"\S+\s*", text):
        if cells(word.rstrip()) <= width:
            found.append(word)
            continue
        for part in re.findall(r"[^/\-._:]*[/\-._:]\s*|[^/\-._:]+", word):
            while cells(part.rstrip()) > width:
                at = width if part.isascii() else width // 2
                found.append(part[:at])
                part = part[at:]
            found.append(part)
    return found
