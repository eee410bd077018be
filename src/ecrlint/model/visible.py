"""What is scanned is data: no character of it may move a cursor, break a line of an output, reorder its text or hide in it."""

from __future__ import annotations

import re

MARK = "\N{REPLACEMENT CHARACTER}"

UNSEEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Control characters but tabs and line feeds, marks that reorder text, what has no width, and what no encoding holds."""

_LONE = re.compile(r"\\\\|\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}|(\\ud[89a-f][0-9a-f]{2})")


def marked(text: str) -> str:
    """A text with a visible mark for every character that a reader would not see."""
    return text if text.replace("\n", "").isprintable() else UNSEEN.sub(MARK, text)


def one_line(text: str) -> str:
    """A text on one line, with a space for a tab and the end of a line."""
    return text if text.isprintable() else UNSEEN.sub(MARK, re.sub("[\t\n\r]", " ", text))


def short(text: str, width: int) -> str:
    """A text in at most this many characters."""
    return text if len(text) <= width else f"{text[: width - 3].rstrip()}..."


def json_text(value: object, indent: int | None = None) -> str:
    """Dicts and lists as a line of JSON in ASCII, or several, with a mark for each half of a pair of surrogates, which no reader
    of JSON has to take."""
    import json

    text = json.dumps(value, indent=indent, separators=(",", ": " if indent else ":"))
    return (_LONE.sub(lambda found: r"\ufffd" if found[1] else found[0], text) if r"\ud" in text else text) + "\n"
