"""What the units of one repository attach to each other's roles.

A policy that is attached to a role by its name counts as if it stood in the unit of the role, where exactly one unit makes a role
of this name. Where it is not known which role is meant, those that may be are open.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import field
from functools import partial

from ecrlint.model.address import type_of
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.policy import Attachment, Policy, Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Ref, Scalar, Unknown, Value, alternatives, apart, key, string
from ecrlint.run.join.names import may_be, may_be_any
from ecrlint.run.join.outputs import STATE
from ecrlint.run.read.repositories import repository_of
from ecrlint.run.scan_state import ScanState
from ecrlint.run.scenarios.unit import DeployableUnit

_LOOKED_UP = "data.aws_iam_role"


@dataclass
class _Added:
    """What others attach to a role, and why they may attach more."""

    policies: list[Policy] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _AttachedElsewhere:
    """Something that a unit attaches to a role which it does not make; whether it reads the state of other roots, and the names
    of the roles that it looks up, by the address of the data source."""

    giver: str
    attachment: Attachment
    reads_states: bool
    looked_up: Mapping[str, Value]


def attach(run: ScanState) -> None:
    """Give the roles of each unit the policies that other units of its repository attach to them."""
    of = repository_of(run.tree)
    given: dict[str, list[_AttachedElsewhere]] = {}
    for unit in run.units:
        given.setdefault(of(unit.open[0].name), []).extend(attached(unit))
    if not any(given.values()):
        return
    makers: dict[tuple[str, str | None], set[str]] = {}
    for unit in run.units:
        stack = unit.open[0]
        for role in stack.roles:
            makers.setdefault((of(stack.name), string(role.name)), set()).add(stack.name)
    placed: dict[str, set[Span]] = {}
    for at, unit in enumerate(run.units):
        stack = unit.open[0]
        own = of(stack.name)
        found: dict[str, _Added] = {}
        for one in given[own] if stack.roles else ():
            for role in stack.roles if one.giver != stack.name else ():
                meant = is_meant(one, role, stack)
                if meant is YES and len(makers[own, string(role.name)]) == 1:
                    found.setdefault(role.address, _Added()).policies.append(one.attachment.policy)
                    placed.setdefault(one.giver, set()).add(one.attachment.policy.span)
                elif meant is not NO:
                    reason = f"{one.attachment.policy.name} in {one.giver} may be attached to it"
                    found.setdefault(role.address, _Added()).open.append(reason)
        if found:
            run.units[at] = unit.with_joined(partial(_with, found))
    for at, unit in enumerate(run.units):
        if spans := placed.get(unit.open[0].name):
            run.units[at] = run.units[at].with_joined(partial(_without, spans))


def attached(unit: DeployableUnit) -> Iterator[_AttachedElsewhere]:
    stack = unit.open[0]
    if stack.attachments:
        reads_states = any(resource.type == STATE for resource in unit.resources)
        looked_up = {
            one.address: name for one in unit.resources if one.type == _LOOKED_UP and (name := one.attributes.get("name"))
        }
        for one in stack.attachments:
            if one.kind == "role" and one.exists is not NO:
                yield _AttachedElsewhere(stack.name, one, reads_states, looked_up)


def is_meant(given: _AttachedElsewhere, role: Role, stack: Stack) -> Truth:
    """Whether a unit attaches something to a role of another one. An unknown name alone is nobody's; that of a unit which looks
    up roles may be of one that it looks up."""
    one = given.attachment
    if role.kind != "role":
        return NO
    sides = [*alternatives(one.target)]
    found = [_names(given, side, role, stack) for side in sides]
    if all(is_meant is NO for is_meant in found):
        return NO
    return YES if found == [YES] and one.exists is YES else MAYBE


def _names(given: _AttachedElsewhere, target: Value, role: Role, stack: Stack) -> Truth:
    if isinstance(target, Ref) and target.address in given.looked_up:
        target = given.looked_up[target.address]
    text, own = string(target), string(role.name)
    if text is not None:
        name = text.rpartition("/")[2] if text.startswith("arn:") else text
        if own is not None:
            return YES if name == own else NO
        target = Scalar(name, target.span)
    if isinstance(target, Unknown) and given.attachment.sought is not None:
        return MAYBE if _may_match(given.attachment.sought, own) else NO
    sought = (one for one in given.looked_up.values() if may_be_any(target) or key(one) == key(target))
    if not all(apart(one, role.name) for one in sought):
        return MAYBE
    if isinstance(target, Unknown) or (isinstance(target, Ref) and type_of(target.address) == STATE):
        return MAYBE if given.reads_states and stack.outputs else NO
    return MAYBE if may_be(role.name, target) else NO


def _may_match(pattern: Value, name: str | None) -> bool:
    """Whether a name may match a regular expression, by the literal that this begins with."""
    text = string(pattern)
    if text is None or name is None or "|" in text:
        return True
    found = re.match(r"\^([\w-]*)([*?{]?)", text)
    literal = "" if found is None else found[1][:-1] if found[2] else found[1]
    return name.startswith(literal)


def _with(found: Mapping[str, _Added], stack: Stack) -> Stack:
    roles = (
        replace(role, policies=(*role.policies, *more.policies), open=(*role.open, *dict.fromkeys(more.open)))
        if (more := found.get(role.address)) is not None
        else role
        for role in stack.roles
    )
    return replace(stack, roles=tuple(roles))


def _without(spans: Set[Span], stack: Stack) -> Stack:
    """A unit without the policies that are looked at where their role is."""
    return replace(stack, policies=tuple(policy for policy in stack.policies if policy.span not in spans))
