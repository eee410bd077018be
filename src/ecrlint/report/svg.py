"""Pictures of the way of an image as SVG, drawn here: stages below each other, the steps of each side by side in cards.

All text is of a fixed pitch, so that its width is known without a font, and is cut or wrapped to its card.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from ecrlint.model.dataclass import dataclass
from ecrlint.model.picture import PathStep, Picture, Stage
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.report.labels import STATES, cells, place, plain, verdict, wrapped

_PITCH, _LEADING = 7.3, 16  # of a character at 12px: the width of the widest common font of fixed pitch; and of a line
_CARD, _GAP, _PAD, _ACROSS = 264, 14, 11, 3
_TITLE, _MARGIN, _ARROW = 118, 20, 26
_COLUMNS = int((_CARD - 2 * _PAD) / _PITCH)
_WIDTH = 2 * _MARGIN + _TITLE + _ACROSS * _CARD + (_ACROSS - 1) * _GAP + _PAD
_LABEL_LINES, _WORD_LINES = 3, 5

_CLASSES = {YES: "proven", NO: "broken", MAYBE: "unknown"}
_MARKS = {
    YES: "M-4 0 l3 3.5 l5.5 -7",
    NO: "M-3.5 -3.5 l7 7 M3.5 -3.5 l-7 7",
    MAYBE: "M-2.6 -2.2 a2.6 2.4 0 1 1 3.6 2.2 q-1 .5 -1 1.6 M0 4.2 v.4",
}
_STYLE = """\
text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1f2328; white-space: pre }
.paper { fill: #ffffff } .band { fill: #f3f5f8 } .head { font-size: 14px; font-weight: bold }
.strong { font-weight: bold } .faint { fill: #59636e } .card { fill: #ffffff; stroke-width: 1 }
.proven .card { stroke: #1a7f37 } .unknown .card { fill: #fff9db; stroke: #9a6700; stroke-dasharray: 4 3 }
.broken .card { fill: #ffebe9; stroke: #cf222e; stroke-width: 2 }
.proven .dot { fill: #1a7f37 } .unknown .dot { fill: #9a6700 } .broken .dot { fill: #cf222e }
.mark { fill: none; stroke: #ffffff; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }
.way { fill: none; stroke: #59636e; stroke-width: 2 }
.unknown .way { stroke: #9a6700; stroke-dasharray: 4 3 } .broken .way { stroke: #cf222e; stroke-dasharray: 2 3 }
.proven .head, .unknown .head, .broken .head { stroke-dasharray: none }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .paper { fill: #0d1117 } .band { fill: #161b22 } .faint { fill: #9aa4af }
.card { fill: #0d1117 } .unknown .card { fill: #2b240f; stroke: #d29922 } .broken .card { fill: #3a1418; stroke: #f85149 }
.proven .card { stroke: #3fb950 } .proven .dot { fill: #238636 } .broken .dot { fill: #da3633 }
.way { stroke: #9aa4af } .unknown .way { stroke: #d29922 } .broken .way { stroke: #f85149 }
}"""


@dataclass(frozen=True, slots=True)
class _Card:
    """What stands on the card of a step, in lines that fit."""

    step: PathStep
    label: list[str]
    words: list[str]
    place: str

    @property
    def height(self) -> int:
        return 2 * _PAD + (1 + len(self.label) + len(self.words) + 1) * _LEADING


def render(pictures: Iterable[Picture]) -> str:
    """All of them below each other, in one document with a legend."""
    parts = list(_legend())
    y = 58
    for picture in pictures:
        drawn, y = _picture(picture, y)
        parts += drawn
        y += 34
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{y}" viewBox="0 0 {_WIDTH} {y}" role="img">',
        "<title>The way of an image</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{_WIDTH}" height="{y}"/>',
    )
    return "".join(f"{line}\n" for line in (*head, *parts, "</svg>"))


def _legend() -> Iterator[str]:
    x = _MARGIN
    for truth in (YES, NO, MAYBE):
        yield f'<g class="{_CLASSES[truth]}">{_dot(truth, x + 8, 24)}{_text(x + 22, 28, STATES[truth])}</g>'
        x += 22 + int(len(STATES[truth]) * _PITCH) + 24
    yield _text(x, 28, "the pull goes from the top to the bottom", "faint")


def _picture(picture: Picture, y: int) -> tuple[list[str], int]:
    """The drawing of a picture that begins at a height, and the height at which it ends."""
    columns = int((_WIDTH - 2 * _MARGIN) / (_PITCH * 14 / 12))
    parts = [_text(_MARGIN, y + 14, wrapped(plain(verdict(picture)), columns, 1)[0], "head")]
    y += 30
    so_far = YES
    for at, stage in enumerate(picture.stages):
        if at:
            parts.append(_way(so_far, y))
            y += _ARROW
        drawn, y = _stage(stage, y)
        parts += drawn
        so_far = so_far & stage.truth
    return parts, y


def _stage(stage: Stage, y: int) -> tuple[list[str], int]:
    rows = [stage.steps[at : at + _ACROSS] for at in range(0, len(stage.steps), _ACROSS)]
    cards: list[str] = []
    top = y
    y += _PAD
    for row in rows:
        drawn, height = _row([_card(step) for step in row], y)
        cards += drawn
        y += height + _PAD
    band = f'<rect class="band" x="{_MARGIN}" y="{top}" width="{_WIDTH - 2 * _MARGIN}" height="{y - top}" rx="8"/>'
    return [band, _text(_MARGIN + 12, top + _PAD + 20, stage.title, "strong"), *cards], y


def _row(cards: Sequence[_Card], y: int) -> tuple[list[str], int]:
    height = max(card.height for card in cards)
    return [_drawn(card, _MARGIN + _TITLE + at * (_CARD + _GAP), y, height) for at, card in enumerate(cards)], height


def _card(step: PathStep) -> _Card:
    where = place(step)
    while cells(where) > _COLUMNS:
        where = "..." + where.removeprefix("...")[1:]
    words = wrapped(plain(step.words), _COLUMNS, _WORD_LINES) if step.words else []
    return _Card(step, wrapped(plain(step.label), _COLUMNS, _LABEL_LINES), words, where)


def _drawn(card: _Card, x: int, y: int, height: int) -> str:
    step = card.step
    told = f"{STATES[step.truth]}: {plain(step.label)}\n{plain(step.words)}\n{place(step)}"
    lines = [
        f'<g class="step {_CLASSES[step.truth]}"><title>{escape(told)}</title>',
        f'<rect class="card" x="{x}" y="{y}" width="{_CARD}" height="{height}" rx="6"/>',
        _dot(step.truth, x + _PAD + 7, y + _PAD + 7),
        _text(x + _PAD + 21, y + _PAD + 11, STATES[step.truth], "faint"),
    ]
    at = y + _PAD + 11
    for text, style in (*((one, "strong") for one in card.label), *((one, "") for one in card.words)):
        at += _LEADING
        lines.append(_text(x + _PAD, at, text, style))
    lines.append(_text(x + _PAD, y + height - _PAD, card.place, "faint"))
    return "\n".join((*lines, "</g>"))


def _dot(truth: Truth, x: int, y: int) -> str:
    return f'<circle class="dot" cx="{x}" cy="{y}" r="7"/><path class="mark" transform="translate({x} {y})" d="{_MARKS[truth]}"/>'


def _way(so_far: Truth, y: int) -> str:
    """The arrow to the next stage: solid while all before it is proven."""
    x = _MARGIN + _TITLE + _CARD // 2
    head = f"M{x - 5} {y + _ARROW - 10} l5 6 l5 -6"
    line = f'<path class="way" d="M{x} {y + 3} V{y + _ARROW - 5}"/><path class="way head" d="{head}"/>'
    return f'<g class="{_CLASSES[so_far]}">{line}</g>'


def _text(x: int, y: int, text: str, style: str = "") -> str:
    return f'<text x="{x}" y="{y}"{f" class={chr(34)}{style}{chr(34)}" if style else ""}>{escape(text)}</text>'
