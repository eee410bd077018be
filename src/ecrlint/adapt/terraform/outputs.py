"""What a root gives out: whoever has the id of a thing may add to it."""

from __future__ import annotations

from dataclasses import replace

from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.address import type_of
from ecrlint.model.stack import Resource
from ecrlint.model.value import List, Map, Ref, Value

_NETWORK = ("aws_security_group", "aws_route_table", "aws_vpc_endpoint")
_IDS = ("id", "")
_NAMES = ("name", "id", "")


_MOST = 64
"""How many values inside an output are worked out."""


def output(unit: TerraformRoot, resource: Resource) -> None:
    """A security group, route table, endpoint or role whose id is an output: others may add rules, routes or policies to it.

    The ARN of a role is given to what runs as it, so that alone opens nothing.
    """
    value = resource.attributes.get("value")
    if value is not None:
        unit.draft.outputs[resource.address.removeprefix("output.")] = _expanded(unit, value)
    held = resource.attributes.get("document")
    if isinstance(held, Map) and "containerDefinitions" in held.entries:
        from ecrlint.adapt.terraform import rendered

        rendered.document(unit, resource, held)
    references = resource.attributes.entries["references"]
    for part in references.items if isinstance(references, List) else ():
        if isinstance(part, Ref) and type_of(part.address) in _NETWORK and part.attribute in _IDS:
            unit.draft.network.given_out.append((f"{resource.address} gives its id to others", frozenset({part.address})))
        elif not isinstance(part, Ref) or part.attribute in _NAMES:
            for draft in unit.draft.identities.under(part):
                draft.open.append(f"{resource.address} gives its name to others")


def _expanded(unit: TerraformRoot, value: Value) -> Value:
    """A value with what is known of the things that it refers to, at any depth."""
    match value:
        case Map() if len(value.entries) <= _MOST:
            return replace(value, entries={name: _expanded(unit, item) for name, item in value.entries.items()})
        case List() if len(value.items) <= _MOST:
            return replace(value, items=tuple(_expanded(unit, item) for item in value.items))
        case _:
            return unit.expand(value)


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("output", output, ReadingPhase.TIE),
    ResourceType("backend"),
    ResourceType("data.terraform_remote_state", asks={"subnet": "terraform_remote_state"}),
)
