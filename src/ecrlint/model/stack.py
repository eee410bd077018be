"""One deployable unit, in AWS's nouns, whatever language it was written in. This is all that a rule sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ecrlint.model.address import own_name
from ecrlint.model.policy import Policy, Role
from ecrlint.model.source import Span
from ecrlint.model.truth import NO, YES, Truth
from ecrlint.model.value import Map, Ref, Scalar, Text, Value, alternatives, is_null, same, string


@dataclass(frozen=True, slots=True)
class Resource:
    """What an evaluator hands to an adapter: one instance of a resource or data source.

    `address` is unique in its unit (`module.push["api"].aws_iam_policy.push`, `Stack.LogicalId`). `exists` is `MAYBE`
    where a condition that nobody can know decides; `when` is that condition, a boolean value with choices. `span` is
    the header of its block. `calls` are the module calls or nested stacks that lead to it, innermost first.
    """

    type: str
    address: str
    attributes: Map
    span: Span
    exists: Truth = YES
    calls: tuple[Span, ...] = ()
    when: Value | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a task definition. `secrets` is the span of the first thing it fetches from a secret store."""

    name: Value
    image: Value | None
    span: Span
    log_driver: Value | None = None
    secrets: Span | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """An ECS task definition. A role that is absent is None; one that is not known is a value that says so.

    `compatibilities` are the launch types it is registered for, with an `Unknown` for what cannot be seen, empty
    where none is stated; a service of the stack that starts it counts. `open` says why containers may be missing.
    """

    address: str
    family: Value | None
    span: Span
    containers: tuple[Container, ...]
    execution_role: Value | None
    task_role: Value | None
    compatibilities: tuple[Value, ...]
    exists: Truth = YES
    open: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The family where it is known, otherwise the resource's own name, or the file's."""
        own = self.address.rsplit("/", 1)[-1] if self.address == self.span.path else own_name(self.address)
        return string(self.family) or own

    def launches_on(self, launch_type: str) -> Truth:
        """Whether it is registered for a launch type (`FARGATE`, `EC2`, `EXTERNAL`, `MANAGED_INSTANCES`)."""
        result = NO
        for value in self.compatibilities:
            text = string(value)
            result = result | (Truth.MAYBE if text is None else YES if text.upper() == launch_type else NO)
        return result


@dataclass(frozen=True, slots=True)
class Repository:
    """A private ECR repository, with its own policy where the stack has one."""

    address: str
    name: Value
    span: Span
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint. `service` is the full service name; `policy` None: the default, which lets everything through."""

    address: str
    service: Value
    type: Value | None
    span: Span
    policy: Policy | None = None
    exists: Truth = YES

    @property
    def label(self) -> str:
        return own_name(self.address)


What = Literal["ecs", "eks", "docker", "bridged", "bridged-client", "login", "runner"]


@dataclass(frozen=True, slots=True)
class Use:
    """Something that a host does with containers or with ECR, and the place that shows it.

    `ecs`: registers with an ECS cluster; `eks`: is an EKS node; `docker`: runs a container engine; `bridged`: runs a
    container outside its own network that is given no credentials; `bridged-client`: such a container calls AWS; `login`
    and `runner`: it logs in to ECR, or runs the jobs of a CI system, itself and not in a container.
    """

    what: What
    span: Span


@dataclass(frozen=True, slots=True)
class Host:
    """An instance, or a template that makes instances, and its metadata service.

    A metadata option that is not stated is None. `options` is the place of the options, None where there is no such
    block; `inherits` is true where a launch template or something unknown may state them instead. `profile` is the
    instance profile, None where none is stated; `role` is what that gives it, where it is known. `calls` are the AWS
    services that its user data calls from the host itself.
    """

    address: str
    kind: Literal["instance", "launch template", "launch configuration", "spot instance"]
    span: Span
    options: Span | None
    http_endpoint: Value | None
    http_tokens: Value | None
    hop_limit: Value | None
    inherits: bool = False
    uses: tuple[Use, ...] = ()
    calls: tuple[str, ...] = ()
    profile: Value | None = None
    role: Role | None = None
    exists: Truth = YES

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class Stack:
    """All of one unit. `policies` are the identity policies that are attached to nothing in it.

    `settled`: conditions that nobody can know before deployment are settled one way here, and other ways elsewhere.
    """

    name: str
    roles: tuple[Role, ...] = ()
    policies: tuple[Policy, ...] = ()
    repositories: tuple[Repository, ...] = ()
    tasks: tuple[Task, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    hosts: tuple[Host, ...] = ()
    tokens_required_by_default: bool = False
    settled: bool = False

    def role(self, value: Value | None) -> Role | None:
        """The role that a value names (reference, name or ARN); None where that is not known or not in the stack."""
        if is_null(value):
            return None
        assert value is not None
        found = {role.address: role for side in alternatives(value) for role in self._named(side)}
        sides = sum(1 for _ in alternatives(value))
        return next(iter(found.values())) if len(found) == 1 and sides == 1 else None

    def _named(self, value: Value) -> list[Role]:
        if isinstance(value, Text) and len(value.parts) == 1:
            value = value.parts[0]
        elif isinstance(value, Text) and (string(value.parts[0]) or "").startswith("arn:"):
            value = _last_name(value)  # an ARN that is put together ends with the role's name
        if isinstance(value, Ref):
            return [role for role in self.roles if role.address == value.address]
        text = string(value)
        if text is not None and text.startswith("arn:"):
            text = text.rsplit("/", 1)[-1]
            return [role for role in self.roles if string(role.name) == text]
        return [role for role in self.roles if same(role.name, value)]


def _last_name(arn: Text) -> Value:
    """What stands after the last slash of an ARN with holes; the ARN itself where that is more than one piece."""
    *_, before, last = arn.parts
    text = string(last)
    if text is not None:
        return Scalar(text.rsplit("/", 1)[-1], last.span) if "/" in text else arn
    return last if (string(before) or "").endswith("/") else arn
