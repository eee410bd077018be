"""User data logs in to ECR on an instance that has no instance profile, and so no credentials to log in with.

## What fails

`aws ecr get-login-password`, when the instance starts for the first time: it finds no credentials. What reaches
`docker login` through the pipe is an empty password, so the message may be docker's.

## Why

A program on an instance gets the credentials of a role from the metadata service, and that has them only where the
instance was given an instance profile. A role alone is not enough, nor is a security group or an endpoint.

This rule speaks only where the login runs whatever happens, the whole script can be seen, and nothing in it gives the
instance keys of its own. A launch template may be given a profile by what launches it; one that an Auto Scaling group or
a fleet launches is not.

## Fix

Terraform:

```hcl
resource "aws_iam_instance_profile" "shop" {
  role = aws_iam_role.shop.name # trusts ec2.amazonaws.com, may pull
}

resource "aws_instance" "shop" {
  iam_instance_profile = aws_iam_instance_profile.shop.name
  # ...
}
```

CloudFormation:

```yaml
ShopProfile:
  Type: AWS::IAM::InstanceProfile
  Properties:
    Roles: [!Ref ShopRole]
Shop:
  Type: AWS::EC2::Instance
  Properties:
    IamInstanceProfile: !Ref ShopProfile
```

## References

- [Use instance profiles](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html)
- [Private registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.host import Host
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.wording.words import setting

SEVERITY = Severity.ERROR
SYMPTOM = (
    'Unable to locate credentials. You can configure credentials by running "aws configure".',
    "Error: Cannot perform an interactive login from a non TTY device",
)


def check(stack: Stack) -> Iterator[Finding]:
    for host in stack.hosts:
        said = host.user_data
        launched = host.kind != "launch template" or host.launched is not None
        if host.exists is not NO and launched and host.profile is None and said.login and said.whole and not said.own:
            yield _finding(host, said.login)


def _finding(host: Host, login: Span) -> Finding:
    launched = () if host.launched is None else (Related(host.launched, "this launches instances from it"),)
    return Finding(
        span=host.span,
        message=f'{host.kind} "{host.label}" logs in to ECR when it starts and has no instance profile to do it with',
        help=_fix(host),
        address=host.address,
        cause="no instance profile",
        related=(Related(login, "it logs in here"), *launched),
    )


def _fix(host: Host) -> str:
    if host.kind == "launch template":
        inside = "iam_instance_profile { name = <instance profile> }"
        return inside if host.span.source.is_terraform else "IamInstanceProfile: {Name: <instance profile>}"
    return setting("iam_instance_profile", "<instance profile>", host.span)
