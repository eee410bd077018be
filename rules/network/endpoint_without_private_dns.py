"""The private DNS of an endpoint for ECR is off, so the names of the registry do not lead to it.

## What fails

Nothing of the endpoint is used: `docker pull` and ECS ask for `<account>.dkr.ecr.<region>.amazonaws.com` and
`api.ecr.<region>.amazonaws.com`, and get public addresses. Where the subnet has no way out, the pull times out.

## Why

Private DNS makes the public names of a service resolve to the endpoint inside of the VPC. It is off where neither
Terraform nor CloudFormation turns it on, and ECR needs it: nobody pulls from the endpoint's own name. A private zone of
your own for the registry's names does the same; where there is one, or the VPC is tied to others in which there may be
one (a transit gateway, a shared resource, a resolver), this rule is quiet. It is an error where tasks pull
in subnets without another way, and otherwise a warning.

## Fix

Terraform:

```hcl
resource "aws_vpc_endpoint" "ecr_dkr" {
  # ...
  private_dns_enabled = true
}
```

CloudFormation:

```yaml
EcrDkr:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    PrivateDnsEnabled: true
```

## References

- [Amazon ECR interface VPC endpoints](https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html)
- [Private DNS of interface endpoints](https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.network.consumers import Consumer
from ecrlint.analysis.network.endpoints import service, shares_its_text
from ecrlint.analysis.network.pull_routes import cut_off, endpoint_set, has_own_zone, leads_out, places, private_dns
from ecrlint.fixes.edits import turned_on
from ecrlint.fixes.settings import with_settings
from ecrlint.model.finding import Edit, Finding, Severity
from ecrlint.model.network import Endpoint
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import string
from ecrlint.wording.messages import LOGIN_TIMEOUT, PULL_TIMEOUT
from ecrlint.wording.words import setting

SEVERITY = Severity.ERROR
SYMPTOM = (PULL_TIMEOUT, LOGIN_TIMEOUT)


def check(stack: Stack) -> Iterator[Finding]:
    for endpoint in stack.endpoints:
        name = service(endpoint)
        if name not in ("ecr.api", "ecr.dkr") or endpoint.exists is NO or string(endpoint.type) != "Interface":
            continue
        if private_dns(endpoint) is not NO or has_own_zone(stack.network) or _another_has_it(stack, endpoint):
            continue
        shut = None if endpoint.vpc is None else next(cut_off(stack, endpoint.vpc), None)
        if shut is None and endpoint.vpc is not None and leads_out(stack, endpoint.vpc):
            continue
        yield _finding(endpoint, name, stack, shut)


def _another_has_it(stack: Stack, endpoint: Endpoint) -> bool:
    """Whether the names may lead to another endpoint of the VPC for the same service."""
    found = None if endpoint.vpc is None else endpoint_set(stack, endpoint.vpc)
    name = service(endpoint)
    return found is None or name is None or any(private_dns(other) is not NO for other in found.of(name))


def _finding(endpoint: Endpoint, name: str, stack: Stack, shut: Consumer | None) -> Finding:
    states = "does not turn private DNS on" if endpoint.private_dns is None else "has private DNS off"
    goes = "pulls bypass it" if shut is None else f"{shut.label} has no other way to the registry"
    return Finding(
        span=endpoint.span if endpoint.private_dns is None else endpoint.private_dns.span,
        message=f'endpoint "{endpoint.label}" for {name} {states}; {goes}',
        help=setting("private_dns_enabled", "true", endpoint.span),
        address=endpoint.address,
        cause="private DNS off",
        severity=Severity.WARNING if shut is None else shut.severity,
        related=() if shut is None else tuple(places(stack, shut)),
        aws=PULL_TIMEOUT if name == "ecr.dkr" else LOGIN_TIMEOUT,
        fix=() if shares_its_text(stack, endpoint) else _fix(endpoint),
    )


def _fix(endpoint: Endpoint) -> tuple[Edit, ...]:
    if endpoint.private_dns is not None:
        return turned_on(endpoint.private_dns)
    return () if endpoint.body is None else with_settings(endpoint.body, {"private_dns_enabled": "true"})
