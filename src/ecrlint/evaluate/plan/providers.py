"""Which provider configuration an instance of a plan has, and where each of these deploys to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from ecrlint.evaluate.plan.contents import Contents, PlannedInstance, mapping, plain
from ecrlint.evaluate.plan.located_json import Located
from ecrlint.model.address import DEPLOYMENT
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.value import List, Map, Scalar, Value, same

MAX_ASKED = 100
"""How many resources of a provider are looked at for its region; those of older versions, and of IAM, have none."""

ProviderPlaces = dict[str, dict[str, Located]]
"""What is known of the place of each provider, by its address."""

_STATED = ("region", "allowed_account_ids", "assume_role")

_SEEN = {
    "account_id": ("data.aws_caller_identity", "account_id"),
    "region": ("data.aws_region", "name"),
    "partition": ("data.aws_partition", "partition"),
    "dns_suffix": ("data.aws_partition", "dns_suffix"),
}
"""Where a plan says what its providers saw, by what the reading of `.tf` files calls it."""


def provider_of(contents: Contents, instance: PlannedInstance) -> str:
    """The address of the place that an instance is deployed to; one of its own where the configuration does not say."""
    block = contents.block(instance)
    key = None if block is None else block.get("provider_config_key", DEPLOYMENT)
    if not isinstance(key, str) or _has_keys(contents.configuration.providers.get(key)):
        return f"aws@{instance.address}"
    return _address(key)


def providers(contents: Contents, found: ProviderPlaces, written: Callable[[str], Map | None] | None) -> Iterator[Resource]:
    """The AWS providers of a plan, of whose places `found` is known; `written` gives the arguments that one has in the `.tf`
    files, by its address.

    What its data sources saw when the plan was made is there as `region` and, which no provider takes, `account_id`.
    """
    places = {address: next(iter(known.values())) for address, known in found.items() if known}
    configured = {_address(key): config for key, config in contents.configuration.providers.items() if _is_aws(config)}
    places |= {_address(key): place for key, place in contents.providers.items() if _address(key) in configured}
    for address, place in places.items():
        config = configured.get(address, {})
        if _has_keys(config):
            continue
        filed = None if written is None else written(address)
        span = place.span if filed is None else filed.span
        values = dict(_values(mapping(config.get("expressions")), place.span, found.get(address, {}), filed))
        yield Resource("provider", address, Map(values, span), span, provider=address)


def seen(contents: Contents) -> ProviderPlaces:
    """What is known of the place of each provider, by its address: that of which all of its data sources say the same."""
    found: dict[str, dict[str, dict[object, Located]]] = {}
    for instance in contents.instances.values():
        for name, (kind, attribute) in _SEEN.items():
            if instance.kind == kind and not (name == "region" and _names_region(contents, instance)):
                place = instance.parts().values.get(attribute)
                data = None if place is None else place.data
                if place is not None and isinstance(data, str):
                    found.setdefault(provider_of(contents, instance), {}).setdefault(name, {})[data] = place
    known = {
        address: {name: next(iter(places.values())) for name, places in names.items() if len(places) == 1}
        for address, names in found.items()
    }
    _fill_regions(contents, known)
    return known


def _fill_regions(contents: Contents, known: ProviderPlaces) -> None:
    """The region that a provider has given a resource whose configuration names none, as it does since its version 6."""
    asked: Counter[str] = Counter()
    for instance in contents.instances.values():
        address = provider_of(contents, instance)
        if instance.is_data or "region" in known.get(address, {}) or _names_region(contents, instance):
            continue
        asked[address] += 1
        place = instance.parts().values.get("region") if asked[address] <= MAX_ASKED else None
        if place is not None and contents.block(instance) is not None and isinstance(place.data, str):
            known.setdefault(address, {})["region"] = place


def _address(key: str) -> str:
    """The address that the reading of `.tf` files gives a provider: `aws`, `aws.west`, or that with its module."""
    module, _, name = key.rpartition(":")
    name = name if name.split(".")[0] == DEPLOYMENT else f"{DEPLOYMENT}@{name}"
    return f"{name}@{module}." if module else name


def _is_aws(config: dict[str, Any]) -> bool:
    return str(config.get("full_name", "/aws")).endswith("/aws")


def _has_keys(config: dict[str, Any] | None) -> bool:
    """Whether this is one configuration for each key, which OpenTofu has: of which an instance has one is not here."""
    return "each." in str(config)


def _names_region(contents: Contents, instance: PlannedInstance) -> bool:
    """Whether the configuration states a region, which may be another than that of the provider."""
    words = {"name", "region"} if instance.kind == "data.aws_region" else {"region"}
    return bool(words & mapping(mapping(contents.block(instance)).get("expressions")).keys())


def _values(expressions: dict[str, Any], span: Span, seen: dict[str, Located], filed: Map | None) -> Iterator[tuple[str, Value]]:
    for name in _STATED:
        planned = _constant(expressions.get(name), span)
        if planned is None and name in seen:
            planned = Scalar(seen[name].data, seen[name].span)
        written = None if filed is None else filed.get(name)
        if written is not None and (planned is None or same(written, planned)):
            yield name, written
        elif planned is not None:
            yield name, planned
    if "account_id" in seen:
        yield "account_id", Scalar(seen["account_id"].data, seen["account_id"].span)


def _constant(expression: Any, span: Span) -> Value | None:
    """What an argument has that is written out, or a block of such; None where it has none."""
    if isinstance(expression, list):
        return List(tuple(_block(block, span) for block in expression), span)
    found = mapping(expression).get("constant_value")
    return None if found is None else plain(found, span)


def _block(block: Any, span: Span) -> Map:
    values = {name: _constant(one, span) for name, one in mapping(block).items()}
    return Map({name: value for name, value in values.items() if value is not None}, span, complete=None not in values.values())
