"""A task or job on Fargate pulls from ECR in subnets from which nothing leads to it.

## What fails

The start of every task, or job of AWS Batch: the login to ECR times out, and it stops with `ResourceInitializationError`.

## Why

A task on Fargate pulls through its own network interface. In a subnet whose route leads to an internet gateway it needs a
public address, which ECS gives only where `assign_public_ip` says so (for a job, `networkConfiguration` in the properties of its
container); in any other subnet it needs a NAT gateway, or the
endpoints `ecr.api`, `ecr.dkr` and S3. That the subnet maps public addresses on launch does not count for Fargate.
Where a service states that it wants no tasks, and nothing scales it, it is a warning.

Where something leads out that the files do not show (a firewall, a transit gateway, endpoints of another VPC), say it in
the configuration: `has-way-out = ["aws_subnet.private"]`, with the address of the subnet or of the VPC.

## Fix

A public address (or a NAT gateway, or the three endpoints). Terraform:

```hcl
resource "aws_ecs_service" "shop" {
  # ...
  network_configuration {
    subnets          = aws_subnet.public[*].id
    assign_public_ip = true
  }
}
```

CloudFormation:

```yaml
Shop:
  Type: AWS::ECS::Service
  Properties:
    NetworkConfiguration:
      AwsvpcConfiguration:
        Subnets: [!Ref PublicA, !Ref PublicB]
        AssignPublicIp: ENABLED
```

## References

- [Fargate task networking](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html)
- [CannotPullContainer task errors](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.network.consumers import Consumer
from ecrlint.analysis.network.pull_routes import Way, closed_set, cut_off, places, subnets_of, surely_leads_out, way_out
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.network import Placement
from ecrlint.model.stack import Stack
from ecrlint.wording.messages import LOGIN_TIMEOUT
from ecrlint.wording.words import setting

SEVERITY = Severity.ERROR
SYMPTOM = LOGIN_TIMEOUT


def check(stack: Stack) -> Iterator[Finding]:
    for vpc in stack.network.vpcs:
        found = closed_set(stack, vpc)
        if found is not None and not found.of_ecr:
            for consumer in cut_off(stack, vpc):
                if consumer.kind == "Fargate":
                    yield _finding(stack, consumer)


def _public_ip(placement: Placement) -> str:
    """The line that gives the tasks public addresses; that of a job stands in the network configuration of its container."""
    is_terraform = placement.span.source.is_terraform
    if placement.noun != "job":
        return setting("assign_public_ip", "true" if is_terraform else "ENABLED", placement.span)
    if is_terraform:
        return 'networkConfiguration = { assignPublicIp = "ENABLED" }'
    return "NetworkConfiguration: {AssignPublicIp: ENABLED}"


def _finding(stack: Stack, consumer: Consumer) -> Finding:
    placement = consumer.placement
    subnets = subnets_of(stack, consumer)
    public = any(way_out(stack.network, subnet) is Way.PUBLIC for subnet in subnets)
    if public:
        stated = placement.public_ip
        is_job = placement.noun == "job"  # whose definition states it, while its compute environment states the subnets
        span = stated.span if stated is not None else placement.span if is_job else placement.subnets.span
        through = "only through an internet gateway"
        if not all(surely_leads_out(stack.network, subnet) for subnet in subnets):
            through = "through an internet gateway at most"
        where = f"has no public IP in subnets that lead out {through}, and no endpoints for ECR"
        on = _public_ip(placement)
        fix = f"{on}, or a NAT gateway, or endpoints for ecr.api, ecr.dkr and s3"
    else:
        span = placement.subnets.span
        where = "is in subnets that lead nowhere out of the VPC, and the VPC has no endpoints for ECR"
        fix = "add a NAT gateway with a route to it, or endpoints for ecr.api, ecr.dkr and s3"
    return Finding(
        span=span or placement.span,
        message=f"{consumer.label} pulls from ECR on Fargate and {where}",
        help=fix,
        address=placement.address,
        cause="no way out",
        severity=consumer.severity,
        related=tuple(places(stack, consumer)),
    )
