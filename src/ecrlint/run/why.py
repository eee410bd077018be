"""The question `ecrlint why` asks of a scanned tree: may this role do that, and which words say so?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecrlint.analysis import why as iam
from ecrlint.boundary.repository import Boundary, boundary
from ecrlint.iam.request import Caller, RequestContext
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.explanation import Explanation
from ecrlint.model.finding import Problem
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE
from ecrlint.model.value import string
from ecrlint.run import pipeline
from ecrlint.run.summaries import explanation_at_calls

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
    stacks = [unit.open[0] for unit in run.units]
    missing = _unknown_repository(stacks, action, resource)
    for stack in stacks:
        names += [one.address if "." in role else one.label for one in stack.roles]
        for one in iam.roles(stack, role):
            explanation = iam.why(stack, one, action, resource, context)
            hints = [missing] if missing else list(_ask_again(stack, explanation, role, resource, context))
            explanation = explanation_at_calls(replace(explanation, hints=tuple(hints)))
            found.setdefault((one.address, one.span.path, one.span.start, explanation.truth, explanation.voices), explanation)
    nearest = () if found else tuple(iam.nearest(role, names))
    return RoleExplanations(tuple(found.values()), nearest, tuple(run.problems))


def _unknown_repository(stacks: Sequence[Stack], action: str, resource: str | None) -> str:
    """What to say of a repository that is named and in none of the files; empty where it is in one."""
    if resource is None or resource == "*" or resource.startswith("arn:") or not action.startswith("ecr:"):
        return ""
    repositories = [one for stack in stacks for one in stack.repositories]
    names = dict.fromkeys(name for one in repositories for name in (string(one.name), one.address) if name)
    if resource in names or not iam.has_resource(action):
        return ""
    alike = ", ".join(iam.nearest(resource, names))
    return f'no repository "{resource}" in these files' + (f"; nearest: {alike}" if alike else "")


def _ask_again(stack: Stack, explanation: Explanation, role: str, resource: str | None, context: RequestContext) -> Iterator[str]:
    """How to ask again, where naming a repository settles what is not known."""
    if resource is None and explanation.truth is MAYBE:
        name = iam.settling_repository(stack, explanation.role, explanation.action, context)
        if name is not None:
            yield f"depends on the repository; ask again with one: ecrlint why {role} {explanation.action} {name}"


def with_prefix(action: str) -> str:
    """An action with its service, where it is written without."""
    return iam.with_prefix(action)


def no_such_action(action: str) -> list[str] | None:
    """The nearest actions where there is certainly none of this name; None where there is, or may be."""
    return iam.unknown_action(action)
