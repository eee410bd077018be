"""A job asks for a session that is longer than the role allows.

## What fails

The step that assumes the role, in every run of the job.

## Why

`role-duration-seconds` may be at most the maximum session duration of the role. A role allows 3600 seconds (one hour)
unless it says more, at most 43200.

## Fix

Terraform:

```hcl
resource "aws_iam_role" "ci" {
  max_session_duration = 7200
}
```

CloudFormation:

```yaml
MaxSessionDuration: 7200
```

Or ask for less, in the workflow:

```yaml
role-duration-seconds: 3600
```

## References

- [Maximum session duration of a role](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html)
- [AssumeRoleWithWebIdentity](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.federation import concerns_ecr
from ecrlint.analysis.job_roles import Assumption, assumptions
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.model.value import Scalar, Value, is_null

SEVERITY = Severity.ERROR
SYMPTOM = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."

DEFAULT = 3600
"""Seconds. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-settings.html"""


def check(stack: Stack) -> Iterator[Finding]:
    for one in assumptions(stack):
        asked = one.credentials.inputs.get("role-duration-seconds")
        seconds = _number(asked)
        if asked is None or seconds is None or one.credentials.by not in ("token", "role"):
            continue
        allowed = [_allowed(role) for role in one.roles]
        most = max((some for some in allowed if some is not None), default=None)
        if most is not None and None not in allowed and seconds > most and concerns_ecr(one.roles[0]):
            yield _finding(one, asked, seconds, one.roles[0], most)


def _allowed(role: Role) -> int | None:
    return DEFAULT if role.session is None or is_null(role.session) else _number(role.session)


def _number(value: Value | None) -> int | None:
    known = value.value if isinstance(value, Scalar) else None
    return int(known) if isinstance(known, int) or (isinstance(known, str) and known.isdecimal()) else None


def _finding(one: Assumption, asked: Value, seconds: int, role: Role, most: int) -> Finding:
    return Finding(
        span=asked.span,
        message=f'job "{one.job.label}" asks for {seconds} seconds, and role "{role.label}" allows {most}',
        help=f"ask for at most {most} seconds, or raise the maximum session duration of the role",
        address=one.job.address,
        cause=f"{seconds} seconds",
        severity=None if one.named else Severity.WARNING,
        related=(Related(role.span if role.session is None else role.session.span, f'role "{role.label}"'),),
    )
