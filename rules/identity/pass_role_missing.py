"""Whoever registers or runs tasks may not pass the roles of these tasks.

## What fails

`RegisterTaskDefinition`, `RunTask` or `CreateService`, and with it the deployment: no image is pulled, because no task starts.

## Why

To hand a role to a service is an action of its own. Whoever registers a task definition, or runs it, needs `iam:PassRole` on its
execution role and on its task role. Where the permission has a condition on `iam:PassedToService`, the service is
`ecs-tasks.amazonaws.com`; `ecs.amazonaws.com` never matches.

The rule speaks where it sees all policies of the deployer, and where it may pass the roles of no task definition of the
stack. A deployer names `ecs:RegisterTaskDefinition`, or `ecs:RunTask` and `iam:PassRole`; many a role has `ecs:RunTask` by
habit. The roles of the tasks themselves are no deployers.

It is an error where the policies themselves speak of this task definition or of its roles: the permission to run names the
definition, the one to update services names a service of it, or one to pass names the role under a condition that a task never
meets. Otherwise the deployer may be for other definitions, and it is a warning.

## Fix

Terraform:

```hcl
statement {
  actions   = ["iam:PassRole"]
  resources = [aws_iam_role.execution.arn, aws_iam_role.task.arn]

  condition {
    test     = "StringEquals"
    variable = "iam:PassedToService"
    values   = ["ecs-tasks.amazonaws.com"]
  }
}
```

CloudFormation:

```yaml
- Effect: Allow
  Action: iam:PassRole
  Resource: [!GetAtt ExecutionRole.Arn, !GetAtt TaskRole.Arn]
  Condition:
    StringEquals:
      iam:PassedToService: ecs-tasks.amazonaws.com
```

## References

- [Passing a role to a service](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html)
- [The execution role of Amazon ECS](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ecrlint.analysis.repositories import principal_of
from ecrlint.iam import decide as iam
from ecrlint.iam.policies import covers_action
from ecrlint.iam.request import Request, RequestContext, known
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Ref, Value, pieces, string, suffix
from ecrlint.wording.words import listing

if TYPE_CHECKING:
    from ecrlint.model.policy import Policy, Role, Statement
    from ecrlint.model.stack import Stack
    from ecrlint.model.workload import Task

SEVERITY = Severity.ERROR
_REGISTERS, _RUNS, _PASSES = "ecs:registertaskdefinition", ("ecs:runtask", "ecs:starttask"), "iam:passrole"
_REFUSED = {
    f"ecs:{operation.lower()}": f"An error occurred (AccessDeniedException) when calling the {operation} operation: User: ... is"
    " not authorized to perform: iam:PassRole on resource: ... because no identity-based policy allows the iam:PassRole action"
    for operation in ("RegisterTaskDefinition", "RunTask", "StartTask")
}
SYMPTOM = tuple(_REFUSED.values())
_TO_TASKS = RequestContext(keys={"iam:passedtoservice": known("ecs-tasks.amazonaws.com")})


def check(stack: Stack) -> Iterator[Finding]:
    tasks = [(task, roles) for task in stack.tasks if task.exists is YES and (roles := _roles_of(stack, task))]
    passed = {role.address for _, roles in tasks for role in roles}
    for deployer in stack.roles:
        shown = _starts_tasks(deployer)
        if shown is None or not tasks or deployer.open or deployer.address in passed:
            continue
        kept = list(_kept(deployer, tasks))
        if len(kept) == len(tasks):
            deployed = next((one for one in kept if _deploys(stack, deployer, one[0])), None)
            yield _finding(deployer, shown, *(deployed or kept[0]), is_deployed=deployed is not None)


def _kept(deployer: Role, tasks: list[tuple[Task, list[Role]]]) -> Iterator[tuple[Task, list[Role]]]:
    """The first tasks until one whose roles a deployer may all pass, each with those of its roles that it may not pass."""
    refused: dict[str, bool] = {}
    for task, roles in tasks:
        for role in roles:
            if role.address not in refused:
                refused[role.address] = _may_not_pass(deployer, role)
        refused_here = [role for role in roles if refused[role.address]]
        if not refused_here:
            return
        yield task, refused_here


def _roles_of(stack: Stack, task: Task) -> list[Role]:
    found = (stack.role(value) for value in (task.execution_role, task.task_role))
    return list({role.address: role for role in found if role is not None}.values())


def _starts_tasks(role: Role) -> Value | None:
    """The plain name by which a role is granted to register tasks, or to run them and to pass roles."""
    allowing = [one for policy in role.policies for one in policy.statements if one.effect == "Allow"]
    named = {(string(pattern) or "").lower(): pattern for one in allowing for pattern in one.actions or ()}
    runs = next((named[word] for word in _RUNS if word in named), None)
    return named.get(_REGISTERS) or (runs if _PASSES in named else None)


def _grants_by_name(statement: Statement) -> bool:
    """Whether a statement grants something on what it names, not on whatever there is."""
    return statement.effect == "Allow" and any(not suffix(value).endswith("*") for value in statement.resources or ())


def _deploys(stack: Stack, deployer: Role, task: Task) -> bool:
    """Whether a permission to run tasks is for just this task definition, or one to update services for one that runs it."""
    services = {service.address for service in stack.services if task.address in service.tasks}
    return any(_is_of(piece, task) for piece in _named(deployer, "ecs:RunTask", "ecs:StartTask")) or any(
        isinstance(piece, Ref) and piece.address in services for piece in _named(deployer, "ecs:UpdateService")
    )


def _named(role: Role, *actions: str) -> Iterator[Value]:
    """The parts of the resources on which a role is allowed one of these actions."""
    for statement in (one for policy in role.policies for one in policy.statements if one.effect == "Allow"):
        if any(covers_action(statement, action) is YES for action in actions):
            yield from (piece for value in statement.resources or () for piece in pieces(value))


def _is_of(piece: Value, task: Task) -> bool:
    """Whether a part of an ARN is of a task definition: its revision, or its family by name."""
    if isinstance(piece, Ref):
        return piece.address == task.address
    family = None if task.family is None else string(task.family)
    return family is not None and re.search(rf"(^|:)task-definition/{re.escape(family)}(:|$)", string(piece) or "") is not None


def _may_not_pass(deployer: Role, role: Role) -> bool:
    limits: tuple[Policy, ...] = () if deployer.boundary is None else (deployer.boundary,)
    arn = principal_of(role).value
    everything = (*deployer.policies, *limits)
    return iam.decide(everything, "iam:PassRole", arn, open=deployer.open, context=_TO_TASKS).truth is NO


def _finding(deployer: Role, shown: Value, task: Task, roles: list[Role], is_deployed: bool) -> Finding:
    label, passed = f'{deployer.kind} "{deployer.label}"', listing([f'"{role.label}"' for role in roles])
    unmet = tuple(iam.unmet(deployer.policies, Request("iam:PassRole", principal_of(roles[0]).value, None, _TO_TASKS)))
    conditions = (Related(one.span, f"a condition on {one.condition.key} that passing it to a task never meets") for one in unmet)
    may = "register task definitions" if (string(shown) or "").lower() == _REGISTERS else "start tasks"
    noun = "the role" if len(roles) == 1 else "the roles"
    return Finding(
        span=shown.span,
        message=f'{label} may {may} but not pass {passed} to them, {noun} of task definition "{task.label}"',
        help=f"allow iam:PassRole on {passed}, to ecs-tasks.amazonaws.com",
        address=deployer.address,
        cause="no iam:PassRole",
        severity=None if any(_grants_by_name(one.statement) for one in unmet) or is_deployed else Severity.WARNING,
        aws=_REFUSED[(string(shown) or "").lower()],
        related=(
            Related(deployer.span, label),
            *(Related(role.span, f'role "{role.label}"') for role in roles),
            *conditions,
        ),
    )
