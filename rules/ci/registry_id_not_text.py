"""The account id of a registry is written without quotes and begins with a zero, which YAML takes away.

## What fails

The login, in every run.

## Why

`registries: 012345678901` is a number in YAML, and the action gets `12345678901`: eleven digits. An account id has
twelve. A number that does not begin with a zero arrives as it is.

## Fix

```yaml
- uses: aws-actions/amazon-ecr-login@v2
  with:
    registries: "012345678901"
```

## References

- [amazon-ecr-login: several registries](https://github.com/aws-actions/amazon-ecr-login)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.model.finding import Edit, Finding, Severity
from ecrlint.model.job import Job, RegistryLogin
from ecrlint.model.stack import Stack
from ecrlint.model.value import Value

SEVERITY = Severity.ERROR
SYMPTOM = "Invalid parameter at 'registryIds' failed to satisfy constraint: ... [0-9]{12}"


def check(stack: Stack) -> Iterator[Finding]:
    for job in stack.jobs:
        for step in job.steps:
            for act in step.acts:
                for account in act.accounts if isinstance(act, RegistryLogin) else ():
                    if re.fullmatch(r"0\d+", account.span.text.strip()):
                        yield _finding(job, account)


def _finding(job: Job, account: Value) -> Finding:
    text = account.span.text.strip()
    return Finding(
        span=account.span,
        message=f"{text} is a number in YAML and loses its zero: the login asks for registry {text.lstrip('0')}",
        help=f'registries: "{text}"',
        address=job.address,
        cause=text,
        fix=(Edit(account.span, f'"{text}"'),),
    )
