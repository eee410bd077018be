"""Private registries: their policies, their rules for pulling through the cache, their settings."""

from __future__ import annotations

from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model import arn
from ecrlint.model.stack import Resource
from ecrlint.model.value import Unknown, Value, string


def registry_policy(unit: TerraformRoot, resource: Resource) -> None:
    unit.draft.registry.add_policy(resource.current("policy"), resource, _somewhere(unit, resource), unit.expand)


def cache_rule(unit: TerraformRoot, resource: Resource) -> None:
    unit.draft.registry.add_cache_rule(resource.attributes.get("ecr_repository_prefix"), resource, _somewhere(unit, resource))


def template(unit: TerraformRoot, resource: Resource) -> None:
    unit.draft.registry.add_template(resource.attributes.get("prefix"), resource.attributes.get("applied_for"), resource)


def account_setting(unit: TerraformRoot, resource: Resource) -> None:
    if string(resource.attributes.get("name")) in ("REGISTRY_POLICY_SCOPE", None):
        unit.draft.registry.scopes.append((_somewhere(unit, resource), resource.attributes.get("value")))


def _somewhere(unit: TerraformRoot, resource: Resource) -> Value:
    """The ARN of any repository of the registry in which a resource is made."""
    name = Unknown("the name of the repository", resource.span)
    return unit.placed(arn.repository_arn(resource.span, name), resource)


ENTRIES: Entries[TerraformRoot] = (
    ResourceType(
        "aws_ecr_registry_policy",
        registry_policy,
        documents=frozenset({"policy"}),
        gives={"registry policy": "", "repository": ""},
    ),
    ResourceType("aws_ecr_pull_through_cache_rule", cache_rule, gives={"repository": ""}),
    ResourceType("aws_ecr_repository_creation_template", template, gives={"repository": ""}),
    ResourceType("aws_ecr_account_setting", account_setting),
)
