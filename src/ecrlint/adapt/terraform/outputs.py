"""What a root gives out: whoever has the id of a thing may add to it."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.adapt.identity_draft import parts
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.adapt.terraform.vpc import name
from ecrlint.model.address import SSM
from ecrlint.model.dataclass import replace
from ecrlint.model.stack import Resource
from ecrlint.model.truth import YES
from ecrlint.model.value import List, Map, Ref, Unknown, Value, is_null, string

_THINGS = ("aws_iam_role", "aws_iam_user", "aws_iam_group", "aws_security_group", "aws_route_table", "aws_vpc", "aws_subnet")
_NAMES = frozenset({"name", "id", ""})


OUTGOING = "outgoing"

_MOST = 64
"""How many values inside an output are worked out."""


def output(unit: TerraformRoot, resource: Resource) -> None:
    """The value of an output, and the task definition that it is."""
    if "value" in resource.attributes.entries:
        given = resource.attributes
        unit.draft.outputs[resource.address.removeprefix("output.")] = lambda: _expanded(unit, given.entries["value"])
    held = resource.attributes.get("document")
    if isinstance(held, Map) and "containerDefinitions" in held.entries:
        from ecrlint.adapt.terraform import rendered

        rendered.document(unit, resource, held)


def parameter(unit: TerraformRoot, resource: Resource) -> None:
    """What is written into a parameter of SSM that is no secret."""
    get = resource.attributes.get
    name = string(unit.expand(get("name") or Unknown("it has no name", resource.span)))
    value = next((given for word in ("value", "insecure_value") if not is_null(given := get(word))), None)
    if name and value is not None and string(get("type")) != "SecureString" and resource.exists is YES:
        unit.draft.outputs[f"{SSM}{name}"] = lambda: unit.expand(value)


def outgoing(unit: TerraformRoot, resource: Resource) -> None:
    """Open what an output, a parameter or a command gives the id of: roles, security groups, route tables, VPCs, subnets.

    The ARN of a role is given to what runs as it, so that alone opens nothing.
    """
    giver, references = resource.address.removeprefix("outgoing."), resource.attributes.entries["references"]
    things, named = unit.draft.kept.once(resource, OUTGOING, references, lambda: _given(unit, references))
    if things and unit.draft.own_network is not None:
        unit.draft.network.given_out.extend((giver, thing) for thing in things)
    for part in named:
        for draft in unit.draft.identities.under(part):
            draft.open.append(f"{giver} gives its name to others")


def _given(unit: TerraformRoot, references: Value) -> tuple[list[str], list[Value]]:
    """What is given out: the names of the things whose ids these are, and what may name a role, user or group."""
    given = references.items if isinstance(references, List) else ()
    parts = [part for value in given for part in _with_arguments(unit, value)]
    things = [thing for part in parts if isinstance(part, Ref) and (thing := name(part)) is not None]
    return things, [part for part in parts if not isinstance(part, Ref) or part.attribute in _NAMES]


def _with_arguments(unit: TerraformRoot, value: Value) -> Iterator[Value]:
    """A value, and what the arguments of a resource that is given out as a whole refer to; of one of IAM also by name."""
    yield value
    made = unit.resources.get(value.address) if isinstance(value, Ref) and not value.attribute else None
    if made is not None and made.type not in _THINGS:
        inside = (part for argument in made.attributes.entries for part in parts(made.attributes.entries[argument]))
        yield from (part for part in inside if isinstance(part, Ref) or made.type.startswith("aws_iam_"))


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
    ResourceType("output", output, ReadingPhase.TIE, gives={"output": r'\boutput\s+"|"output"\s*:'}),
    ResourceType(OUTGOING, outgoing, ReadingPhase.OUT),
    ResourceType("aws_ssm_parameter", parameter, ReadingPhase.TIE, gives={"parameter": ""}),
    ResourceType("backend"),
    ResourceType("data.aws_ssm_parameter", asks={"parameter": r'\bdata\W{1,8}aws_ssm_parameter\b|"aws_ssm_parameter"\s*:'}),
    ResourceType("data.tfe_outputs", asks={"output": "tfe_outputs"}),
    ResourceType("data.terraform_remote_state", asks={"output": "terraform_remote_state"}),
)
