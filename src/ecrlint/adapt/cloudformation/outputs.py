"""What a template gives out: whoever has the id of a thing may add to it."""

from __future__ import annotations

from collections.abc import Iterable

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.cloudformation.vpc import name
from ecrlint.adapt.identity_draft import parts
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.model.address import SSM
from ecrlint.model.stack import Resource
from ecrlint.model.truth import YES
from ecrlint.model.value import Ref, Value, string


def export(unit: CloudFormationTemplate, resource: Resource) -> None:
    value = resource.attributes.get("Value")
    if value is not None:
        unit.draft.outputs[resource.address] = lambda: unit.expand(value)
        _give_out(unit, f"the export {resource.address.removeprefix('export:')}", parts(value))


def parameter(unit: CloudFormationTemplate, resource: Resource) -> None:
    value, given = resource.attributes.get("Value"), resource.attributes.get("Name")
    _give_out(unit, resource.address, () if value is None else parts(value))
    name = None if given is None else string(unit.expand(given))
    if name and value is not None and resource.exists is YES:
        unit.draft.outputs[f"{SSM}{name}"] = lambda: unit.expand(value)


def custom(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A resource that a program of the user's makes may add anything to what it is given."""
    given = resource.attributes
    _give_out(unit, resource.address, (part for word in given.entries for part in parts(given.entries[word])))


def _give_out(unit: CloudFormationTemplate, giver: str, given: Iterable[Value]) -> None:
    """Open what others have the id of: roles, security groups, route tables, VPCs, subnets.

    The ARN of a role is given to what runs as it, so that alone opens nothing.
    """
    for part in given:
        made = unit.resources.get(part.address) if isinstance(part, Ref) else None
        thing = name(part)
        if made is not None and thing is not None and made.type.startswith("AWS::EC2::"):
            unit.draft.network.given_out.append((giver, thing))
        if isinstance(part, Ref) and part.attribute == "Ref":
            for draft in unit.draft.identities.under(part):
                draft.open.append(f"{giver} gives its name to others")


ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("export", export, ReadingPhase.OUT, gives={"output": r"\bExport\b"}, asks={"output": r"\bImportValue\b"}),
    ResourceType(
        "AWS::SSM::Parameter",
        parameter,
        ReadingPhase.OUT,
        gives={"parameter": ""},
        asks={"parameter": r"resolve:ssm:|SSM::Parameter::Value"},
    ),
    ResourceType("AWS::CloudFormation::CustomResource", custom, ReadingPhase.OUT),
    ResourceType("Custom::*", custom, ReadingPhase.OUT),
)
