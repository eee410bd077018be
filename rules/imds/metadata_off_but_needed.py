"""The metadata service of a host is off, and what logs in to ECR there has no other credentials.

## What fails

What happens on the host as the instance's role: the registration of an ECS container instance, the join of an EKS node,
the login in user data. Nothing on the host can pull from a private registry then.

## Why

`http_endpoint = "disabled"` turns the metadata service off, and with it the only way by which the credentials of an
instance profile reach the host. The ECS agent, the kubelet and the AWS CLI look there last and find nothing. The kubelet
and the agent also learn there which instance they run on.

A host that needs no role, or has credentials of its own, may well do without; this rule leaves it alone. To protect the
credentials from programs on the host, require tokens instead.

## Fix

Terraform:

```hcl
metadata_options {
  http_endpoint               = "enabled"
  http_tokens                 = "required"
  http_put_response_hop_limit = 1
}
```

CloudFormation:

```yaml
MetadataOptions:
  HttpEndpoint: enabled
  HttpTokens: required
  HttpPutResponseHopLimit: 1
```

## References

- [Configure the Instance Metadata Service options](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html)
- [Amazon ECS container instance IAM role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/instance_IAM_role.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.hosts import needs_credentials, related, speaking, with_defaults
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.host import Host, HostUse
from ecrlint.model.stack import Stack
from ecrlint.model.value import Value, string
from ecrlint.wording.words import setting

SEVERITY = Severity.ERROR
SYMPTOM = (
    'Unable to locate credentials. You can configure credentials by running "aws configure".',
    "Unable to register as a container instance with ECS: NoCredentialProviders: no valid providers in chain",
    "NodeCreationFailure: Instances failed to join the kubernetes cluster",
)

_FAILS = {
    "ecs": "the ECS agent cannot register or pull without it",
    "batch": "the ECS agent of a Batch instance cannot register or pull without it",
    "eks": "an EKS node cannot join or pull without it",
    "login": "the login to ECR has no credentials without it",
    "bridged-client": "its container has no credentials to call AWS without it",
}


def check(stack: Stack) -> Iterator[Finding]:
    for one in speaking(stack):
        host = with_defaults(one, stack)
        endpoint, need = host.http_endpoint, needs_credentials(host)
        if endpoint is not None and string(endpoint) == "disabled" and need is not None:
            yield _finding(host, endpoint, need)


def _finding(host: Host, endpoint: Value, need: HostUse) -> Finding:
    certain = need.what != "login" or need.span == host.user_data.login
    return Finding(
        span=endpoint.span,
        message=f'the metadata service of {host.kind} "{host.label}" is off, and {_FAILS[need.what]}',
        help=setting("http_endpoint", '"enabled"', endpoint.span),
        address=host.address,
        cause="metadata off",
        severity=Severity.ERROR if certain else Severity.WARNING,
        related=(Related(host.span, f'{host.kind} "{host.label}"'), *related((need,))),
        aws=SYMPTOM[{"ecs": 1, "batch": 1, "eks": 2}.get(need.what, 0)],
    )
