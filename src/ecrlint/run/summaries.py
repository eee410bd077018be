"""What rests on the summary of a module that is not here, at the calls of such modules."""

from __future__ import annotations

from ecrlint.model.dataclass import replace
from ecrlint.model.explanation import Explanation
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.picture import Picture, Stage


def at_calls(finding: Finding) -> Finding:
    """A finding at the calls of the modules, in whose summaries it has some of its places. It says that it rests on these, and is
    at most a warning where a call does not allow one version alone. What mends it cannot be written into a summary."""
    places = (finding.span, *(one.span for one in finding.related))
    calls = {call.address: call for place in places if (call := place.source.call) is not None}
    related = tuple(replace(one, span=one.span.place) for one in finding.related)
    marks = tuple(
        Related(call.span, f"{call.address} is not here: read from a summary of {call.module}") for call in calls.values()
    )
    is_sure = all(call.is_exact for call in calls.values())
    severity = finding.severity if is_sure or finding.severity is None else min(finding.severity, Severity.WARNING)
    return replace(
        finding,
        span=finding.span.place,
        severity=severity,
        related=(*marks, *related),
        fix=() if any(edit.span.source.call is not None for edit in finding.fix) else finding.fix,
    )


def picture_at_calls(picture: Picture) -> Picture:
    """A picture with what is in summaries at the calls of their modules."""
    stages = (Stage(stage.title, tuple(replace(step, span=step.span.place) for step in stage.steps)) for stage in picture.stages)
    return replace(picture, span=picture.span.place, stages=tuple(stages))


def explanation_at_calls(explanation: Explanation) -> Explanation:
    """An explanation with what is in summaries at the calls of their modules."""
    voices = tuple(replace(voice, span=voice.span.place) for voice in explanation.voices)
    return replace(explanation, role=replace(explanation.role, span=explanation.role.span.place), voices=voices)
