"""What is gathered from the resources of a unit, in any language, on the way to a Stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING

from ecrlint.adapt import identity_draft
from ecrlint.adapt.identity_draft import Attachment, IdentityDrafts
from ecrlint.adapt.kept import Kept
from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import Policy, Role
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.value import Value

if TYPE_CHECKING:
    from ecrlint.adapt.hosts_draft import HostsDraft
    from ecrlint.adapt.job_queues import BatchDraft
    from ecrlint.adapt.network_draft import NetworkDraft
    from ecrlint.adapt.registry_draft import RegistryDraft
    from ecrlint.model.host import Host
    from ecrlint.model.network import Endpoint
    from ecrlint.model.workload import Task


@dataclass
class StackDraft:
    """The parts of a stack, as the reading functions add them.

    `partial` is the stack with all that is whole once its own resource has been read. What other resources add to is kept apart:
    `policies` are the managed policies by address, `attached` the addresses of those that somebody has, `launches` the launch
    types that services start tasks with, `clusters` the names of ECS clusters by address. The drafts of hosts, network,
    registry and Batch are imported and made when something is first added to them.
    """

    kept: Kept = field(default_factory=Kept)
    partial: Stack = Stack("")
    identities: IdentityDrafts = field(default_factory=IdentityDrafts)
    attachments: list[Attachment] = field(default_factory=list)
    policies: dict[str, Policy] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)
    repositories: dict[str, Repository] = field(default_factory=dict)
    with_policies: set[str] = field(default_factory=set)
    tasks: dict[str, Task] = field(default_factory=dict)
    launches: list[tuple[str, Value]] = field(default_factory=list)
    clusters: dict[str, Value] = field(default_factory=dict)
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
        unattached = tuple(policy for address, policy in self.policies.items() if address not in self.attached)
        unowned = (policy for policy in loose if policy.managed is None and (policy.statements or not policy.open))
        return roles, (*unattached, *unowned)

    def stack(
        self, name: str, roles: tuple[Role, ...], policies: tuple[Policy, ...], hosts: tuple[Host, ...], without_addons: bool
    ) -> Stack:
        """The stack of what has been gathered."""
        if self.own_batch is not None and self.own_network is not None:
            self.own_network.placements.extend(self.own_batch.placed(self.tasks))
        if self.own_hosts is not None and self.own_network is not None:
            self.own_network.placements.extend(self.own_hosts.placements)
        return replace(
            self.partial,
            name=name,
            roles=roles,
            policies=policies,
            repositories=tuple(self.repositories.values()),
            tasks=self._started(),
            job_queues=() if self.own_batch is None else tuple(self.own_batch.on_instances(self.tasks)),
            without_addons=without_addons,
            with_policies=frozenset(self.with_policies),
            endpoints=tuple(self.network.endpoints(self.endpoints.values())) if self.endpoints else (),
            hosts=hosts,
            registry=None if self.own_registry is None else self.own_registry.registry(),
            own_network=None if self.own_network is None else self.own_network.network(),
            outside={**self.identities.outside, **({} if self.own_network is None else self.own_network.outside)},
        )

    def _started(self) -> tuple[Task, ...]:
        """The tasks, with the launch types of the services that start them."""
        if not self.tasks:
            return ()
        from ecrlint.adapt.ecs import started

        return tuple(started(self.tasks, self.launches))
