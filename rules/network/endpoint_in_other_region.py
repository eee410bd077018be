"""An endpoint on the way of an image names the service of another region than its VPC is in.

## What fails

The deployment: AWS knows no such service in the region of the VPC.

## Why

The name of an endpoint service holds its region: `com.amazonaws.eu-west-1.ecr.dkr`. A VPC takes only the services of its
own region, but for interface endpoints that name another one in `service_region`.

## Fix

Terraform:

```hcl
data "aws_region" "current" {}

resource "aws_vpc_endpoint" "ecr_dkr" {
  # ...
  service_name = "com.amazonaws.${data.aws_region.current.region}.ecr.dkr"
}
```

CloudFormation:

```yaml
EcrDkr:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
```

## References

- [AWS services that integrate with AWS PrivateLink](https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html)
- [Cross-Region enabled AWS services](https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-cross-region-privatelink-support.html)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.iam.network.endpoints import carries_images, region, service
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.network import Endpoint
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import is_null, string

SEVERITY = Severity.ERROR
SYMPTOM = "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws....' does not exist"

_ZONE = r"([a-z]{2}(?:-[a-z]+)+-\d)[a-z]"


def check(stack: Stack) -> Iterator[Finding]:
    if not carries_images(stack):
        return
    for endpoint in stack.endpoints:
        own = region(endpoint)
        if service(endpoint) is None or endpoint.exists is NO or own is None or not is_null(endpoint.region):
            continue
        found = _region_of_vpc(stack, endpoint)
        if found is not None and found[0] != own:
            name, place, said = found
            yield Finding(
                span=endpoint.service.span,
                message=f'endpoint "{endpoint.label}" names the service of {own}; its VPC is in {name}',
                help=f"com.amazonaws.{name}.{service(endpoint)}",
                address=endpoint.address,
                cause="other region",
                related=(Related(place, said),),
            )


def _region_of_vpc(stack: Stack, endpoint: Endpoint) -> tuple[str, Span, str] | None:
    """The region that an endpoint's VPC is in, where the availability zone of a subnet or the provider says it."""
    regions: dict[str, tuple[str, Span, str]] = {}
    own = set(endpoint.subnets.names)
    for subnet in stack.network.subnets.values():
        if subnet.address in own or (endpoint.vpc is not None and subnet.vpc == endpoint.vpc):
            found = re.fullmatch(_ZONE, string(subnet.zone) or "")
            if found and subnet.zone is not None:
                regions.setdefault(found.group(1), (found.group(1), subnet.zone.span, f'subnet "{subnet.label}" is there'))
    stated = endpoint.deployed
    name = string(stated)
    if not regions and stated is not None and name:
        return name, stated.span, "the provider deploys there"
    return next(iter(regions.values())) if len(regions) == 1 else None
