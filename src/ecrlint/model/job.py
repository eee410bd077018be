"""What a pipeline runs: who starts it, as whom it calls AWS, and what it does in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from ecrlint.model.dataclass import dataclass
from ecrlint.model.script import Act
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, YES, Truth
from ecrlint.model.value import Value

Platform = Literal["github", "gitlab", "codebuild", "script"]
"""What runs a job; `script`: a script of the repository of which nobody knows what runs it."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One way in which a pipeline is started: the event, and the full Git reference that it runs for (`refs/heads/main`).

    A reference with a hole is one of several, or of any. `declared`: the file itself lists this reference. `span` is where
    the file says so.
    """

    event: str
    ref: Value
    span: Span
    declared: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """A step that gives the following ones credentials of AWS.

    `by`: with a token of the platform, with access keys, with those that are already there, or in a way that is not known.
    `role` is the one that is assumed, None where none is. `inputs` are what else is asked for (`audience`,
    `role-duration-seconds`), by the names of the action.
    """

    span: Span
    by: Literal["token", "keys", "role", "unknown"]
    role: Value | None = None
    region: Value | None = None
    inputs: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RegistryLogin:
    """A step that logs Docker in to registries of ECR with the credentials that the job has then.

    `hosts` are the registries, with holes for an account or region that is not known; not `closed`: there may be more.
    `region` is the one that it asks for the token, None where nothing states it, or no other is possible. `accounts` are those
    that it is asked for, as they are written. `by_token`: it asks ECR for a token, with the credentials of the job.
    """

    span: Span
    hosts: tuple[Value, ...]
    public: bool = False
    region: Value | None = None
    accounts: tuple[Value, ...] = ()
    closed: bool = True
    by_token: bool = True


@dataclass(frozen=True, slots=True)
class Builder:
    """A step that sets up Buildx: the driver, and the image of BuildKit, where these are stated."""

    span: Span
    driver: Value | None = None
    image: Value | None = None


@dataclass(frozen=True, slots=True)
class TaskImage:
    """A step that puts an image into a container of a task definition, in the file at `path` of the repository."""

    span: Span
    path: Value
    container: Value
    image: Value


ActionAct: TypeAlias = Credentials | RegistryLogin | Builder | TaskImage
"""What an action does, which runs no command."""

StepAct: TypeAlias = Act | ActionAct


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job. `runs`: whether it does when everything before it went well.

    `opaque` says why it may do more than its acts; empty: it does not. `tolerated`: the job goes on when it fails. `keyed`: its
    environment has credentials of AWS, or may have. `attests`: nothing turns the attestations of Buildx off. `region` and
    `account` are those of the credentials that are in force when it begins, None where they are not known. `variables` are
    those of its environment.
    """

    span: Span
    acts: tuple[StepAct, ...] = ()
    runs: Truth = YES
    opaque: str = ""
    tolerated: bool = False
    keyed: bool = False
    attests: bool = True
    region: Value | None = None
    account: Value | None = None
    variables: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """One run of a job of a pipeline: of each way in which it is started, and of each cell of its matrix.

    `address` names the job in its file whatever starts it. `hosted`: it runs on a machine of the platform, which begins
    empty. `token`: whether it may ask for a token of the platform, as decided at `permissions`. `environment` is None where
    it has none. `callers` are the places where its workflow is called.
    """

    address: str
    name: str
    span: Span
    platform: Platform
    start: Trigger
    steps: tuple[Step, ...] = ()
    runs: Truth = YES
    hosted: Truth = MAYBE
    environment: Value | None = None
    token: Truth = MAYBE
    permissions: Span | None = None
    callers: tuple[Span, ...] = ()

    @property
    def label(self) -> str:
        return self.name
