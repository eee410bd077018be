"""The pull is granted to the role of a service account, while the role of the nodes cannot pull.

## What fails

The pull of every image in a private repository, of the pods that have this role as well.

## Why

A pod's image is pulled before the pod exists, by the kubelet of its node with the role of that node. What a service account
has, through IAM roles for service accounts or EKS Pod Identity, is for the program in the pod. A role that may push as well
is another matter (a build in a pod): this rule leaves it alone.

## Fix

Terraform:

```hcl
resource "aws_iam_role_policy_attachment" "pull" {
  role       = aws_iam_role.node.name # not the role of the service account
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
}
```

CloudFormation:

```yaml
NodeRole:
  Type: AWS::IAM::Role
  Properties:
    ManagedPolicyArns: # not those of the role of the service account
      - arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly
```

## References

- [Amazon EKS node IAM role](https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html)
- [IAM roles for service accounts](https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PULL, can
from ecrlint.analysis.kubelets import Kubelet, of_service_accounts, powerless
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
SYMPTOM = (
    'Failed to pull image "...": failed to resolve reference "...": pulling from host ... failed with status code'
    " [manifests ...]: 401 Unauthorized",
    "no basic auth credentials",
)


def check(stack: Stack) -> Iterator[Finding]:
    nodes = list(powerless(stack))
    for role in of_service_accounts(stack) if nodes else ():
        yield _finding(role, nodes)


def _finding(role: Role, nodes: list[Kubelet]) -> Finding:
    first = nodes[0]
    grants = can(role, PULL).by
    return Finding(
        span=grants[0] if grants else role.span,
        message=f'service account role "{role.label}" grants the pull; {first.what} pulls as "{first.role.label}", which is not'
        f" granted {listing(first.missing)}",
        help=f"give the pull actions to {first.role.label}",
        address=role.address,
        cause="pull on service account role",
        related=(Related(role.span, f'service account role "{role.label}"'), *(one for node in nodes for one in node.related())),
        roots=tuple(root for node in nodes for root in node.roots),
    )
