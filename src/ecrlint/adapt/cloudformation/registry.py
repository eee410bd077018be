"""Private registries: their policies, and their rules for pulling through the cache."""

from __future__ import annotations

from ecrlint.adapt import arn
from ecrlint.adapt.cloudformation.unit import Unit
from ecrlint.adapt.policy import policy
from ecrlint.adapt.registry import for_caches
from ecrlint.model.registry import CacheRule, RegistryPolicy
from ecrlint.model.stack import Resource
from ecrlint.model.truth import MAYBE
from ecrlint.model.value import Unknown, Value


def registry_policy(unit: Unit, resource: Resource) -> None:
    document = resource.attributes.get("PolicyText") or Unknown("it has no policy", resource.span)
    made = policy(document, "registry", resource.address, unit.expand)
    unit.registry.policies.append(RegistryPolicy(made, _somewhere(unit, resource), MAYBE))


def cache_rule(unit: Unit, resource: Resource) -> None:
    prefix = resource.attributes.get("EcrRepositoryPrefix") or Unknown("it has no prefix", resource.span)
    rule = CacheRule(resource.address, prefix, _somewhere(unit, resource), resource.span, resource.exists)
    unit.registry.cache_rules.append(rule)


def template(unit: Unit, resource: Resource) -> None:
    if for_caches(resource.attributes.get("AppliedFor")):
        unit.registry.templates.append(resource.attributes.get("Prefix") or Unknown("it has no prefix", resource.span))


def _somewhere(unit: Unit, resource: Resource) -> Value:
    """The ARN of any repository of the registry in which a template is deployed."""
    return unit.expand(arn.repository_arn(resource.span, Unknown("the name of the repository", resource.span)))
