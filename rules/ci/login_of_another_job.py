"""A job pushes to a registry of ECR that only another job logs in to.

## What fails

`docker push`, in every run of the job.

## Why

Each job has a machine of its own, and a login is a file on that machine. What one job logs in to, no other job is logged in
to, also where it needs the first one and takes the registry from its outputs.

## Fix

Configure credentials and log in within the job that pushes:

```yaml
jobs:
  push:
    steps:
      - uses: aws-actions/configure-aws-credentials@v5
        with:
          role-to-assume: arn:aws:iam::111122223333:role/ci
          aws-region: eu-west-1
      - uses: aws-actions/amazon-ecr-login@v2
      - run: docker push "$IMAGE"
```

## References

- [Jobs run on machines of their own](https://docs.github.com/en/actions/get-started/understand-github-actions#runners)
- [amazon-ecr-login](https://github.com/aws-actions/amazon-ecr-login)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.job_logins import LoggedIn, before, is_logged_in, logins
from ecrlint.analysis.job_pushes import Pushed, pushes
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.wording.words import quoted

SEVERITY = Severity.ERROR
SYMPTOM = "no basic auth credentials"


def check(stack: Stack) -> Iterator[Finding]:
    elsewhere = [(job, login) for job in stack.jobs for login in logins(job)]
    for one in pushes(stack):
        if is_logged_in(one) is NO and not before(one) and elsewhere:
            job, login = elsewhere[0]
            yield _finding(one, job.label, login)


def _finding(one: Pushed, other: str, login: LoggedIn) -> Finding:
    return Finding(
        span=one.span,
        message=f'job "{one.job.label}" pushes to {quoted(one.image.host)} and is not logged in: only job "{other}" logs in',
        help="log in within this job too: uses: aws-actions/amazon-ecr-login@v2",
        address=one.job.address,
        cause="login of another job",
        severity=None if one.sure else Severity.WARNING,
        related=(Related(login.span, f'the login of job "{other}"'),),
    )
