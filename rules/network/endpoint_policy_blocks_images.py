"""The policy of an ecr.dkr endpoint lets neither a pull nor a push through.

## What fails

Every pull and push from the VPC of the endpoint, after a login that may well succeed: the registry refuses the manifest
or the layers.

## Why

An endpoint policy is a gate beside all other policies: what it does not allow does not pass. A pull needs
`ecr:BatchGetImage` and `ecr:GetDownloadUrlForLayer`, a push the five upload actions. A policy that allows only the
login, or consists of Deny statements alone, lets no image through.

## Fix

Terraform:

```hcl
resource "aws_vpc_endpoint" "ecr_dkr" {
  # ...
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = "*"
      Action    = ["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource  = "*"
    }]
  })
}
```

CloudFormation:

```yaml
EcrDkr:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    PolicyDocument:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: "*"
          Action: [ecr:GetAuthorizationToken, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
          Resource: "*"
```

## References

- [Amazon ECR interface VPC endpoints](https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PULL, PUSH, can
from ecrlint.analysis.network.endpoints import ANYONE, blocks_everything, place, policies, said_of_login
from ecrlint.analysis.network.pull_routes import is_reached
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.wording.messages import where_reached
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
SYMPTOM = (
    "User: ... is not authorized to perform: ecr:BatchGetImage on resource: ... because no VPC endpoint policy allows the"
    " ecr:BatchGetImage action",
    "User: ... is not authorized to perform: ecr:InitiateLayerUpload on resource: ... because no VPC endpoint policy allows"
    " the ecr:InitiateLayerUpload action",
)


def check(stack: Stack) -> Iterator[Finding]:
    for endpoint, policy in policies(stack, "ecr.dkr"):
        pull, push = (can((policy,), wanted, principal=ANYONE) for wanted in (PULL, PUSH))
        if pull.truth is not NO or push.truth is not NO:
            continue
        nothing = blocks_everything(policy)
        if nothing and said_of_login(stack, policy):
            continue
        why = "has no Allow, so it lets nothing through" if nothing else f"does not allow {listing(pull.missing)}"
        reached = is_reached(stack, endpoint)
        yield Finding(
            span=place(policy),
            message=f'the policy of endpoint "{endpoint.label}" {why}{where_reached(reached)}',
            help=f"add to an Allow statement: {', '.join(PULL.actions)}",
            address=endpoint.address,
            cause="no Allow" if nothing else "images not allowed",
            severity=None if reached is YES else Severity.WARNING,
            related=(Related(endpoint.span, f'endpoint "{endpoint.label}"'),),
        )
