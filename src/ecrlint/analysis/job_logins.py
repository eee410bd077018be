"""Which registries a job is logged in to, and with which credentials, when it comes to a step."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from ecrlint.analysis.job_pushes import Pushed, registry
from ecrlint.analysis.memory import once
from ecrlint.iam import patterns
from ecrlint.model.dataclass import dataclass
from ecrlint.model.job import Credentials, Job, RegistryLogin, Step, StepAct
from ecrlint.model.script import AssumeRole, AwsCall, Login, Write
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES, Truth, any_of
from ecrlint.model.value import Scalar, Value, string


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login of a job: the registry, which is unknown where it may be any. `at` is the number of its step."""

    at: int
    step: Step
    host: Value
    span: Span
    act: RegistryLogin | Login
    closed: bool = True


def logins(job: Job) -> Iterator[LoggedIn]:
    """The logins of a job to a registry, in order, whether or not they surely happen."""
    for at, step in enumerate(job.steps):
        for act in step.acts:
            if isinstance(act, RegistryLogin):
                for host in act.hosts:
                    yield LoggedIn(at, step, registry(host), act.span, act, act.closed)
                if not act.closed:
                    yield LoggedIn(at, step, Scalar("", act.span), act.span, act, closed=False)
            elif isinstance(act, Login) and act.registry is not None:
                yield LoggedIn(at, step, registry(act.registry), act.command.span, act, act.closed)


def _unseen_from(job: Job) -> int:
    """The first step by whose end something that is not here may have logged the job in: its machine, or a step that is not read;
    the number of its steps where nothing may."""
    if job.hosted is not YES:
        return 0
    for at, step in enumerate(job.steps):
        if step.opaque or any(isinstance(act, Write) and _is_configuration(act) for act in step.acts):
            return at
    return len(job.steps)


def _is_configuration(act: Write) -> bool:
    """Whether a script writes a configuration of Docker, which may name a credential helper."""
    path = string(act.path)
    return path is None or path.endswith("config.json") or ".docker" in path


def covers(login: LoggedIn, host: Value) -> Truth:
    """Whether a login is one to a registry."""
    found = patterns.equals(login.host, host)
    return found if login.closed or found is YES else Truth.MAYBE


def is_logged_in(one: Pushed) -> Truth:
    """Whether a job is logged in to the registry that it pushes to, when it does."""
    if _of_job(one).unseen_from <= one.at:
        return Truth.MAYBE
    return any_of(covers(login, one.image.host) for login in before(one))


def before(one: Pushed) -> tuple[LoggedIn, ...]:
    """The logins of a job before, or in the same step as, a push."""
    found = _of_job(one).found
    return found[: bisect_right(found, one.at, key=lambda login: login.at)]


@dataclass(frozen=True, slots=True)
class JobLogins:
    """The logins of a job, worked out once: it may push as often as it logs in."""

    found: tuple[LoggedIn, ...]
    unseen_from: int


def _of_job(one: Pushed) -> JobLogins:
    (of_jobs,) = _of_jobs(one.stack)
    return of_jobs[id(one.job)]


@once
def _of_jobs(stack: Stack) -> Iterator[dict[int, JobLogins]]:
    """The logins of each job, by its identity."""
    yield {id(job): JobLogins(tuple(logins(job)), _unseen_from(job)) for job in stack.jobs}


def may_have_credentials(job: Job, at: int) -> bool:
    """Whether a job may have credentials of AWS when it comes to a step."""
    if job.hosted is not YES or job.steps[at].keyed:
        return True
    return any(step.opaque or any(map(_gives_credentials, step.acts)) for step in job.steps[:at])


def _gives_credentials(act: StepAct) -> bool:
    """Whether an act may leave credentials on the machine: a file of them, or those of a role."""
    match act:
        case Credentials() | AssumeRole():
            return True
        case AwsCall():
            return act.service == "configure"
        case Write():
            return ".aws" in (string(act.path) or ".aws")
        case _:
            return False


def signs_without_credentials(job: Job, login: LoggedIn) -> bool:
    """Whether a login asks ECR for a token, and the job has no credentials of AWS by then."""
    if may_have_credentials(job, login.at):
        return False
    act = login.act
    if isinstance(act, RegistryLogin):
        return act.by_token
    asking = act.asked or act.command
    own = asking.credentials is not None or any("AWS_" in name for name in asking.environment)
    others = [other for other in login.step.acts if other is not act]
    return act.token in ("ecr", "ecr-public") and not own and not login.step.opaque and not any(map(_gives_credentials, others))


def works_with_ecr(job: Job) -> bool:
    """Whether a job logs in to ECR."""
    return any(isinstance(login.act, RegistryLogin) or _of_ecr(login.act) for login in logins(job))


def _of_ecr(act: RegistryLogin | Login) -> bool:
    return isinstance(act, RegistryLogin) or act.token in ("ecr", "ecr-public", "get-login")
