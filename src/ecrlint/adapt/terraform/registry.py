"""Private registries: their policies, their rules for pulling through the cache, their settings."""

from __future__ import annotations

from ecrlint.adapt import arn
from ecrlint.adapt.policy import policy
from ecrlint.adapt.registry import for_caches
from ecrlint.adapt.terraform.unit import Unit
from ecrlint.model.registry import CacheRule, RegistryPolicy
from ecrlint.model.stack import Resource
from ecrlint.model.truth import MAYBE
from ecrlint.model.value import Unknown, Value, string


def registry_policy(unit: Unit, resource: Resource) -> None:
    document = resource.attributes.get("policy") or Unknown("it has no policy", resource.span)
    made = policy(document, "registry", resource.address, unit.expand)
    unit.registry.policies.append(RegistryPolicy(made, _somewhere(unit, resource), MAYBE))


def cache_rule(unit: Unit, resource: Resource) -> None:
    prefix = resource.attributes.get("ecr_repository_prefix") or Unknown("it has no prefix", resource.span)
    rule = CacheRule(resource.address, prefix, _somewhere(unit, resource), resource.span, resource.exists)
    unit.registry.cache_rules.append(rule)


def template(unit: Unit, resource: Resource) -> None:
    if for_caches(resource.attributes.get("applied_for")):
        unit.registry.templates.append(resource.attributes.get("prefix") or Unknown("it has no prefix", resource.span))


def account_setting(unit: Unit, resource: Resource) -> None:
    if string(resource.attributes.get("name")) in ("REGISTRY_POLICY_SCOPE", None):
        unit.registry.scopes.append((_somewhere(unit, resource), resource.attributes.get("value")))


def _somewhere(unit: Unit, resource: Resource) -> Value:
    """The ARN of any repository of the registry in which a resource is made."""
    name = Unknown("the name of the repository", resource.span)
    return unit.placed(arn.repository_arn(resource.span, name), resource)
