"""Nothing requires tokens of the programs that ask a host's metadata service (IMDSv2).

## What fails

Nothing fails. But where the AMI and the account do not require tokens either, any request that a program on the host can
be made to send reads the credentials of the instance's role. On a host that runs containers or logs in to ECR that is
the role that pulls and often pushes images, so there it is a warning; elsewhere it is a note.

## Why

Whether IMDSv1 is on when `http_tokens` is not stated depends on the AMI (`imds-support`) and on the account's default in
the region, and both can change without this configuration changing. Stating it settles it. Images that are known to be
marked so, as those of Amazon Linux 2023 are, are left alone.

## Fix

Terraform:

```hcl
metadata_options {
  http_tokens = "required"
}
```

CloudFormation:

```yaml
MetadataOptions:
  HttpTokens: required
```

or once for the whole account and region:

```hcl
resource "aws_ec2_instance_metadata_defaults" "this" {
  http_tokens = "required"
}
```

## References

- [Configure instance metadata options for new instances](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.hosts import handles_images, is_on, may_require_tokens, speaking
from ecrlint.fixes.settings import with_block, with_settings
from ecrlint.model.finding import Edit, Finding, Related, Severity
from ecrlint.model.host import Host
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import is_null, string

SEVERITY = Severity.WARNING
EXPOSURE = 5.0
SYMPTOM = "no error: whether IMDSv1 answers depends on the AMI and on the account"


def check(stack: Stack) -> Iterator[Finding]:
    stated = (one.http_tokens for one in stack.metadata_defaults if not is_null(one.http_tokens))
    required = any(string(tokens) in ("required", None) for tokens in stated)  # one that is not known may be it
    for host in speaking(stack):
        if not host.inherits and is_on(host) and is_null(host.http_tokens) and not required and host.supports_tokens is not YES:
            yield _finding(host)


def _finding(host: Host) -> Finding:
    shown = handles_images(host)
    what = f", and it {shown[1]}" if shown else ""
    terraform = host.span.source.is_terraform
    return Finding(
        span=host.options or host.span,
        message=f'IMDSv2 is not enforced on {host.kind} "{host.label}"{what}: the default of the AMI or the account applies',
        help='metadata_options { http_tokens = "required" }' if terraform else "MetadataOptions: {HttpTokens: required}",
        address=host.address,
        cause="tokens not stated",
        severity=Severity.WARNING if shown else Severity.NOTE,
        related=(Related(shown[0], f"the host {shown[1]}"),) if shown else (),
        fix=_fix(host) if may_require_tokens(host) else (),
    )


def _fix(host: Host) -> tuple[Edit, ...]:
    if host.options is not None:
        return with_settings(host.options, {"http_tokens": '"required"'})
    return () if host.body is None else with_block(host.body, "metadata_options", "http_tokens", '"required"')
