"""Who may assume a role, by its trust policy."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import WHOLE
from ecrlint.analysis.federation import is_ci, issuer
from ecrlint.iam import decide as iam
from ecrlint.model.policy import Principal, Role, Statement
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Scalar, string, suffix

ECS_TASKS = "ecs-tasks.amazonaws.com"
"""Assumes task roles and execution roles, on every launch type.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

_SHELLS = ("codebuild.amazonaws.com", "ec2.amazonaws.com")
"""The services whose machines run `docker login` with the role's credentials."""

_PULLERS = (ECS_TASKS, "eks-fargate-pods.amazonaws.com", "build.apprunner.amazonaws.com")
"""The services that pull images with the role themselves."""

_ECR = frozenset(f"{service}.amazonaws.com" for service in ("ecr", "pullthroughcache.ecr", "replication.ecr"))
"""ECR itself, which copies images into caches and other registries with a role.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private.html
"""

_NO_SHELLS = _ECR | frozenset(
    f"{service}.amazonaws.com"
    for service in (
        *("codepipeline", "codedeploy", "cloudformation", "lambda", "events", "scheduler", "states", "config", "backup"),
        *("ecs", "eks", "batch", "autoscaling", "application-autoscaling", "spotfleet", "elasticloadbalancing", "apigateway"),
        *("cloudtrail", "vpc-flow-logs", "logs", "firehose", "s3", "sns", "inspector2", "guardduty"),
    )
)
"""The services that call AWS's API with the role, and never a registry."""


def trusts(role: Role, service: str) -> Truth:
    """Whether a service may assume a role; `MAYBE` where its trust policy, or a part of it, is not known."""
    if role.trust is None or all(one.effect == "Deny" for one in role.trust.statements):
        return MAYBE  # who writes only a Deny means a role that nobody assumes
    if any((string(one.value) or "").startswith(f"{service}.") for _, one in principals(role)):
        return MAYBE  # whether a partition's own suffix is a principal there is not documented
    reasons = role.trust.open
    principal = Principal("Service", Scalar(service, role.span))
    return iam.decide((role.trust,), "sts:AssumeRole", WHOLE, open=reasons, principal=principal).truth


def principals(role: Role) -> Iterator[tuple[Statement, Principal]]:
    """Everybody whom the trust policy of a role names to let in, each with its statement, in order."""
    for statement in () if role.trust is None else role.trust.statements:
        if statement.effect != "Deny":
            yield from ((statement, principal) for principal in statement.principals or ())


def never_logs_in(role: Role | None) -> bool:
    """Whether only services that log in to nothing themselves use a role: what it grants may be for what they start."""
    return role is not None and logs_in(role) is NO


def may_never_log_in(role: Role | None) -> bool:
    """Whether it may be that only services that log in to nothing themselves use a role."""
    return role is not None and may_be_for_no_program(role)


def logs_in(role: Role) -> Truth:
    """Whether a role is for programs that log in to a registry: those of people, CI jobs and hosts do, most services do not."""
    if role.kind != "role" or runs_docker(role):
        return YES
    if role.trust is None or role.trust.open:
        return MAYBE
    found = [principal for _, principal in principals(role)]
    if any(one.kind == "Federated" for one in found):
        return YES
    services = {string(one.value) for one in found if one.kind == "Service"}
    return NO if services and services <= _NO_SHELLS and all(one.kind == "Service" for one in found) else MAYBE


def may_be_for_no_program(role: Role) -> bool:
    """Whether it is not known that anything but a service that never calls a registry assumes a role. A user is a program's."""
    if role.kind != "role":
        return False
    if role.trust is None or role.trust.open:
        return True
    found = [principal for _, principal in principals(role)]
    of_unknown_kind = {id(one.value) for one in found if one.kind == "Service" and string(one.value) is None}
    return all(id(one.value) in of_unknown_kind or (one.kind == "Service" and string(one.value) in _NO_SHELLS) for one in found)


def is_for_services(role: Role) -> bool:
    """Whether services of AWS alone assume a role."""
    found = [principal for _, principal in principals(role)]
    return bool(found) and all(one.kind == "Service" for one in found)


def is_for_ecr(role: Role) -> Truth:
    """Whether a role is there for ECR itself: no client logs in, pushes or pulls with it. The account of the upstream registry
    may be named beside ECR."""
    found = [principal for _, principal in principals(role)]
    services = [string(one.value) for one in found if one.kind == "Service"]
    others = [one for one in found if one.kind != "Service"]
    if not services or any(one.kind != "AWS" for one in others) or not all(name is None or name in _ECR for name in services):
        return NO
    if any(string(one.value) is not None and not suffix(one.value).endswith(":root") for one in others):
        return NO
    return MAYBE if None in services or any(string(one.value) is None for one in others) else YES


def runs_docker(role: Role) -> bool:
    """Whether a role is for machines: hosts, and builds."""
    return any(string(one.value) in _SHELLS for _, one in principals(role))


def pulls_images(role: Role) -> bool:
    """Whether a role is for what pulls images with it: hosts, builds, tasks, pods and services."""
    return any(string(one.value) in (*_SHELLS, *_PULLERS) for _, one in principals(role))


def is_for_hosted_ci(role: Role) -> bool:
    """Whether a role is for the jobs of a CI service alone, by the identity provider that it trusts."""
    found = [principal for _, principal in principals(role)]
    return bool(found) and all(one.kind == "Federated" and is_ci(issuer(one.value) or "") for one in found)
