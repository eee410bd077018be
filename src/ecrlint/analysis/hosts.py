"""What a host's metadata options say, and who on the host needs the instance's credentials."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ecrlint.analysis.capability import PULL, PUSH, granted_somewhere
from ecrlint.analysis.trust import principals
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Related
from ecrlint.model.host import Host, HostUse, What
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import List, Scalar, Value, is_null, mentions, string

if TYPE_CHECKING:
    from ecrlint.model.policy import Policy, Role, Statement
    from ecrlint.model.source import Span
    from ecrlint.model.stack import Stack

_WORDS: dict[What, str] = {
    "ecs": "registers with an ECS cluster",
    "eks": "is an EKS node",
    "batch": "runs the jobs of AWS Batch",
    "docker": "runs containers",
    "bridged": "runs a container on a network of its own",
    "bridged-client": "runs a container that calls AWS with the host's credentials",
    "login": "logs in to ECR",
    "runner": "runs the jobs of a CI system",
}

# The services that programs on a host itself call, beside what the host's user data shows: agents, the container engine,
# mounting a file system, taking another role, decrypting what any of these reads.
_OF_HOSTS = frozenset(
    {
        *("ecr", "ecr-public", "ecs", "eks", "ec2", "ec2messages", "ssm", "ssmmessages", "logs", "cloudwatch"),
        *("autoscaling", "elasticfilesystem", "elasticloadbalancing", "kms", "sts", "tag", "xray"),
    }
)
NO_PREFERENCE = -1
"""The hop limit by which an account states none."""

_ACCESS = r"Amazon(S3|DynamoDB|SQS|SNS|SES|Kinesis|Athena|Bedrock)\w*Access"
"""AWS managed policies that give an application access to one service."""


def speaking(stack: Stack) -> Iterator[Host]:
    """The hosts that state their metadata options, or leave them to the account and the image.

    An instance that takes them from a launch template is spoken for by that.
    """
    for host in stack.hosts:
        if host.exists is not NO and (host.options is not None or not host.inherits):
            yield host


def with_defaults(host: Host, stack: Stack) -> Host:
    """A host with the options that its account states, in that region, for what it leaves open itself."""
    found = [one for one in stack.metadata_defaults if one.provider == host.provider]
    if len(found) != 1 or found[0].exists is not YES or host.inherits:
        return host
    default = found[0]
    limit = default.hop_limit if hops(default.hop_limit) != NO_PREFERENCE else None
    return replace(
        host,
        http_endpoint=default.http_endpoint if is_null(host.http_endpoint) else host.http_endpoint,
        http_tokens=default.http_tokens if is_null(host.http_tokens) else host.http_tokens,
        hop_limit=limit if is_null(host.hop_limit) else host.hop_limit,
    )


def has_profile(host: Host) -> bool:
    """Whether a host may have a role at all."""
    given = host.profile
    return not (is_null(given) or string(given) == "" or (isinstance(given, List) and not given.items and given.complete))


def is_on(host: Host) -> bool:
    """Whether the metadata service certainly answers at all: it does where nothing is stated."""
    return is_null(host.http_endpoint) or string(host.http_endpoint) == "enabled"


def requires_tokens(host: Host) -> bool:
    return string(host.http_tokens) == "required"


def image_requires_tokens(host: Host) -> bool:
    """Whether nothing but the image of a host states whether tokens are required, and it requires them.

    The default of an account may still say otherwise, where it is not in the stack.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html
    """
    return is_null(host.http_tokens) and not host.inherits and host.supports_tokens is YES


def may_require_tokens(host: Host) -> bool:
    """Whether requiring tokens breaks nothing that is seen: no script that asks without one, no container too far away."""
    if host.user_data.asks_without_token is not NO:
        return False
    return use(host, "bridged", "bridged-client") is None or (hops(host.hop_limit) or 1) > 1


def hops(value: Value | None) -> int | None:
    """A stated hop limit; None where none is stated, or it is not known."""
    if isinstance(value, Scalar) and isinstance(value.value, (int, str)):
        try:
            return int(value.value)
        except ValueError:
            return None
    return None


def needs_credentials(host: Host) -> HostUse | None:
    """Something on a host that has no credentials but those of its metadata service; None where none is sure.

    The kubelet and the agent of ECS get to know from it where they are, too. What user data may give the agent instead, in a
    place that was not seen, is not known, and an image alone does not show that its agent is used.
    """
    node = next((one for one in host.uses if one.what in ("eks", "batch") and one.shown != "image"), None)
    if node is not None:
        return node
    if host.user_data.own or not host.user_data.whole:
        return None
    agent = next((one for one in host.uses if one.what == "ecs" and _registers(host, one)), None)
    if agent is not None or not has_profile(host):
        return agent
    login = host.user_data.login
    return HostUse("login", login) if login is not None else use(host, "bridged-client", "login")


def _registers(host: Host, shown: HostUse) -> bool:
    """Whether the agent of ECS is surely meant to run: user data may also name it to turn it off."""
    if shown.shown == "user data":
        return host.user_data.cluster is not None or "ECS_CLUSTER" in shown.span.text
    return shown.shown != "image"


def use(host: Host, *wanted: What) -> HostUse | None:
    """The first use of these kinds that a host shows."""
    return next((one for one in host.uses if one.what in wanted), None)


def handles_images(host: Host) -> tuple[Span, str] | None:
    """The place that shows that a host runs containers or talks to ECR, and what it does; None where nothing shows it."""
    for one in host.uses:
        return one.span, _WORDS[one.what]
    return _by_role(host)


def _by_role(host: Host) -> tuple[Span, str] | None:
    for policy in host.role.policies if host.role is not None else ():
        if _is_for(policy, *PULL.actions, PUSH.actions[-1]):
            return policy.attached or policy.span, "may pull from or push to ECR by its role"
    return None


def reaches_registry(host: Host) -> tuple[Span, str] | None:
    """The place that shows that the role of a host is good for a registry, and what the host does; None where nothing does."""
    found = use(host, "ecs", "eks", "batch", "login", "runner")
    return (found.span, _WORDS[found.what]) if found is not None else _by_role(host)


def wanted_by_containers(host: Host) -> tuple[Span, str] | None:
    """A grant of a host's role that nothing on the host itself accounts for, and what it grants; None where none is seen."""
    if host.role is None or "*" in host.user_data.calls:
        return None
    for policy in host.role.policies:
        if _is_for(policy, PUSH.actions[-1]) and use(host, "runner") is None:
            return policy.attached or policy.span, "grants the push to ECR"
        access = re.fullmatch(_ACCESS, policy.managed or "")
        if access and access.group(1).lower() not in host.user_data.calls:
            return policy.attached or policy.span, f"has {policy.managed}"
        for statement in policy.statements:
            for service, pattern in _services(statement):
                if service not in _OF_HOSTS and service not in host.user_data.calls:
                    return pattern.span, f"grants {string(pattern)}"
    return None


def workload_roles(stack: Stack, host: Host) -> tuple[tuple[Span, str], ...]:
    """The places where the workloads of an ECS or EKS host get roles of their own; empty where one may use the host's."""
    if use(host, "ecs"):
        tasks = [one for one in stack.tasks if one.exists is not NO and one.launches_on("FARGATE") is NO]
        found = [(one.task_role.span, f'the role of task "{one.label}"') for one in tasks if one.task_role is not None]
        return tuple(found) if len(found) == len(tasks) else ()
    if use(host, "eks"):
        return tuple((role.span, f'the role "{role.label}" of a service account') for role in stack.roles if _of_pods(role))
    return ()


def _of_pods(role: Role) -> bool:
    """Whether pods take a role by their service account: by the cluster's OIDC provider, or by EKS Pod Identity."""
    for statement, principal in principals(role):
        if string(principal.value) == "pods.eks.amazonaws.com":
            return True
        subjects = [value for one in statement.conditions if one.key.endswith(":sub") for value in one.values]
        if principal.kind == "Federated" and any(mentions(value, "system:serviceaccount:") for value in subjects):
            return True
    return False


def related(uses: Iterable[HostUse]) -> Iterator[Related]:
    """The places that show what runs on a host, in words."""
    for one in uses:
        yield Related(one.span, f"the host {_WORDS[one.what]}")


def _is_for(policy: Policy, *actions: str) -> bool:
    """Whether a policy is there for ECR: it grants one of these actions, and not just everything."""
    if not any(granted_somewhere((policy,), action) is YES for action in actions):
        return False
    if granted_somewhere((policy,), "ecr:DeleteRegistryPolicy") is not YES:
        return True
    return any(service == "ecr" for statement in policy.statements for service, _ in _services(statement))


def _services(statement: Statement) -> Iterator[tuple[str, Value]]:
    """The services whose actions an Allow names, each with the pattern that names it."""
    for pattern in (statement.actions or ()) if statement.effect == "Allow" else ():
        service, colon, _ = (string(pattern) or "").lower().partition(":")
        if colon and "*" not in service:
            yield service, pattern
