"""A login to the public registry of ECR asks for its token in a region other than us-east-1.

## What fails

The login, in every run of the script or job.

## Why

`ecr-public:GetAuthorizationToken` is answered in `us-east-1` alone, wherever the job or the host runs.
`aws ecr-public get-login-password` takes the region of its environment unless it is told another one, and so does
`docker/login-action` for `public.ecr.aws`. `amazon-ecr-login` with `registry-type: public` asks in `us-east-1` by itself.

A region that is not known is taken to be right.

## Fix

```sh
aws ecr-public get-login-password --region us-east-1 |
  docker login --username AWS --password-stdin public.ecr.aws
```

In a workflow:

```yaml
- uses: docker/login-action@v3
  with:
    registry: public.ecr.aws
  env:
    AWS_REGION: us-east-1
```

## References

- [Public registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html)
- [Amazon ECR Public endpoints and quotas](https://docs.aws.amazon.com/general/latest/gr/ecr-public.html)
- [docker/login-action: ECR Public](https://github.com/docker/login-action#aws-public-elastic-container-registry-ecr)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.login_commands import PUBLIC_REGION, region_word
from ecrlint.analysis.script_acts import Performed, Runner, runners
from ecrlint.fixes.scripts import in_region
from ecrlint.model.finding import Edit, Finding, Severity
from ecrlint.model.job import Job, RegistryLogin
from ecrlint.model.script import AwsCall
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.value import string

SEVERITY = Severity.ERROR
SYMPTOM = (
    'Could not connect to the endpoint URL: "https://api.ecr-public....amazonaws.com/"',
    "Error: getaddrinfo ENOTFOUND api.ecr-public....amazonaws.com",
    "An error occurred (UnsupportedCommandException) when calling the GetAuthorizationToken operation:"
    " GetAuthorizationToken command is only supported in us-east-1.",
)

_LOGINS = ("get-login-password", "get-authorization-token")
_OTHER = "us-west-2"
"""The other region with an endpoint, which refuses the login."""


def check(stack: Stack) -> Iterator[Finding]:
    for runner in runners(stack):
        for performed in runner.acts:
            act = performed.act
            if isinstance(act, RegistryLogin) and act.public:
                region = string(act.region)
                if region and region != PUBLIC_REGION:
                    yield _finding(runner, region, act.span, performed.sure, 1, ())
            elif isinstance(act, AwsCall) and act.service == "ecr-public" and act.operation in _LOGINS:
                region = string(act.region)
                if region and region != PUBLIC_REGION:
                    yield _of_call(runner, performed, act, region)


def _of_call(runner: Runner, performed: Performed, call: AwsCall, region: str) -> Finding:
    word = region_word(call.command)
    sure = performed.sure and (word is not None or _sets_region(runner))
    place = call.command.span if word is None else word.span
    return _finding(runner, region, place, sure, 0, in_region(call.command, call.operation, word, PUBLIC_REGION))


def _sets_region(runner: Runner) -> bool:
    """Whether the region of the environment is that of the credentials, for every version of the AWS CLI."""
    return isinstance(runner.runs_on, Job) and runner.runs_on.platform == "github"


def _finding(runner: Runner, region: str, place: Span, sure: bool, symptom: int, fix: tuple[Edit, ...]) -> Finding:
    in_job = "set AWS_REGION: us-east-1 in the env of the step"
    return Finding(
        span=place,
        message=f'{runner.name} asks for the password of public.ecr.aws in the region "{region}"',
        help=in_job if symptom else "ask in us-east-1: aws ecr-public get-login-password --region us-east-1",
        address=runner.address,
        cause="region of the public registry",
        severity=None if sure else Severity.WARNING,
        aws=SYMPTOM[2 if region == _OTHER else symptom],
        fix=fix,
    )
