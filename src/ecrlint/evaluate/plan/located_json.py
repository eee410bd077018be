"""The text of a plan as data whose places are found when asked for.

A plan may have tens of megabytes, of which a few attributes matter: a tree of all its nodes would take twenty times
its size. Here a value is a stretch of the text, which the standard parser (in C) reads again when somebody looks inside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import Any

from ecrlint.model.source import Source, Span
from ecrlint.parse.numbers import read_number


def _whole(digits: str) -> int | float | str:
    number = read_number(digits)
    return digits if number is None else number


_DECODE = JSONDecoder(strict=False, parse_int=_whole).raw_decode
"""Reads a value; a whole number that nobody counts with stays the text that it is."""
_EMPTY = re.compile(r'""|\[[ \t\r\n]*\]|\{[ \t\r\n]*\}')
_BLANKS = re.compile(r"[ \t\r\n]*")
_NAME = re.compile(r'"([^"\\\x00-\x1f]*)"[ \t\r\n]*:[ \t\r\n]*').match
_FOLLOWING = re.compile(r"[ \t\r\n]*([,\]}])[ \t\r\n]*").match


class Original:
    """The text of a plan, and the source in which its places are shown: of the same length, without the secrets."""

    __slots__ = ("shown", "text")

    def __init__(self, source: Source) -> None:
        self.text = source.text
        self.shown = source


class Located:
    """A JSON value in a file: from `start` to `end` of its text, quotes and brackets included."""

    __slots__ = ("end", "original", "start")

    def __init__(self, original: Original, start: int, end: int) -> None:
        self.original = original
        self.start = start
        self.end = end

    @property
    def span(self) -> Span:
        return Span(self.original.shown, self.start, self.end)

    @property
    def text(self) -> str:
        return self.original.text[self.start : self.end]

    @property
    def data(self) -> Any:
        """The value in Python's types; decoded anew each time."""
        return _DECODE(self.original.text, self.start)[0]

    @property
    def is_map(self) -> bool:
        return self.original.text.startswith("{", self.start)

    @property
    def is_list(self) -> bool:
        return self.original.text.startswith("[", self.start)

    @property
    def is_null(self) -> bool:
        return self.original.text.startswith("null", self.start)

    @property
    def is_true(self) -> bool:
        return self.original.text.startswith("true", self.start)

    @property
    def is_empty(self) -> bool:
        """Whether this is a string, list or object with nothing in it."""
        return _EMPTY.fullmatch(self.original.text, self.start, self.end) is not None

    def pairs(self) -> Iterator[tuple[str, Located, Any]]:
        """The entries of an object, each with its value in Python's types; nothing where this is no object."""
        if not self.is_map:
            return
        original, text = self.original, self.original.text
        at = _blanks(text, self.start + 1)
        if text.startswith("}", at):
            return
        while True:
            plain = _NAME(text, at)
            if plain:
                key, at = plain.group(1), plain.end()
            else:
                key, at = _name(text, at)
            value, end = _DECODE(text, at)
            yield key, Located(original, at, end), value
            following = _FOLLOWING(text, end)
            if following is None or following.group(1) not in ",}":
                raise JSONDecodeError("Expecting ',' delimiter", text, _blanks(text, end))
            if following.group(1) == "}":
                return
            at = following.end()

    def items(self) -> Iterator[tuple[Located, Any]]:
        """The items of an array, each with its value in Python's types; nothing where this is no array."""
        if not self.is_list:
            return
        original, text = self.original, self.original.text
        at = _blanks(text, self.start + 1)
        if text.startswith("]", at):
            return
        while True:
            value, end = _DECODE(text, at)
            yield Located(original, at, end), value
            following = _FOLLOWING(text, end)
            if following is None or following.group(1) not in ",]":
                raise JSONDecodeError("Expecting ',' delimiter", text, _blanks(text, end))
            if following.group(1) == "]":
                return
            at = following.end()

    def entries(self) -> dict[str, Located]:
        """The entries of an object by name, the last where one is there twice; empty where this is no object."""
        return {key: place for key, place, _ in self.pairs()}


def top(original: Original) -> tuple[dict[str, Located], dict[str, Any]]:
    """The sections of a file that holds one object, by name; and those of them in Python's types that are not large.

    Raises JSONDecodeError where the text is no such file, and RecursionError where Python refuses it.
    """
    text = original.text
    start = _blanks(text, 0)
    if not text.startswith("{", start):
        raise JSONDecodeError("Expecting an object", text, start)
    places: dict[str, Located] = {}
    small: dict[str, Any] = {}
    end = start + 1
    for key, place, value in Located(original, start, len(text)).pairs():
        places[key] = place
        end = place.end
        if key == "configuration" or not isinstance(value, (dict, list)):
            small[key] = value
    closed = _FOLLOWING(text, end)
    assert closed is not None  # the entries came to their end
    if closed.end() < len(text):
        raise JSONDecodeError("Extra data", text, closed.end())
    return places, small


def _blanks(text: str, at: int) -> int:
    """The place of what is not blank, from a place on."""
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def _name(text: str, at: int) -> tuple[str, int]:
    """A name with escapes, and the place of the value after it."""
    if not text.startswith('"', at):
        raise JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
    name, end = _DECODE(text, at)
    colon = _blanks(text, end)
    if not text.startswith(":", colon):
        raise JSONDecodeError("Expecting ':' delimiter", text, colon)
    return name, _blanks(text, colon + 1)
