"""A host's metadata service answers without a token (IMDSv1).

## What fails

Nothing, and that is the danger: any request that a program on the host can be made to send, a server-side request
forgery for example, reads the credentials of the instance's role. On a host for containers that is the role that pulls
and often pushes images.

## Why

`http_tokens = "optional"` leaves IMDSv1 on: on one host, or on all new hosts of a region where
`aws_ec2_instance_metadata_defaults` states it. IMDSv2 asks for a token first, by a PUT request with a header, which a
forged GET request cannot do. Requiring tokens does not keep anything out that uses a current AWS SDK, the AWS CLI or
the ECR credential helper (0.5.0 and later).

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

## References

- [Use the Instance Metadata Service to access instance metadata](https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.hosts import is_on, may_require_tokens, related, speaking
from ecrlint.fixes.edits import reworded
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import string
from ecrlint.wording.words import setting

SEVERITY = Severity.WARNING
EXPOSURE = 6.5
SYMPTOM = "no error: IMDSv1 answers every program on the host"


def check(stack: Stack) -> Iterator[Finding]:
    yield from _in_defaults(stack)
    for host in speaking(stack):
        tokens = host.http_tokens
        if not is_on(host) or tokens is None or string(tokens) != "optional":
            continue
        yield Finding(
            span=tokens.span,
            message=f'{host.kind} "{host.label}" allows IMDSv1: its credentials can be read without a session token',
            help=setting("http_tokens", '"required"', tokens.span),
            address=host.address,
            cause="tokens optional",
            related=(Related(host.span, f'{host.kind} "{host.label}"'), *related(host.uses)),
            fix=reworded(tokens, "required") if may_require_tokens(host) else (),
        )


def _in_defaults(stack: Stack) -> Iterator[Finding]:
    """What an account lets every new instance of a region do that states nothing itself."""
    for defaults in stack.metadata_defaults:
        tokens = defaults.http_tokens
        off = string(defaults.http_endpoint) == "disabled"
        if tokens is not None and string(tokens) == "optional" and defaults.exists is not NO and not off:
            yield Finding(
                span=tokens.span,
                message="the metadata defaults of the account allow IMDSv1 on instances without http_tokens of their own",
                help=setting("http_tokens", '"required"', tokens.span),
                address=defaults.address,
                cause="tokens optional",
                related=(Related(defaults.span, "the defaults of the account in this region"),),
                fix=reworded(tokens, "required"),
            )
