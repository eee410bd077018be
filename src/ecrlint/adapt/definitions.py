"""Which task definition of ECS, or job definition of Batch, a value names: by reference, by name, or by ARN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from ecrlint.adapt.kept import Unit
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.stack import Resource
from ecrlint.model.truth import YES
from ecrlint.model.value import Ref, Scalar, Unknown, Value, alternatives, apart, is_null, join, pieces, same, string
from ecrlint.model.workload import Task

_LOOKED_UP = {
    "data.aws_ecs_task_definition": ("task_definition",),
    "data.aws_batch_job_definition": ("arn", "name"),
}
"""The data sources that read a definition, and the arguments by which they find it."""


def definitions(unit: Unit, value: Value | None, by: Resource, noun: Literal["task", "job"] = "task") -> dict[str, bool]:
    """The addresses of the definitions that a value of the resource `by` may name, and whether it surely names each.

    A name alone, or with the latest revision, is that of the only definition with this name in the unit, deployed to the same
    place. Another revision may have other containers: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
    """
    tasks = {address: task for address, task in unit.draft.tasks.items() if task.noun == noun}
    return dict(_of(_Declared(unit.resources, tasks), value, by, frozenset())) if tasks else {}


@dataclass(frozen=True, slots=True)
class _Declared:
    """The resources of a unit, and those of its definitions that may be meant."""

    resources: Mapping[str, Resource]
    tasks: Mapping[str, Task]


def _of(declared: _Declared, value: Value | None, by: Resource, past: frozenset[str]) -> Iterator[tuple[str, bool]]:
    for side in () if value is None or is_null(value) else alternatives(value):
        for address, sure in _named(declared, side, by, past):
            yield address, sure and side is value


def _named(declared: _Declared, value: Value, by: Resource, past: frozenset[str]) -> Iterator[tuple[str, bool]]:
    if isinstance(value, Ref):
        lookup = declared.resources.get(value.address)
        arguments = _LOOKED_UP.get(lookup.type, ()) if lookup is not None else ()
        if value.address in declared.tasks:
            yield value.address, True
            return
        if lookup is not None and arguments:
            stated = (lookup.attributes.get(argument) for argument in arguments)
            wanted = next((argument for argument in stated if not is_null(argument)), None)
            yield from () if lookup.address in past else _of(declared, wanted, lookup, past | {lookup.address})
            return
    name, revision = _split(value)
    is_part = isinstance(name, Ref) and name is not value
    for address, sure in _named(declared, name, by, past) if is_part else _with_name(declared, name, by):
        yield address, sure and _is_latest(declared, revision, address)


def _split(value: Value) -> tuple[Value, Sequence[Value]]:
    """The name in a string `name`, `name:revision`, or an ARN that ends so; and its revision, empty where there is none."""
    parts = list(pieces(value))
    if (string(parts[0]) or "").startswith("arn:"):
        while parts and "-definition/" not in (string(parts[0]) or ""):
            parts.pop(0)
        if not parts:
            return Unknown("the ARN is not that of a definition", value.span), ()
        parts[0] = Scalar((string(parts[0]) or "").partition("-definition/")[2], parts[0].span)
    name: list[Value] = []
    for at, part in enumerate(parts):
        before, colon, after = (string(part) or "").partition(":")
        if colon:
            rest = [Scalar(after, part.span)] if after else []
            return join([*name, Scalar(before, part.span)], value.span), [*rest, *parts[at + 1 :]]
        name.append(part)
    return join(name, value.span), ()


def _with_name(declared: _Declared, name: Value, by: Resource) -> Iterator[tuple[str, bool]]:
    """The definitions that have a name, and are deployed to the same place as what names them."""
    tasks = [task for task in declared.tasks.values() if task.family is not None and same(task.family, name)]
    found = [task for task in tasks if _place(declared.resources.get(task.address)) == _place(by)]
    families = [task.family for task in declared.tasks.values() if task.family is not None and not same(task.family, name)]
    is_only = len(found) == 1 and all(apart(family, name) for family in families)
    for task in found:
        yield task.address, is_only and task.exists is YES


def _place(resource: Resource | None) -> object:
    """Where a resource is deployed, so that equal ones are in one region of one account."""
    if resource is None:
        return None
    region = resource.attributes.get("region")
    return resource.provider, "" if region is None or is_null(region) else string(region) or resource.address


def _is_latest(declared: _Declared, revision: Sequence[Value], address: str) -> bool:
    """Whether a revision is the one that a definition has in these files: none stated, its own, or one worked out from it."""
    only = revision[0] if len(revision) == 1 else None
    if isinstance(only, Ref):
        owner = declared.resources.get(only.address)
        return owner is not None and address in dict(_of(declared, replace(only, attribute=""), owner, frozenset()))
    return not revision or isinstance(only, Unknown)
