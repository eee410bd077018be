"""The S3 endpoint of a VPC is not on the way of the tasks that pull, so the layers of their images do not come.

## What fails

The pull, after login and manifest: the layers lie in S3, and the request for them goes nowhere.

## Why

The gateway endpoint for S3 works by a route, and only in the route tables that it is given; a subnet with another table
does not have it. An interface endpoint for S3 does not stand in for it: AWS does not support it for ECR, and without
private DNS nothing leads to it at all.

## Fix

Terraform:

```hcl
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.main.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id] # that of the subnets that pull
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

- [Create the Amazon S3 gateway endpoint](https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-setting-up-s3-gateway)
- [Gateway endpoints](https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.network.consumers import Consumer
from ecrlint.analysis.network.endpoints import service
from ecrlint.analysis.network.pull_routes import (
    EndpointSet,
    closed_set,
    cut_off,
    endpoint_set,
    is_gateway,
    leads_out,
    places,
    private_dns,
    subnets_of,
    table_of,
    vpc_label,
)
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.network import Endpoint, RouteTable
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.wording.messages import LAYER_TIMEOUT
from ecrlint.wording.words import listing, setting

SEVERITY = Severity.ERROR
SYMPTOM = LAYER_TIMEOUT


def check(stack: Stack) -> Iterator[Finding]:
    said: set[str] = set()
    for vpc in stack.network.vpcs:
        found = closed_set(stack, vpc)
        if found is None or not found.of_ecr or not found.of("s3"):
            continue
        for consumer in cut_off(stack, vpc):
            finding = _without_layers(stack, found, consumer)
            if finding is not None:
                said.add(vpc)
                yield finding
                break
    for endpoint in stack.endpoints:
        if endpoint.vpc not in said and _is_unused(stack, endpoint):
            yield Finding(
                span=endpoint.span,
                message=f'gateway endpoint "{endpoint.label}" is in no route table, so nothing takes it to the layers of images',
                help=setting("route_table_ids", "<route tables of the subnets that pull>", endpoint.span),
                address=endpoint.address,
                cause="in no route table",
                severity=Severity.WARNING,
            )


def _is_unused(stack: Stack, endpoint: Endpoint) -> bool:
    """Whether a gateway endpoint is in no route table, beside endpoints for ECR and without another way that is known."""
    made = service(endpoint) == "s3" and endpoint.exists is not NO and is_gateway(endpoint) is YES
    if not made or not endpoint.tables.none or endpoint.vpc is None or leads_out(stack, endpoint.vpc):
        return False
    found = endpoint_set(stack, endpoint.vpc)
    return found is not None and bool(found.of_ecr) and all(other.tables.none for other in found.gateways)


def _without_layers(stack: Stack, found: EndpointSet, consumer: Consumer) -> Finding | None:
    """What keeps a consumer that is cut off from the layers, where that is known."""
    if not found.gateways:
        return _interface_only(stack, found.of("s3"), consumer)
    if any(gateway.tables.open or is_gateway(gateway) is not YES for gateway in found.gateways):
        return None
    given = {name for gateway in found.gateways for name in gateway.tables.names}
    tables = {table.address: table for subnet in subnets_of(stack, consumer) if (table := table_of(stack.network, subnet))}
    lost = [table for address, table in tables.items() if address not in given]
    return _not_in_table(stack, found.gateways[0], lost, consumer) if lost else None


def _not_in_table(stack: Stack, gateway: Endpoint, lost: list[RouteTable], consumer: Consumer) -> Finding:
    mains = {vpc.table for vpc in stack.network.vpcs.values()}
    called = listing(["the main route table" if one.address in mains else f'route table "{one.label}"' for one in lost])
    return Finding(
        span=gateway.tables.span or gateway.span,
        message=f'gateway endpoint "{gateway.label}" is not in {called}, so {consumer.label} never gets layers',
        help=setting("route_table_ids", "<route tables of the subnets that pull>", gateway.span),
        address=gateway.address,
        cause="not in the route table",
        severity=consumer.severity,
        related=tuple(places(stack, consumer)),
    )


def _interface_only(stack: Stack, interfaces: tuple[Endpoint, ...], consumer: Consumer) -> Finding:
    first, off = interfaces[0], all(private_dns(endpoint) is NO for endpoint in interfaces)
    why = "and has no private DNS, so nothing leads to it" if off else "and AWS does not support it for ECR"
    return Finding(
        span=first.span if first.type is None else first.type.span,
        message=f'"{first.label}", the only endpoint of {vpc_label(stack, first.vpc or "")} for S3, is an interface {why}:'
        f" {consumer.label} gets no layers",
        help="add a gateway endpoint for S3 with the route tables of the subnets that pull",
        address=first.address,
        cause="no gateway endpoint",
        severity=consumer.severity if off else Severity.WARNING,
        related=(Related(first.span, f'endpoint "{first.label}"'), *places(stack, consumer)),
    )
