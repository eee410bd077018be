"""A hop limit of 1 keeps a bridged container from the credentials of its host.

## What fails

A `docker login`, pull or push from inside a container on the host's bridge network: the answer to the token request does
not reach it. Some tools say that there are no credentials, others wait and time out.

## Why

With `http_tokens = "required"`, the answer to the PUT request for a token may pass as many network hops as
`http_put_response_hop_limit` says. A container on a bridge is one hop further than the host. For programs on the host
itself, the ECS agent, the kubelet and containers on the host's network, 1 is right; so is it for tasks and pods that
have roles of their own. Only a bridged container that uses the instance's role needs 2.

It is an error where such a container certainly calls AWS: it runs the AWS CLI. It is a warning where the instance's role
grants what nothing on the host itself accounts for (the push to ECR, an application's tables or buckets), so that it is
the containers that want it. A role that only pulls the images, for the host's own container engine, says nothing.

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

from ecrlint.iam.hosts import hops, is_on, related, requires_tokens, use, wanted_by_containers
from ecrlint.iam.wording import setting
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.host import Host
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO

SEVERITY = Severity.ERROR
SYMPTOM = (
    "Unable to locate credentials",
    "no EC2 IMDS role found, operation error ec2imds: GetMetadata, request canceled, context deadline exceeded",
)


def check(stack: Stack) -> Iterator[Finding]:
    for host in stack.hosts:
        limit = host.hop_limit
        if host.exists is NO or not is_on(host) or not requires_tokens(host) or limit is None or hops(limit) != 1:
            continue
        client, container = use(host, "bridged-client"), use(host, "bridged")
        if client and host.profile is not None:
            why = "and a container on a network of its own calls AWS with the host's credentials"
            yield _finding(host, limit.span, why, Severity.ERROR, *related((client,)))
        elif container and not use(host, "ecs", "eks") and (wanted := wanted_by_containers(host)):
            why = "and its containers cannot use its role unless they run on its network"
            more = Related(wanted[0], f"its role {wanted[1]}")
            yield _finding(host, limit.span, why, Severity.WARNING, *related((container,)), more)


def _finding(host: Host, span: Span, why: str, severity: Severity, *more: Related) -> Finding:
    return Finding(
        span=span,
        message=f'{host.kind} "{host.label}" lets tokens pass one hop only, {why}',
        help=setting("http_put_response_hop_limit", "2", span),
        address=host.address,
        cause="hop limit 1",
        severity=severity,
        related=(Related(host.span, f'{host.kind} "{host.label}"'), *more),
    )
