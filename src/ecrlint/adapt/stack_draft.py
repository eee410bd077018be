"""What is gathered from the resources of a unit, in any language, on the way to a Stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from ecrlint.adapt import identity_draft
from ecrlint.adapt.identity_draft import IdentityDrafts
from ecrlint.adapt.kept import Kept
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.policy import Attachment, IdentityProvider, Policy, Role
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.value import Unknown, Value

if TYPE_CHECKING:
    from ecrlint.adapt.hosts_draft import HostsDraft
    from ecrlint.adapt.job_queues import BatchDraft
    from ecrlint.adapt.network_draft import NetworkDraft
    from ecrlint.adapt.registry_draft import RegistryDraft
    from ecrlint.model.host import Host, MetadataDefaults
    from ecrlint.model.job import Job
    from ecrlint.model.manifest import Manifest
    from ecrlint.model.network import Endpoint
    from ecrlint.model.workload import Function, ManagedWorkload, Nodes, Project, Service, Task, WebService


class LazyOutputs(Mapping[str, Value]):
    """What a unit gives to others, worked out when another unit asks for it."""

    def __init__(self, made: Mapping[str, Callable[[], Value]]) -> None:
        self._made = made
        self._values: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        if name not in self._values:
            self._values[name] = self._made[name]()
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


@dataclass
class StackDraft:
    """The parts of a stack, as the reading functions add them.

    `elsewhere` is what is attached to somebody who is not here, `sought` the regular expression by which roles are looked up.
    `policies` are the managed policies by address, `attached` the addresses of those that somebody has, `launches` the launch
    types that services start tasks with, `clusters` the names of ECS clusters by address, `managed_providers` the
    addresses and names of the capacity providers of ECS Managed Instances. The drafts of hosts, network,
    registry and Batch are imported and made when something is first added to them. `outputs` and `encrypted`, and all lists but
    `attachments` and `launches`, are whole once their own resources have been read.
    """

    kept: Kept = field(default_factory=Kept)
    identities: IdentityDrafts = field(default_factory=IdentityDrafts)
    attachments: list[Attachment] = field(default_factory=list)
    elsewhere: tuple[Attachment, ...] = ()
    sought: Value | None = None
    policies: dict[str, Policy] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)
    identity_providers: list[IdentityProvider] = field(default_factory=list)
    repositories: dict[str, Repository] = field(default_factory=dict)
    with_policies: set[str] = field(default_factory=set)
    tasks: dict[str, Task] = field(default_factory=dict)
    launches: list[tuple[str, Value]] = field(default_factory=list)
    clusters: dict[str, Value] = field(default_factory=dict)
    managed_providers: set[str] = field(default_factory=set)
    services: list[Service] = field(default_factory=list)
    task_runs: list[Service] = field(default_factory=list)
    functions: list[Function] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    web_services: list[WebService] = field(default_factory=list)
    managed: list[ManagedWorkload] = field(default_factory=list)
    manifests: list[Manifest] = field(default_factory=list)
    nodes: list[Nodes] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    log_groups: list[Value] = field(default_factory=list)
    encrypted: dict[str, Value] = field(default_factory=dict)
    metadata_defaults: list[MetadataDefaults] = field(default_factory=list)
    outputs: dict[str, Callable[[], Value]] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    own_hosts: HostsDraft | None = None
    own_network: NetworkDraft | None = None
    own_registry: RegistryDraft | None = None
    own_batch: BatchDraft | None = None

    @property
    def hosts(self) -> HostsDraft:
        if self.own_hosts is None:
            from ecrlint.adapt.hosts_draft import HostsDraft

            self.own_hosts = HostsDraft()
        return self.own_hosts

    @property
    def network(self) -> NetworkDraft:
        if self.own_network is None:
            from ecrlint.adapt.network_draft import NetworkDraft

            self.own_network = NetworkDraft()
        return self.own_network

    @property
    def registry(self) -> RegistryDraft:
        if self.own_registry is None:
            from ecrlint.adapt.registry_draft import RegistryDraft

            self.own_registry = RegistryDraft()
        return self.own_registry

    @property
    def batch(self) -> BatchDraft:
        if self.own_batch is None:
            from ecrlint.adapt.job_queues import BatchDraft

            self.own_batch = BatchDraft()
        return self.own_batch

    @property
    def capacity_providers(self) -> Mapping[str, tuple[str, ...]]:
        """The hosts of ECS's capacity providers, by the address and by the name of each provider."""
        return {} if self.own_hosts is None else self.own_hosts.providers

    def assembled(self) -> tuple[tuple[Role, ...], tuple[Policy, ...]]:
        """The roles, users and groups with their policies, and the policies that are attached to nobody here."""
        roles, loose = identity_draft.assemble(self.identities, self.attachments)
        self.elsewhere = tuple(self._sought(one) for one in loose)
        unattached = tuple(policy for address, policy in self.policies.items() if address not in self.attached)
        unowned = (one.policy for one in loose if one.policy.managed is None and (one.policy.statements or not one.policy.open))
        return roles, (*unattached, *unowned)

    def _sought(self, attachment: Attachment) -> Attachment:
        """What is attached to somebody who is not here, with what is known of the names that the unit looks up."""
        unknown = isinstance(attachment.target, Unknown)
        return replace(attachment, sought=self.sought) if unknown and self.sought is not None else attachment

    def stack(
        self, name: str, roles: tuple[Role, ...], policies: tuple[Policy, ...], hosts: tuple[Host, ...], without_addons: bool
    ) -> Stack:
        """The stack of what has been gathered."""
        if self.own_batch is not None and self.own_network is not None:
            self.own_network.placements.extend(self.own_batch.placed(self.tasks))
        if self.own_hosts is not None and self.own_network is not None:
            self.own_network.placements.extend(self.own_hosts.placements)
        return Stack(
            name,
            roles=roles,
            policies=policies,
            attachments=self.elsewhere,
            identity_providers=tuple(self.identity_providers),
            repositories=tuple(self.repositories.values()),
            tasks=self._started(),
            services=tuple(self.services),
            task_runs=tuple(self.task_runs),
            job_queues=() if self.own_batch is None else tuple(self.own_batch.on_instances(self.tasks)),
            functions=tuple(self.functions),
            projects=tuple(self.projects),
            web_services=tuple(self.web_services),
            managed=tuple(self.managed),
            manifests=tuple(self.manifests),
            nodes=tuple(self.nodes),
            without_addons=without_addons,
            endpoints=tuple(self.network.endpoints(self.endpoints.values())) if self.endpoints else (),
            hosts=hosts,
            log_groups=tuple(self.log_groups),
            with_policies=frozenset(self.with_policies),
            encrypted=self.encrypted,
            registry=None if self.own_registry is None else self.own_registry.registry(),
            own_network=None if self.own_network is None else self.own_network.network(),
            metadata_defaults=tuple(self.metadata_defaults),
            jobs=tuple(self.jobs),
            outside={**self.identities.outside, **({} if self.own_network is None else self.own_network.outside)},
            outputs=LazyOutputs(self.outputs) if self.outputs else {},
        )

    def _started(self) -> tuple[Task, ...]:
        """The tasks, with the launch types of the services that start them."""
        if not self.tasks:
            return ()
        from ecrlint.adapt.ecs import started

        return tuple(started(self.tasks, self.launches))
