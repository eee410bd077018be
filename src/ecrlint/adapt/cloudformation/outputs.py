"""What a template exports: whoever imports the id of a thing may add to it."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.model.stack import Resource
from ecrlint.model.value import Ref, alternatives, holes

_NETWORK = frozenset({"AWS::EC2::SecurityGroup", "AWS::EC2::RouteTable"})
_IDS = ("Ref", "GroupId", "RouteTableId")


def export(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A security group, a route table or a role whose id is exported: others may add rules, routes or policies to it.

    The ARN of a role is given to what runs as it, so that alone opens nothing.
    """
    value = resource.attributes.get("Value")
    if value is None:
        return
    unit.draft.outputs[resource.address] = unit.expand(value)
    name = resource.address.removeprefix("export:")
    for part in (side for hole in (value, *holes(value)) for side in alternatives(hole)):
        if not isinstance(part, Ref) or part.attribute not in _IDS:
            continue
        made = unit.resources.get(part.address)
        if made is not None and made.type in _NETWORK:
            unit.draft.network.given_out.append((f"the export {name} gives its id to others", frozenset({part.address})))
        for draft in unit.draft.identities.under(part) if part.attribute == "Ref" else ():
            draft.open.append(f"the export {name} gives its name to others")


ENTRIES: Entries[CloudFormationTemplate] = (ResourceType("export", export, ReadingPhase.TIE),)
