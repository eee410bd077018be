"""What both languages say of private registries, on the way to a `Registry`."""

from __future__ import annotations

from dataclasses import field, replace

from ecrlint.model.dataclass import dataclass
from ecrlint.model.registry import CacheRule, Registry, RegistryPolicy
from ecrlint.model.truth import MAYBE, Truth, truth
from ecrlint.model.value import List, Value, key, string


@dataclass
class Draft:
    """What is read of registries so far. `scopes` are the settings of the scope of policies, by where they are made."""

    policies: list[RegistryPolicy] = field(default_factory=list)
    cache_rules: list[CacheRule] = field(default_factory=list)
    templates: list[Value] = field(default_factory=list)
    scopes: list[tuple[Value, Value | None]] = field(default_factory=list)

    def registry(self) -> Registry:
        policies = tuple(replace(one, every_action=self._scope(one.somewhere)) for one in self.policies)
        return Registry(policies, tuple(self.cache_rules), tuple(self.templates))

    def _scope(self, somewhere: Value) -> Truth:
        stated = [string(value) for place, value in self.scopes if _place(place) == _place(somewhere)]
        return truth(stated[0] == "V2") if len(stated) == 1 and stated[0] in ("V1", "V2") else MAYBE


def _place(somewhere: Value) -> object:
    """What two registries have in common that are the same one."""
    return tuple(key(part) for part in getattr(somewhere, "parts", ())[:-1])


def for_caches(applied_for: Value | None) -> bool:
    """Whether a template for new repositories may be for those of the cache."""
    if not isinstance(applied_for, List) or not applied_for.complete:
        return True
    return any(string(one) in ("PULL_THROUGH_CACHE", None) for one in applied_for.items)
