"""The subjects of tokens that a trust policy admits: which repository of GitHub, in which form.

https://docs.github.com/en/actions/reference/security/oidc
"""

from __future__ import annotations

import re

from ecrlint.analysis import federation
from ecrlint.iam.conditions import needs_value
from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import Role
from ecrlint.model.value import Value, string

_SUBJECT = re.compile(r"repo:([^@/:*?]+)(?:@([\d*?]+))?/([^@/:*?]+)(?:@([\d*?]+))?:(.+)")


@dataclass(frozen=True, slots=True)
class Names:
    """A subject that a trust policy admits: the repository, whether by ids too, and what follows it."""

    owner: str
    name: str
    ids: bool
    rest: str
    value: Value


def names_trusted(role: Role) -> tuple[Names, ...]:
    """The subjects of GitHub that a role admits; nothing where it may admit others, as with a pattern for many repositories."""
    statements = federation.federated(role) or ()
    found: list[Names] = []
    for one in statements:
        conditions = [condition for condition in one.claims("sub") if needs_value(condition)]
        if one.issuer != federation.GITHUB or not conditions:
            return ()
        for value in conditions[0].values:
            names = _names(value)
            if names is None:
                return ()
            found.append(names)
    return tuple(found)


def _names(value: Value) -> Names | None:
    match = _SUBJECT.fullmatch(string(value) or "")
    if match is None or bool(match[2]) != bool(match[4]):
        return None
    return Names(match[1], match[3], bool(match[2]), match[5], value)
