"""Explanations as text and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from ecrlint import __version__
from ecrlint.model.explanation import Explanation, Voice
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.visible import json_text, one_line

SCHEMA = 1

_SPOKEN = {YES: "", NO: "does not apply: ", MAYBE: "may apply: "}
_WORDS = {YES: "yes", NO: "no", MAYBE: "maybe"}


def as_text(explanations: Iterable[Explanation], *, shown: Callable[[str], str] = str) -> str:
    """Each with the decision first, then the statements in IAM's order, then what is not known. `shown` gives a path as the
    reader finds it."""
    return "\n".join("".join(f"{one_line(line)}\n" for line in _lines(one, shown)) for one in explanations)


def as_json(explanations: Iterable[Explanation]) -> str:
    """All of them as one object, in ASCII."""
    listed = [_object(one) for one in explanations]
    return json_text({"schema": SCHEMA, "version": __version__, "decisions": listed}, indent=2)


def _verdict(one: Explanation) -> str:
    if one.truth is YES:
        return "allowed"
    if one.truth is MAYBE:
        return "not known"
    return "denied" if one.denied else "not allowed"


def _lines(one: Explanation, shown: Callable[[str], str]) -> Iterator[str]:
    asked = f'{one.role.kind} "{one.role.label}", {one.action} on {one.resource}'
    yield f"{_spot(one.role.span, shown)}: {asked}: {_verdict(one)}"
    width = max((len(voice.effect) for voice in one.voices), default=0)
    for voice in one.voices:
        yield f"  {voice.effect:{width}}  {_spot(voice.span, shown)}: {voice.policy}{_said(voice)}"
    if not one.voices:
        yield "  no statement in these files allows or denies it"
    for reason in one.open:
        yield f"  not known: {reason}"
    for hint in one.hints:
        yield f"  {hint}"


def _spot(span: Span, shown: Callable[[str], str]) -> str:
    return f"{shown(span.path)}:{span.line}:{span.column}"


def _said(voice: Voice) -> str:
    if voice.effect == "boundary" and voice.truth is NO:
        return f", {voice.why}"
    return f", {_SPOKEN[voice.truth]}{voice.why}" if voice.why else ""


def _object(one: Explanation) -> dict[str, object]:
    span = one.role.span
    return {
        "role": {"kind": one.role.kind, "name": one.role.label, "address": one.role.address},
        "path": span.path,
        "line": span.line,
        "column": span.column,
        "action": one.action,
        "resource": one.resource,
        "decision": _verdict(one),
        "statements": [
            {
                "effect": voice.effect,
                "applies": _WORDS[voice.truth],
                "policy": voice.policy,
                "path": voice.span.path,
                "line": voice.span.line,
                "column": voice.span.column,
                "why": voice.why,
            }
            for voice in one.voices
        ],
        "unknown": list(one.open),
        "hints": list(one.hints),
    }
