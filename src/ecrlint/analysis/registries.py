"""What the policy of a registry lets in, and what a pull through its cache needs.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.repositories import principal_of
from ecrlint.iam import decide as iam
from ecrlint.iam import patterns
from ecrlint.iam.request import ANYWHERE, RequestContext, segment
from ecrlint.model.dataclass import replace
from ecrlint.model.image import repository_arn, repository_name
from ecrlint.model.policy import Policy, Principal, Role
from ecrlint.model.registry import CacheRule, RegistryPolicy
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES, Truth, any_of
from ecrlint.model.value import Scalar, Value, join, pieces

IMPORT, CREATE = "ecr:BatchImportUpstreamImage", "ecr:CreateRepository"
"""What the first pull of an image through the cache needs, and of the first image of a repository."""

_OF_EVERY_SCOPE = frozenset({IMPORT, CREATE, "ecr:ReplicateImage"})


def may_speak(one: RegistryPolicy, action: str) -> Truth:
    """Whether the policy of a registry speaks of an action, as its scope has it."""
    return YES if action in _OF_EVERY_SCOPE else one.every_action


def policies_on(stack: Stack, arn: Value, action: str) -> Iterator[Policy]:
    """The policies of registries that may speak of an action on a repository; open where that is not certain."""
    for one in () if stack.registry is None else stack.registry.policies:
        speaks, here = may_speak(one, action), is_in_registry(arn, one.somewhere)
        if speaks is YES and here is YES:
            yield one.policy
        elif speaks is not NO and here is not NO:
            why = "the scope of registry policies" if speaks is MAYBE else "whether it is the policy of this registry"
            yield replace(one.policy, statements=(), open=(f"{one.policy.name}: {why} is not known",))


def is_in_registry(arn: Value, somewhere: Value) -> Truth:
    """Whether a repository is of the same account and region as another."""
    result = YES
    for index in (3, 4):
        own, other = segment(arn, index), segment(somewhere, index)
        result = result & (MAYBE if own is None or other is None else patterns.equals(own, other))
    return result


def cached_by(stack: Stack, image: Value) -> CacheRule | None:
    """The rule by which an image is certainly pulled through the cache, where its repository is made by nothing else here."""
    arn, name = repository_arn(image), repository_name(image)
    if stack.registry is None or arn is None or name is None:
        return None
    if any(patterns.equals(one.name, name) is not NO for one in (*stack.repositories, *stack.repositories_beside)):
        return None
    for rule in stack.registry.cache_rules:
        if rule.exists is YES and _is_below(rule.prefix, name) is YES and is_in_registry(arn, rule.somewhere) is YES:
            return rule
    return None


def _is_below(prefix: Value, name: Value) -> Truth:
    parts = pieces(prefix)
    literal = [part for part in parts if isinstance(part, Scalar)]
    if len(literal) == len(parts) and "".join(str(part.value) for part in literal) == "ROOT":
        return MAYBE  # repositories that are no cache may have any name
    return patterns.matches(join((*parts, Scalar("/*", prefix.span)), prefix.span), name)


def lacking_to_cache(stack: Stack, role: Role, image: Value, context: RequestContext = ANYWHERE) -> tuple[str, ...]:
    """The actions that a role is known not to have for the first pull of an image through the cache."""
    arn, name = repository_arn(image), repository_name(image)
    if arn is None or name is None or stack.registry is None:
        return ()
    templates = any_of(_is_below(prefix, name) for prefix in stack.registry.templates)
    wanted = (IMPORT, CREATE) if templates is NO else (IMPORT,)
    who = principal_of(role) if role.arn is None else Principal("AWS", role.arn)
    limits = () if role.boundary is None else (role.boundary,)
    lacking: list[str] = []
    for action in wanted:
        policies = (*role.policies, *policies_on(stack, arn, action), *limits)
        decision = iam.decide(policies, action, arn, open=role.open, principal=who, context=context)
        if decision.truth is NO:
            lacking.append(action)
    return tuple(lacking)
