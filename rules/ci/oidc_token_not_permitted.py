"""A job assumes a role with a token of GitHub, and its permissions do not include `id-token: write`.

## What fails

The step that configures the credentials, in every run of the job.

## Why

GitHub gives a token to jobs with `id-token: write` only. The permissions of a job replace those of the workflow: what they
do not list is `none`. Without any `permissions` a job has the default ones, which never include `id-token`. A workflow
that is called has at most the permissions of the job that calls it.

Access keys need no token, and a machine of one's own may have credentials: neither is reported.

## Fix

```yaml
jobs:
  image:
    permissions:
      contents: read
      id-token: write
```

## References

- [Permissions of a job](https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idpermissions)
- [Configuring OpenID Connect in Amazon Web Services](https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws)
- [configure-aws-credentials](https://github.com/aws-actions/configure-aws-credentials)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.job_logins import may_have_credentials, works_with_ecr
from ecrlint.analysis.job_pushes import pushes
from ecrlint.fixes.workflows import with_permission
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.job import Credentials, Job, Step
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES

SEVERITY = Severity.ERROR
SYMPTOM = (
    "Error: Credentials could not be loaded, please check your action inputs: Could not load credentials from any providers",
    "It looks like you might be trying to authenticate with OIDC. Did you mean to set the `id-token` permission?",
)


def check(stack: Stack) -> Iterator[Finding]:
    pushing = {one.job.address for one in pushes(stack)}
    for job in stack.jobs:
        if job.platform != "github" or job.token is not NO or not (job.address in pushing or works_with_ecr(job)):
            continue
        for at, step in enumerate(job.steps):
            for act in step.acts:
                if isinstance(act, Credentials) and act.by == "token" and not may_have_credentials(job, at):
                    yield _finding(job, step, act)


def _finding(job: Job, step: Step, act: Credentials) -> Finding:
    place = job.permissions or act.span
    return Finding(
        span=place,
        message=f'job "{job.label}" has no id-token: write: it gets no token to assume the role with',
        help="add id-token: write to the permissions",
        address=job.address,
        cause="id-token",
        severity=Severity.WARNING if step.tolerated or job.hosted is not YES else None,
        related=(
            Related(act.span, "the role is assumed here"),
            *(Related(span, "the workflow is called here") for span in job.callers),
        ),
        fix=() if job.permissions is None else with_permission(job.permissions, "id-token"),
    )
