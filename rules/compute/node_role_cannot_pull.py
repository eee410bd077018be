"""The role of an EKS node lacks the login or the pull.

## What fails

The start of the node: its network plugin and its proxy are images of private repositories of AWS's, so that the node does
not become ready and its group is not created. Later the pull of every image of your own.

## Why

On a node it is the kubelet that pulls, with the credentials of the node's role. `AmazonEKSWorkerNodePolicy` has no `ecr:`
action; that is what `AmazonEC2ContainerRegistryPullOnly`, or the older `...ReadOnly`, is for.

This rule speaks only where every policy of the role is in the files, and not of clusters that leave out EKS's own add-ons. The
role is that of a node group, of instances that are nodes, of what lets them join (an access entry, `aws-auth`), of a node class
of Karpenter, or of an instance profile whose role has the policies of nodes. That last one is a warning, because nothing in the
files launches the nodes.

## Fix

Terraform:

```hcl
resource "aws_iam_role_policy_attachment" "pull" {
  role       = aws_iam_role.node.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
}
```

CloudFormation:

```yaml
NodeRole:
  Type: AWS::IAM::Role
  Properties:
    ManagedPolicyArns:
      - arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy
      - arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy
      - arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly
```

## References

- [Amazon EKS node IAM role](https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html)
- [Using Amazon ECR images with Amazon EKS](https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_EKS.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.kubelets import powerless
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.stack import Stack
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
SYMPTOM = (
    'Failed to pull image "...": failed to resolve reference "...": pulling from host ... failed with status code'
    " [manifests ...]: 401 Unauthorized",
    "no basic auth credentials",
    "NodeCreationFailure: Unhealthy nodes in the kubernetes cluster",
)

_POLICY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"


def check(stack: Stack) -> Iterator[Finding]:
    for kubelet in powerless(stack):
        role = kubelet.role
        yield Finding(
            span=kubelet.place,
            message=f'{kubelet.what} pulls as "{role.label}", which is not granted {listing(kubelet.missing)}',
            help=f"attach {_POLICY} to {role.label}",
            address=kubelet.address,
            cause=f"missing {' '.join(kubelet.missing)}",
            related=tuple(kubelet.related()),
            severity=None if kubelet.launched else Severity.WARNING,
            roots=kubelet.roots,
        )
