"""What of a plan's text is secret: Terraform writes the values out, and beside them which of them are sensitive."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from json import JSONDecoder
from typing import Any

from ecrlint.evaluate.plan.contents import Contents, mapping
from ecrlint.evaluate.plan.located_json import Located

Stretch = tuple[int, int]

_MARK = re.compile(r'sensitive(?:_values)?"[ \t\r\n]*:[ \t\r\n]*')
_MARKED = {
    "sensitive_values": ("values",),
    "before_sensitive": ("before",),
    "after_sensitive": ("after",),
    "sensitive": ("value", "default"),
}
"""What each mark speaks of: the neighbours of these names."""

_VISIBLE = re.compile(r"[^\s{}\[\]:,\"]+")
_DECODE = JSONDecoder(strict=False, parse_int=str).raw_decode


def secrets(text: str, sections: Iterable[Located], contents: Contents) -> list[Stretch]:
    """The stretches of a plan's text that hold sensitive values."""
    marks = [found.start() for found in _MARK.finditer(text) if any_true(_DECODE(text, found.end())[0])]
    if not marks:
        return []
    found: list[Stretch] = []
    waiting = list(sections)
    while waiting:
        place = waiting.pop()
        if not _holds(place, marks):
            continue
        if place.is_map:
            entries = place.entries()
            found.extend(_marked(entries))
            waiting.extend(entries.values())
        else:
            waiting.extend(item for item, _ in place.items())
    return [*found, *_elsewhere(contents)]


def _holds(place: Located, marks: Sequence[int]) -> bool:
    at = bisect_left(marks, place.start)
    return at < len(marks) and marks[at] < place.end


def _marked(entries: dict[str, Located]) -> Iterator[Stretch]:
    for mark, neighbours in _MARKED.items():
        if mark in entries:
            for name in neighbours:
                if name in entries:
                    yield from _sensitive(entries[name], entries[mark].data)


def _elsewhere(contents: Contents) -> Iterator[Stretch]:
    """The sensitive values that stand apart from what marks them."""
    for instance in contents.instances.values():
        parts = instance.parts()
        for mark in parts.sensitive:
            for name, place in parts.values.items():
                yield from _sensitive(place, True if mark is True else mapping(mark).get(name))
    for name, said in mapping(contents.configuration.root.get("variables")).items():
        if mapping(said).get("sensitive") is True and name in contents.variables:
            yield from _sensitive(contents.variables[name], True)


def _sensitive(place: Located, mark: Any) -> Iterator[Stretch]:
    """The stretches of a value that a mark says are sensitive."""
    if mark is True:
        yield place.start, place.end
    elif isinstance(mark, dict) and any_true(mark):
        entries = place.entries()
        for name, below in mark.items():
            if name in entries:
                yield from _sensitive(entries[name], below)
    elif isinstance(mark, list) and any_true(mark):
        for (item, _), below in zip(place.items(), mark, strict=False):
            yield from _sensitive(item, below)


def any_true(data: Any) -> bool:
    """Whether data is true, or has true anywhere inside."""
    if isinstance(data, dict):
        return any(map(any_true, data.values()))
    return any(map(any_true, data)) if isinstance(data, list) else data is True


def without(text: str, stretches: Iterable[Stretch]) -> str:
    """A text of the same lines and length in which stretches of it cannot be read."""
    pieces: list[str] = []
    at = 0
    for start, end in sorted(stretches):
        if end > at:
            pieces += [text[at : max(start, at)], without_content(text[max(start, at) : end])]
            at = end
    return "".join([*pieces, text[at:]])


def without_content(text: str) -> str:
    """A text of the same lines and length of which only the brackets, quotes and commas can be read."""
    return _VISIBLE.sub(lambda found: "*" * len(found.group()), text)
