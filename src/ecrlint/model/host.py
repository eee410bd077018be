"""Instances, what makes them, and who on them can reach the metadata service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ecrlint.model.address import own_name
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.truth import NO, YES, Truth
from ecrlint.model.value import Value

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
    block, and `body` the block or map that it would be added to; `inherits` is true where a launch template or something
    unknown may state them instead. `profile` is the instance profile, None where none is stated; `role` is what that
    gives it, where it is known. `calls` are the AWS services that its user data calls from the host itself, and
    `asks_without_token` whether it asks the metadata service by IMDSv1.
    """

    address: str
    kind: Literal["instance", "launch template", "launch configuration", "spot instance"]
    span: Span
    options: Span | None
    http_endpoint: Value | None
    http_tokens: Value | None
    hop_limit: Value | None
    inherits: bool = False
    body: Span | None = None
    uses: tuple[Use, ...] = ()
    calls: tuple[str, ...] = ()
    asks_without_token: Truth = NO
    profile: Value | None = None
    role: Role | None = None
    exists: Truth = YES

    @property
    def label(self) -> str:
        return own_name(self.address)
