"""The policy of an S3 endpoint keeps the layers of images in ECR out.

## What fails

The pull, after login and manifest: the layers are not in the registry but in a bucket of ECR's in S3, and the endpoint
answers 403. Nothing in the message names the endpoint policy.

## Why

Layers come from `prod-<region>-starport-layer-bucket`, by URLs that an account of ECR's has signed. So the policy has to
allow `s3:GetObject` on the objects of that bucket (`/*`), for every principal, and without a condition on the account
or organisation of the principal or of the resource: both are ECR's, not yours.

## Fix

Terraform:

```hcl
statement {
  principals {
    type        = "*"
    identifiers = ["*"]
  }
  actions   = ["s3:GetObject"]
  resources = ["arn:aws:s3:::prod-${var.region}-starport-layer-bucket/*"]
}
```

CloudFormation:

```yaml
- Effect: Allow
  Principal: "*"
  Action: s3:GetObject
  Resource: !Sub arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*
```

## References

- [Minimum Amazon S3 bucket permissions for Amazon ECR](https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html#ecr-minimum-s3-perms)
- [Data perimeter: service-owned resources](https://github.com/aws-samples/data-perimeter-policy-examples/blob/main/service_owned_resources.md)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.network.consumers import consumers
from ecrlint.analysis.network.endpoints import (
    carries_images,
    lets_layers_through,
    may_carry_images,
    means_layers,
    policies,
    stops_layers,
)
from ecrlint.analysis.network.pull_routes import leads_past, takes
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.network import Endpoint
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import is_null, string

SEVERITY = Severity.ERROR
SYMPTOM = (
    "CannotPullContainerError: ... failed to copy: httpReadSeeker: failed open: unexpected status code"
    " https://prod-...-starport-layer-bucket.s3....amazonaws.com/...: 403 Forbidden"
)


def check(stack: Stack) -> Iterator[Finding]:
    carries, may_carry = carries_images(stack), may_carry_images(stack)
    for endpoint, policy in policies(stack, "s3"):
        taken = YES if means_layers(policy) else _is_taken(stack, endpoint) if carries else NO
        if taken is NO and not may_carry:
            continue
        if not _is_gateway(endpoint) or lets_layers_through(endpoint, policy) is not NO:
            continue
        span, why = stops_layers(endpoint, policy)
        yield Finding(
            span=span,
            message=f'the policy of endpoint "{endpoint.label}" {why}',
            help='add a statement: {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource":'
            ' "arn:aws:s3:::prod-<region>-starport-layer-bucket/*"}',
            address=endpoint.address,
            cause="layers blocked",
            severity=None if taken is YES else Severity.WARNING,
            related=(Related(endpoint.span, f'endpoint "{endpoint.label}"'),),
        )


def _is_taken(stack: Stack, endpoint: Endpoint) -> Truth:
    """Whether what pulls takes this endpoint. Where nothing that pulls is in sight it does, unless a subnet is led past it."""
    pulling = list(consumers(stack))
    if not pulling:
        return MAYBE if leads_past(stack.network, endpoint) else YES
    taken = {takes(stack, consumer, endpoint) for consumer in pulling}
    return YES if YES in taken else MAYBE if MAYBE in taken else NO


def _is_gateway(endpoint: Endpoint) -> bool:
    """Layers travel through the gateway endpoint only; Gateway is the default type."""
    return is_null(endpoint.type) or string(endpoint.type) == "Gateway"
