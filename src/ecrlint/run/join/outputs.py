"""Values that a unit takes from another unit of its repository: by the state of a root, by an export, or by a parameter of SSM.

A state is that of a root where the data source states the backend that the root states, in words that are the same, or the file
that the root writes. An export is that of the only template that has it, a parameter that of the only unit that writes one of
this name.
https://developer.hashicorp.com/terraform/language/state/remote-state-data
https://registry.terraform.io/providers/hashicorp/tfe/latest/docs/data-sources/outputs
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache, partial
from typing import Any

from ecrlint.model.address import SSM, is_deployment, is_looked_up
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.source import Source, Span
from ecrlint.model.stack import Resource, Stack
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, join, string
from ecrlint.run.read.repositories import repository_of
from ecrlint.run.read.wanted import State
from ecrlint.run.scan_state import ScanState
from ecrlint.run.scenarios.unit import DeployableUnit

_IDENTITY = {
    "s3": ("bucket", "key"),
    "gcs": ("bucket", "prefix"),
    "azurerm": ("storage_account_name", "container_name", "key"),
    "oss": ("bucket", "key"),
    "terragrunt": ("path",),
}
"""The settings of a backend that say which state it is."""

STATE = "data.terraform_remote_state"
_WORKSPACE = "data.tfe_outputs"
_PARAMETER = "data.aws_ssm_parameter"
_PARTS = ("tasks", "functions", "projects", "web_services", "managed", "roles", "policies", "attachments")
"""The parts of a stack that are looked through for values of others."""


@dataclass(frozen=True, slots=True)
class UnitOutputs:
    """What another unit gives by one address: its values, by the attribute that a reference to the address has."""

    owner: DeployableUnit
    values: Mapping[str, Value]


OutputsByAddress = Mapping[str, UnitOutputs]
"""What other units give, by the address of the data source or the import."""


def join_outputs(run: ScanState) -> None:
    """Give each unit the values of other units of its repository that it refers to."""
    for at, found in given(run):
        unit = run.units[at]
        if _with_values(found, unit.open[0]) is not unit.open[0]:
            run.units[at] = unit.with_joined(partial(_with_values, found))


def given(run: ScanState) -> Iterator[tuple[int, OutputsByAddress]]:
    """The numbers of the units to which others of their repository give something, each with what that is."""
    if not any(unit.open[0].outputs for unit in run.units):
        return
    of = repository_of(run.tree)
    by_repository: dict[str, list[DeployableUnit]] = {}
    for unit in run.units:
        by_repository.setdefault(of(unit.open[0].name), []).append(unit)
    exports: dict[str, OutputsByAddress] = {}
    for at, unit in enumerate(run.units):
        repository = of(unit.open[0].name)
        if repository in by_repository and any(getattr(unit.open[0], part) for part in _PARTS):
            found = {**_of_states(unit, by_repository[repository]), **_of_parameters(unit, by_repository[repository])}
            if imports(unit):
                if repository not in exports:
                    exports[repository] = _of_exports(by_repository[repository])
                found.update((address, one) for address, one in exports[repository].items() if one.owner is not unit)
            if found:
                yield at, found


def _holds(unit: DeployableUnit, word: str) -> bool:
    """Whether a word is in the text of a unit."""
    return any(word in source.text for source in {resource.span.source for resource in unit.resources})


def imports(unit: DeployableUnit) -> bool:
    """Whether a template takes the export of another one, by its text."""
    return _holds(unit, "ImportValue")


def states_kept(unit: DeployableUnit) -> Iterator[State]:
    """The states that a unit keeps, of which it gives something to what reads them."""
    return _kept(unit) if unit.open[0].outputs else iter(())


def states_read(unit: DeployableUnit) -> Iterator[State]:
    """The states that a unit reads, as far as it is known which they are."""
    for resource in unit.resources:
        if resource.type in (STATE, _WORKSPACE) and (state := _read(resource, unit.open[0].name)) is not None:
            yield state


def _of_states(unit: DeployableUnit, others: list[DeployableUnit]) -> OutputsByAddress:
    """The outputs of roots, by the address of the data source that reads their state. Of a root that is read in several ways it
    is the first, and of two that keep the same state neither, also where one of them gives nothing that is known."""
    found: dict[str, UnitOutputs] = {}
    for resource in unit.resources:
        if resource.type in (STATE, _WORKSPACE):
            wanted = _read(resource, unit.open[0].name)
            owners = [one for one in others if one is not unit and wanted is not None and wanted in _kept(one)]
            owners = [one for one in owners if one.environment in ("", unit.environment)]
            first = {one.open[0].name: one for one in reversed(owners)}
            if len(first) == 1:
                (owner,) = first.values()
                outputs = owner.open[0].outputs
                words = ("outputs",) if resource.type == STATE else ("values", "nonsensitive_values")
                values = {f"{word}.{name}": value for word in words for name, value in outputs.items()}
                found[resource.address] = UnitOutputs(owner, values)
    return found


def _of_parameters(unit: DeployableUnit, others: list[DeployableUnit]) -> OutputsByAddress:
    """What other units write into parameters of SSM, by the address of what reads these; of two of one name neither."""
    found: dict[str, UnitOutputs] = {}
    for address, name in _parameters(unit):
        owners = {one.open[0].name: one for one in reversed(others) if one is not unit and name in one.open[0].outputs}
        if len(owners) == 1:
            (owner,) = owners.values()
            value = owner.open[0].outputs[name]
            found[address] = UnitOutputs(owner, dict.fromkeys(("", "value", "insecure_value"), value))
    return found


def takes_parameters(unit: DeployableUnit) -> bool:
    """Whether a value of a unit is that of a parameter of SSM which others may write; those of AWS are in no repository."""
    span = Source("", "").span(0, 0)
    values = dict.fromkeys(("", "value", "insecure_value"), Scalar("", span))
    found = {address: UnitOutputs(unit, values) for address, name in _parameters(unit) if not name.startswith(f"{SSM}/aws/")}
    return bool(found) and _with_values(found, unit.open[0]) is not unit.open[0]


def _parameters(unit: DeployableUnit) -> Iterator[tuple[str, str]]:
    """The parameters of SSM that a unit reads: the address of each, and the name by which it is written."""
    for resource in unit.resources:
        name = string(resource.attributes.get("name")) if resource.type == _PARAMETER else None
        if name:
            yield resource.address, f"{SSM}{name}"
    if _holds(unit, "{{resolve:ssm:"):
        for source in {resource.span.source for resource in unit.resources}:
            yield from ((f"{SSM}{name}", f"{SSM}{name}") for name in re.findall(r"\{\{resolve:ssm:([\w./-]+)\}\}", source.text))


def _of_exports(others: list[DeployableUnit]) -> OutputsByAddress:
    """The exports of templates, by the address of what imports them; without a value where several templates have one name."""
    found: dict[str, UnitOutputs] = {}
    for unit in others:
        for address, value in unit.open[0].outputs.items():
            if address.startswith("export:"):
                found[address] = UnitOutputs(unit, {} if address in found else {"": value})
    return found


def is_one_name(address: str) -> bool:
    """Whether an export has the same name in every template: no stack's own name and no parameter is in it."""
    return all(hole in ("aws.region", "aws.account_id", "aws.partition") for hole in re.findall(r"\$\{([^}]*)\}", address))


def alike(address: str, found: OutputsByAddress) -> str | None:
    """The only export that an import may mean, by what is known of both names; None where there are several, or none."""
    wanted = _pattern(address)
    candidates = [
        one
        for one in found
        if one.startswith("export:") and any(a.fullmatch(b) for a, b in ((wanted, _text(one)), (_pattern(one), _text(address))))
    ]
    return candidates[0] if len(candidates) == 1 else None


@lru_cache(maxsize=1024)
def _pattern(address: str) -> re.Pattern[str]:
    words = re.split(r"\$\{[^}]*\}", address)
    return re.compile(".+".join(map(re.escape, words)))


def _text(address: str) -> str:
    return re.sub(r"\$\{[^}]*\}", "\0", address)


def _read(resource: Resource, place: str) -> State | None:
    """The state that a data source reads."""
    if resource.type == _WORKSPACE:
        settings = [string(resource.attributes.get(name)) for name in ("organization", "workspace")]
        return ("cloud", *map(str, settings)) if all(settings) else None
    kind = string(resource.attributes.get("backend"))
    config = resource.attributes.get("config")
    if isinstance(config, List) and len(config.items) == 1:  # a block, as before Terraform 0.12
        config = config.items[0]
    return _identity(kind or "", config, place) if isinstance(config, Map) else None


def _kept(unit: DeployableUnit) -> Iterator[State]:
    """The state that a root keeps; without a backend it is a file beside it."""
    place = unit.open[0].name
    backends = [resource for resource in unit.resources if resource.type == "backend"]
    for resource in backends:
        made = _identity(resource.address, resource.attributes, place)
        if made is not None:
            yield made
    if not backends:
        yield ("local", posixpath.normpath(posixpath.join(place, "terraform.tfstate")))


def _identity(kind: str, config: Map, place: str) -> State | None:
    if kind == "local":
        path = "terraform.tfstate" if "path" not in config.entries else string(config.get("path"))
        return None if path is None else ("local", posixpath.normpath(posixpath.join(place, path)))
    if kind in ("cloud", "remote"):
        return _workspace(config)
    settings = [string(config.get(name)) for name in _IDENTITY.get(kind, ())]
    known = [setting for setting in settings if setting]
    return (kind, *known) if settings and len(known) == len(settings) else None


def _workspace(config: Map) -> State | None:
    """The workspace of HCP Terraform that keeps a state, where it is stated by its name."""
    stated = config.get("workspaces")
    if isinstance(stated, List) and len(stated.items) == 1:
        stated = stated.items[0]
    settings = (string(config.get("organization")), string(stated.get("name")) if isinstance(stated, Map) else None)
    return ("cloud", *map(str, settings)) if all(settings) else None


def _as_given(value: Value, state: str) -> Value:
    """A value of another unit, as the one that is given it knows it: what refers to things there is not known here.

    Where the other root is deployed is not known either, but it is one place; the exports of a template are of its own.
    """
    match value:
        case Ref() if is_deployment(value.address) and not (state and value.attribute in ("account_id", "region")):
            return Ref("aws", value.attribute, value.span)
        case Ref() if is_deployment(value.address):
            return Ref(state, value.attribute, value.span)
        case Ref():
            return Unknown("only the unit that makes it knows it", value.span)
        case Text():
            return join((_as_given(part, state) for part in value.parts), value.span)
        case _:
            return value


def _with_values(found: OutputsByAddress, stack: Stack) -> Stack:
    changed = {part: made for part in _PARTS if (made := _filled(getattr(stack, part), found)) is not getattr(stack, part)}
    return replace(stack, **changed) if changed else stack


def _filled(thing: Any, found: OutputsByAddress) -> Any:
    """A thing with the values of others in the place of references to them; the same object where it has none."""
    match thing:
        case Ref():
            return _given(thing, found)
        case Text():
            parts = tuple(_filled(part, found) for part in thing.parts)
            return thing if _same(parts, thing.parts) else join(parts, thing.span)
        case tuple():
            items = tuple(_filled(item, found) for item in thing)
            return thing if _same(items, thing) else items
        case Mapping():
            entries = {name: _filled(item, found) for name, item in thing.items()}
            return thing if all(entries[name] is thing[name] for name in entries) else entries
        case Span() | Scalar() | Unknown():
            return thing
        case Map() | List() | Json() | Choice():
            return thing
        case _ if is_dataclass(thing) and not isinstance(thing, type):
            names = [one.name for one in fields(thing) if one.init]
            made = {
                name: _filled(getattr(thing, name), found) for name in names if not _is_joined_role(name, getattr(thing, name))
            }
            changed = {name: value for name, value in made.items() if value is not getattr(thing, name)}
            return replace(thing, **changed) if changed else thing
        case _:
            return thing


def _is_joined_role(name: str, value: object) -> bool:
    """Whether a role is known by its export, by which roles are joined: whatever its name is, it is that role."""
    return (name == "role" or name.endswith("_role")) and isinstance(value, Ref) and value.address.startswith("export:")


def _same(a: tuple[object, ...], b: tuple[object, ...]) -> bool:
    return all(one is other for one, other in zip(a, b, strict=True))


def _given(ref: Ref, found: OutputsByAddress) -> Value:
    """What another unit gives for a reference; the reference where it gives nothing that is known."""
    outputs = found.get(ref.address) if is_one_name(ref.address) else None
    value = None if outputs is None else value_of(outputs, ref.attribute)
    if value is None or isinstance(value, (Map, List)):
        return ref
    value = _as_given(value, ref.address if is_looked_up(ref.address) else "")
    if isinstance(value, Unknown):
        return ref
    return join(value.parts, ref.span) if isinstance(value, Text) else replace(value, span=ref.span)


def value_of(outputs: UnitOutputs, attribute: str) -> Value | None:
    """The value of an attribute, which may lie inside one of the outputs; None where there is none."""
    name, value = attribute, outputs.values.get(attribute)
    path: list[str] = []
    while value is None and "." in name:
        name, _, last = name.rpartition(".")
        path.insert(0, last)
        value = outputs.values.get(name)
    for step in path:
        if isinstance(value, List) and value.complete and step.isdecimal() and int(step) < len(value.items):
            value = value.items[int(step)]
        else:
            value = value.get(step) if isinstance(value, Map) else None
    return value
