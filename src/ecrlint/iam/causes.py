"""Why somebody is not granted an action: the order in which the rules of the families identity and repository speak.

One cause is one finding. What an author wrote and did not mean explains more than what is just not there, so of the
causes that apply only the first is said. What keeps a task from starting is said of the task, by `ecrlint.iam.pullers`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator

from ecrlint.iam.arns import matches_no_repository, of_public_registry
from ecrlint.iam.capability import LOGIN, PUBLIC_TOKEN, TOKEN, can, denies_token, kept_by_conditions
from ecrlint.iam.holders import Holder
from ecrlint.iam.intent import pushing
from ecrlint.iam.login import in_vain
from ecrlint.iam.patterns import any_matches_action
from ecrlint.iam.pullers import starts
from ecrlint.iam.spelling import misspells, service_of
from ecrlint.model.policy import Policy, Role, Statement
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import string


class Cause(enum.IntEnum):
    """What keeps an action from somebody, the most telling first; each is what one or two rules are about."""

    DENIED = enum.auto()
    """login-denied"""
    MISSPELT = enum.auto()
    """unknown-ecr-action"""
    PUBLIC = enum.auto()
    """public-registry-confused"""
    ON_A_RESOURCE = enum.auto()
    """token-on-repository"""
    NO_REPOSITORY = enum.auto()
    """arn-matches-no-repository"""
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
    if logs_in_to_public_alone(holder):
        return Cause.PUBLIC
    return Cause.CONDITION if any(kept_by_conditions(holder.visible, TOKEN)) else Cause.ABSENT


def why_missing(policies: Iterable[Policy], action: str) -> Cause:
    """Why policies that are known not to grant an action on a repository do not."""
    policies = tuple(policies)
    if misspells(policies, action):
        return Cause.MISSPELT
    vain = list(in_vain_on_repositories(policies, action))
    if any(all(map(of_public_registry, one.resources or ())) for one in vain):
        return Cause.PUBLIC
    return Cause.NO_REPOSITORY if vain else Cause.ABSENT


def in_vain_on_repositories(policies: Iterable[Policy], action: str) -> Iterator[Statement]:
    """The statements that grant an action of ECR, by a pattern for ECR, on resources of which none can be a repository."""
    for policy in policies:
        for one in policy.statements:
            if one.effect != "Allow" or not one.resources or not all(map(matches_no_repository, one.resources)):
                continue
            if any_matches_action(tuple(pattern for pattern in one.actions or () if service_of(pattern)), action) is YES:
                yield one


def logs_in_to_public_alone(holder: Holder) -> bool:
    """Whether a holder pushes to ECR, and of ECR Public has the login and nothing to log in for."""
    patterns = [one for _, statement in holder.statements() if statement.effect == "Allow" for one in statement.actions or ()]
    public = {(string(one) or "").lower() for one in patterns if service_of(one) == "ecr-public"}
    return public == {PUBLIC_TOKEN.lower()} and any(pushing(holder.own))


def is_said_of_task(stack: Stack, role: Role) -> bool:
    """Whether a rule of the family ecs says of a task what this role, as its execution role, cannot do."""
    found = (start.execution_role for start in starts(stack) if start.flaw is not None)
    return any(one is not None and one.address == role.address for one in found)
