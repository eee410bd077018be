"""What a host's metadata options say, and who on the host needs the instance's credentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ecrlint.iam.capability import PULL, PUSH, granted_somewhere
from ecrlint.model.finding import Related
from ecrlint.model.policy import Policy
from ecrlint.model.source import Span
from ecrlint.model.stack import Host, Use
from ecrlint.model.truth import YES
from ecrlint.model.value import Scalar, Value, string

_WORDS = {
    "ecs": "registers with an ECS cluster",
    "eks": "is an EKS node",
    "docker": "runs containers",
    "bridged-client": "runs a container that calls AWS with the host's credentials",
    "login": "logs in to ECR",
    "runner": "runs the jobs of a CI system",
}


def is_off(host: Host) -> bool:
    """Whether the metadata service is switched off."""
    return string(host.http_endpoint) == "disabled"


def requires_tokens(host: Host) -> bool:
    return string(host.http_tokens) == "required"


def hops(value: Value | None) -> int | None:
    """A stated hop limit; None where none is stated, or it is not known."""
    if isinstance(value, Scalar) and isinstance(value.value, (int, str)):
        try:
            return int(value.value)
        except ValueError:
            return None
    return None


def use(host: Host, *wanted: Literal["ecs", "eks", "docker", "bridged-client", "login", "runner"]) -> Use | None:
    """The first use of these kinds that a host shows."""
    return next((one for one in host.uses if one.what in wanted), None)


def handles_images(host: Host) -> tuple[Span, str] | None:
    """The place that shows that a host runs containers or talks to ECR, and what it does; None where nothing shows it."""
    for one in host.uses:
        return one.span, _WORDS[one.what]
    if host.role is not None:
        for policy in host.role.policies:
            if _speaks_of_ecr(policy):
                return policy.attached or policy.span, "may pull from or push to ECR by its role"
    return None


def _speaks_of_ecr(policy: Policy) -> bool:
    """Whether a policy is there for ECR: it grants the pull or the push, and not just everything."""
    actions = (*PULL.actions, PUSH.actions[-1])
    if not any(granted_somewhere((policy,), action) is YES for action in actions):
        return False
    return granted_somewhere((policy,), "ecr:DeleteRegistryPolicy") is not YES or _names_ecr(policy)


def _names_ecr(policy: Policy) -> bool:
    patterns = (string(pattern) or "" for statement in policy.statements for pattern in statement.actions or ())
    return any(pattern.lower().startswith("ecr:") for pattern in patterns)


def related(host: Host) -> Iterator[Related]:
    """The places that show what runs on a host, in words."""
    for one in host.uses:
        yield Related(one.span, f"the host {_WORDS[one.what]}")
