"""Repositories, with the policies that they have."""

from __future__ import annotations

from dataclasses import replace

from ecrlint.adapt.policy import policy
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot, items
from ecrlint.model.stack import Repository, Resource
from ecrlint.model.truth import YES
from ecrlint.model.value import Map, Ref, Unknown, Value, is_null, same_text


def repository(unit: TerraformRoot, resource: Resource) -> None:
    name = resource.attributes.get("name") or Ref(resource.address, "name", resource.span)
    arn = unit.expand(Ref(resource.address, "arn", resource.span))
    mutability, filters = (
        resource.attributes.get(key) for key in ("image_tag_mutability", "image_tag_mutability_exclusion_filter")
    )
    mutable = tuple(_filter(one) for one in items(filters)) if filters is not None and not is_null(filters) else ()
    unit.draft.repositories[resource.address] = Repository(
        resource.address, name, resource.span, arn=arn, mutability=mutability, mutable=mutable
    )


def _filter(block: Value) -> Value:
    """The pattern of a block that leaves tags mutable."""
    found = block.get("filter") if isinstance(block, Map) else None
    return Unknown("its filter is not known", block.span) if found is None else found


def repository_policy(unit: TerraformRoot, resource: Resource) -> None:
    document = resource.attributes.get("policy") or Unknown("it has no policy", resource.span)
    made = policy(document, "repository", resource.address, unit.expand)
    target = resource.attributes.get("repository") or Unknown("it names no repository", resource.span)
    for address, repository in unit.draft.repositories.items():
        if (isinstance(target, Ref) and target.address == address) or same_text(target, repository.name):
            if resource.exists is YES:
                unit.draft.repositories[address] = replace(repository, policy=made)
                return
            unsure = replace(made, statements=(), open=(*made.open, f"whether {resource.address} is made is not known"))
            unit.draft.repositories[address] = replace(repository, policy=unsure)
    unit.draft.repositories[resource.address] = Repository(resource.address, target, resource.span, made)


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("data.aws_ecr_repository"),
    ResourceType("aws_ecr_repository", repository),
    ResourceType(
        "aws_ecr_repository_policy",
        repository_policy,
        ReadingPhase.TIE,
        documents=frozenset({"policy"}),
        gives={"repository policy": ""},
    ),
)
