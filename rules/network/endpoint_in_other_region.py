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

from collections.abc import Iterator

from ecrlint.analysis.network.endpoints import carries_images, in_other_region, service
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.wording.words import setting

SEVERITY = Severity.ERROR
SYMPTOM = "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws....' does not exist"


def check(stack: Stack) -> Iterator[Finding]:
    if not carries_images(stack):
        return
    for endpoint in stack.endpoints:
        found = None if endpoint.exists is NO else in_other_region(stack, endpoint)
        if found is not None:
            own, name, place, said = found
            yield Finding(
                span=endpoint.service.span,
                message=f'endpoint "{endpoint.label}" names the service of {own}; its VPC is in {name}',
                help=setting("service_name", f'"com.amazonaws.{name}.{service(endpoint)}"', endpoint.service.span),
                address=endpoint.address,
                cause="other region",
                related=(Related(place, said),),
            )
