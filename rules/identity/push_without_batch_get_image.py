"""Whoever pushes has the five push actions but not ecr:BatchGetImage, which newer clients need as well.

## What fails

The push of clients that first ask whether the manifest is already there: crane and what is built on it, buildx, podman,
docker with the containerd image store. Older versions of docker push with the five actions alone, which is why this is
a warning. With nothing but the five actions, such a client fails at the manifest, after all layers have been uploaded.

## Why

Before a client puts a manifest it may send a `HEAD` request for it, and ECR checks that against `ecr:BatchGetImage`. The
permissions that AWS documents for a push have contained the action for some time; policies that were copied from an
older version of that page do not.

## Fix

Terraform:

```hcl
actions = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:CompleteLayerUpload",
  "ecr:InitiateLayerUpload",
  "ecr:PutImage",
  "ecr:UploadLayerPart",
]
```

CloudFormation:

```yaml
Action:
  - ecr:BatchCheckLayerAvailability
  - ecr:BatchGetImage
  - ecr:CompleteLayerUpload
  - ecr:InitiateLayerUpload
  - ecr:PutImage
  - ecr:UploadLayerPart
```

## References

- [IAM permissions for pushing an image](https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html)
- [A push that failed for want of it](https://github.com/bazel-contrib/rules_oci/issues/648)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis import partial_grants
from ecrlint.analysis.capability import PUSH, PUSH_OF_NEWER_CLIENTS
from ecrlint.analysis.holders import Holder, holders
from ecrlint.analysis.intent import means_to_push
from ecrlint.analysis.spelling import misspells
from ecrlint.analysis.trust import never_logs_in
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.wording.messages import denied

SEVERITY = Severity.WARNING
_GET = PUSH.optional[0]
SYMPTOM = denied(_GET)


def check(stack: Stack) -> Iterator[Finding]:
    for holder in holders(stack):
        if never_logs_in(holder.role) or _misspells_a_push(holder):
            continue
        found = [
            half
            for half in partial_grants.of_holder(stack, holder, PUSH_OF_NEWER_CLIENTS, means_to_push)
            if half.missing == (_GET,)
        ]
        if found:
            yield Finding(
                span=found[0].start_of_push,
                message=f"{holder.label} has the five push actions but not {_GET}, which newer clients need to push",
                help=f'add to the actions of this statement: "{_GET}"',
                address=holder.address,
                cause=f"missing {_GET}",
                related=(
                    *((Related(holder.span, holder.label),) if holder.role is not None else ()),
                    *partial_grants.elsewhere(half.start_of_push for half in found),
                ),
                roots=((holder.address, _GET),),
            )


def _misspells_a_push(holder: Holder) -> bool:
    """Whether one of the five is not granted, because it is misspelt: unknown-ecr-action reports that."""
    return any(misspells(holder.policies, action) for action in PUSH.actions)
