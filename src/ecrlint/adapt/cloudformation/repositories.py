"""Repositories, with the policies that they have."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.unit import Unit, present
from ecrlint.adapt.policy import policy
from ecrlint.model.stack import Repository, Resource
from ecrlint.model.value import Ref


def repository(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    name = get("RepositoryName") or Ref(resource.address, "Ref", resource.span)
    document = present(get("RepositoryPolicyText"))
    made = None if document is None else policy(document, "repository", resource.address, unit.expand)
    arn = unit.expand(Ref(resource.address, "Arn", resource.span))
    unit.repositories[resource.address] = Repository(resource.address, name, resource.span, made, arn)
