"""What pulls images: tasks of ECS and jobs of Batch, functions of Lambda, builds of CodeBuild."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from ecrlint.model.address import own_name
from ecrlint.model.dataclass import dataclass
from ecrlint.model.script import Script
from ecrlint.model.source import Span
from ecrlint.model.truth import NO, YES, Truth
from ecrlint.model.value import Value, string

if TYPE_CHECKING:
    from ecrlint.model.network import PlacementGuess, PlacementNoun

FetchKind = Literal["secret", "registry credentials", "environment file"]


@dataclass(frozen=True, slots=True)
class Log:
    """Where a container logs. `group` and `creates_group` are the options of the driver `awslogs`, None where not given.

    `mode` says whether the program waits for its log (`blocking`) or goes on without; None: as the account has it.
    """

    driver: Value
    group: Value | None = None
    creates_group: Value | None = None
    mode: Value | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """Something that ECS fetches before a container runs: `source` is the ARN, or the name, that it is known by; `of` the
    address of the resource whose ARN or name that is, where it is one."""

    what: FetchKind
    source: Value
    span: Span
    of: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a task definition. `environment` are its variables by name; of a secret the value is where it comes from."""

    name: Value
    image: Value | None
    span: Span
    log: Log | None = None
    fetches: tuple[Fetch, ...] = ()
    environment: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """An ECS task definition, or a job definition of Batch, which runs its jobs as tasks of ECS.

    A role that is absent is None; one that is not known is a value that says so.

    `compatibilities` are the launch types it is registered for, with an `Unknown` for what cannot be seen, empty
    where none is stated; a service of the stack that starts it counts. `open` says why containers may be missing.
    `misspelt` is the argument that was to give it its execution role, by its wrong name, and what it was to be. `architecture`
    is what it asks for (`ARM64`), None where it asks for none.
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
    noun: Literal["task", "job"] = "task"
    misspelt: tuple[str, Value] | None = None
    architecture: Value | None = None

    @property
    def own_role(self) -> str:
        """What the role of its program is called."""
        return f"{self.noun} role"

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
class Service:
    """An ECS service, with the addresses of the task definitions that it surely starts; or, by its noun, a rule, a schedule, a
    pipe or a state machine that runs tasks of them.

    `launch` is the launch type that it states, None where it states none and no capacity provider that is not known.
    `cluster` is what its cluster is known by; `hosts` are the addresses of what its capacity providers launch, where it
    names such and all of them are in the stack.
    """

    address: str
    span: Span
    tasks: tuple[str, ...]
    launch: Value | None
    cluster: Value | None
    hosts: tuple[str, ...] = ()
    exists: Truth = YES
    assumed: PlacementGuess | None = None
    noun: PlacementNoun = "service"

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda function that is a container image. `region` and `account` are where it is deployed.

    `architecture` is that of its machines, None where it is the default (`x86_64`).
    """

    address: str
    span: Span
    image: Value
    region: Value
    account: Value
    exists: Truth = YES
    architecture: Value | None = None

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class Project:
    """A CodeBuild project, and the image that its builds run in. What is absent is None.

    `kind` is the type of its machines; `docker` are the first words of its build specification that call the Docker daemon,
    None where it does not, or where it is not here; `has_daemon` may be true where another one than the build's own may be
    meant. `builds_here`: whether its build specification is the one that is here, where it is a file of its source. `scripts` are
    those of its build specification, where it surely is, one for each value that this may have.
    """

    address: str
    span: Span
    image: Value
    kind: Value | None
    credentials: Value | None
    privileged: Value | None
    role: Value | None
    account: Value
    docker: Value | None = None
    has_daemon: bool = False
    builds_here: Truth = YES
    exists: Truth = YES
    scripts: tuple[Script, ...] = ()

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class WebService:
    """A service of App Runner that runs an image. `private` is whether the image is in a private ECR repository.

    `access_role` pulls, `instance_role` is for the program; one that is absent is None.
    """

    address: str
    span: Span
    image: Value
    private: Truth
    access_role: Value | None
    instance_role: Value | None
    exists: Truth = YES

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class ManagedWorkload:
    """What a service of AWS runs from images that it pulls as a role which the workload is given.

    `role` is that of the instance profile for an environment of Elastic Beanstalk, with `reference` where the role or the profile
    is named. `bundled`: which images it runs, an application version decides that the files do not name.
    """

    address: str
    kind: Literal["SageMaker model", "AgentCore runtime", "Elastic Beanstalk environment"]
    span: Span
    images: tuple[Value, ...]
    role: Value
    reference: Span
    exists: Truth = YES
    bundled: bool = False

    @property
    def label(self) -> str:
        return own_name(self.address)


NodesKind = Literal["node group", "Fargate profile", "access entry", "aws-auth", "cluster", "node class", "instance profile"]


@dataclass(frozen=True, slots=True)
class Nodes:
    """What runs the pods of an EKS cluster: a managed group of nodes, a profile of Fargate, or what shows that there are nodes.

    An access entry or the config map `aws-auth` lets them join, a cluster in Auto Mode and a node class of Karpenter launch them,
    and an instance profile has the policies of nodes. `role` is what its kubelets pull with. `namespaces` are those of the pods
    that a profile takes.
    """

    address: str
    kind: NodesKind
    span: Span
    role: Value
    namespaces: tuple[Value, ...] = ()
    exists: Truth = YES

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class ComputeEnvironment:
    """A compute environment of AWS Batch that runs its jobs on instances, which pull the images of those that have no role.

    `role` is that of its instances, None where it is not known; `hosts` are the addresses of their launch templates. `plain`:
    they are made from AWS's own image, and from a template of the unit if from any.
    """

    address: str
    span: Span
    role: Value | None
    hosts: tuple[str, ...] = ()
    plain: bool = True
    exists: Truth = YES
    kind: Literal["compute environment"] = "compute environment"

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class JobQueue:
    """Where the jobs of one definition (`job`) run on instances: in any of the compute environments.

    `assumed`: nothing in the unit submits them, and these are all the compute environments that it has for them.
    """

    address: str
    span: Span
    job: str
    environments: tuple[ComputeEnvironment, ...]
    assumed: bool = False
    exists: Truth = YES

    @property
    def label(self) -> str:
        return own_name(self.address)
