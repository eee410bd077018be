"""Who pulls the images of an ECS task, and whether it can. The one answer that the rules of the family ecs share.

Which of them speaks where several see one cause is the table in `ecrlint.wording.precedence`.

Fargate, ECS Anywhere and Managed Instances pull with the execution role. On EC2 the execution role pulls where there is
one, and otherwise the role of the instance.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from ecrlint.analysis.capability import LOG, LOGIN, PULL, Capability, can, granted_somewhere
from ecrlint.analysis.intent import pushing
from ecrlint.analysis.memory import once
from ecrlint.analysis.network.pull_routes import passed
from ecrlint.analysis.resource_policies import may_let_in
from ecrlint.analysis.trust import ECS_TASKS, is_for_services, principals, trusts
from ecrlint.iam.request import ANYWHERE, Caller, RequestContext
from ecrlint.model.dataclass import dataclass
from ecrlint.model.image import in_private_ecr, repository_arn
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Ref, Scalar, Unknown, Value, is_null, join, pieces, same, string

if TYPE_CHECKING:
    from ecrlint.model.policy import Role
    from ecrlint.model.source import Span
    from ecrlint.model.stack import Stack
    from ecrlint.model.workload import Log, Task

_LAUNCHES = {"FARGATE": "Fargate", "EXTERNAL": "ECS Anywhere", "MANAGED_INSTANCES": "ECS Managed Instances"}
"""The launch types that never use the role of an instance."""


class Flaw(enum.Enum):
    """Why a task cannot start, each for one rule: where the pull sits on the task role, that alone is said."""

    NO_EXECUTION_ROLE = enum.auto()
    CANNOT_PULL = enum.auto()
    PULL_ON_TASK_ROLE = enum.auto()


@dataclass(frozen=True, slots=True)
class StartRequirement:
    """Something that ECS does before a container runs, and the place that asks for it."""

    what: Literal["misspelt", "image", "log driver", "secrets"]
    span: Span


@dataclass(frozen=True, slots=True)
class TaskStart:
    """What happens when ECS starts a task. `launch` is the launch type that decides, or just `ECS`.

    `missing` are the actions that the execution role is known not to have for the images, `missing_logs` those for the
    logs. A role is None where it is not in the stack.
    """

    task: Task
    launch: str
    needs: tuple[StartRequirement, ...]
    execution_role: Role | None = None
    task_role: Role | None = None
    missing: tuple[str, ...] = ()
    missing_logs: tuple[str, ...] = ()
    flaw: Flaw | None = None
    context: RequestContext = ANYWHERE

    @property
    def roots(self) -> tuple[tuple[str, str], ...]:
        """What keeps the task from pulling, as `Finding.roots`."""
        if self.execution_role is None:
            return ((self.task.address, "no execution role"),)
        return tuple((self.execution_role.address, action) for action in self.missing)


@once
def starts(stack: Stack) -> Iterator[TaskStart]:
    """How ECS starts each task of the stack."""
    for task in stack.tasks:
        if task.exists is not NO:
            yield start(stack, task)


def start(stack: Stack, task: Task) -> TaskStart:
    """How ECS starts a task; `flaw` is None where it does, and where that cannot be known."""
    launch = next((name for word, name in _LAUNCHES.items() if task.launches_on(word) is YES), None)
    needs = tuple(_needs(task))
    context = next((context_of(stack, task, image) for image in images(task)), ANYWHERE)
    execution_role, task_role = stack.role(task.execution_role), stack.role(task.task_role)
    missing: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    flaw: Flaw | None = None
    if task.execution_role is None:
        if _wants_execution_role(task, launch, needs):
            flaw = Flaw.NO_EXECUTION_ROLE
    elif execution_role is not None:
        missing = tuple(dict.fromkeys(_missing(stack, task, execution_role)))
        flaw = Flaw.CANNOT_PULL if missing else None
        logs = missing_for_logs(task, execution_role) if launch is not None else ()
    instance_pulls = launch is None and task.execution_role is None
    if (
        flaw is not None
        and task.misspelt is None
        and _pulls_image(needs)
        and not instance_pulls
        and task_role is not None
        and not one_role(stack, task)
    ):
        flaw = Flaw.PULL_ON_TASK_ROLE if _is_meant_to_pull(task_role) else flaw
    return TaskStart(task, launch or "ECS", needs, execution_role, task_role, missing, logs, flaw, context)


def _wants_execution_role(task: Task, launch: str | None, needs: tuple[StartRequirement, ...]) -> bool:
    """Whether AWS registers a definition only with an execution role; secrets want one wherever the task runs.

    Terraform refuses one whose argument for it is misspelt, whatever the task needs.
    """
    if task.misspelt is not None:
        return True
    if launch is not None:
        return bool(needs) or task.noun == "job"
    return task.noun == "task" and any(need.what == "secrets" for need in needs)


def is_only_task_role(stack: Stack, role: Role | None) -> bool:
    """Whether a role is there, or may be, for what runs in the containers of a task, and ECS starts none here with it."""
    if role is None or is_execution_role(stack, role):
        return False
    _, as_task_roles = stack.answer(_roles_of_tasks)
    return as_task_roles.may_have(role)


@dataclass(frozen=True, slots=True)
class _Given:
    """The roles that the tasks of a stack are given in one argument, by their addresses; `others`: also such as are not known."""

    roles: frozenset[str]
    others: bool

    def may_have(self, role: Role) -> bool:
        return role.address in self.roles or (self.others and trusts(role, ECS_TASKS) is not NO)


def _roles_of_tasks(stack: Stack) -> tuple[_Given, _Given]:
    """Those that tasks start with, and those that their containers get."""
    return (
        _given(stack, [task.execution_role for task in stack.tasks]),
        _given(stack, [task.task_role for task in stack.tasks]),
    )


def _given(stack: Stack, values: list[Value | None]) -> _Given:
    stated = [value for value in values if value is not None and not is_null(value)]
    found = [(value, stack.role(value)) for value in stated]
    roles = frozenset(role.address for _, role in found if role is not None)
    return _Given(roles, any(role is None and string(value) is None for value, role in found))


def is_only_execution_role(stack: Stack, role: Role | None) -> bool:
    """Whether ECS alone has a role, or may, to start tasks: no program in a container gets its credentials."""
    as_execution_roles, as_task_roles = stack.answer(_roles_of_tasks)
    if role is None or role.address in as_task_roles.roles or not as_execution_roles.may_have(role):
        return False
    return is_for_services(role) and all(string(one.value) == ECS_TASKS for _, one in principals(role))


def is_execution_role(stack: Stack, role: Role) -> bool:
    """Whether a task of the stack has a role as its execution role."""
    as_execution_roles, _ = stack.answer(_roles_of_tasks)
    return role.address in as_execution_roles.roles


def one_role(stack: Stack, task: Task) -> bool:
    """Whether task role and execution role are known to be the same one."""
    a, b = task.execution_role, task.task_role
    if a is None or b is None:
        return False
    first, second = stack.role(a), stack.role(b)
    if first is not None and second is not None:
        return first.address == second.address
    return same(a, b) or _same_name(string(a), string(b))


def _same_name(a: str | None, b: str | None) -> bool:
    """A task definition takes a role's name or its ARN."""
    if a is None or b is None or a.startswith("arn:") is b.startswith("arn:"):
        return False
    return a.rsplit("/", 1)[-1] == b.rsplit("/", 1)[-1]


def _needs(task: Task) -> Iterator[StartRequirement]:
    """What needs an execution role: an argument that was to give it, then images first."""
    if task.misspelt is not None:
        yield StartRequirement("misspelt", task.misspelt[1].span)
    images = [container.image for container in task.containers if in_private_ecr(container.image) is YES]
    yield from (StartRequirement("image", image.span) for image in images if image is not None)
    for container in task.containers:
        log = container.log
        if log is not None and string(log.driver) == "awslogs" and task.launches_on("FARGATE") is YES:
            yield StartRequirement("log driver", log.driver.span)
    for container in task.containers:
        yield from (StartRequirement("secrets", fetch.span) for fetch in container.fetches[:1] if fetch.what == "secret")


def _pulls_image(needs: tuple[StartRequirement, ...]) -> bool:
    return any(need.what == "image" for need in needs)


def _missing(stack: Stack, task: Task, role: Role) -> Iterator[str]:
    """The actions that a role is known not to have for the private images of a task."""
    for image in images(task):
        yield from lacking_to_pull(stack, role, image, context_of(stack, task, image))


def context_of(stack: Stack, task: Task, image: Value) -> RequestContext:
    """From where ECS pulls an image of a task."""
    if task.launches_on("FARGATE") is not YES:
        return ANYWHERE
    endpoint = passed(stack, task, image)
    return RequestContext(Caller.FARGATE, None if endpoint is None else endpoint.id)


def lacking_to_pull(stack: Stack, role: Role, image: Value | None, context: RequestContext = ANYWHERE) -> tuple[str, ...]:
    """The actions that a role is known not to have for pulling an image, of a repository that nobody knows without one."""
    arn = None if image is None else repository_arn(image)
    login = can(role, LOGIN, context=context).missing
    lacking = can(role, PULL, arn, context=context).missing
    return (*login, *(action for action in lacking if may_let_in(stack, role, action) is NO))


def missing_for_logs(task: Task, role: Role) -> tuple[str, ...]:
    """The actions that a role is known not to have for the logs of a task; none where instances may send them.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
    """
    if task.launches_on("EC2") is not NO:
        return ()
    logs = (container.log for container in task.containers)
    writing = (log for log in logs if log is not None and string(log.driver) == "awslogs")
    return tuple(dict.fromkeys(action for log in writing for action in lacking_to_log(role, log, LOG)))


def lacking_to_log(role: Role, log: Log, capability: Capability) -> tuple[str, ...]:
    """What a role is known not to have of a capability on a log group.

    A stream is asked for by its own ARN, and by that of its group: what covers either counts.
    """
    lacking = capability.actions
    for arn in _streams(log):
        missing = can(role, capability, arn).missing
        lacking = tuple(action for action in lacking if action in missing)
        if not lacking:
            break
    return lacking


def _streams(log: Log) -> Iterator[Value]:
    span = log.driver.span
    group = Unknown("its log group is not known", span) if log.group is None else log.group
    name = pieces(group)
    before = (
        Scalar("arn:", span),
        Ref("aws", "partition", span),
        Scalar(":logs:", span),
        Unknown("the region of the log group is not known", span),
        Scalar(":", span),
        Ref("aws", "account_id", span),
        Scalar(":log-group:", span),
    )
    for after in ((), (Scalar(":*", span),), (Scalar(":log-stream:", span), Unknown("the name of a stream", span))):
        yield join((*before, *name, *after), span)


def images(task: Task) -> Iterator[Value]:
    """The images of a task that are of private registries of ECR."""
    for container in task.containers:
        if container.image is not None and in_private_ecr(container.image) is YES:
            yield container.image


def _is_meant_to_pull(role: Role) -> bool:
    """Whether a role grants the pull and names no push: who builds images inside a task pulls and pushes as the task."""
    granted = all(granted_somewhere(role, action) is YES for action in PULL.actions)
    return granted and not any(pushing(role.policies))
