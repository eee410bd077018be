"""The policy of an endpoint for ECR lets other principals through, and not the role that pulls in its VPC.

## What fails

The pull of every task with that role: the request reaches the endpoint and is refused there, whatever the role's own
policies allow.

## Why

An endpoint policy is a gate for every request through the endpoint. A `Principal` that lists one role, or a condition on
`aws:PrincipalArn` or `aws:PrincipalAccount`, shuts everybody else out. On ECS it is the execution role that pulls, not the
task role, and where there is none the role of the instance. The login of a task on Fargate may go around the endpoint, so
for `ecr.api` this is a warning there.

## Fix

Terraform:

```hcl
statement {
  principals {
    type        = "AWS"
    identifiers = [aws_iam_role.build.arn, aws_iam_role.execution.arn]
  }
  actions   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
  resources = ["*"]
}
```

CloudFormation:

```yaml
- Effect: Allow
  Principal: {AWS: [!GetAtt Build.Arn, !GetAtt Execution.Arn]}
  Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
  Resource: "*"
```

## References

- [Amazon ECR interface VPC endpoints](https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html)
- [Control access to VPC endpoints using endpoint policies](https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import LOGIN, PULL, Capability, can
from ecrlint.analysis.network.consumers import Consumer, calls_as, consumers, role_of
from ecrlint.analysis.network.endpoints import ANYONE, place, policies, told_apart, told_apart_principal
from ecrlint.analysis.network.pull_routes import is_asked, private_dns
from ecrlint.analysis.network.security_groups import are_in_one_vpc
from ecrlint.analysis.repositories import principal_of
from ecrlint.iam.policies import covers_action
from ecrlint.iam.request import RequestContext
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.image import repository_arn
from ecrlint.model.network import Endpoint
from ecrlint.model.policy import Policy, Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import string
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
SYMPTOM = (
    "User: ... is not authorized to perform: ecr:BatchGetImage on resource: ... because no VPC endpoint policy allows the"
    " ecr:BatchGetImage action",
    "User: ... is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no VPC endpoint policy allows"
    " the ecr:GetAuthorizationToken action",
)


def check(stack: Stack) -> Iterator[Finding]:
    found = list(consumers(stack))
    for endpoint, policy in policies(stack, "ecr.dkr") if found else ():
        yield from _excluded(stack, endpoint, policy, found, PULL)
    for endpoint, policy in policies(stack, "ecr.api") if found else ():
        yield from _excluded(stack, endpoint, policy, found, LOGIN)


def _excluded(stack: Stack, endpoint: Endpoint, policy: Policy, found: list[Consumer], wanted: Capability) -> Iterator[Finding]:
    if private_dns(endpoint) is NO or can((policy,), wanted, principal=ANYONE).truth is NO:
        return  # nobody gets through, which is said elsewhere
    told = told_apart(policy, stack)
    said: set[str] = set()
    for consumer in found:
        role = role_of(stack, consumer)
        if role is None or role.address in said or not are_in_one_vpc(stack, consumer, endpoint):
            continue
        if is_asked(consumer, endpoint) is NO:
            continue
        caller, context = told_apart_principal(principal_of(role), stack), RequestContext(calls_as(consumer))
        image = None if consumer.image is None else repository_arn(consumer.image)
        grant = can((told,), wanted, image, principal=caller, context=context)
        if grant.truth is NO:
            said.add(role.address)
            yield _finding(endpoint, policy, consumer, role, grant.missing)


def _finding(endpoint: Endpoint, policy: Policy, consumer: Consumer, role: Role, missing: tuple[str, ...]) -> Finding:
    login = missing[0] in LOGIN.actions
    goes_through = is_asked(consumer, endpoint) is YES and not (login and consumer.kind == "Fargate")
    return Finding(
        span=_place(policy, missing[0]),
        message=f'the policy of endpoint "{endpoint.label}" does not allow {listing(missing)} for role "{role.label}",'
        f" with which {consumer.label} pulls",
        help=f"name {role.label} in the statement that allows {listing(missing)}, or let every principal through it",
        address=endpoint.address,
        cause=f"shuts {role.label} out",
        severity=consumer.weight if goes_through and private_dns(endpoint) is YES else Severity.WARNING,
        related=(
            Related(endpoint.span, f'endpoint "{endpoint.label}"'),
            Related(role.span, f'role "{role.label}"'),
            *consumer.places(),
        ),
        aws=SYMPTOM[1] if login else SYMPTOM[0],
    )


def _place(policy: Policy, action: str) -> Span:
    """What a person would extend: the principals, the condition or the resources of the statement that allows an action."""
    for one in policy.statements:
        if one.effect == "Allow" and covers_action(one, action) is not NO:
            if any(entry.kind != "*" and string(entry.value) != "*" for entry in one.principals or ()):
                return (one.principals or ())[0].value.span
            if one.conditions:
                return one.conditions[0].span
            if one.resources:
                return one.resources[0].span
    return place(policy)
