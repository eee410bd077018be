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

Where no hop limit is stated, the account decides, then the image: one hop for Amazon Linux 2, two for images that are
marked for IMDSv2. That is a warning for the former and a note where the image is not known.

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

from ecrlint.analysis.hosts import (
    has_profile,
    hops,
    image_requires_tokens,
    is_on,
    related,
    requires_tokens,
    speaking,
    use,
    wanted_by_containers,
    with_defaults,
)
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.host import Host
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import is_null
from ecrlint.wording.words import setting

SEVERITY = Severity.ERROR
SYMPTOM = (
    "Unable to locate credentials",
    "no EC2 IMDS role found, operation error ec2imds: GetMetadata, request canceled, context deadline exceeded",
)


def check(stack: Stack) -> Iterator[Finding]:
    for one in speaking(stack):
        host = with_defaults(one, stack)
        if is_on(host) and (requires_tokens(host) or image_requires_tokens(host)):
            yield from _blocked(host)


def _blocked(host: Host) -> Iterator[Finding]:
    stated = hops(host.hop_limit) == 1
    if not stated and (not is_null(host.hop_limit) or host.supports_tokens is YES):
        return
    client, container = use(host, "bridged-client"), use(host, "bridged")
    if client and has_profile(host):
        why = "and a container on a network of its own calls AWS with the host's credentials"
        yield _finding(host, why, Severity.ERROR if requires_tokens(host) else Severity.WARNING, *related((client,)))
    elif container and not use(host, "ecs", "eks", "batch") and (wanted := wanted_by_containers(host)):
        why = "and its containers cannot use its role unless they run on its network"
        yield _finding(host, why, Severity.WARNING, *related((container,)), Related(wanted[0], f"its role {wanted[1]}"))


def _finding(host: Host, why: str, severity: Severity, *more: Related) -> Finding:
    if hops(host.hop_limit) == 1:
        limit = "lets tokens pass one hop only"
    elif host.supports_tokens is NO:
        limit, severity = "states no hop limit, so that its image lets tokens pass one hop only", Severity.WARNING
    else:
        client = use(host, "bridged-client")
        severity = Severity.WARNING if client else Severity.NOTE
        limit = "states no hop limit, so that tokens pass one hop only unless its image or account says otherwise"
    place = host.hop_limit if hops(host.hop_limit) == 1 else host.http_tokens
    span = host.span if place is None else place.span
    return Finding(
        span=span,
        message=f'{host.kind} "{host.label}" {limit}, {why}',
        help=setting("http_put_response_hop_limit", "2", span),
        address=host.address,
        cause="hop limit 1",
        severity=severity,
        related=(Related(host.span, f'{host.kind} "{host.label}"'), *more),
    )
