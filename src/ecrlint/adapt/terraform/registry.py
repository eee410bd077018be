"""Private registries: their policies, their rules for pulling through the cache, their settings."""

from __future__ import annotations

from ecrlint.adapt.terraform.unit import Unit
from ecrlint.model import arn
from ecrlint.model.stack import Resource
from ecrlint.model.value import Unknown, Value, string


def registry_policy(unit: Unit, resource: Resource) -> None:
    unit.registry.add_policy(resource.attributes.get("policy"), resource, _somewhere(unit, resource), unit.expand)


def cache_rule(unit: Unit, resource: Resource) -> None:
    unit.registry.add_cache_rule(resource.attributes.get("ecr_repository_prefix"), resource, _somewhere(unit, resource))


def template(unit: Unit, resource: Resource) -> None:
    unit.registry.add_template(resource.attributes.get("prefix"), resource.attributes.get("applied_for"), resource)


def account_setting(unit: Unit, resource: Resource) -> None:
    if string(resource.attributes.get("name")) in ("REGISTRY_POLICY_SCOPE", None):
        unit.registry.scopes.append((_somewhere(unit, resource), resource.attributes.get("value")))


def _somewhere(unit: Unit, resource: Resource) -> Value:
    """The ARN of any repository of the registry in which a resource is made."""
    name = Unknown("the name of the repository", resource.span)
    return unit.placed(arn.repository_arn(resource.span, name), resource)
