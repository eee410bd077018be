"""An endpoint for ECR names a service that AWS does not have.

## What fails

The deployment: AWS knows no such service in any region. The endpoint is not made, and in a VPC without another way to ECR
nothing is pulled.

## Why

The two services of ECR are `ecr.api` and `ecr.dkr`, with a dot. Terraform and CloudFormation take any text for the name.

## Fix

Terraform:

```hcl
resource "aws_vpc_endpoint" "ecr_dkr" {
  # ...
  service_name = "com.amazonaws.eu-west-1.ecr.dkr"
}
```

CloudFormation:

```yaml
EcrDkr:
  Type: AWS::EC2::VPCEndpoint
  Properties:
    ServiceName: !Sub com.amazonaws.${AWS::Region}.ecr.dkr
```

## References

- [Amazon ECR interface VPC endpoints](https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html)
- [AWS services that integrate with AWS PrivateLink](https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.network.endpoints import misspelt_service
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO

SEVERITY = Severity.ERROR
SYMPTOM = "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws....' does not exist"


def check(stack: Stack) -> Iterator[Finding]:
    for endpoint in stack.endpoints:
        written = None if endpoint.exists is NO else misspelt_service(endpoint)
        if written is not None:
            yield Finding(
                span=endpoint.service.span,
                message=f'endpoint "{endpoint.label}" is for service "{written}", which does not exist',
                help="write ecr.dkr for the images, ecr.api for the login",
                address=endpoint.address,
                cause="no such service",
            )
