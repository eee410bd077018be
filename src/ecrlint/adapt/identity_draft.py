"""Roles, users and groups with all that is attached to them, from the separate resources that say so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import field

from ecrlint.adapt.policy import perhaps, why
from ecrlint.model.address import from_outside, own_name
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.policy import Attachment, HolderKind, Policy, Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Resource
from ecrlint.model.truth import MAYBE, YES, Truth
from ecrlint.model.value import (
    Choice,
    Json,
    List,
    Map,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    alternatives,
    apart,
    is_null,
    key,
    pieces,
    string,
)


@dataclass
class IdentityDraft:
    """A role, user or group as its own resource states it; policies are added while attachments are read."""

    kind: HolderKind
    address: str
    name: Value
    span: Span
    trust: Policy | None = None
    boundary: Policy | None = None
    arn: Value | None = None
    session: Value | None = None
    prefix: Value | None = None
    policies: list[Policy] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    groups: list[Value] = field(default_factory=list)


def attachments(
    kind: HolderKind, target: Value, policy_arn: Value, exists: Truth, managed: Callable[[Value], Policy]
) -> Iterator[Attachment]:
    """What attaching the managed policy that an ARN names comes to: each side of a choice may be the one, or none."""
    if isinstance(policy_arn, Choice):
        for side in (policy_arn.then, policy_arn.otherwise):
            if not is_null(side):
                yield from attachments(kind, target, side, MAYBE, managed)
    else:
        yield Attachment(kind, target, managed(policy_arn), exists)


class IdentityDrafts:
    """The roles, users and groups of a unit, found by what names them.

    `gives_any_name`: whether what has an address may give out the name of any of them.
    """

    def __init__(self) -> None:
        self.gives_any_name: Callable[[str], bool] = lambda address: False
        self._all: list[IdentityDraft] = []
        self._by_address: dict[str, IdentityDraft] = {}
        self._by_name: dict[object, list[IdentityDraft]] = {}
        self.outside: dict[str, str] = {}

    def append(self, draft: IdentityDraft) -> None:
        self._all.append(draft)
        self._by_address[draft.address] = draft
        self._by_name.setdefault(key(draft.name), []).append(draft)

    def __iter__(self) -> Iterator[IdentityDraft]:
        return iter(self._all)

    def under(self, value: Value) -> list[IdentityDraft]:
        """The drafts that a value names: by reference, by name, or by the name in an ARN."""
        if isinstance(value, Ref) and value.address in self._by_address:
            return [self._by_address[value.address]]
        text = string(value)
        if text is not None and text.startswith("arn:"):
            value = Scalar(text.rsplit("/", 1)[-1], value.span)
        return self._by_name.get(key(value), [])


def named(value: Value, drafts: IdentityDrafts, kind: HolderKind) -> list[IdentityDraft]:
    """The roles, users or groups that a value names."""
    return [draft for draft in drafts.under(value) if draft.kind == kind]


def enroll(user: Value, groups: Iterable[Value], by: Resource, drafts: IdentityDrafts) -> None:
    """Put a user into groups. Where it is not known which user that is, or whether it is put there, each that may be is open."""
    sides = [side for side in alternatives(user) if not is_null(side)]
    for side in sides:
        found = named(side, drafts, "user")
        for draft in found:
            if by.exists is YES and len(sides) == 1:
                draft.groups.extend(groups)
            else:
                draft.open.append(f"{by.address} puts it into a group only under a condition")
        for draft in () if found else drafts:
            if draft.kind == "user" and (isinstance(side, Unknown) or may_name(side, draft.name, drafts)):
                draft.open.append(f"{by.address} may put it into a group")


def assemble(drafts: IdentityDrafts, attachments: Sequence[Attachment]) -> tuple[tuple[Role, ...], tuple[Attachment, ...]]:
    """The roles, users and groups with their policies, and what is attached to somebody who is not here."""
    loose = tuple(attachment for attachment in attachments if not _attach(attachment, drafts))
    for draft in drafts:
        for group in draft.groups:
            _join(draft, group, drafts)
    roles = tuple(
        Role(
            draft.kind,
            draft.address,
            draft.name,
            draft.span,
            draft.trust,
            tuple(draft.policies),
            tuple(draft.open),
            draft.boundary,
            draft.arn,
            draft.session,
            draft.prefix,
        )
        for draft in drafts
    )
    return roles, loose


_MOST_REASONS = 50
"""How many reasons a set of policies is open for; one of them is enough, and nobody reads so many."""


def _attach(attachment: Attachment, drafts: IdentityDrafts) -> bool:
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
        elif attachment.policy.managed is None and attachment.policy.complete and (made := perhaps(attachment.policy.statements)):
            draft.policies.append(replace(attachment.policy, statements=tuple(made)))
        else:
            draft.open.append(f"{attachment.policy.name} is attached only under a condition")
    if isinstance(target, Unknown):
        reason = f"{attachment.policy.name} is attached to something that is not known: {target.why}"
        for draft in drafts:
            if draft.kind == attachment.kind and len(draft.open) < _MOST_REASONS:
                draft.open.append(reason)
    elif not found_drafts:
        for draft in drafts:
            if draft.kind == attachment.kind and may_name(target, draft.name, drafts):
                draft.open.append(_opened(attachment, target, draft, drafts))
    return bool(found_drafts)


def may_name(target: Value, name: Value, drafts: IdentityDrafts) -> bool:
    """Whether a name that nothing here is known to have may be this one. CloudFormation makes up names that nobody writes."""
    if isinstance(target, Ref) and not from_outside(target.address, target.attribute):
        return drafts.gives_any_name(target.address)
    made_up = isinstance(name, Ref) and name.attribute == "Ref"
    return not apart(target, name) and not (made_up and isinstance(target, Scalar))


def _opened(attachment: Attachment, target: Value, draft: IdentityDraft, drafts: IdentityDrafts) -> str:
    """The reason why something that is attached to an unknown name opens a draft."""
    return opened(attachment.policy.name, target, draft.name, draft.kind, draft.address, drafts.outside)


def opened(policy: str, target: Value, name: Value, kind: str, address: str, outside: dict[str, str]) -> str:
    """The reason why a policy of an unknown name opens what has a name and an address; in `outside` where a unit is given it."""
    for value, other in ((target, name), (name, target)):
        given = outside_words(value)
        if given is not None:
            same_as = f'{kind} "{own_name(address)}"' if value is target else outside_words(other) or shown(other)
            reason = f"{policy} is attached to {shown(target)}, which may be {address}"
            outside[reason] = f"{given} is {same_as}"
            return reason
    return f"{policy} is attached to something that may be it"


def outside_words(value: Value) -> str | None:
    """A string that depends on what a unit is given and on nothing else that is not known, in the user's words."""
    holes = [piece for piece in pieces(value) if not isinstance(piece, Scalar)]
    if not holes or not all(isinstance(hole, Ref) and from_outside(hole.address, hole.attribute) for hole in holes):
        return None
    return shown(value)


def shown(value: Value) -> str:
    """A string in the user's words: known parts as they are, references by name."""
    if isinstance(value, Ref):
        return f"{value.address}.{value.attribute}" if value.attribute else value.address
    parts = (str(piece.value) if isinstance(piece, Scalar) else f"${{{shown(piece)}}}" for piece in pieces(value))
    return f'"{"".join(parts)}"' if all(isinstance(piece, (Scalar, Ref)) for piece in pieces(value)) else value.span.text


def _join(user: IdentityDraft, group: Value, drafts: IdentityDrafts) -> None:
    found = named(group, drafts, "group")
    for one in found:
        user.policies.extend(one.policies)
        user.open.extend(one.open)
    if not found:
        user.open.append(f"it is in a group that is not here: {why(group)}")


def mentioned(parts: Iterable[Value], drafts: IdentityDrafts) -> list[IdentityDraft]:
    """The drafts that the parts of a value mention: by reference, name or ARN."""
    found = {draft.address: draft for part in parts for draft in drafts.under(part)}
    return list(found.values())


def parts(value: Value) -> Iterable[Value]:
    """Everything inside of a value that may name something."""
    match value:
        case List():
            for item in value.items:
                yield from parts(item)
        case Map():
            for item in value.entries.values():
                yield from parts(item)
        case Json():
            yield from parts(value.value)
        case Choice():
            yield from parts(value.then)
            yield from parts(value.otherwise)
        case Text():
            yield value
            yield from value.parts
        case Scalar() | Ref() | Unknown():
            yield value
