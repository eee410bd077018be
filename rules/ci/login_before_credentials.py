"""A job logs in to ECR before any step gives it credentials of AWS.

## What fails

The login, in every run of the job.

## Why

The login asks ECR for a token and signs this call with the credentials that the job has then. Steps run in order, and a
machine of the CI service has no credentials of AWS until a step configures them.

Credentials in `env`, steps that are not read, and machines of one's own are taken to give credentials.

## Fix

Configure the credentials first:

```yaml
- uses: aws-actions/configure-aws-credentials@v5
  with:
    role-to-assume: arn:aws:iam::111122223333:role/ci
    aws-region: eu-west-1
- uses: aws-actions/amazon-ecr-login@v2
```

## References

- [amazon-ecr-login: credentials and region](https://github.com/aws-actions/amazon-ecr-login#credentials-and-region)
- [configure-aws-credentials](https://github.com/aws-actions/configure-aws-credentials)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.job_logins import LoggedIn, logins, signs_without_credentials
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.job import Credentials, Job
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES

SEVERITY = Severity.ERROR
SYMPTOM = ("Error: Region is missing", "Error: Could not load credentials from any providers")


def check(stack: Stack) -> Iterator[Finding]:
    for job in stack.jobs:
        login = next((one for one in logins(job) if signs_without_credentials(job, one)), None)
        if login is not None and job.platform == "github":
            yield _finding(job, login)


def _finding(job: Job, login: LoggedIn) -> Finding:
    later = _configured(job)
    what = "" if later is None else ": they are configured after it"
    return Finding(
        span=login.span,
        message=f'job "{job.label}" logs in to ECR without credentials{what}',
        help="configure the credentials before the login" if later else "add a step with aws-actions/configure-aws-credentials",
        address=job.address,
        cause="login without credentials",
        severity=None if login.step.runs is YES and not login.step.tolerated else Severity.WARNING,
        related=() if later is None else (Related(later, "the credentials are configured here"),),
    )


def _configured(job: Job) -> Span | None:
    return next((act.span for step in job.steps for act in step.acts if isinstance(act, Credentials)), None)
