"""The user data of an instance: shell scripts, cloud-init's configuration, archives of both, and what is neither.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ecrlint.evaluate.budget import INSTANCE, Budget, Exceeded
from ecrlint.evaluate.script import read_all
from ecrlint.evaluate.script.choices import on_one_side, under
from ecrlint.evaluate.script.embedded import yaml_value
from ecrlint.evaluate.script.script_text import Composed, compose
from ecrlint.model.dataclass import replace
from ecrlint.model.script import Command, Guard, Script, Surroundings, Word, Write
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Json, List, Map, Scalar, Text, Unknown, Value, alternatives, join, prefix, string
from ecrlint.parse.shell.lexer import FIRST_HOLE

_CLOUD_CONFIG = re.compile(r"\s*#cloud-config\b")
_ARCHIVE = re.compile(r"\A\s*(?:MIME-Version|Content-Type):[^\n]*\n", re.IGNORECASE)
_BOUNDARY = re.compile(r"boundary=\"?([^\"\s;]+)\"?", re.IGNORECASE)
_SETTINGS = re.compile(r"(?m)^\s*\[?settings[.\w-]*\]?|\A\s*---\s*\napiVersion:|\AapiVersion:")
_HOLE = re.compile("[\U000f0000-\U0010ffff]")


def read(value: Value | None, budget: Budget) -> tuple[Script, ...]:
    """What user data does: a script for each part of it and for each value that it may have."""
    if value is None:
        return ()
    try:
        return tuple(_read(value, budget))
    except Exceeded as exceeded:
        budget.cut_off("the user data", exceeded, value.span)
        return (_unknown(value.span),)


def _read(value: Value | None, budget: Budget) -> Iterator[Script]:
    budget.step()
    match value:
        case Scalar(value=str()) | Text():
            composed = compose(value)
            if composed is None:
                yield _unknown(value.span)
            else:
                yield from _parts(composed, value, budget)
            for part in value.parts if isinstance(value, Text) else ():
                if isinstance(part, (Choice, List, Map, Json)):
                    inside = [script for script in _read(part, budget) if script.commands or script.acts]
                    yield from (replace(script, whole=True, open=()) for script in inside)
        case Choice():
            for side in (value.then, value.otherwise):
                yield from (on_one_side(script, value.span, budget) for script in _read(side, budget))
        case List():
            for item in value.items:
                yield from _read(item, budget)
            if not value.complete:
                yield _unknown(value.span)
        case Map():
            for item in value.entries.values():
                yield from _read(item, budget)
            if not value.complete:
                yield _unknown(value.span)
        case Json():
            yield from _read(value.value, budget)
        case Scalar() | None:
            return
        case _:
            yield _unknown(value.span)


def _unknown(span: Span) -> Script:
    return Script(span, whole=False, open=(Guard("hole", span),))


def _parts(composed: Composed, value: Value, budget: Budget) -> Iterator[Script]:
    """The scripts of a text: of each part of an archive, or of the text itself."""
    text = composed.text
    budget.write(len(text))
    boundary = _BOUNDARY.search(text) if _ARCHIVE.match(text) else None
    if boundary is None:
        yield from _part(composed, 0, len(text), budget)
        return
    marks = [match.span() for match in re.finditer(rf"(?m)^--{re.escape(boundary.group(1))}(?:--)?[ \t]*\r?$", text)]
    for (_, start), (end, _) in zip(marks, [*marks[1:], (len(text), 0)], strict=True):
        head = re.match(r"\r?\n(?:[^\n]+\n)*?\r?\n", text[start:end])
        body = start + (head.end() if head else 0)
        if text[body:end].strip():
            yield from _part(composed, body, end, budget)


def _part(composed: Composed, start: int, end: int, budget: Budget) -> Iterator[Script]:
    budget.step(INSTANCE)
    text = composed.text[start:end]
    value = _stretch(composed, start, end)
    span = composed.locate(start, end)
    if _CLOUD_CONFIG.match(text):
        yield _configured(value, span, budget)
    elif _SETTINGS.search(text) and not text.startswith("#!"):
        yield Script(span, unread="settings", texts=(value,))
    else:
        script = read_all((value,), budget, "", Surroundings(stops=False), span)
        if not _is_script(composed, start):
            script = under(script, Guard("hole", composed.locate(start, start + 1)), budget)
        yield replace(script, texts=(value,)) if script.unread else script


def _is_script(composed: Composed, start: int) -> bool:
    """Whether a part may be taken for a script: what stands first in it, which says what it is, is known."""
    if not _HOLE.match(composed.text, start):
        return True
    first = composed.holes[ord(composed.text[start]) - FIRST_HOLE]
    return all(prefix(side).startswith("#!") for side in alternatives(first))


def _stretch(composed: Composed, start: int, end: int) -> Value:
    """A part of a text as a value, with its holes and places."""
    text = composed.text
    cuts = sorted({start, end, *(at for at in composed.starts if start < at < end)})
    parts: list[Value] = []
    for first, last in pairwise(cuts):
        if _HOLE.match(text, first):
            parts.append(composed.holes[ord(text[first]) - FIRST_HOLE])
        else:
            parts.append(Scalar(text[first:last], composed.locate(first, last)))
    if len(parts) == 1 and isinstance(parts[0], Scalar):
        return parts[0]
    return Text(tuple(parts), composed.locate(start, end)) if parts else Scalar("", composed.locate(start, end))


# cloud-init: https://cloudinit.readthedocs.io/en/latest/reference/modules.html


def _configured(value: Value, span: Span, budget: Budget) -> Script:
    """What a configuration of cloud-init runs and writes."""
    composed = compose(value)
    document = yaml_value(composed, budget) if composed is not None else None
    if not isinstance(document, Map):
        return Script(span, whole=False, open=(Guard("hole", span),), texts=(value,))
    commands = [item for key in ("bootcmd", "runcmd") for item in _items(document.entries.get(key))]
    script = read_all(tuple(map(_line, commands)), budget, "sh", None, span)
    writes = tuple(_writes(document.entries.get("write_files"), span))
    rest = tuple(item for key, item in document.entries.items() if key not in ("bootcmd", "runcmd", "write_files"))
    return replace(script, acts=(*writes, *script.acts), texts=rest, whole=script.whole and document.complete)


def _items(value: Value | None) -> Sequence[Value]:
    return value.items if isinstance(value, List) else () if value is None else (value,)


def _line(item: Value) -> Value:
    """A command of cloud-init as a line of a shell: a list of words is quoted."""
    if not isinstance(item, List):
        return item
    parts: list[Value | str] = []
    for word in item.items:
        text = string(word)
        if text is None or re.fullmatch(r"[\w./:=@%+,-]+", text):
            parts.extend((word, " "))
        else:
            parts.extend(("'", word, "' ") if "'" not in text else (Unknown("a word with quotes", word.span), " "))
    return join(parts, item.span)


def _writes(files: Value | None, span: Span) -> Iterator[Write]:
    for item in _items(files):
        if not isinstance(item, Map):
            continue
        path, content = item.entries.get("path"), item.entries.get("content")
        unknown = Unknown("what is written is not known", item.span)
        command = Command((Word(Scalar("cloud-init", item.span), item.span),), item.span)
        composed = compose(content) if content is not None else None
        text = content if composed is None or content is None else _stretch(composed, 0, len(composed.text))
        yield Write(command, path or unknown, text or unknown)
