"""Access keys in the environment are used in the place of the role of a task, an instance or a job.

## What fails

Nothing at first. Calls of AWS are made as the user whose keys these are, with the permissions of that user: what the role grants
has no effect, and calls fail once the keys are rotated or deactivated.

## Why

The SDKs and the AWS CLI look for credentials in a fixed order: the environment first, files next, the role of a container or
of an instance last. In a workflow, the `env` of a step replaces the variables that
`aws-actions/configure-aws-credentials` has set.

Keys beside an endpoint of another service (`AWS_ENDPOINT_URL`, a MinIO) are meant for that, and not reported.

## Fix

Take the keys out, and grant the role what the user could do. Keys for one program alone have names of their own, which the
SDK does not look for.

## References

- [Standardized credential providers](https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html)
- [Amazon ECS task IAM role](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.shadowing_keys import ShadowingKey, shadowing_keys
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack

SEVERITY = Severity.WARNING
SYMPTOM = (
    "An error occurred (AccessDenied) when calling the ... operation:"
    " User: arn:aws:iam::...:user/... is not authorized to perform: ... because no identity-based policy allows the ... action"
)


def check(stack: Stack) -> Iterator[Finding]:
    for key in shadowing_keys(stack):
        yield _finding(key)


def _finding(key: ShadowingKey) -> Finding:
    return Finding(
        span=key.span,
        message=f"{key.holder} sets {key.name}: it is used in the place of the {key.role}",
        help=f"remove {key.name}, and grant the permissions to the {key.role}",
        address=key.address,
        cause=key.name,
        related=(Related(key.role_span, f"the {key.role}"),),
    )
