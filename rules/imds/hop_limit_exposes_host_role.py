"""Tokens of a host's metadata service pass more hops than its containers need, and with them the credentials of its role.

## What fails

Nothing fails. But any container on the host can take the credentials of the instance's role, which on a container host
pulls every image and often pushes them.

## Why

The answer to the request for a token passes as many network hops as `http_put_response_hop_limit` says. Programs on the
host, the ECS agent and the kubelet among them, need 1; a container on a bridge that uses the instance's role needs 2;
only a container inside a container needs 3. More than 3 is a warning; 3 is one where the role is good for a registry, and a
note elsewhere.

A limit of 2 is a note on hosts whose workloads have roles of their own, by a task role or a service account: they get
their credentials elsewhere. It is nothing where a container of the host uses the instance's role, or where the host keeps
its containers from the metadata service (`ECS_AWSVPC_BLOCK_IMDS`, a rule of `iptables`).

## Fix

Terraform:

```hcl
metadata_options {
  http_tokens                 = "required"
  http_put_response_hop_limit = 1
}
```

CloudFormation:

```yaml
MetadataOptions:
  HttpTokens: required
  HttpPutResponseHopLimit: 1
```

## References

- [Task IAM role: blocking the access of containers to the instance's credentials](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html)
- [EKS: restrict access to the instance profile](https://docs.aws.amazon.com/eks/latest/best-practices/identity-and-access-management.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.hosts import (
    has_profile,
    hops,
    is_on,
    reaches_registry,
    requires_tokens,
    speaking,
    use,
    with_defaults,
    workload_roles,
)
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.host import Host
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import Unknown, string
from ecrlint.wording.words import setting

SEVERITY = Severity.WARNING
EXPOSURE = 6.0
SYMPTOM = "no error: every container on the host can take the credentials of its role"

_BRIDGE, _NESTED = 2, 3
"""The hops that a container on a bridge needs, and one inside another container."""


def check(stack: Stack) -> Iterator[Finding]:
    for one in speaking(stack):
        host = with_defaults(one, stack)
        limit = hops(host.hop_limit)
        if limit is None or limit < _BRIDGE or not is_on(host) or host.user_data.shield:
            continue
        if limit > _BRIDGE:
            if _may_have_role(host) and string(host.http_tokens) != "optional":
                yield _too_far(host, limit)
        elif not _has_role(host) or not (requires_tokens(host) or host.supports_tokens is YES):
            continue  # IMDSv1 answers at any distance: that is said of the tokens
        elif not use(host, "bridged", "bridged-client", "runner"):
            yield from _not_needed(stack, host)


def _has_role(host: Host) -> bool:
    return has_profile(host) and not isinstance(host.profile, Unknown)


def _may_have_role(host: Host) -> bool:
    """Whether a host may be given a role: what launches from a template may add the profile."""
    return has_profile(host) or (host.profile is None and host.kind.startswith("launch"))


def _too_far(host: Host, limit: int) -> Finding:
    shown = reaches_registry(host)
    nested = limit == _NESTED and (not shown or use(host, "bridged", "bridged-client", "runner"))
    severity = Severity.NOTE if nested else Severity.WARNING
    what = f"; the host {shown[1]}" if shown else ""
    more = (Related(shown[0], f"the host {shown[1]}"),) if shown else ()
    return _finding(host, f"allows {limit} hops for tokens, and a container on a bridge needs 2{what}", "2", severity, *more)


def _not_needed(stack: Stack, host: Host) -> Iterator[Finding]:
    found = workload_roles(stack, host)
    if found:
        what = "tasks" if use(host, "ecs") else "pods"
        said = f"lets tokens pass {_BRIDGE} hops, to containers whose {what} have roles of their own"
        yield _finding(host, said, "1", Severity.NOTE, *(Related(span, word) for span, word in found))


def _finding(host: Host, said: str, right: str, severity: Severity, *more: Related) -> Finding:
    span = host.hop_limit.span if host.hop_limit is not None else host.span
    return Finding(
        span=span,
        message=f'{host.kind} "{host.label}" {said}',
        help=setting("http_put_response_hop_limit", right, span),
        address=host.address,
        cause="hop limit too high",
        severity=severity,
        related=(Related(host.span, f'{host.kind} "{host.label}"'), *more),
    )
