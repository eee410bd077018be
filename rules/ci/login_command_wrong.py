"""A docker login to ECR cannot succeed as it is written, or does not serve the user that pushes.

## What fails

The login, or the push and pull after it, in every run of the script.

## Why

A login to ECR takes a user, a password and a registry:

- The user is `AWS`, in capitals.
- The password is what `aws ecr get-login-password` prints, for the region of the registry. The public registry has a
  password of its own, from `aws ecr-public get-login-password`. What `aws ecr get-authorization-token` returns is
  `AWS:password` in base64, and has to be decoded.
- Docker reads the password from its input only with `--password-stdin`. Without it, it asks for one, and a pipeline has no
  terminal.
- A login that names no registry goes to Docker Hub.

Docker stores the credentials in the home folder of the user who logs in. With `sudo` that is another user, whose pushes and
pulls do not find the credentials.

Scripts in workflows, in build specifications of CodeBuild and in user data are read. Nothing is reported of a value that is not
known.

## Fix

```sh
aws ecr get-login-password --region eu-west-1 |
  docker login --username AWS --password-stdin 111122223333.dkr.ecr.eu-west-1.amazonaws.com
```

For the public registry:

```sh
aws ecr-public get-login-password --region us-east-1 |
  docker login --username AWS --password-stdin public.ecr.aws
```

## References

- [Private registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html)
- [Public registry authentication](https://docs.aws.amazon.com/AmazonECR/latest/public/public-registry-auth.html)
- [docker login](https://docs.docker.com/reference/cli/docker/login/)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.login_commands import USER, WrongLogin, region_word, registry_of, wrong
from ecrlint.analysis.login_users import OtherUser, of_other_users
from ecrlint.analysis.script_acts import Performed, Runner, runners
from ecrlint.fixes.edits import reworded
from ecrlint.fixes.scripts import with_password_stdin
from ecrlint.model.finding import Edit, Finding, Related, Severity
from ecrlint.model.job import Job
from ecrlint.model.script import Login, Push
from ecrlint.model.stack import Stack
from ecrlint.model.value import string
from ecrlint.wording.words import quoted

SEVERITY = Severity.ERROR
_TO_HUB = 'Error response from daemon: Get "https://registry-1.docker.io/v2/": unauthorized: incorrect username or password'
_UNAUTHORIZED = "Error response from daemon: login attempt to https://.../v2/ failed with status: 401 Unauthorized"
_BAD_REQUEST = "Error response from daemon: login attempt to https://.../v2/ failed with status: 400 Bad Request"
_NO_TERMINAL = "Error: Cannot perform an interactive login from a non TTY device"
_NO_CREDENTIALS = "no basic auth credentials"
_NO_USER = "Must provide --username with --password-stdin"
SYMPTOM = (_TO_HUB, _UNAUTHORIZED, _BAD_REQUEST, _NO_TERMINAL, _NO_USER, _NO_CREDENTIALS)


def check(stack: Stack) -> Iterator[Finding]:
    for runner in runners(stack):
        for performed in runner.acts:
            if isinstance(performed.act, Login) and not performed.act.command.inside:
                found = wrong(performed.act)
                if found is not None and not _asks_a_person(runner, performed.act, found):
                    yield _finding(runner, performed, performed.act, found)
        for other in of_other_users(runner):
            yield _of_users(runner, other)


def _sets_region(runner: Runner) -> bool:
    """Whether the region of the environment is that of the credentials, for every version of the AWS CLI."""
    return isinstance(runner.runs_on, Job) and runner.runs_on.platform == "github"


def _asks_a_person(runner: Runner, login: Login, found: WrongLogin) -> bool:
    """Whether a script of which nobody knows who runs it asks at a terminal for what it does not have."""
    alone = isinstance(runner.runs_on, Job) and runner.runs_on.platform == "script"
    return alone and login.token == "none" and found.flaw in ("interactive", "no user")


def _finding(runner: Runner, performed: Performed, login: Login, found: WrongLogin) -> Finding:
    message, advice, aws = _words(f"{login.engine} login in {runner.name}", login, found)
    sure = performed.sure
    if found.flaw == "other region":
        stated = login.asked is not None and region_word(login.asked) is not None
        sure = sure and (stated or _sets_region(runner))
    return Finding(
        span=login.command.span if found.value is None else found.value.span,
        message=message,
        help=advice,
        address=runner.address,
        cause=found.flaw,
        severity=None if sure else Severity.WARNING,
        related=() if login.asked is None else (Related(login.asked.span, "the password is asked for here"),),
        aws=aws,
        fix=_fix(login, found),
    )


def _words(command: str, login: Login, found: WrongLogin) -> tuple[str, str, str]:
    """What is wrong, what to do, and what is printed then."""
    value = "" if found.value is None else quoted(found.value)
    registry = None if found.value is None else registry_of(found.value)
    region = "<region>" if registry is None or registry.region is None else registry.region
    match found.flaw:
        case "no registry":
            return (
                f"{command} names no registry, so the ECR password goes to Docker Hub",
                "add the registry: <account>.dkr.ecr.<region>.amazonaws.com",
                _TO_HUB,
            )
        case "other user":
            return f"{command} with an ECR password uses the user {value}", f"use --username {USER}", _UNAUTHORIZED
        case "no user":
            aws = _NO_USER if login.password == "stdin" else _NO_TERMINAL
            return f"{command} with an ECR password names no user", f"add --username {USER}", aws
        case "other registry":
            kind = "a private registry" if login.token == "ecr" else "the public registry"
            right = _asking(login.token != "ecr", region)
            return f"{command} to {value} uses a password for {kind}", f"use the output of: {right}", _BAD_REQUEST
        case "other region":
            asked = string(login.region)
            return (
                f'{command} to {value} uses a password for the region "{asked}"',
                f"use the output of: {_asking(True, region)}",
                _BAD_REQUEST,
            )
        case "interactive":
            piped = login.token != "none"
            reads = "without --password-stdin, so it ignores the password in its pipe" if piped else "without a password"
            advice = f"add --password-stdin, and pipe in: {_asking(login.token != 'ecr-public', region)}"
            return f"{command} to {value} runs {reads}", advice, _NO_TERMINAL
        case "encoded":
            return (
                f"{command} to {value} uses an authorization token that is not decoded",
                f"use the output of: {_asking(True, region)}",
                _BAD_REQUEST,
            )


def _asking(private: bool, region: str) -> str:
    """The call that prints the password of a registry."""
    return f"aws {'ecr' if private else 'ecr-public'} get-login-password --region {region if private else 'us-east-1'}"


def _fix(login: Login, found: WrongLogin) -> tuple[Edit, ...]:
    if found.flaw == "other user" and found.value is not None:
        return reworded(found.value, USER)
    return with_password_stdin(login) if found.flaw == "interactive" and login.token in ("ecr", "ecr-public") else ()


def _of_users(runner: Runner, other: OtherUser) -> Finding:
    verb = "pushes" if isinstance(other.act, Push) else "pulls"
    user = "the user of its scripts" if other.user is None else f"user {quoted(other.user)}"
    return Finding(
        span=other.act.command.span,
        message=f"{runner.name} {verb} as {user}, and another user is logged in",
        help="run the login and the docker commands as the same user",
        address=runner.address,
        cause="login of another user",
        severity=Severity.WARNING,
        related=(Related(other.login_span, "the login"),),
        aws=_NO_CREDENTIALS,
    )
