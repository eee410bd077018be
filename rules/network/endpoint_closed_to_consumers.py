"""The security group of an endpoint for ECR does not let in on 443 what pulls through it.

## What fails

Every pull in the VPC, NAT gateway or not: with private DNS the registry's names lead to the endpoint, whose security
group drops the connection, and the pull times out.

## Why

An interface endpoint answers HTTPS on port 443, and its security groups have to let that in from the tasks and hosts that
pull: by their security group or by their address block. An endpoint without a security group of its own gets the default
one of the VPC, which lets in only what has that same group.

## Fix

Terraform:

```hcl
resource "aws_security_group" "endpoints" {
  vpc_id = aws_vpc.main.id

  ingress {
    from_port       = 443
    to_port         = 443
    protocol        = "tcp"
    security_groups = [aws_security_group.tasks.id]
  }
}
```

CloudFormation:

```yaml
EndpointGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: endpoints
    VpcId: !Ref Vpc
    SecurityGroupIngress:
      - {IpProtocol: tcp, FromPort: 443, ToPort: 443, SourceSecurityGroupId: !GetAtt TaskGroup.GroupId}
```

## References

- [Amazon ECR interface VPC endpoints](https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html)
- [Security groups of interface endpoints](https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.network.consumers import Consumer, consumers
from ecrlint.analysis.network.endpoints import service
from ecrlint.analysis.network.pull_routes import endpoint_places, groups_of, is_asked, private_dns
from ecrlint.analysis.network.security_groups import are_in_one_vpc, let_nobody_in, shut_out
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.network import Endpoint, SecurityGroup
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import string
from ecrlint.wording.messages import LOGIN_TIMEOUT, PULL_TIMEOUT
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
SYMPTOM = (LOGIN_TIMEOUT, PULL_TIMEOUT)


def check(stack: Stack) -> Iterator[Finding]:
    by_groups: dict[tuple[str, ...], list[Endpoint]] = {}
    found: dict[tuple[str, ...], tuple[SecurityGroup, ...]] = {}
    for endpoint in stack.endpoints:
        is_used = endpoint.exists is not NO and string(endpoint.type) == "Interface" and private_dns(endpoint) is not NO
        if is_used and service(endpoint) in ("ecr.api", "ecr.dkr"):
            groups = groups_of(stack, endpoint.groups, endpoint.vpc)
            if groups:
                key = tuple(group.address for group in groups)
                found[key] = groups
                by_groups.setdefault(key, []).append(endpoint)
    for key, endpoints in by_groups.items():
        yield from _of_groups(stack, found[key], sorted(endpoints, key=lambda endpoint: endpoint.address))


def _of_groups(stack: Stack, groups: tuple[SecurityGroup, ...], endpoints: list[Endpoint]) -> Iterator[Finding]:
    sure = [endpoint for endpoint in endpoints if private_dns(endpoint) is YES and endpoint.exists is YES]
    if let_nobody_in(groups):
        yield _finding(groups, endpoints, "nobody", "has no ingress rule for TCP 443", (), bool(sure))
        return
    for consumer in consumers(stack):
        near = [one for one in endpoints if are_in_one_vpc(stack, consumer, one) and is_asked(consumer, one) is not NO]
        if near and shut_out(stack, groups, consumer):
            said = f"does not let {consumer.label} in on 443"
            certain = consumer.weight is None and any(one in near and is_asked(consumer, one) is YES for one in sure)
            yield _finding(groups, endpoints, "consumers", said, tuple(_places(stack, consumer)), certain)
            return


def _places(stack: Stack, consumer: Consumer) -> Iterator[Related]:
    yield from consumer.places()
    for group in groups_of(stack, consumer.placement.groups, None):
        yield Related(group.span, f'security group "{group.label}" of {consumer.label}')


def _finding(
    groups: tuple[SecurityGroup, ...],
    endpoints: list[Endpoint],
    cause: str,
    said: str,
    related: tuple[Related, ...],
    sure: bool,
) -> Finding:
    plural = "s" if len(endpoints) > 1 else ""
    names = f"endpoint{plural} {listing([_quoted(endpoint) for endpoint in endpoints])}"
    first, by_default = endpoints[0], endpoints[0].groups.none
    if by_default:
        message = f"no security group is stated for {names}, and the default one of the VPC {said}"
        span = first.span
    else:
        message = f"security group {listing([_quoted(group) for group in groups])} of {names} {said}"
        span = groups[0].span
    return Finding(
        span=span,
        message=message,
        help="let TCP 443 in from the security group, or the address block, of what pulls",
        address=first.address if by_default else groups[0].address,
        cause=f"{cause} in on 443",
        severity=None if sure else Severity.WARNING,
        related=(*endpoint_places(endpoints), *related),
        aws=LOGIN_TIMEOUT if service(first) == "ecr.api" else PULL_TIMEOUT,
    )


def _quoted(thing: Endpoint | SecurityGroup) -> str:
    return f'"{thing.label}"'
