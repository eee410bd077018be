"""The policy of an ecr.api endpoint does not allow the login to ECR.

## What fails

Every `docker login`, and every pull by ECS, EKS or Lambda's builder that asks for a token, from the VPC of the
endpoint: the request reaches the endpoint and is refused there, whatever the role's own policies allow.

## Why

An endpoint policy is a gate beside all other policies: it grants nothing, and what it does not allow does not pass.
`ecr:GetAuthorizationToken` has no resource, so a statement that names repositories does not cover it. A policy that
consists of Deny statements alone, as a widely copied example does, lets nothing through at all.

## Fix

Terraform:

```hcl
resource "aws_vpc_endpoint" "ecr_api" {
  # ...
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Principal = "*", Action = "ecr:GetAuthorizationToken", Resource = "*" },
    ]
  })
}
```

CloudFormation:

```yaml
EcrApi:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    PolicyDocument:
      Version: "2012-10-17"
      Statement:
        - {Effect: Allow, Principal: "*", Action: ecr:GetAuthorizationToken, Resource: "*"}
```

## References

- [Amazon ECR interface VPC endpoints](https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html)
- [Control access to VPC endpoints using endpoint policies](https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import TOKEN, WHOLE, covers_token_in_vain
from ecrlint.analysis.network.endpoints import ANYONE, blocks_everything, place, policies
from ecrlint.analysis.network.pull_routes import is_reached
from ecrlint.iam import decide as iam
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Policy
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.wording.messages import where_reached
from ecrlint.wording.words import quoted, statement

SEVERITY = Severity.ERROR
SYMPTOM = (
    "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: User: ... is not authorized"
    f" to perform: {TOKEN} on resource: * because no VPC endpoint policy allows the {TOKEN} action",
    f"User: ... is not authorized to perform: {TOKEN} on resource: * with an explicit deny in a VPC endpoint policy",
)


def check(stack: Stack) -> Iterator[Finding]:
    for endpoint, policy in policies(stack, "ecr.api"):
        decision = iam.decide((policy,), TOKEN, WHOLE, principal=ANYONE)
        if decision.truth is not NO:
            continue
        span, why, cause = _denied(decision) if decision.denied else _not_allowed(policy)
        reached = is_reached(stack, endpoint)
        yield Finding(
            span=span,
            message=f'the policy of endpoint "{endpoint.label}" {why}{where_reached(reached)}',
            help=f"add a statement: {_with_principal(statement([TOKEN]))}",
            address=endpoint.address,
            cause=cause,
            severity=None if reached is YES else Severity.WARNING,
            related=(Related(endpoint.span, f'endpoint "{endpoint.label}"'),),
            aws=SYMPTOM[1] if decision.denied else SYMPTOM[0],
        )


def _denied(decision: iam.Decision) -> tuple[Span, str, str]:
    return decision.by[0], f"denies {TOKEN}", "login denied"


def _not_allowed(policy: Policy) -> tuple[Span, str, str]:
    if blocks_everything(policy):
        return place(policy), "has no Allow, so it lets nothing through, the login first of all", "no Allow"
    for one in policy.statements:
        if covers_token_in_vain(one) is YES and one.resources:
            why = f'lets {TOKEN} through on {quoted(one.resources[0])} alone; the login token needs Resource "*"'
            return one.resources[0].span, why, "login scoped to a resource"
    return place(policy), f"does not allow {TOKEN}", "login not allowed"


def _with_principal(text: str) -> str:
    return text.replace('"Effect": "Allow", ', '"Effect": "Allow", "Principal": "*", ')
