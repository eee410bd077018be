"""A job pushes to a registry of ECR, and no step of it logs in.

## What fails

`docker push`, in every run of the job.

## Why

Docker sends the credentials that it stored for the host of the registry. A machine of the CI service begins without any, so
a step of the same job has to log in, with `amazon-ecr-login`, `docker/login-action` or `docker login`.
`configure-aws-credentials` gives credentials of AWS, which Docker does not use.

Steps of local composite actions count. Where a step may log in unseen (an action or script that is not here, a
machine of one's own, a credential helper) nothing is reported.

## Fix

```yaml
- uses: aws-actions/configure-aws-credentials@v5
  with:
    role-to-assume: arn:aws:iam::111122223333:role/ci
    aws-region: eu-west-1
- uses: aws-actions/amazon-ecr-login@v2
```

## References

- [amazon-ecr-login](https://github.com/aws-actions/amazon-ecr-login)
- [Private registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.job_logins import before, is_logged_in, logins
from ecrlint.analysis.job_pushes import Pushed, pushes, pushes_to_public
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.image import PUBLIC_REGISTRY
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import string
from ecrlint.wording.words import quoted

SEVERITY = Severity.ERROR
SYMPTOM = "no basic auth credentials"


def check(stack: Stack) -> Iterator[Finding]:
    for one in (*pushes(stack), *pushes_to_public(stack)):
        if is_logged_in(one) is NO and not before(one) and not any(True for job in stack.jobs for _ in logins(job)):
            yield _finding(one)


def _finding(one: Pushed) -> Finding:
    return Finding(
        span=one.span,
        message=f'job "{one.job.label}" pushes to {quoted(one.image.host)} and never logs in',
        help="log in before: uses: aws-actions/amazon-ecr-login@v2"
        + (", with: {registry-type: public}" if string(one.image.host) == PUBLIC_REGISTRY else ""),
        address=one.job.address,
        cause="no login",
        severity=None if one.sure else Severity.WARNING,
    )
