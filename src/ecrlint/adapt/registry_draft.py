"""What both languages say of private registries, on the way to a `Registry`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from ecrlint.adapt.policy import policy
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.registry import CacheRule, Registry, RegistryPolicy
from ecrlint.model.stack import Resource
from ecrlint.model.truth import MAYBE, Truth, truth
from ecrlint.model.value import List, Unknown, Value, key, string


@dataclass
class RegistryDraft:
    """What is read of registries so far. `somewhere` is the ARN of any repository in the registry of a resource, `scopes` are
    the settings of the scope of policies, by where they are made."""

    policies: list[RegistryPolicy] = field(default_factory=list)
    cache_rules: list[CacheRule] = field(default_factory=list)
    templates: list[Value] = field(default_factory=list)
    scopes: list[tuple[Value, Value | None]] = field(default_factory=list)

    def add_policy(self, document: Value | None, resource: Resource, somewhere: Value, expand: Callable[[Value], Value]) -> None:
        made = policy(document or Unknown("it has no policy", resource.span), "registry", resource.address, expand)
        self.policies.append(RegistryPolicy(made, somewhere, MAYBE))

    def add_cache_rule(self, prefix: Value | None, resource: Resource, somewhere: Value) -> None:
        named = prefix or Unknown("it has no prefix", resource.span)
        self.cache_rules.append(CacheRule(resource.address, named, somewhere, resource.span, resource.exists))

    def add_template(self, prefix: Value | None, applied_for: Value | None, resource: Resource) -> None:
        if _for_caches(applied_for):
            self.templates.append(prefix or Unknown("it has no prefix", resource.span))

    def registry(self) -> Registry:
        policies = tuple(replace(one, every_action=self._scope(one.somewhere)) for one in self.policies)
        return Registry(policies, tuple(self.cache_rules), tuple(self.templates))

    def _scope(self, somewhere: Value) -> Truth:
        stated = [string(value) for place, value in self.scopes if _place(place) == _place(somewhere)]
        return truth(stated[0] == "V2") if len(stated) == 1 and stated[0] in ("V1", "V2") else MAYBE


def _place(somewhere: Value) -> object:
    """What two registries have in common that are the same one."""
    return tuple(key(part) for part in getattr(somewhere, "parts", ())[:-1])


def _for_caches(applied_for: Value | None) -> bool:
    """Whether a template for new repositories may be for those of the cache."""
    if not isinstance(applied_for, List) or not applied_for.complete:
        return True
    return any(string(one) in ("PULL_THROUGH_CACHE", None) for one in applied_for.items)
