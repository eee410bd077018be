"""An endpoint for ECR is not of the type Interface, or is in no subnet.

## What fails

The deployment: AWS refuses to make a gateway endpoint for ECR. An interface endpoint without a subnet is made, and does
nothing: no address in the VPC leads to it.

## Why

`ecr.api` and `ecr.dkr` are served by interface endpoints alone. The type that CloudFormation and Terraform take where
none is stated is Gateway. An interface endpoint works through a network interface in each subnet that it is given.

## Fix

Terraform:

```hcl
resource "aws_vpc_endpoint" "ecr_dkr" {
  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.${var.region}.ecr.dkr"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = [aws_security_group.endpoints.id]
}
```

CloudFormation:

```yaml
EcrDkr:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
    VpcEndpointType: Interface
    PrivateDnsEnabled: true
    SubnetIds: [!Ref PrivateA, !Ref PrivateB]
    SecurityGroupIds: [!Ref EndpointGroup]
```

## References

- [Amazon ECR interface VPC endpoints](https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html)
- [CreateVpcEndpoint](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.network.endpoints import service, shares_its_text
from ecrlint.analysis.network.pull_routes import has_own_zone
from ecrlint.fixes.edits import reworded
from ecrlint.fixes.settings import with_settings
from ecrlint.model.finding import Edit, Finding, Severity
from ecrlint.model.network import Endpoint
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import is_null, string
from ecrlint.wording.messages import PULL_TIMEOUT
from ecrlint.wording.words import quoted, setting

SEVERITY = Severity.ERROR
SYMPTOM = (
    "InvalidParameter: Endpoint type (Gateway) does not match available service types ([Interface]).",
    PULL_TIMEOUT,
)


def check(stack: Stack) -> Iterator[Finding]:
    for endpoint in stack.endpoints:
        name = service(endpoint)
        if name not in ("ecr.api", "ecr.dkr") or endpoint.exists is NO:
            continue
        stated = string(endpoint.type)
        if is_null(endpoint.type):
            yield _of_type(stack, endpoint, endpoint.span, f"states no type, and the default is Gateway; {name} is an Interface")
        elif stated is not None and stated != "Interface" and endpoint.type is not None:
            what = f"is of type {quoted(endpoint.type)}; {name} is an Interface"
            yield _of_type(stack, endpoint, endpoint.type.span, what)
        elif stated == "Interface" and endpoint.subnets.none:
            yield Finding(
                span=endpoint.span,
                message=f'endpoint "{endpoint.label}" is in no subnet, so no address in the VPC leads to {name}',
                help=setting("subnet_ids", "<subnets of what pulls>", endpoint.span),
                address=endpoint.address,
                cause="no subnet",
                severity=Severity.WARNING,
                aws=SYMPTOM[1],
            )


def _of_type(stack: Stack, endpoint: Endpoint, span: Span, what: str) -> Finding:
    return Finding(
        span=span,
        message=f'endpoint "{endpoint.label}" {what}',
        help=setting("vpc_endpoint_type", '"Interface"', endpoint.span),
        address=endpoint.address,
        cause="not an interface",
        fix=_fix(stack, endpoint),
    )


def _fix(stack: Stack, endpoint: Endpoint) -> tuple[Edit, ...]:
    """The type, where the endpoint has subnets; and private DNS where nothing is said of it, without which it is not used."""
    if endpoint.body is None or endpoint.subnets.none or shares_its_text(stack, endpoint):
        return ()
    settings = {} if endpoint.private_dns is not None or has_own_zone(stack.network) else {"private_dns_enabled": "true"}
    if endpoint.type is None:
        return with_settings(endpoint.body, {"vpc_endpoint_type": '"Interface"', **settings})
    right = reworded(endpoint.type, "Interface")
    return (*right, *with_settings(endpoint.body, settings)) if right and settings else right
