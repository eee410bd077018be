"""A host logs in to ECR once and goes on pulling after the token has expired.

## What fails

Every pull later than twelve hours after the login. What runs already goes on; a new image is not deployed, and a container whose
image is gone does not start.

## Why

`docker login` stores a token that is good for twelve hours, and does not renew it. A loop without end, an entry of cron, a
service that pulls before it starts, and watchtower pull for as long as the host lives.

Nothing is reported where a login recurs as well, where a credential helper is set up, or where the recurring part calls a script
that is not here.

## Fix

Let the credential helper ask for a token whenever one is needed:

```sh
dnf install -y amazon-ecr-credential-helper
mkdir -p /root/.docker
echo '{"credHelpers": {"111122223333.dkr.ecr.eu-west-1.amazonaws.com": "ecr-login"}}' > /root/.docker/config.json
```

Or log in each time:

```sh
while true; do
  aws ecr get-login-password --region eu-west-1 |
    docker login --username AWS --password-stdin 111122223333.dkr.ecr.eu-west-1.amazonaws.com
  docker pull 111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:latest
  sleep 300
done
```

## References

- [Private registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html)
- [Amazon ECR Docker credential helper](https://github.com/awslabs/amazon-ecr-credential-helper)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.lasting_pulls import LastingPull, lasting_pulls
from ecrlint.analysis.script_acts import Runner, runners
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.host import Host
from ecrlint.model.stack import Stack

SEVERITY = Severity.WARNING
SYMPTOM = "denied: Your authorization token has expired. Reauthenticate and try again."

_WORDS = {
    "loop": "pulls in an endless loop",
    "schedule": "pulls on a schedule",
    "service": "pulls whenever a service starts",
    "watchtower": "runs watchtower, which goes on pulling",
}


def check(stack: Stack) -> Iterator[Finding]:
    for runner in runners(stack):
        if isinstance(runner.runs_on, Host):
            for found in lasting_pulls(runner):
                yield _finding(runner, found)


def _finding(runner: Runner, found: LastingPull) -> Finding:
    return Finding(
        span=found.span,
        message=f"{runner.name} logs in to ECR once and {_WORDS[found.recurs]}: the token expires after 12 hours",
        help="set up the credential helper docker-credential-ecr-login, or log in each time",
        address=runner.address,
        cause=found.recurs,
        related=(Related(found.login.command.span, "the login"),),
    )
