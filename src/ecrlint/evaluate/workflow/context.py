"""What the expressions of a job can ask for: what is known of its start, its inputs, its environment and its steps.

https://docs.github.com/en/actions/reference/workflows-and-actions/contexts
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.workflow.expression import filled
from ecrlint.evaluate.workflow.triggers import HEADS, TAGS
from ecrlint.model.dataclass import dataclass
from ecrlint.model.job import Trigger
from ecrlint.model.source import Span
from ecrlint.model.value import Map, Ref, Scalar, Unknown, Value, join, pieces, prefix, string

Outputs = Mapping[str, Value]
"""The outputs of a step or a job by name; what is not in there is not known."""


@dataclass
class JobContext:
    """What is known while a job is followed, in the order of its steps.

    `environment` are the variables of the workflow, of the job and of what steps have exported. `open`: a step of which
    nothing is known may have exported others.
    """

    start: Trigger
    budget: Budget
    inputs: Mapping[str, Value] = field(default_factory=dict)
    inputs_known: bool = False
    matrix: Mapping[str, Value] | None = None
    needs: Mapping[str, Outputs] = field(default_factory=dict)
    environment: dict[str, Value] = field(default_factory=dict)
    steps: dict[str, Outputs] = field(default_factory=dict)
    open: bool = False

    def lookup(self, path: tuple[str, ...], span: Span) -> Value:
        """The value of a context by its path."""
        first, *rest = (path[0].lower(), *path[1:])
        match first, rest:
            case "env", [name]:
                absent: Value = Unknown(f"{name} may be set by a step", span) if self.open else Scalar(None, span)
                return self.environment.get(name, absent)
            case ("secrets" | "vars") as context, [name]:
                return Ref(context, name.upper(), span)
            case "inputs", [name]:
                found = self.inputs.get(name)
                if found is not None:
                    return found
                return Scalar(None, span) if self.inputs_known else Ref("inputs", name, span)
            case "matrix", [name, *more] if self.matrix is not None and name in self.matrix:
                return _inside(self.matrix[name], more, span)
            case "steps", [step, "outputs", name]:
                return self.steps.get(step, {}).get(name, Ref(f"steps.{step}.outputs", name, span))
            case "needs", [job, "outputs", name]:
                return self.needs.get(job, {}).get(name, Ref(f"needs.{job}.outputs", name, span))
            case "github", [name, *more]:
                return self._github(".".join((name, *more)), span)
        return Ref(first, ".".join(rest), span) if rest else Unknown(f"{first} is not known", span)

    def _github(self, name: str, span: Span) -> Value:
        ref = self.start.ref
        head = prefix(ref)
        match name:
            case "event_name":
                return Scalar(self.start.event, span)
            case "ref":
                return ref
            case "ref_name":
                return _after(ref, HEADS, span) or _after(ref, TAGS, span) or Ref("github", name, span)
            case "ref_type" if head.startswith("refs/"):
                return Scalar("tag" if head.startswith(TAGS) else "branch", span)
            case "head_ref" | "base_ref" | "event.pull_request.number" | "event.number" if not self._of_pull_request:
                return Scalar("", span)
            case "actor" | "triggering_actor":
                return Ref("github", name, span)
        if name.startswith("event.pull_request.") and not self._of_pull_request:
            return Scalar(None, span)
        if name.startswith("event.inputs."):
            return self.lookup(("inputs", name.removeprefix("event.inputs.")), span)
        return Ref("github", name, span)

    @property
    def _of_pull_request(self) -> bool:
        return self.start.event.startswith("pull_request")

    def values(self, value: Value | None) -> dict[str, Value]:
        """A map of strings (`env`, `with`) with its expressions replaced."""
        if not isinstance(value, Map):
            return {}
        return {name: as_text(filled(item, self.lookup, self.budget)) for name, item in value.entries.items()}

    def filled(self, value: Value) -> Value:
        return filled(value, self.lookup, self.budget)


def as_text(value: Value) -> Value:
    """A value as the string that an input or a variable is."""
    if isinstance(value, Scalar) and not isinstance(value.value, str):
        known = value.value
        return Scalar("" if known is None else str(known).lower() if isinstance(known, bool) else str(known), value.span)
    return value


def _inside(value: Value, path: list[str], span: Span) -> Value:
    for name in path:
        found = value.get(name) if isinstance(value, Map) else None
        if found is None:
            return Unknown(f"{name} is not known", span)
        value = found
    return value


def _after(ref: Value, head: str, span: Span) -> Value | None:
    """What follows the beginning of a reference; None where it begins with something else."""
    first, *rest = pieces(ref)
    text = string(first)
    if text is None or not text.startswith(head):
        return None
    return join([Scalar(text.removeprefix(head), span), *rest], span)
