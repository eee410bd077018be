"""A VPC without another way to ECR has some of the endpoints that a pull takes, and lacks others.

## What fails

Every pull in the VPC. Without `ecr.api` there is no login, without `ecr.dkr` no manifest, and without S3 the layers, which
lie in a bucket of ECR's, do not come: each ends in a timeout.

## Why

From a subnet without a route to the internet a pull takes three endpoints: the interface endpoints `ecr.api` and
`ecr.dkr`, and the gateway endpoint for S3. It is an error where a service of the stack pulls in subnets that lead nowhere
else, and a warning where the endpoints are all that shows the need.

Where something leads out that the files do not show (a firewall, a transit gateway, endpoints of another VPC), say it in
the configuration: `has-way-out = ["aws_subnet.private"]`, with the address of the subnet or of the VPC.

## Fix

Terraform:

```hcl
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.main.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
}
```

CloudFormation:

```yaml
S3:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    VpcId: !Ref Vpc
    ServiceName: !Sub com.amazonaws.${AWS::Region}.s3
    VpcEndpointType: Gateway
    RouteTableIds: [!Ref PrivateRouteTable]
```

## References

- [Amazon ECR interface VPC endpoints](https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html)
- [Fargate tasks in subnets without internet access](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.iam.messages import LAYER_TIMEOUT, LOGIN_TIMEOUT, PULL_TIMEOUT
from ecrlint.iam.network.consumers import Consumer
from ecrlint.iam.network.ways import (
    EndpointSet,
    closed_set,
    cut_off,
    endpoint_places,
    is_sealed,
    places,
    private_dns,
    vpc_label,
    vpc_place,
)
from ecrlint.iam.wording import listing
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO

SEVERITY = Severity.ERROR
SYMPTOM = (LOGIN_TIMEOUT, PULL_TIMEOUT, LAYER_TIMEOUT)

_MESSAGES = {"ecr.api": LOGIN_TIMEOUT, "ecr.dkr": PULL_TIMEOUT, "s3": LAYER_TIMEOUT}
_LOST = {"ecr.api": "logs in", "ecr.dkr": "reaches the registry", "s3": "gets layers"}


def check(stack: Stack) -> Iterator[Finding]:
    for vpc in stack.network.vpcs:
        found = closed_set(stack, vpc)
        if found is None or not found.of_ecr or not found.missing:
            continue
        consumer = next(cut_off(stack, vpc), None)
        if consumer is not None or _is_meant_for_pulls(stack, found):
            yield _finding(stack, found, consumer)


def _is_meant_for_pulls(stack: Stack, found: EndpointSet) -> bool:
    """Whether the endpoints for ECR alone show that something pulls through them, and nothing else leads anywhere."""
    return is_sealed(stack, found.vpc) and all(private_dns(endpoint) is not NO for endpoint in found.of_ecr)


def _finding(stack: Stack, found: EndpointSet, consumer: Consumer | None) -> Finding:
    first = found.of_ecr[0]
    missing = listing(["s3 (Gateway)" if name == "s3" else name for name in found.missing])
    who = "nothing in its subnets" if consumer is None else f"{consumer.label}, whose subnets lead nowhere else,"
    never = "" if consumer is None else "never "
    does = listing([_LOST[name] for name in found.missing], "or")
    related = [*endpoint_places(found.of_ecr[1:]), vpc_place(stack, stack.network.vpcs[found.vpc])]
    related += places(stack, consumer) if consumer is not None else ()
    return Finding(
        span=first.span,
        message=f"the endpoints of {vpc_label(stack, found.vpc)} lack {missing}: {who} {never}{does}",
        help=f"add to the VPC an endpoint for each: {_services(found)}",
        address=found.vpc,
        cause=f"lacks {' '.join(found.missing)}",
        severity=Severity.WARNING if consumer is None else consumer.severity,
        related=tuple(related),
        aws=_MESSAGES[found.missing[0]],
    )


def _services(found: EndpointSet) -> str:
    kinds = (f"com.amazonaws.<region>.{name} ({'Gateway' if name == 's3' else 'Interface'})" for name in found.missing)
    return ", ".join(kinds)
