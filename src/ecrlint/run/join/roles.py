"""Roles that a task of one unit names and another unit of the same repository makes.

A role is joined by its name, by the name in an ARN, by the name of an export, or, for a task definition in a file of its
own, by the address that it has in Terraform; and only where exactly one role of the repository answers to that. Not by the
name of the role that the console makes, with a policy of AWS, in every account where somebody has made a task there:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import partial

from ecrlint.analysis.accounts import is_elsewhere
from ecrlint.iam.request import segment
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.model.value import Ref, Scalar, Text, Value, alternatives, prefix, string, suffix
from ecrlint.run.join.names import may_be, may_be_any
from ecrlint.run.read.repositories import repository_of
from ecrlint.run.scan_state import ScanState
from ecrlint.run.scenarios.unit import DeployableUnit

_OF_THE_CONSOLE = "ecsTaskExecutionRole"


@dataclass
class _RolesByName:
    """What the roles of one repository answer to, each by the place where it is made. `unsure` are those of which the name is
    known in part, or is one of several."""

    roles: dict[str, dict[tuple[str, int, str], Role]] = field(default_factory=dict)
    unsure: list[Role] = field(default_factory=list)

    def add(self, name: str, role: Role, environment: str) -> None:
        self.roles.setdefault(name, {}).setdefault((role.span.path, role.span.start, environment), role)

    def find(self, name: str, account: Value | None, environment: str) -> Role | None:
        """The one role of this name that there is in an account, where that is known, and in an environment of the user's, and
        where none is stated."""
        roles = [(stated, role) for (_, _, stated), role in self.roles.get(name, {}).items() if not is_elsewhere(role, account)]
        found = [role for stated, role in roles if not environment or stated in ("", environment)]
        if len(found) != 1:
            return None
        others = [role for role in self.unsure if (role.span.path, role.span.start) != (found[0].span.path, found[0].span.start)]
        alike = any(may_be_any(role.name) and role.address == found[0].address for role in others)  # the root is made twice
        return None if alike or any(may_be(role.name, Scalar(name, role.span)) for role in others) else found[0]


def link(run: ScanState) -> None:
    """Give each unit the roles of other units that its tasks name."""
    wanting = [(at, names) for at, unit in enumerate(run.units) if (names := list(wanted(unit)))]
    if not wanting:
        return
    of = repository_of(run.tree)
    repositories: dict[str, _RolesByName] = {}
    for unit in run.units:
        _offer(unit, repositories.setdefault(of(unit.open[0].name), _RolesByName()))
    for at, names in wanting:
        unit = run.units[at]
        repository = repositories[of(unit.open[0].name)]
        roles = [(address, repository.find(name, account, unit.environment)) for address, name, account in names]
        found = {address or role.address: role for address, role in roles if role is not None}
        if found:
            run.units[at] = unit.with_joined(partial(_with_roles, found))


def wanted(unit: DeployableUnit) -> Iterator[tuple[str, str, Value | None]]:
    """What the tasks of a unit call roles that are not in it, what these answer to elsewhere, and the account in an ARN."""
    stack = unit.open[0]
    for task in stack.tasks:
        for value in (task.execution_role, task.task_role):
            if value is None or stack.role(value) is not None:
                continue
            for side in alternatives(value):
                name = _name(side, loose=not unit.resources)
                if name is not None and name != _OF_THE_CONSOLE:
                    yield (side.address if isinstance(side, Ref) else ""), name, segment(side, 4)


def _name(value: Value, loose: bool) -> str | None:
    if isinstance(value, Ref):
        is_address = loose and value.address.startswith("aws_iam_role.")
        return value.address if is_address or value.address.startswith("export:") else None
    text = string(value)
    if isinstance(value, Text) and prefix(value).startswith("arn:") and "/" in suffix(value):
        return suffix(value).rsplit("/", 1)[-1]
    return text.rsplit("/", 1)[-1] if text is not None and text.startswith("arn:") else text


def _offer(unit: DeployableUnit, repository: _RolesByName) -> None:
    stack = unit.open[0]
    for role in stack.roles:
        if role.kind == "role":
            name = string(role.name)
            for word in {role.address, name} - {None}:
                repository.add(str(word), role, unit.environment)
            if name is None:
                repository.unsure.append(role)
    for resource in unit.resources:
        if resource.type == "export":
            exported = stack.role(resource.attributes.get("Value"))
            if exported is not None:
                repository.add(resource.address, exported, unit.environment)


def _with_roles(found: Mapping[str, Role], stack: Stack) -> Stack:
    here = {role.address for role in stack.roles}
    more = (replace(role, address=address) for address, role in found.items() if address not in here)
    return replace(stack, roles=(*stack.roles, *more))
