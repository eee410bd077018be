"""Access keys in an environment that has a role as well, which the keys take precedence over.

https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ecrlint.model.dataclass import dataclass
from ecrlint.model.script import SHELL, AwsCall
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Ref, Scalar, Value, alternatives, holes, is_null, string

_KEY = "AWS_ACCESS_KEY_ID"
_SECRET = "AWS_SECRET_ACCESS_KEY"


@dataclass(frozen=True, slots=True)
class ShadowingKey:
    """A variable or setting with a key, at `span`; `holder` is what has it, and `role` what it shadows, in words."""

    span: Span
    name: str
    holder: str
    address: str
    role: str
    role_span: Span


def shadowing_keys(stack: Stack) -> Iterator[ShadowingKey]:
    yield from _of_tasks(stack)
    yield from _of_hosts(stack)
    if stack.jobs:
        yield from _of_jobs(stack)


def _of_tasks(stack: Stack) -> Iterator[ShadowingKey]:
    for task in stack.tasks:
        role = task.task_role
        if task.exists is NO or role is None or is_null(role):
            continue
        for container in task.containers:
            key = _key(container.environment)
            if key is not None:
                holder = f'container "{string(container.name) or "?"}" of {task.noun} "{task.label}"'
                yield ShadowingKey(key.span, _KEY, holder, task.address, task.own_role, role.span)


def _key(environment: Mapping[str, Value]) -> Value | None:
    """The key that an environment has for AWS itself; None where it may be for something else, or empty."""
    key = environment.get(_KEY)
    if key is None or _SECRET not in environment or any("ENDPOINT" in name.upper() for name in environment):
        return None
    return key if all(_is_given(side) for side in alternatives(key)) else None


def _is_given(value: Value) -> bool:
    return not is_null(value) and string(value) != ""


def _of_hosts(stack: Stack) -> Iterator[ShadowingKey]:
    for host in stack.hosts:
        profile = host.profile
        if host.exists is NO or profile is None or is_null(profile):
            continue
        for script in host.user_data.scripts:
            holder = f'the user data of {host.kind} "{host.label}"'
            word = script.sets.get(_KEY)
            calls = [act for act in script.acts if isinstance(act, AwsCall) and _configures(act)]
            if word is not None and _SECRET in script.sets and _is_given(word.value) and not _of_script(word.value):
                yield ShadowingKey(word.span, _KEY, holder, host.address, "instance profile", profile.span)
            elif calls and not any(_of_script(value) for value in calls[0].options["words"]):
                place = calls[0].command.span
                yield ShadowingKey(place, "aws_access_key_id", holder, host.address, "instance profile", profile.span)


def _configures(call: AwsCall) -> bool:
    """Whether a call of the AWS CLI sets the key of the default profile."""
    words = [string(value) for value in call.options.get("words", ())]
    stated = call.service == "configure" and call.operation == "set" and words[:1] == ["aws_access_key_id"]
    return stated and "profile" not in call.options and len(words) > 1 and call.command.user is None


def _of_script(value: Value) -> bool:
    """Whether a value comes from what a script runs, such as the keys of a role that it assumes."""
    return any(isinstance(hole, Ref) and hole.address.startswith(SHELL) for hole in holes(value))


def _of_jobs(stack: Stack) -> Iterator[ShadowingKey]:
    from ecrlint.model.job import Credentials, RegistryLogin

    for job in stack.jobs:
        assumed: Credentials | None = None
        for step in job.steps:
            key = step.variables.get(_KEY)
            uses = any(isinstance(act, (AwsCall, RegistryLogin)) for act in step.acts)
            own = key is not None and not any(_within(key.span, other.span) for other in job.steps)
            if assumed is not None and uses and own and key is not None and _SECRET in step.variables and _is_of_user(key):
                yield ShadowingKey(key.span, _KEY, f'a step of job "{job.label}"', job.address, "role of the job", assumed.span)
            for act in step.acts:
                if isinstance(act, Credentials):
                    sure = step.runs is YES and act.by in ("token", "role") and act.role is not None
                    assumed = act if sure else None


def _is_of_user(key: Value) -> bool:
    """Whether a key is a secret of the repository or written out, and not what a step before has set."""
    if isinstance(key, Ref):
        return key.address in ("secrets", "vars")
    return isinstance(key, Scalar) and _is_given(key)


def _within(inner: Span, outer: Span) -> bool:
    return inner.source is outer.source and outer.start <= inner.start and inner.end <= outer.end
