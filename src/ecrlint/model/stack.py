"""One deployable unit, in AWS's nouns, whatever language it was written in. This is all that a rule sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ecrlint.model.address import DEPLOYMENT, own_name
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.policy import Attachment, IdentityProvider, Policy, Role
from ecrlint.model.source import Span
from ecrlint.model.truth import YES, Truth
from ecrlint.model.value import (
    Choice,
    Map,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    first_condition,
    is_null,
    join,
    key,
    pieces,
    prefix,
    same,
    string,
)

if TYPE_CHECKING:
    from ecrlint.model.host import Host, MetadataDefaults
    from ecrlint.model.job import Job
    from ecrlint.model.manifest import Manifest
    from ecrlint.model.network import Endpoint, Network
    from ecrlint.model.registry import Registry
    from ecrlint.model.workload import Function, JobQueue, ManagedWorkload, Nodes, Project, Service, Task, WebService


Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Resource:
    """What an evaluator hands to an adapter: one instance of a resource or data source.

    `address` is unique in its unit (`module.push["api"].aws_iam_policy.push`, `Stack.LogicalId`). `exists` is `MAYBE`
    where a condition that nobody can know decides; `when` is that condition, a boolean value with choices. `span` is
    the header of its block. `calls` are the module calls or nested stacks that lead to it, innermost first. `provider`
    is the address of the place that it is deployed to (see `ecrlint.model.address.is_deployment`). `ignored` are the
    attributes that somebody else may set (`ignore_changes`), or `all`.
    """

    type: str
    address: str
    attributes: Map
    span: Span
    exists: Truth = YES
    calls: tuple[Span, ...] = ()
    when: Value | None = None
    provider: str = DEPLOYMENT
    ignored: frozenset[str] = frozenset()

    def current(self, attribute: str) -> Value | None:
        """An attribute as it is when the resource is used: not known where somebody else may have set it since it was made."""
        if self.ignored & {attribute, "all"}:
            return Unknown(f"changes to its {attribute} are ignored", self.span)
        return self.attributes.get(attribute)


@dataclass(frozen=True, slots=True)
class Repository:
    """A private ECR repository, with its own policy where the stack has one; no `arn`: it is not known which it is.

    `mutability` is that of its tags, None where it is the default (`MUTABLE`); `mutable` are the patterns of the tags that are
    mutable all the same.
    """

    address: str
    name: Value
    span: Span
    policy: Policy | None = None
    arn: Value | None = None
    mutability: Value | None = None
    mutable: tuple[Value, ...] = ()

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class SourceRepository:
    """The repository that holds the files: where it is cloned from (`github.com/acme/shop`), and when its history begins, in
    seconds since 1970."""

    name: str
    begun: int


@dataclass(frozen=True, slots=True)
class Stack:
    """All of one unit. `policies` are the identity policies that are attached to nothing in it, `attachments` those
    among them that the unit attaches to what it does not make, `log_groups` the names of
    the log groups that it makes or looks up. `with_policies` are the services (`secretsmanager`, `s3`) of which something
    has a policy of its own. `encrypted` are the ARNs of the KMS keys that secrets and parameters are encrypted with, by their
    addresses, where the key is made here and leaves it to IAM who may use it. `without_addons`: an EKS cluster may leave out
    EKS's own add-ons. `repositories_beside` are those with a policy that other units of the repository make. `jobs` are those of
    a pipeline, and `beside` what the other units of its repository make, which it works with. `manifests_beside` are those
    of other files of the repository. `registry` is what is said of
    whole registries, if anything. `source_repository` is known where a role trusts it by its name.

    `outside` are those of the reasons why a set is open that rest on an id which the unit is given, each with what has that id
    (`var.role`): where that is none of the unit's own, the set is closed.

    `outputs` are the values that the unit gives to others, which no rule reads: of a root of Terraform by name, of a template by
    `export:NAME`.

    `task_runs` are what runs tasks beside the services: rules, schedules, pipes and state machines, whose cluster is known.

    `settled`: conditions that nobody can know before deployment are settled one way here, and other ways elsewhere.
    `answers` are what rules have asked of it before.
    """

    name: str
    roles: tuple[Role, ...] = ()
    policies: tuple[Policy, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    identity_providers: tuple[IdentityProvider, ...] = ()
    repositories: tuple[Repository, ...] = ()
    repositories_beside: tuple[Repository, ...] = ()
    tasks: tuple[Task, ...] = ()
    services: tuple[Service, ...] = ()
    task_runs: tuple[Service, ...] = ()
    job_queues: tuple[JobQueue, ...] = ()
    functions: tuple[Function, ...] = ()
    projects: tuple[Project, ...] = ()
    web_services: tuple[WebService, ...] = ()
    managed: tuple[ManagedWorkload, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    manifests_beside: tuple[Manifest, ...] = ()
    nodes: tuple[Nodes, ...] = ()
    without_addons: bool = False
    endpoints: tuple[Endpoint, ...] = ()
    hosts: tuple[Host, ...] = ()
    log_groups: tuple[Value, ...] = ()
    with_policies: frozenset[str] = frozenset()
    encrypted: Mapping[str, Value] = field(default_factory=dict)
    registry: Registry | None = None
    own_network: Network | None = None
    metadata_defaults: tuple[MetadataDefaults, ...] = ()
    jobs: tuple[Job, ...] = ()
    beside: tuple[Stack, ...] = ()
    source_repository: SourceRepository | None = None
    outside: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict, compare=False)
    settled: bool = False
    answers: dict[object, tuple[Any, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def network(self) -> Network:
        """The network of the unit; an empty one where it has none."""
        from ecrlint.model.network import Network

        return Network() if self.own_network is None else self.own_network

    def answer(self, question: Callable[[Stack], Iterable[Answer]]) -> tuple[Answer, ...]:
        """What a function makes of the stack, worked out the first time that a rule asks."""
        found = self.answers.get(question)
        if found is None:
            found = self.answers[question] = tuple(question(self))
        return found

    def closed(self) -> Stack:
        """The stack where no id that the unit is given is that of something in it."""

        def left(reasons: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(reason for reason in reasons if reason not in self.outside)

        roles = tuple(replace(role, open=left(role.open)) for role in self.roles)
        repositories = tuple(replace(one, policy=_closed(one.policy, left)) for one in self.repositories)
        endpoints = tuple(endpoint.closed(left) for endpoint in self.endpoints)
        network = None if self.own_network is None else self.own_network.closed(left)
        return replace(self, roles=roles, repositories=repositories, endpoints=endpoints, own_network=network, outside={})

    def role(self, value: Value | None) -> Role | None:
        """The role that a value names (reference, name or ARN); None where that is not known or not in the stack."""
        if is_null(value):
            return None
        assert value is not None
        if isinstance(value, Choice):
            return None
        found = {role.address: role for role in self._named(value)}
        return next(iter(found.values())) if len(found) == 1 else None

    def _named(self, value: Value) -> list[Role]:
        if isinstance(value, Text):  # an ARN that is put together ends with the role's name
            value = _last_name(value) if prefix(value).startswith("arn:") else join(value.parts, value.span)
        (roles,) = self.answer(_roles)
        if isinstance(value, Ref):
            return roles.by_address.get(value.address, [])
        text = string(value)
        if text is not None and text.startswith("arn:"):
            return roles.by_name.get(key(Scalar(text.rsplit("/", 1)[-1], value.span)), [])
        return roles.named(value)

    def repositories_named(self, name: Value) -> Sequence[Repository]:
        """The repositories whose name is known to be this."""
        (repositories,) = self.answer(_repositories)
        return repositories.named(name)


WithName = TypeVar("WithName", Role, Repository)


@dataclass(frozen=True, slots=True)
class _ByName(Generic[WithName]):
    """Roles or repositories by their addresses, and by the keys of their names where these depend on no condition."""

    by_address: Mapping[str, list[WithName]]
    by_name: Mapping[object, list[WithName]]
    conditional: tuple[WithName, ...]

    def named(self, name: Value) -> list[WithName]:
        """Those whose name is known to be this."""
        if first_condition(name) is None:
            return self.by_name.get(key(name), []) + [one for one in self.conditional if same(one.name, name)]
        every = list(self.conditional)
        for some in self.by_name.values():
            every += some
        return [one for one in every if same(one.name, name)]


def _by_name(things: Iterable[WithName]) -> _ByName[WithName]:
    by_address: dict[str, list[WithName]] = {}
    by_name: dict[object, list[WithName]] = {}
    conditional = []
    for one in things:
        by_address.setdefault(one.address, []).append(one)
        if first_condition(one.name) is None:
            by_name.setdefault(key(one.name), []).append(one)
        else:
            conditional.append(one)
    return _ByName(by_address, by_name, tuple(conditional))


def _roles(stack: Stack) -> tuple[_ByName[Role]]:
    return (_by_name(stack.roles),)


def _repositories(stack: Stack) -> tuple[_ByName[Repository]]:
    return (_by_name(stack.repositories),)


def _closed(policy: Policy | None, left: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Policy | None:
    """A repository's policy where some reasons are gone; one that was nothing but reasons is none."""
    if policy is None or not policy.open:
        return policy
    made = replace(policy, open=left(policy.open))
    return made if made.statements or made.open else None


def _last_name(arn: Text) -> Value:
    """What stands after the last slash of an ARN with holes; the ARN itself where that is more than one piece."""
    *before, last = pieces(arn)
    text = string(last)
    if text is not None:
        return Scalar(text.rsplit("/", 1)[-1], last.span) if "/" in text else arn
    return last if before and (string(before[-1]) or "").endswith("/") else arn
