"""What a root gives out: whoever has the id of a thing may add to it."""

from __future__ import annotations

from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.address import type_of
from ecrlint.model.stack import Resource
from ecrlint.model.value import List, Ref

_NETWORK = ("aws_security_group", "aws_route_table", "aws_vpc_endpoint")
_IDS = ("id", "")
_NAMES = ("name", "id", "")


def output(unit: TerraformRoot, resource: Resource) -> None:
    """A security group, route table, endpoint or role whose id is an output: others may add rules, routes or policies to it.

    The ARN of a role is given to what runs as it, so that alone opens nothing.
    """
    references = resource.attributes.entries["references"]
    for part in references.items if isinstance(references, List) else ():
        if isinstance(part, Ref) and type_of(part.address) in _NETWORK and part.attribute in _IDS:
            unit.draft.network.given_out.append((f"{resource.address} gives its id to others", frozenset({part.address})))
        elif not isinstance(part, Ref) or part.attribute in _NAMES:
            for draft in unit.draft.identities.under(part):
                draft.open.append(f"{resource.address} gives its name to others")


ENTRIES: Entries[TerraformRoot] = (ResourceType("output", output, ReadingPhase.TIE),)
