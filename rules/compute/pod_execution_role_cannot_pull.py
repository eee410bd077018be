"""The pod execution role of a Fargate profile lacks the login or the pull, or does not trust EKS.

## What fails

With a wrong trust policy, creating the profile. Without the pull, the start of every pod whose image is in a private
repository: of those in `kube-system`, whose images are AWS's, always; of others a warning, since their images are not known.

## Why

On Fargate there is no node whose role could pull. The kubelet there pulls as the *pod execution role*, which
`eks-fargate-pods.amazonaws.com` assumes. The role of the pod's service account does not pull.

## Fix

Terraform:

```hcl
resource "aws_iam_role" "pods" {
  name = "shop-pods"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "eks-fargate-pods.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "pods" {
  role       = aws_iam_role.pods.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy"
}
```

CloudFormation:

```yaml
PodRole:
  Type: AWS::IAM::Role
  Properties:
    AssumeRolePolicyDocument:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: eks-fargate-pods.amazonaws.com}
          Action: sts:AssumeRole
    ManagedPolicyArns:
      - arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy
```

## References

- [Amazon EKS Pod execution IAM role](https://docs.aws.amazon.com/eks/latest/userguide/pod-execution-role.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.pullers import lacking_to_pull
from ecrlint.analysis.trust import principals, trusts
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import string
from ecrlint.model.workload import Nodes
from ecrlint.wording.words import listing, quoted

SEVERITY = Severity.ERROR
SYMPTOM = (
    'Failed to pull image "...": failed to resolve reference "...": pulling from host ... failed with status code'
    " [manifests ...]: 401 Unauthorized",
    "InvalidParameterException: Misconfigured PodExecutionRole Trust Policy; Please add the eks-fargate-pods.amazonaws.com"
    " Service Principal",
)

_PODS = "eks-fargate-pods.amazonaws.com"
_POLICY = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy"


def check(stack: Stack) -> Iterator[Finding]:
    for profile in stack.nodes:
        role = stack.role(profile.role)
        if profile.kind != "Fargate profile" or profile.exists is not YES or role is None:
            continue
        if trusts(role, _PODS) is NO:
            yield _not_trusting(profile, role)
        missing = lacking_to_pull(stack, role, None)
        if missing:
            yield _cannot_pull(profile, role, missing)


def _not_trusting(profile: Nodes, role: Role) -> Finding:
    found = [principal.value for _, principal in principals(role)]
    return Finding(
        span=found[0].span if found else role.span,
        message=f'pod execution role "{role.label}" of Fargate profile "{profile.label}" trusts'
        f" {quoted(found[0]) if found else 'somebody else'}, not {_PODS}",
        help=f'"Principal": {{"Service": "{_PODS}"}}, "Action": "sts:AssumeRole"',
        address=role.address,
        cause=f"does not trust {_PODS}",
        related=(Related(profile.role.span, "the pod execution role of the profile"), Related(role.span, f'role "{role.label}"')),
        aws=SYMPTOM[1],
    )


def _cannot_pull(profile: Nodes, role: Role, missing: tuple[str, ...]) -> Finding:
    of_aws = any(string(namespace) == "kube-system" for namespace in profile.namespaces)
    return Finding(
        span=profile.role.span,
        message=f'Fargate profile "{profile.label}" pulls as "{role.label}", which is not granted {listing(missing)}',
        help=f"attach {_POLICY} to {role.label}",
        address=profile.address,
        cause=f"missing {' '.join(missing)}",
        severity=Severity.ERROR if of_aws else Severity.WARNING,
        related=(
            Related(profile.span, f'Fargate profile "{profile.label}"'),
            Related(role.span, f'pod execution role "{role.label}"'),
            *(Related(policy.attached or policy.span, f'a policy of "{role.label}"') for policy in role.policies),
        ),
        aws=SYMPTOM[0],
        roots=tuple((role.address, action) for action in missing),
    )
