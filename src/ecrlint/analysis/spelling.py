"""Actions of ECR that do not exist, and what their author meant.

IAM takes an action that no service has: a statement that names one grants, or denies, nothing with it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from ecrlint.iam import actions, patterns
from ecrlint.iam.managed import NOWHERE
from ecrlint.model.policy import Policy
from ecrlint.model.truth import NO
from ecrlint.model.value import Scalar, Value, alternatives, prefix, string

SERVICES = ("ecr", "ecr-public")
_ALIKE, _VERY_MUCH_ALIKE = 0.8, 0.9
"""How much two names have in common, by the measure of `difflib`, if one is the other misspelt: with the same verb, or not."""


def service_of(pattern: Value) -> str | None:
    """The service of ECR that a pattern begins with; None for those of other services, and of several."""
    start = prefix(pattern)
    service, colon, _ = start.lower().partition(":")
    return service if colon and service in SERVICES else None


def matches_nothing(pattern: Value) -> bool:
    """Whether a pattern is one of ECR's actions by its service and yet matches none that exists."""
    service = service_of(pattern)
    if service is None:
        return False
    text = string(pattern)
    if text is not None and "$" not in text:
        return _matches_nothing(text, service)
    return all(patterns.matches(pattern, Scalar(name, NOWHERE), ignore_case=True) is NO for name in actions.named(service))


@functools.lru_cache(maxsize=1 << 12)
def _matches_nothing(text: str, service: str) -> bool:
    if "*" not in text and "?" not in text:
        return actions.find(text) is None
    pattern = Scalar(text, NOWHERE)
    return all(patterns.matches(pattern, Scalar(name, NOWHERE), ignore_case=True) is NO for name in actions.named(service))


def nearest(pattern: Value) -> str | None:
    """What the author of a pattern that matches nothing meant: an action, or a pattern; None where that does not show."""
    text, service = string(pattern), service_of(pattern)
    return None if text is None or service is None else _nearest(text.lower(), service)


@functools.lru_cache(maxsize=1 << 10)
def _nearest(text: str, service: str) -> str | None:
    import difflib  # only where something is misspelt

    rest = text.partition(":")[2]
    others = (actions.find(f"{other}:{rest}") for other in SERVICES if other != service)
    elsewhere = next((found.name for found in others if found is not None), None)
    if elsewhere is not None:
        return elsewhere
    own = {name.lower(): name for name in actions.named(service)}
    for close in difflib.get_close_matches(text, own, n=3, cutoff=_ALIKE):
        verb = re.match(r"[\w-]+:[A-Z]?[a-z]+", own[close])
        if (verb and text.startswith(verb[0].lower())) or difflib.SequenceMatcher(None, text, close).ratio() > _VERY_MUCH_ALIKE:
            return own[close]
    if rest and any(name.startswith(text) for name in own):
        begun = next(name for low, name in own.items() if low.startswith(text))
        return f"{begun[: len(text)]}*"
    return None


def misspells(policies: Iterable[Policy], action: str) -> bool:
    """Whether an Allow has an action that does not exist where its author meant this one."""
    return any(
        matches_nothing(side) and nearest(side) == action
        for policy in policies
        for statement in policy.statements
        if statement.effect == "Allow"
        for pattern in statement.actions or ()
        for side in alternatives(pattern)
    )
