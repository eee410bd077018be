"""A VPC without another way to ECR has some of the endpoints that a pull takes, and lacks others.

## What fails

Every pull in the VPC. Without `ecr.api` there is no login, without `ecr.dkr` no manifest, and without S3 the layers, which
lie in a bucket of ECR's, do not come: each ends in a timeout. So does the start of a task that is given secrets without
`secretsmanager`, or parameters without `ssm`; one that waits for its log does not start without `logs`; and instances do
not register with their cluster without `ecs` and `ecs-agent`, so that nothing is pulled.

## Why

From a subnet without a route to the internet a pull takes three endpoints: the interface endpoints `ecr.api` and
`ecr.dkr`, and the gateway endpoint for S3. What else a task needs to start takes one more for each service. It is an error
where a service of the stack pulls in subnets that lead nowhere else, and a warning where the endpoints are all that shows
the need, or where a task may start without the log that it cannot write.

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
- [Amazon ECS interface VPC endpoints](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.network.consumers import Consumer
from ecrlint.analysis.network.pull_routes import (
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
from ecrlint.analysis.network.required_services import NeededService, lacking
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.wording.messages import (
    CLI_TIMEOUT,
    HOST_LOGIN_TIMEOUT,
    LAYER_TIMEOUT,
    LOG_TIMEOUT,
    LOGIN_TIMEOUT,
    NO_INSTANCES,
    PARAMETER_TIMEOUT,
    PULL_TIMEOUT,
    SECRET_TIMEOUT,
    login_timeout,
)
from ecrlint.wording.services import USES
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
SYMPTOM = (
    LOGIN_TIMEOUT,
    HOST_LOGIN_TIMEOUT,
    CLI_TIMEOUT,
    PULL_TIMEOUT,
    LAYER_TIMEOUT,
    SECRET_TIMEOUT,
    PARAMETER_TIMEOUT,
    LOG_TIMEOUT,
    NO_INSTANCES,
)

_MESSAGES = {"ecr.dkr": PULL_TIMEOUT, "s3": LAYER_TIMEOUT}
_LOST = {"ecr.api": "logs in", "ecr.dkr": "reaches the registry", "s3": "gets layers"}


def check(stack: Stack) -> Iterator[Finding]:
    for vpc in stack.network.vpcs:
        found = closed_set(stack, vpc)
        if found is None or not found.of_ecr:
            continue
        first: Consumer | None = None
        more: tuple[NeededService, ...] = ()
        for consumer in cut_off(stack, vpc):
            lost = lacking(consumer, found.others)
            if first is None or any(need.sure for need in lost) > any(need.sure for need in more) or (lost and not more):
                first, more = consumer, lost
        if found.missing and (first is not None or _is_meant_for_pulls(stack, found)):
            yield _finding(stack, found, first, tuple(need for need in more if need.sure))
        elif more:
            yield _finding(stack, found, first, more)


def _is_meant_for_pulls(stack: Stack, found: EndpointSet) -> bool:
    """Whether the endpoints for ECR alone show that something pulls through them, and nothing else leads anywhere."""
    return is_sealed(stack, found.vpc) and all(private_dns(endpoint) is not NO for endpoint in found.of_ecr)


def _finding(stack: Stack, found: EndpointSet, consumer: Consumer | None, more: tuple[NeededService, ...]) -> Finding:
    first = found.of_ecr[0]
    names = (*found.missing, *(need.service for need in more))
    missing = listing(["s3 (Gateway)" if name == "s3" else name for name in names])
    who = "nothing in its subnets" if consumer is None else f"{consumer.label}, whose subnets lead nowhere else,"
    never = "" if consumer is None else "never "
    lost = (*(_LOST[name] for name in found.missing), *(USES[need.service].lost for need in more))
    does = listing(list(dict.fromkeys(lost)), "or")
    related = [*endpoint_places(found.of_ecr[1:]), vpc_place(stack, stack.network.vpcs[found.vpc])]
    related += places(stack, consumer) if consumer is not None else ()
    return Finding(
        span=first.span,
        message=f"the endpoints of {vpc_label(stack, found.vpc)} lack {missing}: {who} {never}{does}",
        help=f"add to the VPC an endpoint for each: {_services(names)}",
        address=found.vpc,
        cause=f"lacks {' '.join(names)}",
        severity=_severity(found, consumer, more),
        related=(*related, *dict.fromkeys(Related(need.span, USES[need.service].shown) for need in more)),
        aws=_aws(found, consumer, more),
    )


def _severity(found: EndpointSet, consumer: Consumer | None, more: tuple[NeededService, ...]) -> Severity | None:
    if consumer is None or not (found.missing or any(need.sure for need in more)):
        return Severity.WARNING
    return consumer.severity


def _aws(found: EndpointSet, consumer: Consumer | None, more: tuple[NeededService, ...]) -> str:
    if not found.missing:
        return USES[more[0].service].aws
    return _MESSAGES.get(found.missing[0]) or login_timeout(consumer)


def _services(names: tuple[str, ...]) -> str:
    return ", ".join(f"com.amazonaws.<region>.{name} ({'Gateway' if name == 's3' else 'Interface'})" for name in names)
