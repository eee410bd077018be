"""Where the providers of a plan deploy to: what the configuration states of them, and what the plan knows of the place.

A provider has the address that the reading of `.tf` files gives it: `aws`, `aws.west`, or that with its module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ecrlint.evaluate.plan.beside import Beside
from ecrlint.evaluate.plan.contents import Contents, Instance, mapping
from ecrlint.model.address import DEPLOYMENT
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.value import List, Map, Scalar, Value, string

_STATED = ("region", "allowed_account_ids", "assume_role")
"""The arguments of a provider that say where it deploys to."""

_KNOWN = {
    "data.aws_region": ("region", ("region", "name", "id")),
    "data.aws_caller_identity": ("allowed_account_ids", ("account_id",)),
}
"""The data sources that say the same, and the attributes in which they do."""

REGION = "region"
"""What the provider gives every resource, from version 6 on, that does not state another."""


class Providers:
    """The AWS providers of a plan; those that the plan does not tell apart are one."""

    def __init__(self, contents: Contents, beside: Beside | None) -> None:
        self.contents = contents
        self.beside = beside

    def address(self, instance: Instance) -> str:
        """The provider that an instance is made with."""
        key = self._block(instance).get("provider_config_key")
        if not isinstance(key, str):
            return DEPLOYMENT
        module, _, name = key.rpartition(":")
        name = name if name.split(".")[0] == DEPLOYMENT else f"{DEPLOYMENT}@{name}"
        return f"{name}@{module}." if module else name

    def resources(self, types: frozenset[str]) -> Iterator[Resource]:
        """The providers of which something is known, with the arguments that say it."""
        found: dict[str, dict[str, Value]] = {}
        for instance in self.contents.instances.values():
            address = self.address(instance)
            if address not in found:
                found[address] = {**self._written(address), **dict(self._stated(instance))}
            for name, value in self._known(instance, types, found[address]):
                found[address][name] = value
        for address, attributes in found.items():
            if attributes:
                span = next(iter(attributes.values())).span
                yield Resource("provider", address, Map(attributes, span), span, provider=address)

    def _block(self, instance: Instance) -> dict[str, Any]:
        return mapping(self.contents.block(instance))

    def _written(self, address: str) -> dict[str, Value]:
        """What the `.tf` files have for a provider of the root module."""
        arguments = None if self.beside is None else self.beside.providers.get(address)
        return {} if arguments is None else {name: arguments[name] for name in _STATED if name in arguments}

    def _stated(self, instance: Instance) -> Iterator[tuple[str, Value]]:
        """The constants that the configuration has for the provider that an instance is made with."""
        key = self._block(instance).get("provider_config_key")
        declared = self.contents.configuration.providers.get(key) if isinstance(key, str) else None
        expressions = mapping(mapping(declared).get("expressions"))
        for name in _STATED:
            value = _constant(expressions.get(name), instance.whole.span)
            if value is not None:
                yield name, value

    def _known(self, instance: Instance, types: frozenset[str], before: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
        """What an instance that states no place of its own says of that of its provider."""
        if instance.kind in _KNOWN:
            name, attributes = _KNOWN[instance.kind]
        elif instance.kind in types and not instance.is_data and f'"{REGION}"' in instance.whole.text:
            name, attributes = REGION, (REGION,)
        else:
            return
        configured = self._block(instance).get("expressions")
        if configured is None or (configured if instance.is_data else REGION in configured):
            return
        if name == REGION and string(before.get(name)):
            return
        values = instance.parts().values
        place = next((values[one] for one in attributes if one in values), None)
        if place is not None and isinstance(place.data, str):
            value = Scalar(place.data, place.span)
            yield name, value if name == REGION else List((value,), place.span)


def _constant(expression: Any, span: Span) -> Value | None:
    """What an argument, or the first of its blocks, says as far as it is constant."""
    if isinstance(expression, list):
        block = {name: _constant(one, span) for name, one in mapping(next(iter(expression), None)).items()}
        return List((Map({name: value for name, value in block.items() if value is not None}, span, complete=False),), span)
    constant = mapping(expression).get("constant_value")
    if isinstance(constant, list) and all(isinstance(one, str) for one in constant):
        return List(tuple(Scalar(one, span) for one in constant), span)
    return Scalar(constant, span) if isinstance(constant, str) else None
