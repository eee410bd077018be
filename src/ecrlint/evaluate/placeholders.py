"""Documents that a tool fills in before they are deployed: what a placeholder stands for is not known.

A name between marks (`${ROLE}`, `{{ must_env `ROLE` }}`, `%ROLE%`, `@ROLE@`, `__ROLE__`) is one value wherever it stands, so it
is a reference. What stands between angle brackets (`<your role>`) is for a person to replace and may be anything. The policy
variables of IAM (`${aws:username}`) are no placeholders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.evaluate.alignment import align
from ecrlint.evaluate.json_document import decode
from ecrlint.model.finding import Problem
from ecrlint.model.source import Locate, Source, Span
from ecrlint.model.value import List, Map, Ref, Scalar, Unknown, Value, join

_PLACEHOLDER = re.compile(
    r"\{\{[^{}\n]{1,300}\}\}"
    r"|\$\{(?!\w[\w./-]*:\w|[*?$]\})(?:[^{}\n]|\{[^{}\n]{0,200}\}){1,300}\}"
    r"|%\{[^{}\n]{1,300}\}"
    r"|<[A-Za-z][\w .:/-]{0,80}>"
    r"|%[A-Z_][A-Z0-9_]{2,80}%"
    r"|@[A-Z_][A-Z0-9_]{2,80}@"
    r"|__[A-Z][A-Z0-9_]{1,80}__"
    r"|\$[A-Z][A-Z0-9_]{1,80}\b"
    r"|#\{[\w.-]{1,80}\}#?"
)
_TFSTATE = re.compile(r"\{\{-?\s*\w*tfstate\s+[`\"']((?:data\.)?\w+\.[\w-]+(?:\[[^\]]*\])?)\.([\w.]+)[`\"']\s*-?\}\}")
"""What ecspresso reads from a Terraform state: https://github.com/kayac/ecspresso#tfstate"""


def has_placeholders(text: str) -> bool:
    return _PLACEHOLDER.search(text) is not None


def document(source: Source) -> tuple[Value, list[Problem]]:
    """The document of a file that is JSON only once its placeholders are filled in. Where what they stand for decides what
    the document is, it is unknown and no problem."""
    value = _text(source.text, source.span, source.span(0, len(source.text)))
    return decode(value, "file")


def with_holes(value: Value) -> Value:
    """A document's value with the placeholders in its strings as what they are."""
    match value:
        case Scalar(value=str(text)) if has_placeholders(text):
            return _text(text, align(text, value.span), value.span)
        case List():
            return List(tuple(map(with_holes, value.items)), value.span, value.complete)
        case Map():
            return Map({name: with_holes(item) for name, item in value.entries.items()}, value.span, value.complete)
        case _:
            return value


def _text(text: str, locate: Locate, span: Span) -> Value:
    return join(_parts(text, locate), span)


def _parts(text: str, locate: Locate) -> Iterator[Value]:
    at = 0
    for match in _PLACEHOLDER.finditer(text):
        if match.start() > at:
            yield Scalar(text[at : match.start()], locate(at, match.start()))
        yield _hole(match.group(), locate(match.start(), match.end()))
        at = match.end()
    if at < len(text):
        yield Scalar(text[at:], locate(at, len(text)))


def _hole(text: str, span: Span) -> Value:
    if text.startswith(("<", "%{")):
        return Unknown(f"{text} is a placeholder", span)
    state = _TFSTATE.fullmatch(text)
    return Ref(state.group(1), state.group(2), span) if state else Ref(" ".join(text.split()), "", span)
