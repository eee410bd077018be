"""A job is logged in to one registry of ECR and pushes to another.

## What fails

`docker push`, in every run of the job.

## Why

Docker stores the credentials of a login under the host, and the host has the account and the region in it. A login to
`111122223333.dkr.ecr.eu-west-1.amazonaws.com` does not serve a push to another account or region. Without the input
`registries`, amazon-ecr-login logs in to the registry of the account whose credentials it has.

## Fix

Log in to the registry that is pushed to:

```yaml
- uses: aws-actions/amazon-ecr-login@v2
  with:
    registries: "444455556666"
```

Or, in a script:

```sh
aws ecr get-login-password --region eu-west-1 |
  docker login --username AWS --password-stdin 444455556666.dkr.ecr.eu-west-1.amazonaws.com
```

## References

- [amazon-ecr-login: several registries](https://github.com/aws-actions/amazon-ecr-login)
- [Private registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.job_logins import LoggedIn, before, is_logged_in
from ecrlint.analysis.job_pushes import Pushed, pushes, pushes_to_public
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.wording.words import quoted

SEVERITY = Severity.ERROR
SYMPTOM = "no basic auth credentials"


def check(stack: Stack) -> Iterator[Finding]:
    for one in (*pushes(stack), *pushes_to_public(stack)):
        found = before(one)
        if found and is_logged_in(one) is NO:
            yield _finding(one, found[-1])


def _finding(one: Pushed, login: LoggedIn) -> Finding:
    return Finding(
        span=one.span,
        message=f'job "{one.job.label}" pushes to {quoted(one.image.host)} and is logged in to {quoted(login.host)}',
        help="log in to the registry that is pushed to",
        address=one.job.address,
        cause="other registry",
        severity=None if one.sure else Severity.WARNING,
        related=(Related(login.span, "the login"),),
    )
