"""A value as the text of a script: its holes as single characters, and every place that of the real file."""

from __future__ import annotations

import base64
import re
from itertools import accumulate

from ecrlint.evaluate.alignment import Pieces
from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Locate
from ecrlint.model.value import Scalar, Text, Value
from ecrlint.parse.shell.lexer import FIRST_HOLE

_MAX_HOLES = 2_000
_SHORTEST = 16  # base64 that is shorter is taken for words
_PRIVATE = re.compile("[\U000f0000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Composed:
    """A text with holes: character number n of the plane for private use is `holes[n]`; `starts` are those of its pieces."""

    text: str
    holes: tuple[Value, ...]
    locate: Locate
    starts: tuple[int, ...] = (0,)


def compose(value: Value) -> Composed | None:
    """The text of a string, decoded where it is base64; None where none of it is known."""
    if isinstance(value, Scalar):
        if not isinstance(value.value, str):
            return None
        text = decoded(value.value)
        shown = value if text is value.value else Scalar(text, value.span)
        return Composed(_PRIVATE.sub("?", text), (), Pieces((shown,), (0,)).locate)
    if not isinstance(value, Text):
        return None
    texts: list[str] = []
    holes: list[Value] = []
    for part in value.parts:
        if isinstance(part, Scalar):
            texts.append(_PRIVATE.sub("?", str(part.value)))
        else:
            texts.append(chr(FIRST_HOLE + len(holes)))
            holes.append(part)
    if len(holes) > _MAX_HOLES:
        return None
    starts = tuple(accumulate(map(len, texts), initial=0))[:-1]
    return Composed("".join(texts), tuple(holes), Pieces(value.parts, starts).locate, starts)


def decoded(text: str) -> str:
    """The text that base64 stands for; anything else as it is."""
    if not is_base64(text):
        return text
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return text


def is_base64(text: str) -> bool:
    return len(text) >= _SHORTEST and not re.search(r"[^A-Za-z0-9+/=\s]", text)
