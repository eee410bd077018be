"""The question `ecrlint why` asks of a scanned tree: may this role do that, and which words say so?"""

from __future__ import annotations

from collections.abc import Sequence

from ecrlint.analysis import why as iam
from ecrlint.boundary.repository import Boundary, boundary
from ecrlint.iam.request import Caller, RequestContext
from ecrlint.model.dataclass import dataclass
from ecrlint.model.explanation import Explanation
from ecrlint.model.finding import Problem
from ecrlint.run import pipeline

CALLERS = {"fargate": Caller.FARGATE, "host": Caller.HOST, "hosted-ci": Caller.HOSTED_CI}


@dataclass(frozen=True, slots=True)
class RoleExplanations:
    """What is to be said of each role of this name; `nearest` are names that are like it where there is none."""

    explanations: tuple[Explanation, ...]
    nearest: tuple[str, ...]
    problems: tuple[Problem, ...]


def ask(
    paths: Sequence[str], role: str, action: str, resource: str | None, caller: str | None = None, within: Boundary | None = None
) -> RoleExplanations:
    """Whether the roles of this name or address may do something, in every unit below the paths that has one."""
    run = pipeline.read(paths, within or boundary(paths))
    context = RequestContext(Caller.UNKNOWN if caller is None else CALLERS[caller])
    found: dict[object, Explanation] = {}
    names: list[str] = []
    for unit in run.units:
        stack, _ = unit.open
        names += [one.address if "." in role else one.label for one in stack.roles]
        for one in iam.roles(stack, role):
            explanation = iam.why(stack, one, action, resource, context)
            found.setdefault((one.address, one.span.path, one.span.start, explanation.truth, explanation.voices), explanation)
    nearest = () if found else tuple(iam.nearest(role, names))
    return RoleExplanations(tuple(found.values()), nearest, tuple(run.problems))


def no_such_action(action: str) -> list[str] | None:
    """The nearest actions where there is certainly none of this name; None where there is, or may be."""
    return iam.unknown_action(action)
