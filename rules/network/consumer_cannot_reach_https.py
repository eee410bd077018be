"""The security group of a service on Fargate, or of the instances that pull, does not let the pull of images out on 443.

## What fails

The start of every task: the login or the manifest times out where nothing may leave, the layers where only the VPC's own
addresses may be reached.

## Why

A task on Fargate pulls through its own network interface, behind its own security groups. On EC2 the instance pulls for its
tasks, and on EKS the node for its pods, behind the groups of their first interface. Terraform takes AWS's rule that
lets everything out away from a group for which no egress is stated; CloudFormation leaves it. Layers come from S3, whose
addresses are public even where a gateway endpoint leads to them: a rule for the VPC's block alone keeps them out, and one
for the prefix list of S3 lets them through.

## Fix

Terraform:

```hcl
resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.tasks.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0" # or the VPC's block, and prefix_list_id of the S3 endpoint in a second rule
}
```

CloudFormation:

```yaml
TaskGroup:
  Type: AWS::EC2::SecurityGroup
  Properties:
    GroupDescription: tasks
    VpcId: !Ref Vpc
    SecurityGroupEgress:
      - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 0.0.0.0/0}
```

## References

- [Fargate task networking](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html)
- [Security groups and gateway endpoints](https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html)
- [aws_security_group: egress](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/security_group)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.network.consumers import Consumer, consumers, with_other_images
from ecrlint.analysis.network.pull_routes import groups_of, vpc_name
from ecrlint.analysis.network.required_services import needs
from ecrlint.analysis.network.security_groups import keep_from_layers, let_nothing_out
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.network import SecurityGroup
from ecrlint.model.stack import Stack
from ecrlint.wording.messages import (
    CLI_TIMEOUT,
    HOST_LOGIN_TIMEOUT,
    LAYER_TIMEOUT,
    LOGIN_TIMEOUT,
    PARAMETER_TIMEOUT,
    SECRET_TIMEOUT,
    login_timeout,
)
from ecrlint.wording.services import USES
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
SYMPTOM = (LOGIN_TIMEOUT, LAYER_TIMEOUT, HOST_LOGIN_TIMEOUT, CLI_TIMEOUT, SECRET_TIMEOUT, PARAMETER_TIMEOUT)


def check(stack: Stack) -> Iterator[Finding]:
    for consumer in consumers(stack):
        groups = groups_of(stack, consumer.placement.groups, vpc_name(stack, consumer))
        if groups and let_nothing_out(groups):
            yield _finding(
                consumer, groups, f"has no egress rule for TCP 443, so {consumer.label} never logs in", login_timeout(consumer)
            )
        elif groups and keep_from_layers(stack, groups, consumer):
            said = f"lets only the VPC's own addresses be reached on 443, and {consumer.label} gets its layers from S3"
            yield _finding(consumer, groups, said, LAYER_TIMEOUT)

    for consumer in with_other_images(stack):
        groups = groups_of(stack, consumer.placement.groups, vpc_name(stack, consumer))
        need = next((one for one in needs(consumer) if one.service in ("secretsmanager", "ssm")), None)
        if need is not None and groups and let_nothing_out(groups):
            use = USES[need.service]
            said = f"has no egress rule for TCP 443, so {consumer.label} never {use.lost}"
            yield _finding(consumer, groups, said, use.aws, Related(need.span, use.shown))


def _finding(consumer: Consumer, groups: tuple[SecurityGroup, ...], said: str, aws: str, *more: Related) -> Finding:
    first = groups[0]
    layers = aws == LAYER_TIMEOUT
    out = "the prefix list of S3" if layers else "0.0.0.0/0, or to the endpoints and the prefix list of S3"
    return Finding(
        span=first.span,
        message=f"security group {listing([_quoted(group) for group in groups])} {said}",
        help=f"let TCP 443 out to {out}",
        address=first.address,
        cause="layers not reached" if layers else "nothing out on 443",
        related=(
            *consumer.places(),
            *more,
            *(Related(rule.span, "what it lets out") for group in groups for rule in group.egress.rules),
        ),
        severity=consumer.weight,
        aws=aws,
    )


def _quoted(group: SecurityGroup) -> str:
    return f'"{group.label}"'
