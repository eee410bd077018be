"""What ECS fetches before a container runs, and whether the execution role may: secrets, parameters, files.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ecrlint.analysis.capability import Capability, can
from ecrlint.iam.request import segment
from ecrlint.model.dataclass import dataclass
from ecrlint.model.value import Choice, Ref, Scalar, Unknown, Value, join, pieces, prefix, string, suffix

if TYPE_CHECKING:
    from ecrlint.model.policy import Role
    from ecrlint.model.stack import Stack
    from ecrlint.model.workload import Fetch, Task

_NEEDS = {
    "secretsmanager": Capability("secret", ("secretsmanager:GetSecretValue",)),
    "ssm": Capability("parameter", ("ssm:GetParameters",)),
    "s3": Capability("environment file", ("s3:GetObject",)),
}
DECRYPT = Capability("decryption", ("kms:Decrypt",))
_ARN = "arn:"
_KEY = re.compile(r"[^:/]*:[^:/]+:[^:/]*:[0-9a-fA-F-]*")
"""What follows a hole in a reference to a key of a secret: the end of its ARN, the key, a stage, a version."""
_SECRET_SEGMENTS = 7  # what follows in a reference to a secret names a key in it, a stage and a version


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that a role is known not to be let fetch, and the actions that it lacks for it."""

    fetch: Fetch
    missing: tuple[str, ...]


def refused(stack: Stack, task: Task, role: Role) -> Iterator[Refused]:
    """What the containers of a task are given that this role may not fetch."""
    for container in task.containers:
        for fetch in container.fetches:
            found = asked(fetch)
            missing = () if found is None or found[0] in stack.with_policies else can(role, _NEEDS[found[0]], found[1]).missing
            key = stack.encrypted.get(fetch.of)
            missing += () if key is None else can(role, DECRYPT, key).missing
            if missing:
                yield Refused(fetch, missing)


def asked(fetch: Fetch) -> tuple[str, Value] | None:
    """The service that a fetch asks, and the ARN that it asks for; None where the service is not known."""
    source = fetch.source
    if isinstance(source, (Ref, Unknown, Choice)):
        return None
    start = prefix(source)
    if start != _ARN and _ARN.startswith(start) and string(source) is None:  # it may be an ARN, of whatever service
        return ("secretsmanager", _without_key(source)) if fetch.what == "secret" and _names_key(source) else None
    if not start.startswith(_ARN):
        if fetch.what == "environment file" or not _may_be_a_name(source):
            return None
        service = "secretsmanager" if fetch.what == "registry credentials" else "ssm"
        return service, _by_name(source, "secret:" if service == "secretsmanager" else "parameter", service)
    service_of = string(segment(source, 2)) or ""
    return (service_of, _with_rest(source)) if service_of in _NEEDS else None


def _names_key(source: Value) -> bool:
    """Whether a reference ends with a key, a stage and a version of a secret, which no parameter has.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """
    return _KEY.fullmatch(suffix(source)) is not None


def _without_key(source: Value) -> Value:
    """The ARN that is before the key of a secret in it."""
    *before, last = pieces(source)
    start = (string(last) or "").partition(":")[0]
    return join((*before, *((Scalar(start, last.span),) if start else ()), _rest(source)), source.span)


def _may_be_a_name(source: Value) -> bool:
    """Whether a text is the name of something, and not a placeholder (`DB_SECRET_ARN`, `<secret>`) for what it is in the end."""
    text = string(source)
    return text is None or (re.fullmatch(r"[\w./-]+", text) is not None and not text.isupper())


def _by_name(name: Value, kind: str, service: str) -> Value:
    span = name.span
    parts = pieces(name)
    slash = "" if kind == "secret:" or (string(parts[0]) or "").startswith("/") else "/"
    before = (Scalar("arn:", span), Ref("aws", "partition", span), Scalar(f":{service}:", span), Ref("aws", "region", span))
    account = (Scalar(":", span), Ref("aws", "account_id", span), Scalar(f":{kind}{slash}", span))
    return join((*before, *account, *parts, _rest(name)), span)


def _with_rest(arn: Value) -> Value:
    """An ARN as it may be asked for: without a key of a secret, with the letters that AWS adds to a secret's name."""
    text = string(arn)
    if text is not None:
        return join((Scalar(":".join(text.split(":")[:_SECRET_SEGMENTS]), arn.span), _rest(arn)), arn.span)
    parts = pieces(arn)
    return join((*parts, _rest(arn)), arn.span)


def _rest(value: Value) -> Unknown:
    return Unknown("the ARN may go on", value.span)
