"""The `.tf` files beside a plan: the places of what it holds, and the expressions that it does not keep."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Container, Iterator, Mapping
from functools import cached_property

from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.plan.address import ModulePath
from ecrlint.evaluate.plan.contents import Contents, PlannedInstance, mapping, plain
from ecrlint.evaluate.plan.located_json import Located
from ecrlint.evaluate.plan.merge import merge
from ecrlint.evaluate.plan.providers import ProviderPlaces, seen
from ecrlint.evaluate.terraform import instance as terraform
from ecrlint.evaluate.terraform.attributes import META, BlockAttributes
from ecrlint.evaluate.terraform.configuration import Body, Folder
from ecrlint.evaluate.terraform.expression import concat
from ecrlint.evaluate.terraform.module import ModuleInstance
from ecrlint.evaluate.terraform.providers import provider_name
from ecrlint.evaluate.terraform.root_module import RootModule
from ecrlint.evaluate.terraform.scope import force
from ecrlint.model.address import is_deployment
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, same

Read = Callable[[str], "Source | None"]
Folders = Callable[[str], "Folder | None"]
Documents = Callable[[str], frozenset[str]]
"""The attributes of a resource type that hold a JSON document."""


def root_folder(contents: Contents, folders: Folders) -> Folder | None:
    """The folder that a plan was made from: its own or one above it that declares most of what the plan's configuration does."""
    wanted = set(contents.configuration.blocks())
    best: tuple[int, Folder | None] = (0, None)
    place = contents.source.path
    while wanted and place:
        place = posixpath.dirname(place)
        folder = folders(place)
        if folder is not None:
            there = {f"{kind}.{name}" for kind, name in folder.resources} | {f"module.{name}" for name in folder.modules}
            count = len(wanted & there)
            if count > best[0]:
                best = (count, folder)
    return best[1] if best[0] * 2 >= len(wanted) else None


class Beside:
    """The configuration of the folder that a plan was made from, read with the plan's variables."""

    def __init__(
        self,
        contents: Contents,
        root: Folder,
        read: Read,
        folders: Folders,
        types: Container[str],
        documents: Documents,
        budget: Budget,
    ) -> None:
        self.contents = contents
        self.root = root
        self.read = read
        self.folders = folders
        self.types = types
        self.documents = documents
        self.budget = budget
        self._folders: dict[tuple[str, ...], tuple[Folder | None, tuple[Span, ...]]] = {(): (root, ())}
        self._given: set[tuple[int, int]] = set()

    # Places

    def _module(self, path: tuple[str, ...]) -> tuple[Folder | None, tuple[Span, ...]]:
        """The folder of a module, None where it is not here, and the calls that lead to it, innermost first."""
        found = self._folders.get(path)
        if found is None:
            outside, calls = self._module(path[:-1])
            call = None if outside is None else outside.modules.get(path[-1])
            if call is None or outside is None:
                found = (None, calls)
            else:
                found = (self._called(outside, call), (call.span, *calls))
            self._folders[path] = found
        return found

    def _called(self, outside: Folder, call: Body) -> Folder | None:
        source = call.attributes.get("source")
        path = force(source).value if source is not None else None
        if not isinstance(path, str) or not path.startswith(("./", "../", ".")):
            return None
        place = posixpath.normpath(posixpath.join(outside.path, path))
        return None if place.startswith("..") else self.folders("" if place == "." else place)

    def calls(self, module: ModulePath) -> tuple[Span, ...]:
        return self._module(tuple(name for name, _ in module))[1]

    def written(self, instance: PlannedInstance) -> Written | None:
        """The block of an instance; None where it is not here."""
        folder, _ = self._module(tuple(name for name, _ in instance.module))
        body = None if folder is None else folder.resources.get((instance.kind, instance.name))
        return None if body is None else Written(self, instance, body)

    def is_place(self, span: Span) -> bool:
        """Whether something stands there that somebody wrote, and not a value that the plan was made with."""
        return bool(span.source.text) and (id(span.source), span.start) not in self._given

    # Values

    @cached_property
    def instances(self) -> dict[str, terraform.ResourceInstance]:
        """The instances that the configuration has, by address; for each, the first of its block by the address without keys."""
        try:
            wanted = (*self._evaluated.resources(self.types), *self._evaluated.resources({"data.aws_iam_policy_document"}))
            return {one.address: one for one in wanted}
        except (Exceeded, RecursionError) as exceeded:
            self.budget.cut_off("the configuration beside the plan", exceeded, Source(self.root.path, "").span(0, 0))
            return {}

    @cached_property
    def _evaluated(self) -> ModuleInstance:
        """The root module as the plan was made of it."""
        from ecrlint.parse.hcl import parse_template

        def module(inputs: Mapping[str, Value]) -> ModuleInstance:
            unit = RootModule(self.root.path, self.read, self.folders, parse_template, self.documents, self.budget)
            made = ModuleInstance(unit, self.root, "", None)
            made.inputs = {**BlockAttributes(self.root.tfvars, made.scope, unit), **inputs}
            return made

        return module(dict(self._inputs(module({}))))

    def provider(self, name: str) -> Map | None:
        """The arguments of a provider of the root (`aws`, `aws.west`); None where it is not here, or there twice."""
        found = [body for declared, body in self.root.providers if provider_name((declared, body)) == name]
        if len(found) != 1:
            return None
        (body,) = found
        return Map(BlockAttributes(body, self._evaluated.scope, self._evaluated.unit), body.span)

    def _inputs(self, without: ModuleInstance) -> Iterator[tuple[str, Value]]:
        """The variables that the plan was made with where the files alone give another value."""
        declared = mapping(self.contents.configuration.root.get("variables"))
        for name, body in self.root.variables.items():
            place = self.contents.variables.get(name)
            if place is None:
                continue
            value: Value = plain(place.data, body.span)
            if mapping(declared.get(name)).get("sensitive") is True:
                value = Unknown("it is sensitive", body.span)
            elif same(value, without.variable(name, body.span)):
                continue
            self._given.add((id(body.span.source), body.span.start))
            yield name, value

    # What the plan knows of what the files refer to

    def settle(self, value: Value) -> Value:
        """A value of the files with the plan's values in the place of what only the plan knows."""
        self.budget.step()
        match value:
            case Ref():
                return self._known(value)
            case Text():
                return concat([self.settle(part) for part in value.parts], value.span)
            case List():
                return List(tuple(map(self.settle, value.items)), value.span, value.complete)
            case Map():
                return Map({name: self.settle(item) for name, item in value.entries.items()}, value.span, value.complete)
            case Json():
                return Json(self.settle(value.value), value.span, value.language)
            case Choice():
                return Choice(value.condition, self.settle(value.then), self.settle(value.otherwise), value.span)
            case Scalar() | Unknown():
                return value

    def _known(self, ref: Ref) -> Value:
        if is_deployment(ref.address):
            known = self.here.get(ref.address, {}).get(ref.attribute)
            return ref if known is None else Scalar(known.data, ref.span)
        instance = self.contents.instances.get(ref.address)
        if instance is None or not instance.is_data:
            return ref
        self.budget.step(instance.length >> 7)
        place: Located | None = None
        entries = instance.parts().values
        for name in ref.attribute.split("."):
            place = entries.get(name)
            entries = {} if place is None else place.entries()
        data = None if place is None or any(instance.parts().sensitive) else place.data
        return ref if data is None or isinstance(data, (list, dict)) else Scalar(data, ref.span)

    @cached_property
    def here(self) -> ProviderPlaces:
        """What the plan knows of the place that each provider deploys to."""
        return seen(self.contents)


class Written:
    """The block that an instance of a plan was made of."""

    def __init__(self, beside: Beside, instance: PlannedInstance, body: Body) -> None:
        self.beside = beside
        self.instance = instance
        self.body = body
        self.span = body.span

    @property
    def ignored(self) -> frozenset[str]:
        return terraform.ignored(self.body)

    def has(self, name: str) -> bool:
        return self._own_place(name) is not None

    def place(self, name: str) -> Span:
        """Where an attribute is written; the header of the block where it is not."""
        return self._own_place(name) or self.span

    def _own_place(self, name: str) -> Span | None:
        node = self.body.attributes.get(name)
        if node is not None:
            return node.span
        for kind, labels, body in self.body.blocks:
            if kind == name or (kind == "dynamic" and labels == (name,)):
                return body.span
        return None

    @cached_property
    def _exact(self) -> terraform.ResourceInstance | None:
        return self.beside.instances.get(self.instance.address)

    @cached_property
    def _nearest(self) -> terraform.ResourceInstance | None:
        """An instance of the same block, where there is none of the same key."""
        if self._exact is not None:
            return self._exact
        return next((one for one in self.beside.instances.values() if one.body is self.body), None)

    def merge(self, name: str, value: Value, holes: Mapping[int, Value], budget: Budget) -> Value:
        """A value of the plan at the place where it is written, with its holes filled by what is written there."""
        near = self._nearest
        written = near.attributes.get(name) if near is not None else None

        def fill(hole: Value, other: Value) -> Value | None:
            return self._filled(other) if id(hole) in holes and self._agrees else None

        return merge(value, written, self.place(name), self.beside.contents.source, self.beside.is_place, fill, budget)

    def _filled(self, written: Value) -> Value | None:
        """What is written, where it says more than the plan does."""
        found = self.beside.settle(written)
        if isinstance(found, Unknown) or (isinstance(found, Ref) and found.address not in self.beside.contents.instances):
            return None
        return found

    @cached_property
    def _agrees(self) -> bool:
        """Whether the block is still the one that the plan was made of: what both know is the same."""
        if self._exact is None:
            return False
        planned = self.instance.parts().values
        for name in self.body.attributes:
            if name in META or name not in planned:
                continue
            data, written = planned[name].data, self._exact.attributes.get(name)
            if isinstance(data, (str, int, float, bool)) and isinstance(written, Scalar) and written.value is not None:
                if str(data).lower() != str(written.value).lower():
                    return False
        return True
