"""What holds for a whole private registry of ECR, which every account has one of in each region."""

from __future__ import annotations

from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import Policy
from ecrlint.model.source import Span
from ecrlint.model.truth import Truth
from ecrlint.model.value import Value


@dataclass(frozen=True, slots=True)
class RegistryPolicy:
    """The policy of the registry that has the repository `somewhere`, an ARN whose name is not known.

    `every_action`: whether it speaks of all actions, as scope V2 has it, or of copying images into the registry alone.
    """

    policy: Policy
    somewhere: Value
    every_action: Truth


@dataclass(frozen=True, slots=True)
class CacheRule:
    """A rule for pulling through the cache: what is pulled as `prefix`/name comes from another registry.

    `somewhere` is the ARN of any repository of its registry. `exists` is `MAYBE` where a condition decides.
    """

    address: str
    prefix: Value
    somewhere: Value
    span: Span
    exists: Truth


@dataclass(frozen=True, slots=True)
class Registry:
    """What a unit says of registries. `templates` are the prefixes for which ECR itself makes repositories of the cache."""

    policies: tuple[RegistryPolicy, ...] = ()
    cache_rules: tuple[CacheRule, ...] = ()
    templates: tuple[Value, ...] = ()
