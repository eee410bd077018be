"""A script logs in with aws ecr get-login, which version 2 of the AWS CLI does not have.

## What fails

The login, wherever version 2 of the AWS CLI is installed. What the shell runs then is empty, so that the script may go on to the
push, which fails.

## Why

Version 2 of the AWS CLI has `aws ecr get-login-password` alone. The machines of GitHub, the build images of CodeBuild from
`standard:5.0` on and Amazon Linux 2023 have version 2: there, this is an error. Amazon Linux 2 has version 1. Elsewhere it is not
known which version there is, and this is a warning.

Nothing is reported where the script installs version 1, or also knows the new command.

## Fix

```sh
aws ecr get-login-password --region eu-west-1 |
  docker login --username AWS --password-stdin 111122223333.dkr.ecr.eu-west-1.amazonaws.com
```

Version 1 has this command too, from 1.17.10 on.

## References

- [Migration guide for the AWS CLI version 2](https://docs.aws.amazon.com/cli/latest/userguide/cliv2-migration-changes.html)
- [aws ecr get-login-password](https://docs.aws.amazon.com/cli/latest/reference/ecr/get-login-password.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.cli_versions import has_version_2, installs_version_1
from ecrlint.analysis.script_acts import Performed, Runner, runners
from ecrlint.fixes.scripts import with_password_command
from ecrlint.model.finding import Edit, Finding, Severity
from ecrlint.model.job import Job
from ecrlint.model.script import AwsCall, Login
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.workload import Project

SEVERITY = Severity.ERROR
SYMPTOM = "aws: error: argument operation: Invalid choice, valid choices are:"


def check(stack: Stack) -> Iterator[Finding]:
    for runner in runners(stack):
        acts = [performed.act for performed in runner.acts]
        if any(isinstance(act, AwsCall) and act.operation == "get-login-password" for act in acts):
            continue
        for performed in runner.acts:
            act = performed.act
            if isinstance(act, AwsCall) and (act.service, act.operation) == ("ecr", "get-login"):
                if not installs_version_1(runner) and has_version_2(runner) is not NO:
                    yield _finding(runner, performed, act)


def _finding(runner: Runner, performed: Performed, call: AwsCall) -> Finding:
    sure = performed.sure and runner.whole and has_version_2(runner) is YES
    where = "" if sure else ", where that is installed"
    return Finding(
        span=call.command.span,
        message=f"{runner.name} runs aws ecr get-login, which version 2 of the AWS CLI does not have{where}",
        help="pipe aws ecr get-login-password into docker login --username AWS --password-stdin <registry>",
        address=runner.address,
        cause="get-login",
        severity=None if sure else Severity.WARNING,
        fix=_fix(runner, call),
    )


def _fix(runner: Runner, call: AwsCall) -> tuple[Edit, ...]:
    login = next((it.act for it in runner.acts if isinstance(it.act, Login) and it.act.asked is call.command), None)
    is_set = isinstance(runner.runs_on, Project) or (isinstance(runner.runs_on, Job) and call.region is not None)
    always_set = "$AWS_REGION" if is_set else ""
    return () if login is None else with_password_command(login, call, always_set)
