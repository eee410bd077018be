"""What both languages have in common on the way from resources to a Stack: the order of reading, and the last step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ecrlint.adapt import roles
from ecrlint.model.stack import Resource, Stack

if TYPE_CHECKING:
    from ecrlint.adapt.cloudformation.unit import Unit as Template
    from ecrlint.adapt.terraform.unit import Unit as Root

Steps = Sequence[Mapping[str, str]]
"""Which function of which module reads which resource type (`network.endpoint`), in the order in which they depend on
each other. A module is imported where there is something for it to read."""


@cache
def function(package: str, name: str) -> Any:
    """A function of a package by the names of its module and its own."""
    module, own = name.split(".")
    return getattr(import_module(f"{package}.{module}"), own)


def assemble(name: str, package: str, steps: Steps, unit: Root | Template, resources: Iterable[Resource]) -> Stack:
    """The stack that the functions of a package make of the resources of a unit."""
    found = list(resources)
    for step in steps:
        for resource in found:
            adapter = step.get(resource.type)
            if adapter is not None:
                function(package, adapter)(unit, resource)
    assembled, loose = roles.assemble(unit.drafts, unit.attachments)
    unattached = tuple(made for address, made in unit.policies.items() if address not in unit.attached)
    has_hosts, has_network = ("hosts" in vars(unit)), ("network" in vars(unit))
    if has_hosts and has_network:
        unit.network.placements.extend(unit.hosts.placements)
    return Stack(
        name=name,
        roles=assembled,
        policies=(*unattached, *(one for one in loose if one.managed is None and (one.statements or not one.open))),
        identity_providers=tuple(unit.identity_providers),
        repositories=tuple(unit.repositories.values()),
        tasks=unit.started(),
        services=tuple(unit.services),
        functions=tuple(unit.functions),
        projects=tuple(unit.projects),
        web_services=tuple(unit.web_services),
        nodes=tuple(unit.nodes),
        without_addons=bool(unit.nodes or has_hosts) and function(package, "compute.without_addons")(unit),
        log_groups=tuple(unit.log_groups),
        with_policies=frozenset(unit.with_policies),
        endpoints=tuple(unit.network.endpoints(unit.endpoints.values())) if unit.endpoints else (),
        hosts=function(package, "hosts.finished")(unit, assembled) if has_hosts else (),
        registry=unit.registry.registry() if "registry" in vars(unit) else None,
        own_network=unit.network.network() if has_network else None,
        outside={**unit.drafts.outside, **(unit.network.outside if has_network else {})},
    )
