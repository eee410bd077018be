"""Why somebody is not granted an action: the order in which the rules of the families identity and repository speak.

One cause is one finding. What an author wrote and did not mean explains more than what is just not there, so of the
causes that apply only the first is said. What keeps a task from starting is said of the task, by `ecrlint.iam.pullers`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

from ecrlint.iam.capability import LOGIN, TOKEN, can, denies_token, kept_by_conditions
from ecrlint.iam.holders import Holder
from ecrlint.iam.login import in_vain
from ecrlint.iam.pullers import starts
from ecrlint.iam.spelling import misspells
from ecrlint.model.policy import Policy, Role
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO


class Cause(enum.IntEnum):
    """What keeps an action from somebody, the most telling first; each is what one or two rules are about."""

    DENIED = enum.auto()
    """login-denied"""
    MISSPELT = enum.auto()
    """unknown-ecr-action"""
    ON_A_RESOURCE = enum.auto()
    """token-on-repository"""
    CONDITION = enum.auto()
    """login-condition-never-true"""
    ABSENT = enum.auto()
    """login-not-granted, push-set-incomplete, pull-set-incomplete, push-without-batch-get-image"""


def why_no_login(holder: Holder) -> Cause | None:
    """What keeps a holder from logging in, as far as its own policies are here; None where nothing does, or may not."""
    if denies_token(holder.policies) is not None:
        return Cause.DENIED
    if can(holder.visible, LOGIN).truth is not NO:
        return None
    if misspells(holder.policies, TOKEN):
        return Cause.MISSPELT
    if any(in_vain(holder)):
        return Cause.ON_A_RESOURCE
    return Cause.CONDITION if any(kept_by_conditions(holder.visible, TOKEN)) else Cause.ABSENT


def why_missing(policies: Iterable[Policy], action: str) -> Cause:
    """Why policies that are known not to grant an action on a repository do not."""
    return Cause.MISSPELT if misspells(policies, action) else Cause.ABSENT


def is_said_of_task(stack: Stack, role: Role) -> bool:
    """Whether a rule of the family ecs says of a task what this role, as its execution role, cannot do."""
    found = (start.execution_role for start in starts(stack) if start.flaw is not None)
    return any(one is not None and one.address == role.address for one in found)
