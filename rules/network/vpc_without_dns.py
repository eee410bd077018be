"""An endpoint for ECR asks for private DNS in a VPC whose DNS support or DNS host names are off.

## What fails

The deployment: AWS refuses to make the endpoint.

## Why

Private DNS is a private zone in the VPC, and such a zone needs both DNS support, which is on where nothing is said, and
DNS host names, which are off where nothing is said.

## Fix

Terraform:

```hcl
resource "aws_vpc" "main" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
}
```

CloudFormation:

```yaml
Vpc:
  Type: AWS::EC2::VPC
  Properties:
    CidrBlock: 10.0.0.0/16
    EnableDnsSupport: true
    EnableDnsHostnames: true
```

## References

- [CreateVpcEndpoint: PrivateDnsEnabled](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html)
- [DNS attributes of a VPC](https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.network.endpoints import service
from ecrlint.analysis.network.pull_routes import endpoint_places, private_dns
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.network import Endpoint, Vpc
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES
from ecrlint.model.value import Value, boolean, is_null
from ecrlint.wording.words import setting

SEVERITY = Severity.ERROR
SYMPTOM = (
    "InvalidParameter: Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
    " for vpc-..."
)


def check(stack: Stack) -> Iterator[Finding]:
    for vpc in stack.network.vpcs.values():
        asking = [endpoint for endpoint in stack.endpoints if endpoint.vpc == vpc.address and _asks(endpoint)]
        if not asking:
            continue
        hostnames_off = boolean(vpc.dns_hostnames, MAYBE if vpc.summarised else NO) is NO
        if boolean(vpc.dns_support, YES) is NO:
            yield _finding(vpc, "DNS support", "enable_dns_support", vpc.dns_support, asking)
        if hostnames_off:
            yield _finding(vpc, "DNS host names", "enable_dns_hostnames", vpc.dns_hostnames, asking)


def _asks(endpoint: Endpoint) -> bool:
    return service(endpoint) in ("ecr.api", "ecr.dkr") and endpoint.exists is not NO and private_dns(endpoint) is YES


def _finding(vpc: Vpc, what: str, argument: str, value: Value | None, asking: list[Endpoint]) -> Finding:
    is_sure = any(endpoint.exists is YES for endpoint in asking)
    states = f"does not turn {what} on" if value is None or is_null(value) else f"has {what} off"
    return Finding(
        span=vpc.span if value is None else value.span,
        message=f'VPC "{vpc.label}" {states}, and the private DNS of endpoint "{asking[0].label}" needs it',
        help=setting(argument, "true", vpc.span),
        address=vpc.address if is_sure else asking[0].address,
        cause=f"{what} off",
        related=tuple(endpoint_places(asking)),
    )
