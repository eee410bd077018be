"""What the other units of a repository add to one that pulls: nothing is missing in it that they give.

A role of one unit may be let in by the policy of a repository in another, from which the unit pulls by name, or by that of
the whole registry, and a log group be made there. This only ever makes rules say less: whether the units are deployed to the
same account is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING

from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.image import in_private_ecr, repository_name
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import Unknown, Value, alternatives, prefix, string
from ecrlint.run.join.names import may_be, may_be_any
from ecrlint.run.read.repositories import repository_of
from ecrlint.run.scan_state import ScanState
from ecrlint.run.scenarios.unit import DeployableUnit

if TYPE_CHECKING:
    from ecrlint.model.manifest import Manifest
    from ecrlint.model.network import NetworkPart
    from ecrlint.model.registry import Registry, RegistryPolicy

_LOOKED_UP_VPCS = frozenset({"data.aws_vpc", "data.aws_vpcs"})


@dataclass
class _Shared:
    """What the units of one repository give each other, each with the number of its unit."""

    repositories: list[tuple[int, Repository]] = field(default_factory=list)
    log_groups: list[tuple[int, Value]] = field(default_factory=list)
    with_policies: list[tuple[int, str]] = field(default_factory=list)
    registry_policies: list[tuple[int, RegistryPolicy]] = field(default_factory=list)
    manifests: list[tuple[int, Manifest]] = field(default_factory=list)
    extensions: list[tuple[str, NetworkPart]] = field(default_factory=list)


def share(run: ScanState) -> None:
    """Give each unit that pulls the policies of repositories, and the log groups, of the other units of its repository, and what
    has machines the manifests of what may run on them."""
    of = repository_of(run.tree)
    shared: dict[str, _Shared] = {}
    for at, unit in enumerate(run.units):
        stack = unit.open[0]
        place = shared.setdefault(of(stack.name), _Shared())
        place.repositories += [(at, one) for one in stack.repositories if one.policy is not None]
        place.log_groups += [(at, one) for one in stack.log_groups]
        place.with_policies += [(at, one) for one in stack.with_policies]
        place.manifests += [(at, one) for one in stack.manifests]
        place.extensions += [(stack.name, kind) for kind in _extended(unit)]
        place.registry_policies += [(at, one) for one in (stack.registry.policies if stack.registry else ())]
    for at, unit in enumerate(run.units):
        stack = unit.open[0]
        if stack.tasks or stack.projects or stack.web_services or stack.managed or stack.nodes:
            place = shared[of(stack.name)]
            names = list(_pulled(stack))
            repositories = tuple(
                one
                for owner, one in place.repositories
                if owner != at
                and (any(name is None or may_be(one.name, name) for name in names) or _is_for_a_role_of(stack, one))
            )
            groups = tuple(one for owner, one in place.log_groups if owner != at)
            services = frozenset(one for owner, one in place.with_policies if owner != at)
            policies = tuple(one for owner, one in place.registry_policies if owner != at)
            if repositories or groups or services or policies:
                run.units[at] = unit.with_joined(partial(_with, repositories, groups, services, policies))
        if stack.nodes or stack.hosts or stack.managed or any(one.logins for one in stack.manifests):
            manifests = tuple(one for owner, one in shared[of(stack.name)].manifests if owner != at)
            if manifests:
                run.units[at] = run.units[at].with_joined(partial(_with_manifests, manifests))
        if stack.own_network is not None:
            extensions = shared[of(stack.name)].extensions
            others = {kind: f"{name} looks up {kind} and adds to them" for name, kind in extensions if name != stack.name}
            if others:
                run.units[at] = run.units[at].with_joined(partial(_opened, others))


def _is_for_a_role_of(stack: Stack, repository: Repository) -> bool:
    """Whether a repository of which no part of the name is known may be one that a stack pulls from: its policy names a role of
    the stack."""
    if repository.policy is None or not may_be_any(repository.name):
        return False
    roles = {string(role.name) for role in stack.roles} - {None}
    named = (string(one.value) or "" for statement in repository.policy.statements for one in statement.principals or ())
    return any(":role/" in text and text.rpartition("/")[2] in roles for text in named)


def _extended(unit: DeployableUnit) -> Iterator[NetworkPart]:
    """The kinds of things of other units that a unit adds to, which it looks up: rules, routes, endpoints for ECR. An endpoint
    whose VPC is not known may be of one that is looked up."""
    stack = unit.open[0]
    yield from stack.own_network.extends if stack.own_network is not None else ()
    if stack.endpoints and any(resource.type in _LOOKED_UP_VPCS for resource in unit.resources):
        from ecrlint.analysis.network.pull_routes import may_join  # only where there are such endpoints

        if any(map(may_join, stack.endpoints)):
            yield "VPCs"


def _opened(extensions: Mapping[NetworkPart, str], stack: Stack) -> Stack:
    reason = extensions.get("endpoints")
    endpoints = stack.endpoints if reason is None else tuple(endpoint.opened(reason) for endpoint in stack.endpoints)
    return replace(stack, own_network=stack.network.opened(extensions), endpoints=endpoints)


def _pulled(stack: Stack) -> Iterator[Value | None]:
    """The names of the repositories that a stack pulls from; None for one of ECR of which it is not known."""
    images = [container.image for task in stack.tasks for container in task.containers]
    images += [project.image for project in stack.projects]
    images += [service.image for service in stack.web_services]
    images += [image for workload in stack.managed for image in workload.images]
    for side in (side for image in images if image is not None for side in alternatives(image)):
        if (prefix(side) or repository_name(side) is not None) and in_private_ecr(side) is not NO:
            yield repository_name(side)


def _with(
    repositories: tuple[Repository, ...],
    groups: tuple[Value, ...],
    services: frozenset[str],
    policies: tuple[RegistryPolicy, ...],
    stack: Stack,
) -> Stack:
    return replace(
        stack,
        repositories_beside=repositories,
        log_groups=(*stack.log_groups, *groups),
        with_policies=stack.with_policies | services,
        registry=_joined(stack, policies) if policies else stack.registry,
    )


def _with_manifests(manifests: tuple[Manifest, ...], stack: Stack) -> Stack:
    return replace(stack, manifests_beside=manifests)


def _joined(stack: Stack, policies: tuple[RegistryPolicy, ...]) -> Registry:
    """What a unit says of registries, with policies of which it is not known whether they are of its own."""
    from ecrlint.model.registry import Registry

    own = stack.registry or Registry()
    elsewhere = (replace(one, somewhere=Unknown("where it is deployed is not known", one.policy.span)) for one in policies)
    return replace(own, policies=(*own.policies, *elsewhere))
