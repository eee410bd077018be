"""Repositories, with the policies that they have."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate, items
from ecrlint.adapt.kept import policy_of
from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.model.stack import Repository, Resource
from ecrlint.model.value import Map, Ref, Unknown, Value, present


def repository(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    name = get("RepositoryName") or Ref(resource.address, "Ref", resource.span)
    document = present(get("RepositoryPolicyText"))
    made = None if document is None else policy_of(unit, resource, document, "repository")
    arn = unit.expand(Ref(resource.address, "Arn", resource.span))
    unit.draft.repositories[resource.address] = Repository(
        resource.address, name, resource.span, made, arn, present(get("ImageTagMutability")), tuple(_filters(resource))
    )


def _filters(resource: Resource) -> Iterator[Value]:
    """The patterns of the tags that are mutable all the same."""
    for item in items(resource.attributes.get("ImageTagMutabilityExclusionFilters")):
        found = item.get("ImageTagMutabilityExclusionFilterValue") if isinstance(item, Map) else None
        yield Unknown("its filter is not known", item.span) if found is None else found


ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType(
        "AWS::ECR::Repository",
        repository,
        documents=frozenset({"RepositoryPolicyText"}),
        gives={"repository policy": r"\bRepositoryPolicyText\b", "repository": ""},
    ),
)
