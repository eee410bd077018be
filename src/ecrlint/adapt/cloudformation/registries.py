"""Private registries: their policies, and their rules for pulling through the cache."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.model import arn
from ecrlint.model.stack import Resource
from ecrlint.model.value import Unknown, Value


def registry_policy(unit: CloudFormationTemplate, resource: Resource) -> None:
    unit.draft.registry.add_policy(resource.attributes.get("PolicyText"), resource, _somewhere(unit, resource), unit.expand)


def cache_rule(unit: CloudFormationTemplate, resource: Resource) -> None:
    unit.draft.registry.add_cache_rule(resource.attributes.get("EcrRepositoryPrefix"), resource, _somewhere(unit, resource))


def template(unit: CloudFormationTemplate, resource: Resource) -> None:
    unit.draft.registry.add_template(resource.attributes.get("Prefix"), resource.attributes.get("AppliedFor"), resource)


def _somewhere(unit: CloudFormationTemplate, resource: Resource) -> Value:
    """The ARN of any repository of the registry in which a template is deployed."""
    return unit.expand(arn.repository_arn(resource.span, Unknown("the name of the repository", resource.span)))


ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType(
        "AWS::ECR::RegistryPolicy",
        registry_policy,
        documents=frozenset({"PolicyText"}),
        gives={"registry policy": "", "repository": ""},
    ),
    ResourceType("AWS::ECR::PullThroughCacheRule", cache_rule, gives={"repository": ""}),
    ResourceType("AWS::ECR::RepositoryCreationTemplate", template, gives={"repository": ""}),
)
