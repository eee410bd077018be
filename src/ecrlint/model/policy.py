"""Policies as IAM reads them: statements of patterns, whose unknown parts stay unknown."""

from __future__ import annotations

from typing import Literal

from ecrlint.model.address import own_name
from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Span
from ecrlint.model.truth import YES, Truth
from ecrlint.model.value import Value

PolicyKind = Literal["identity", "trust", "repository", "registry", "endpoint", "boundary"]


@dataclass(frozen=True, slots=True)
class PolicyCondition:
    """One operator and key of a statement's Condition; any of `values` is enough."""

    operator: str
    key: str
    values: tuple[Value, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Principal:
    """One entry of a Principal element: `AWS`, `Service`, `Federated`, `CanonicalUser`, or `*` for everyone."""

    kind: str
    value: Value


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. An element that is absent is None; what a list may hold beyond its items is an `Unknown` item.

    `effect` is `Allow`, `Deny` or None where it is not known. The patterns of actions and resources are strings,
    texts with holes, or unknown; references to resources of the stack are already replaced by what is known of them.
    `variables`: whether `${...}` is a variable in it, as its policy's version has it.
    """

    effect: Literal["Allow", "Deny"] | None
    span: Span
    actions: tuple[Value, ...] | None = None
    not_actions: tuple[Value, ...] | None = None
    resources: tuple[Value, ...] | None = None
    not_resources: tuple[Value, ...] | None = None
    principals: tuple[Principal, ...] | None = None
    not_principals: tuple[Principal, ...] | None = None
    conditions: tuple[PolicyCondition, ...] = ()
    variables: Truth = YES


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy document, or an AWS managed policy known by its name alone.

    `name` is what the user calls it (address or file). `open` says, per reason, why it may hold statements that are
    not here; empty: all of them are. `managed` is the name of an AWS managed policy, whose statements `ecrlint.iam`
    knows, and `path` the path in its ARN, where there is one. `attached` is the span that ties it to its role, where that is
    another place. `elsewhere`: nothing of it is in the stack but its ARN.
    """

    kind: PolicyKind
    name: str
    statements: tuple[Statement, ...]
    span: Span
    open: tuple[str, ...] = ()
    managed: str | None = None
    attached: Span | None = None
    path: str | None = None
    elsewhere: bool = False

    @property
    def complete(self) -> bool:
        return not self.open


@dataclass(frozen=True, slots=True)
class Role:
    """A role, user or group with every policy that speaks for it.

    `open` says, per reason, why policies may speak for it that are not here; empty: all of them are, as far as one
    stack can tell. `trust` is None for users and groups. `boundary` is its permissions boundary, which grants nothing.
    `arn` is what is known of its ARN, where that is more than its name. `session` is how many seconds a session of it may
    last, None where its resource does not say; `prefix` is what its name begins with, where AWS or Terraform makes up the rest.
    """

    kind: Literal["role", "user", "group"]
    address: str
    name: Value
    span: Span
    trust: Policy | None
    policies: tuple[Policy, ...]
    open: tuple[str, ...] = ()
    boundary: Policy | None = None
    arn: Value | None = None
    session: Value | None = None
    prefix: Value | None = None

    @property
    def complete(self) -> bool:
        """Whether every statement that may grant it something was seen, which no boundary does."""
        return not self.open and all(policy.complete for policy in self.policies)

    @property
    def label(self) -> str:
        """The name by which its author knows it: the resource's own name, without type and module."""
        return own_name(self.address)


HolderKind = Literal["role", "user", "group"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A policy given to a role, user or group, which is named by a reference or by its name.

    `sought`: the names that the unit looks up with this regular expression may be meant, or any where it is not known.
    """

    kind: HolderKind
    target: Value
    policy: Policy
    exists: Truth = YES
    sought: Value | None = None


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """An OpenID Connect provider of IAM. `audiences` are its client ids, with an `Unknown` for those that are not known."""

    address: str
    span: Span
    url: Value
    audiences: tuple[Value, ...]

    @property
    def label(self) -> str:
        return own_name(self.address)
