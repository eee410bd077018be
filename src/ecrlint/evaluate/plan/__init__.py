"""Terraform plans, as `terraform show -json` prints them, to resources.

The plan says what will be there; the `.tf` files that it was made from, where they lie beside it, say where each thing
is written. A value that is not known before the plan is applied is a reference where the configuration in the plan
names the one thing that it comes from, or what the `.tf` files say of it; otherwise it is unknown.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.plan.attributes import Reader
from ecrlint.evaluate.plan.beside import Beside, Documents, Folders, Read, root_folder
from ecrlint.evaluate.plan.contents import Contents
from ecrlint.evaluate.plan.providers import providers, seen
from ecrlint.evaluate.plan.reading import read
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Problem
from ecrlint.model.source import Source
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Ref

__all__ = ["PlanEvaluation", "evaluate"]


@dataclass(frozen=True)
class PlanEvaluation:
    """The resources of one plan. `notes` say what it lacks; `problems` grow while the attributes of the resources are read."""

    resources: tuple[Resource, ...]
    contents: Contents
    reader: Reader

    @property
    def problems(self) -> Iterable[Problem]:
        return [*self.contents.problems, *self.reader.problems.values()]

    @property
    def notes(self) -> list[str]:
        return [*self.contents.notes, *self.reader.budget.cut.get(self.contents.source.path, ())]


def evaluate(
    source: Source, types: Container[str], documents: Documents, read_file: Read, folders: Folders, budget: Budget
) -> PlanEvaluation | None:
    """The resources of the given types that will be there when a plan is applied; None where the file is no plan.

    `documents` gives the attributes of a type that hold a JSON document. `read_file` and `folders` give a file and the
    Terraform of a folder inside the scanned root, None where there is none.
    """
    contents = read(source)
    if contents is None:
        return None
    root = root_folder(contents, folders)
    beside = None if root is None else Beside(contents, root, read_file, folders, types, documents, budget)
    reader = Reader(contents, types, documents, beside, budget)
    wanted = [instance for instance in contents.instances.values() if instance.kind in types]
    resources = [reader.resource(instance) for instance in wanted]
    if not contents.complete and resources:
        resources.append(_rest(resources))
    if resources:
        here = seen(contents) if beside is None else beside.here
        resources.extend(providers(contents, here, None if beside is None else beside.provider))
    return PlanEvaluation(tuple(resources), contents, reader)


def _rest(resources: list[Resource]) -> Resource:
    """What a plan that is not complete leaves out: a module that is not here, and that may be given anything."""
    span = resources[0].span
    given = {resource.address: Ref(resource.address, "", resource.span) for resource in resources}
    return Resource("module", "the rest of the configuration", Map(given, span, complete=False), span)
