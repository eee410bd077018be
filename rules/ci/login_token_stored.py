"""A login to ECR is kept in a Secret of Kubernetes, where it is good for twelve hours.

## What fails

The pulls of every pod that starts on a node without the image, twelve hours after the Secret was made.

## Why

The password of a login is an authorization token. ECR takes it for twelve hours, whatever keeps it: a file, a Secret, the state
of Terraform. A Secret in a manifest is as old as its commit, and one that Terraform makes of `aws_ecr_authorization_token` as old
as the last apply.

Reported are Secrets of the types `kubernetes.io/dockerconfigjson` and `kubernetes.io/dockercfg` with the user `AWS` and a private
registry of ECR. Where something in the repository asks for tokens again and again (a `CronJob` with
`aws ecr get-login-password`), it is a note: that one has to write this Secret, and the first pull may come before it.

## Fix

Let the node pull. The kubelet of EKS asks for a token by itself, with the role of the node:

```hcl
resource "aws_iam_role_policy_attachment" "nodes_pull" {
  role       = aws_iam_role.nodes.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
}
```

CloudFormation:

```yaml
NodeRole:
  Type: AWS::IAM::Role
  Properties:
    ManagedPolicyArns:
      - arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly
```

Outside of EKS, use the kubelet's credential provider for ECR.

## References

- [Private registry authentication: the token](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html)
- [Using Amazon ECR images with Amazon EKS](https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_EKS.html)
- [Configure a kubelet image credential provider](https://kubernetes.io/docs/tasks/administer-cluster/kubelet-credential-provider/)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.manifest import Manifest, StoredLogin
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO

SEVERITY = Severity.WARNING
SYMPTOM = "denied: Your authorization token has expired. Reauthenticate and try again."


def check(stack: Stack) -> Iterator[Finding]:
    renewing = next((one for one in (*stack.manifests, *stack.manifests_beside) if one.renews), None)
    for manifest in stack.manifests:
        for login in manifest.logins if manifest.exists is not NO else ():
            yield _finding(manifest, login, renewing)


def _finding(manifest: Manifest, login: StoredLogin, renewing: Manifest | None) -> Finding:
    return Finding(
        span=login.span,
        message=f"{manifest.title} keeps a login to {login.registry}, which is good for twelve hours",
        help="let the nodes pull with their role, and take the Secret out",
        address=manifest.address,
        cause=login.registry,
        severity=None if renewing is None else Severity.NOTE,
        related=() if renewing is None else (Related(renewing.span, f"{renewing.title} asks for tokens"),),
    )
