"""Which role of the repository a job assumes, and whether its trust policy admits the job."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ecrlint.analysis import federation
from ecrlint.analysis.accounts import is_elsewhere
from ecrlint.analysis.memory import once
from ecrlint.analysis.oidc_subjects import subject
from ecrlint.iam import conditions
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.request import Fact, Request, RequestContext, absent, known, present, segment
from ecrlint.model.dataclass import dataclass
from ecrlint.model.job import Credentials, Job, Platform, Step
from ecrlint.model.policy import PolicyCondition, Role
from ecrlint.model.script import SHELL
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Ref, Scalar, Value, pieces, string, suffix

_MADE_UP = re.compile(r"[0-9]{14,18}[0-9a-f]{8,12}")
"""What Terraform adds to a `name_prefix`: the time and a counter, 26 characters."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A step of a job that assumes a role with a token, and the roles of the repository that it may be.

    Not `named`: the role is not named by its name, but it is the only one that trusts the platform.
    """

    stack: Stack
    job: Job
    step: Step
    credentials: Credentials
    roles: tuple[Role, ...]
    named: bool


@once
def assumptions(stack: Stack) -> Iterator[Assumption]:
    """What the jobs of a stack assume, as far as a role of the repository answers to it."""
    roles = [role for one in (stack, *stack.beside) for role in one.roles if role.kind == "role"]
    for job in stack.jobs:
        for step in job.steps:
            for act in step.acts:
                if isinstance(act, Credentials) and act.role is not None:
                    found, named = roles_of(act.role, roles, job.platform)
                    if found:
                        yield Assumption(stack, job, step, act, found, named)


def issuer(platform: Platform) -> str:
    """The issuer of the tokens of a platform."""
    return federation.GITLAB if platform == "gitlab" else federation.GITHUB


def roles_of(value: Value, roles: Iterable[Role], platform: Platform) -> tuple[tuple[Role, ...], bool]:
    """The roles that a value may name, and whether it does so by a name.

    A value that only the platform knows (a secret, a variable) is the one role that trusts the platform, if there is one.
    """
    roles = tuple(roles)
    tail = suffix(value) if not isinstance(value, Scalar) else str(value.value)
    name = tail.rpartition("/")[2] if tail.startswith("arn:") or "/" in tail else tail if isinstance(value, Scalar) else ""
    if name:
        account = segment(value, 4)
        return tuple(role for role in roles if _is_called(role, name) and not is_elsewhere(role, account)), True
    if not isinstance(value, Ref) or not _is_setting(value, platform):
        return (), False
    trusting = [role for role in roles if federation.trusts_issuer(role, issuer(platform))]
    places = {(role.span.path, role.span.start) for role in trusting}
    return (tuple(trusting), False) if len(places) == 1 else ((), False)


def _is_setting(value: Ref, platform: Platform) -> bool:
    """Whether a value is one of the settings of a project: a secret or a variable that no file states."""
    if platform == "gitlab":
        return value.address.startswith(SHELL) and re.fullmatch(r"\w+", value.attribute) is not None
    return value.address in ("secrets", "vars")


def _is_called(role: Role, name: str) -> bool:
    if string(role.name) is not None:
        return string(role.name) == name
    prefix = string(role.prefix)
    return bool(prefix) and name.startswith(prefix or "") and _MADE_UP.fullmatch(name[len(prefix or "") :]) is not None


def refusal(one: Assumption) -> tuple[Role, PolicyCondition] | None:
    """The condition that keeps a job out of each of its roles, whatever is not known; None where it may be let in."""
    sent = subject(one.job)
    if sent is None:
        return None
    claims = {"sub": known(sent), "aud": present("the audience is not in question"), **_claims(one.job)}
    refusing: list[tuple[Role, PolicyCondition]] = []
    for role in one.roles:
        wanted = issuer(one.job.platform)
        if not has_default_subject(role, wanted) or federation.admits(role, wanted, claims) is not NO:
            return None
        found = _refusing(role, wanted, claims)
        if found is None:
            return None
        refusing.append((role, found))
    return refusing[0] if refusing else None


def _claims(job: Job) -> dict[str, Fact]:
    if job.platform != "github":
        return {}
    environment = absent("the job has no environment") if job.environment is None else known(job.environment)
    return {"environment": environment, "ref": known(job.start.ref), "event_name": known(job.start.event)}


def _refusing(role: Role, issuer: str, claims: dict[str, Fact]) -> PolicyCondition | None:
    keys = {f"{issuer}:{claim}": fact for claim, fact in claims.items()}
    request = Request(federation.WEB_IDENTITY, Scalar("*", NOWHERE), context=RequestContext(keys=keys))
    for one in federation.federated(role) or ():
        for condition in one.statement.conditions if one.issuer == issuer else ():
            if condition.key.lower() in keys and conditions.holds(condition, request, "trust") is NO:
                return condition
    return None


_DEFAULT = {
    federation.GITHUB: re.compile(r"[*?\0]|repo:[^:]*(?:[*?\0]|:(?:[*?\0]|ref:|environment:|pull_request))"),
    federation.GITLAB: re.compile(r"[*?\0]|project_path:[^:]*(?:[*?\0]|:(?:[*?\0]|ref_type:[^:]*(?:[*?\0]|:ref:)))"),
}
"""How a subject begins that a platform sends by default; holes are written as \\0."""


def has_default_subject(role: Role, issuer: str) -> bool:
    """Whether a role expects the subject that is sent unless a repository has a template of its own."""
    conditions_on_it = federation.subject_conditions(role, issuer)
    values = [value for condition in conditions_on_it for value in condition.values]
    return all(_DEFAULT[issuer].match("".join(string(piece) or "\0" for piece in pieces(value))) for value in values)


def is_sure(one: Assumption) -> bool:
    """Whether a step runs in every run of its job, and this in every run of the pipeline that has this start."""
    return one.job.runs is YES and one.step.runs is YES and not one.step.tolerated
