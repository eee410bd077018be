"""The credential helper of ECR is set up for one registry, and images of another are pulled or pushed.

## What fails

The pull or push of the other registry.

## Why

`credHelpers` in Docker's configuration names hosts, and Docker asks the helper for exactly these: another account or region is
another host. For a host that is not there, Docker sends what a login has stored, and there is none.

The configurations that scripts write into `.docker/config.json` are read. Nothing is reported where a login may serve the
registry, or where `credsStore` makes the helper answer for all.

## Fix

Name each registry:

```json
{
  "credHelpers": {
    "111122223333.dkr.ecr.eu-west-1.amazonaws.com": "ecr-login",
    "111122223333.dkr.ecr.us-east-1.amazonaws.com": "ecr-login"
  }
}
```

## References

- [Amazon ECR Docker credential helper](https://github.com/awslabs/amazon-ecr-credential-helper)
- [docker login: credential helpers](https://docs.docker.com/reference/cli/docker/login/#credential-helpers)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.credential_helpers import Unhelped, unhelped
from ecrlint.analysis.script_acts import Runner, runners
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.wording.words import canonical, quoted

SEVERITY = Severity.WARNING
SYMPTOM = "no basic auth credentials"


def check(stack: Stack) -> Iterator[Finding]:
    for runner in runners(stack):
        for found in unhelped(runner):
            yield _finding(runner, found)


def _finding(runner: Runner, found: Unhelped) -> Finding:
    verb = "pushes to" if found.pushed else "pulls from"
    return Finding(
        span=found.helper.span,
        message=f'{runner.name} {verb} {quoted(found.host)}, and its credential helper is for "{found.helper.host}"',
        help='add a line to credHelpers: "<registry>": "ecr-login"',
        address=runner.address,
        cause=canonical(found.host),
        related=(Related(found.image.span, "the image"),),
    )
