"""Roles, users and groups with all that is attached to them, from the separate resources that say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from ecrlint.adapt.policy import why
from ecrlint.model.policy import Policy, Role
from ecrlint.model.source import Span
from ecrlint.model.truth import YES, Truth
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, is_null, same, string

Kind = Literal["role", "user", "group"]


@dataclass
class Draft:
    """A role, user or group as its own resource states it; policies are added while attachments are read."""

    kind: Kind
    address: str
    name: Value
    span: Span
    trust: Policy | None = None
    policies: list[Policy] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    groups: list[Value] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A policy given to a role, user or group, which is named by a reference or by its name."""

    kind: Kind
    target: Value
    policy: Policy
    exists: Truth = YES


def named(value: Value, drafts: Iterable[Draft], kind: Kind) -> list[Draft]:
    """The drafts that a value names: by reference, by name, or by the name in an ARN."""
    candidates = [draft for draft in drafts if draft.kind == kind]
    if isinstance(value, Ref):
        return [draft for draft in candidates if draft.address == value.address]
    text = string(value)
    if text is not None and text.startswith("arn:"):
        return [draft for draft in candidates if string(draft.name) == text.rsplit("/", 1)[-1]]
    return [draft for draft in candidates if same(draft.name, value)]


def assemble(drafts: Sequence[Draft], attachments: Sequence[Attachment]) -> tuple[tuple[Role, ...], tuple[Policy, ...]]:
    """The roles, users and groups with their policies, and the policies whose holder is not here."""
    loose: list[Policy] = []
    for attachment in attachments:
        if not _attach(attachment, drafts):
            loose.append(attachment.policy)
    groups = [draft for draft in drafts if draft.kind == "group"]
    for draft in drafts:
        for group in draft.groups:
            _join(draft, group, groups)
    roles = tuple(
        Role(draft.kind, draft.address, draft.name, draft.span, draft.trust, tuple(draft.policies), tuple(draft.open))
        for draft in drafts
    )
    return roles, tuple(loose)


def _attach(attachment: Attachment, drafts: Sequence[Draft]) -> bool:
    """Give the policy to whom it names; False where that is nobody here."""
    target = attachment.target
    if isinstance(target, Choice):
        sides = [side for side in (target.then, target.otherwise) if not is_null(side)]
        found = [_attach(replace(attachment, target=side, exists=Truth.MAYBE), drafts) for side in sides]
        return any(found)
    found_drafts = named(target, drafts, attachment.kind)
    for draft in found_drafts:
        if attachment.exists is YES:
            draft.policies.append(attachment.policy)
        else:
            draft.open.append(f"{attachment.policy.name} is attached only under a condition")
    if not found_drafts and isinstance(target, Unknown):
        for draft in drafts:  # it may be any of them
            if draft.kind == attachment.kind:
                draft.open.append(f"{attachment.policy.name} is attached to something that is not known: {target.why}")
    return bool(found_drafts)


def _join(user: Draft, group: Value, groups: Sequence[Draft]) -> None:
    found = named(group, groups, "group")
    for one in found:
        user.policies.extend(one.policies)
        user.open.extend(one.open)
    if not found:
        user.open.append(f"it is in a group that is not here: {why(group)}")


def mentioned(value: Value, drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts that a value mentions anywhere inside: by reference, or as a whole string that is a name or ends an ARN."""
    found: list[Draft] = []
    for draft in drafts:
        name = string(draft.name)
        if any(_mentions(part, draft, name) for part in _parts(value)):
            found.append(draft)
    return found


def _mentions(part: Value, draft: Draft, name: str | None) -> bool:
    if isinstance(part, Ref):
        return part.address == draft.address
    if isinstance(part, Text):
        return same(part, draft.name)
    text = string(part)
    return text is not None and name is not None and (text == name or text.endswith(f":role/{name}"))


def _parts(value: Value) -> Iterable[Value]:
    match value:
        case List():
            for item in value.items:
                yield from _parts(item)
        case Map():
            for item in value.entries.values():
                yield from _parts(item)
        case Json():
            yield from _parts(value.value)
        case Choice():
            yield from _parts(value.then)
            yield from _parts(value.otherwise)
        case Text():
            yield value
            yield from value.parts
        case Scalar() | Ref() | Unknown():
            yield value
