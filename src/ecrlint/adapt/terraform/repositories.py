"""Repositories, with the policies that they have."""

from __future__ import annotations

from ecrlint.adapt.identity_draft import may_name, opened
from ecrlint.adapt.kept import policy_of
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot, items
from ecrlint.model.address import type_of
from ecrlint.model.arn import repository_arn
from ecrlint.model.dataclass import replace
from ecrlint.model.policy import Policy
from ecrlint.model.stack import Repository, Resource
from ecrlint.model.truth import YES
from ecrlint.model.value import Choice, Map, Ref, Unknown, Value, alternatives, is_null, same_text


def repository(unit: TerraformRoot, resource: Resource) -> None:
    name = resource.attributes.get("name") or Ref(resource.address, "name", resource.span)
    arn = unit.expand(Ref(resource.address, "arn", resource.span))
    mutability, filters = (resource.current(key) for key in ("image_tag_mutability", "image_tag_mutability_exclusion_filter"))
    mutable = tuple(_filter(one) for one in items(filters)) if filters is not None and not is_null(filters) else ()
    unit.draft.repositories[resource.address] = Repository(
        resource.address, name, resource.span, arn=arn, mutability=mutability, mutable=mutable
    )


def _filter(block: Value) -> Value:
    """The pattern of a block that leaves tags mutable."""
    found = block.get("filter") if isinstance(block, Map) else None
    return Unknown("its filter is not known", block.span) if found is None else found


def repository_policy(unit: TerraformRoot, resource: Resource) -> None:
    """Give the policy to the repository that it names; where that is not known, open the policy of each that it may be for."""
    document = resource.current("policy") or Unknown("it has no policy", resource.span)
    made = policy_of(unit, resource, document, "repository")
    target = _real(unit, resource.attributes.get("repository") or Unknown("it names no repository", resource.span))
    sides = [side for side in alternatives(target) if not is_null(side)]
    named = {address for side in sides for address, one in unit.draft.repositories.items() if _names(side, one)}
    sure = resource.exists is YES and not isinstance(target, Choice)
    for address in named:
        _give(unit, address, made if sure else replace(made, statements=(), open=(*made.open, _unsure(resource))))
    if not (named and sure):
        unnamed = [side for side in sides if not any(_names(side, one) for one in unit.draft.repositories.values())]
        for address, one in tuple(unit.draft.repositories.items()):
            if address not in named and one.arn is not None:
                may_be = next((side for side in unnamed if may_name(side, one.name, unit.draft.identities)), None)
                if may_be is not None:
                    _open(unit, address, may_be, resource)
        arn = unit.placed(repository_arn(resource.span, target), resource) if sure and len(sides) == 1 else None
        unit.draft.repositories[resource.address] = Repository(resource.address, target, resource.span, made, arn)


def _real(unit: TerraformRoot, target: Value) -> Value:
    """The name of a repository that is looked up; what names one of the unit stays a reference to it."""
    if isinstance(target, Ref) and type_of(target.address) == "data.aws_ecr_repository":
        return unit.expand(target)
    return target


def _names(target: Value, repository: Repository) -> bool:
    return (isinstance(target, Ref) and target.address == repository.address) or same_text(target, repository.name)


def _unsure(resource: Resource) -> str:
    return f"whether {resource.address} is made for it is not known"


def _give(unit: TerraformRoot, address: str, made: Policy) -> None:
    before = unit.draft.repositories[address]
    reasons = () if before.policy is None else before.policy.open
    unit.draft.repositories[address] = replace(before, policy=replace(made, open=(*made.open, *reasons)))


def _open(unit: TerraformRoot, address: str, target: Value, resource: Resource) -> None:
    """What a repository's policy says is not known, since a policy is for one that may be it."""
    one = unit.draft.repositories[address]
    if isinstance(target, Unknown):
        reason = f"{resource.address} is the policy of something that is not known: {target.why}"
    else:
        reason = opened(resource.address, target, one.name, "repository", address, unit.draft.identities.outside)
    made = one.policy or Policy("repository", address, (), one.span)
    unit.draft.repositories[address] = replace(one, policy=replace(made, open=(*made.open, reason)))


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("data.aws_ecr_repository"),
    ResourceType("data.aws_ecr_image"),
    ResourceType("aws_ecr_repository", repository, gives={"repository": ""}),
    ResourceType(
        "aws_ecr_repository_policy",
        repository_policy,
        ReadingPhase.TIE,
        documents=frozenset({"policy"}),
        gives={"repository policy": ""},
    ),
)
