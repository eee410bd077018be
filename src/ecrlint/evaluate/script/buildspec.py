"""A build specification of CodeBuild: its commands, which run in one shell, phase by phase.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.script import read_all
from ecrlint.evaluate.script.choices import on_one_side
from ecrlint.evaluate.script.embedded import yaml_value
from ecrlint.evaluate.script.script_text import compose
from ecrlint.model.dataclass import replace
from ecrlint.model.script import Guard, ReadFile, Script, Surroundings, specification_path
from ecrlint.model.value import Choice, Json, List, Map, Scalar, Text, Value, string

_PHASES = ("install", "pre_build", "build", "post_build")


def read(spec: Value, budget: Budget, surroundings: Surroundings, file: ReadFile) -> tuple[Script, ...]:
    """What a specification does, one script for each value that it may have; none where it is the path of no file.

    `surroundings` are those of the project, whose variables come before those of the specification.
    """
    try:
        return _read(spec, budget, surroundings, file)
    except Exceeded as exceeded:
        budget.cut_off("the build specification", exceeded, spec.span)
        return (_unknown(spec),)


def _read(spec: Value, budget: Budget, surroundings: Surroundings, file: ReadFile) -> tuple[Script, ...]:
    budget.step()
    match spec:
        case Choice():
            sides = (script for side in (spec.then, spec.otherwise) for script in _read(side, budget, surroundings, file))
            return tuple(on_one_side(script, spec.span, budget) for script in sides)
        case Json():
            return _read(spec.value, budget, surroundings, file)
        case Scalar() if (path := specification_path(spec)) is not None:
            found = file(path)
            return () if found is None else (_script(found, budget, surroundings),)
        case Scalar(value=str()) | Text():
            composed = compose(spec)
            document = yaml_value(composed, budget) if composed is not None else None
            return (_script(spec if document is None else document, budget, surroundings),)
        case _:
            return (_script(spec, budget, surroundings),)


def _unknown(spec: Value) -> Script:
    return Script(spec.span, whole=False, open=(Guard("hole", spec.span),))


def _script(spec: Value, budget: Budget, given: Surroundings) -> Script:
    if not isinstance(spec, Map):
        return _unknown(spec)
    environment = spec.entries.get("env")
    shell = string(environment.entries.get("shell")) if isinstance(environment, Map) else None
    variables: dict[str, Value] = {}
    if isinstance(environment, Map):
        for kind in ("variables", "parameter-store", "secrets-manager"):
            stated = environment.entries.get(kind)
            if kind == "variables" and isinstance(stated, Map):
                variables.update(stated.entries)
    phases = spec.entries.get("phases")
    surroundings = replace(given, variables={**variables, **given.variables}, stops=True)
    script = read_all(tuple(_commands(phases)), budget, shell or "bash", surroundings, spec.span)
    return script if _is_complete(spec, phases) else replace(script, whole=False)


def _is_complete(spec: Map, phases: Value | None) -> bool:
    if not spec.complete or not isinstance(phases, Map) or not phases.complete:
        return False
    return all(isinstance(phase, Map) and phase.complete for phase in phases.entries.values())


def _commands(phases: Value | None) -> Iterator[Value]:
    if not isinstance(phases, Map):
        return
    for name in _PHASES:
        phase = phases.entries.get(name)
        for key in ("commands", "finally"):
            commands = phase.entries.get(key) if isinstance(phase, Map) else None
            if isinstance(commands, List):
                yield from commands.items
            elif commands is not None:
                yield commands
