"""A hop limit of 1 keeps a bridged container from the credentials of its host.

## What fails

A `docker login`, pull or push from inside a container on the host's bridge network: the answer to the token request does
not reach it. Some tools say that there are no credentials, others wait and time out.

## Why

With `http_tokens = "required"`, the answer to the PUT request for a token may pass as many network hops as
`http_put_response_hop_limit` says. A container on a bridge is one hop further than the host. For programs on the host
itself, the ECS agent, the kubelet and containers on the host's network, 1 is right; so is it for tasks and pods that
have roles of their own. Only a bridged container that uses the instance's role needs 2.

## Fix

Give the container credentials of its own, run it with `--network host`, or let one more hop through.

Terraform:

```hcl
metadata_options {
  http_tokens                 = "required"
  http_put_response_hop_limit = 2
}
```

CloudFormation:

```yaml
MetadataOptions:
  HttpTokens: required
  HttpPutResponseHopLimit: 2
```

## References

- [Use the Instance Metadata Service: considerations for containers](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.iam.hosts import hops, is_off, related, requires_tokens, use
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Host, Stack
from ecrlint.model.truth import NO

SEVERITY = Severity.ERROR
SYMPTOM = (
    "Unable to locate credentials",
    "no EC2 IMDS role found, operation error ec2imds: GetMetadata, request canceled, context deadline exceeded",
)


def check(stack: Stack) -> Iterator[Finding]:
    for host in stack.hosts:
        if host.exists is NO or is_off(host) or not requires_tokens(host) or hops(host.hop_limit) != 1:
            continue
        if use(host, "bridged-client") is not None:
            yield _finding(host, "and a bridged container on it calls AWS with its credentials", Severity.ERROR)
        elif use(host, "docker") is not None and use(host, "ecs", "eks") is None and host.role is not None:
            yield _finding(host, "and its containers cannot use its role unless they run on its network", Severity.WARNING)


def _finding(host: Host, why: str, severity: Severity) -> Finding:
    assert host.hop_limit is not None
    span = host.hop_limit.span
    return Finding(
        span=span,
        message=f'{host.kind} "{host.label}" lets tokens pass one hop only, {why}',
        help="http_put_response_hop_limit = 2" if ".tf" in span.path else "HttpPutResponseHopLimit: 2",
        address=host.address,
        cause="hop limit 1",
        severity=severity,
        related=(Related(host.span, f'{host.kind} "{host.label}"'), *related(host)),
    )
