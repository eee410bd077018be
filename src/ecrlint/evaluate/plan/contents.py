"""What a plan holds: the instances that will be there after it is applied, and the configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

from ecrlint.evaluate.plan.address import InstanceKey, ModulePath, names
from ecrlint.evaluate.plan.located_json import Located, Original
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Problem
from ecrlint.model.source import Source, Span
from ecrlint.model.value import List, Map, Scalar, Unknown, Value

MAX_PROBLEMS = 20
"""How many things of a wrong shape are named; there are as many as resources where a file is no plan after all."""


@dataclass(frozen=True, slots=True, eq=False)
class PlannedInstance:
    """One instance of a resource or data source; `kind` is its type, after `data.` where it is a data source.

    `whole` is what the plan says of its values, `change` what it says of its change. Both are read when asked for.
    Not `told`: any value that is not here may be unknown.
    """

    module: ModulePath
    kind: str
    name: str
    key: InstanceKey
    address: str
    whole: Located
    change: Located | None
    told: bool

    @property
    def length(self) -> int:
        """How many characters the plan has for it, which `parts` goes through."""
        return sum(place.end - place.start for place in (self.whole, self.change) if place is not None)

    @property
    def is_data(self) -> bool:
        return self.kind.startswith("data.")

    def parts(self) -> Parts:
        whole = self.whole.entries()
        change = {} if self.change is None else self.change.entries()["change"].entries()
        values = whole["values"] if "values" in whole else change.get("after") if self.change is self.whole else None
        sensitive = (whole.get("sensitive_values"), change.get("after_sensitive"))
        return Parts(
            place=whole["address"],
            values={} if values is None else values.entries(),
            unknown=change.get("after_unknown"),
            sensitive=[one.data for one in sensitive if one is not None and not one.is_empty],
        )


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """An instance, looked into. `place` is that of its address.

    `unknown` says which values are not known before the plan is applied, each of `sensitive` which of them are so: true,
    or a list or object with true in the places of what is.
    """

    place: Located
    values: dict[str, Located]
    unknown: Located | None
    sensitive: list[Any]


@dataclass(eq=False)
class Contents:
    """A plan. `variables` are the values of the root's variables, `providers` the places of the provider configurations by
    their keys; `complete` is false where resources may be missing."""

    original: Original
    configuration: Configuration
    instances: dict[str, PlannedInstance] = field(default_factory=dict)
    named: dict[tuple[ModulePath, str, str], dict[InstanceKey, PlannedInstance]] = field(default_factory=dict)
    calls: dict[tuple[ModulePath, str], dict[InstanceKey, None]] = field(default_factory=dict)
    variables: dict[str, Located] = field(default_factory=dict)
    providers: dict[str, Located] = field(default_factory=dict)
    complete: bool = True
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def source(self) -> Source:
        """The source in which the places of the plan are."""
        return self.original.shown

    def problem(self, message: str, span: Span) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(message, span.path, span))
        elif len(self.problems) == MAX_PROBLEMS:
            self.problems.append(Problem("more of this plan has not the shape of a plan", span.path, span))

    def add(self, instance: PlannedInstance) -> None:
        """Keep an instance; the first of an address counts."""
        if instance.address in self.instances:
            return
        self.instances[instance.address] = instance
        same = self.named.setdefault((instance.module, instance.kind, instance.name), {})
        same[instance.key] = instance
        for depth, (name, key) in enumerate(instance.module):
            self.calls.setdefault((instance.module[:depth], name), {})[key] = None

    def block(self, instance: PlannedInstance) -> dict[str, Any] | None:
        """What the configuration says of an instance; None where it says nothing."""
        return self.configuration.block(names(instance.module), f"{instance.kind}.{instance.name}")


class Configuration:
    """The part of a plan that says which expression refers to what. All of it may have any shape."""

    def __init__(self, data: Any) -> None:
        self.root = mapping(mapping(data).get("root_module"))
        self.providers = {key: mapping(one) for key, one in mapping(mapping(data).get("provider_config")).items()}
        self._blocks: dict[tuple[str, ...], dict[str, dict[str, Any]]] = {}

    def module(self, path: tuple[str, ...]) -> dict[str, Any]:
        found = self.root
        for name in path:
            found = mapping(mapping(mapping(found.get("module_calls")).get(name)).get("module"))
        return found

    def call(self, path: tuple[str, ...], name: str) -> dict[str, Any] | None:
        """The call of a module in the module at a path."""
        found = mapping(self.module(path).get("module_calls")).get(name)
        return found if isinstance(found, dict) else None

    def block(self, path: tuple[str, ...], name: str) -> dict[str, Any] | None:
        """The block of a resource or data source in the module at a path, by its kind and name."""
        found = self._blocks.get(path)
        if found is None:
            resources = self.module(path).get("resources")
            blocks = [one for one in resources if isinstance(one, dict)] if isinstance(resources, list) else []
            found = self._blocks[path] = {_block_name(one): one for one in blocks}
        return found.get(name)

    def blocks(self) -> Iterator[str]:
        """The names of the managed resources of the root module, as `Folder` has them, and of its module calls."""
        self.block((), "")
        yield from (name for name in self._blocks[()] if not name.startswith("data."))
        yield from (f"module.{name}" for name in mapping(self.root.get("module_calls")))


def mapping(data: Any) -> dict[str, Any]:
    """An object; an empty one in place of anything else."""
    return data if isinstance(data, dict) else {}


def _block_name(block: dict[str, Any]) -> str:
    name = f"{block.get('type')}.{block.get('name')}"
    return f"data.{name}" if block.get("mode") == "data" else name


def plain(data: object, span: Span) -> Value:
    """Data as a value, all at one place."""
    match data:
        case dict():
            return Map({str(name): plain(item, span) for name, item in data.items()}, span)
        case list():
            return List(tuple(plain(item, span) for item in data), span)
        case str() | int() | float() | bool() | None:
            return Scalar(data, span)
        case _:
            return Unknown("it is no JSON value", span)
