"""The sets of a stack that may hold more than the files say, and why: design decision "open or closed in one place"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from ecrlint.model.finding import Opening
from ecrlint.model.policy import Policy
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack


def openings(stack: Stack) -> Iterator[Opening]:
    """Every set of the stack that is open, once for each reason."""
    for role in stack.roles:
        yield from _open(role.address, role.span, "policies", role.open)
    for task in stack.tasks:
        yield from _open(task.address, task.span, "containers", task.open)
    for group in stack.network.groups.values():
        yield from _open(group.address, group.span, "ingress rules", group.ingress.open)
        yield from _open(group.address, group.span, "egress rules", group.egress.open)
    for table in stack.network.tables.values():
        yield from _open(table.address, table.span, "routes", table.open)
    for subnet in stack.network.subnets.values():
        yield from _open(subnet.address, subnet.span, "route table", subnet.table.open)
    if stack.endpoints:
        from ecrlint.analysis.network.pull_routes import may_join  # only where there are endpoints

        for vpc, endpoint in product(stack.network.vpcs.values(), filter(may_join, stack.endpoints)):
            yield from _open(vpc.address, vpc.span, "endpoints", endpoint.of_any_vpc)
    for endpoint in stack.endpoints:
        yield from _open(endpoint.address, endpoint.span, "subnets", endpoint.subnets.open)
        yield from _open(endpoint.address, endpoint.span, "security groups", endpoint.groups.open)
        yield from _open(endpoint.address, endpoint.span, "route tables", endpoint.tables.open)


def statements(stack: Stack) -> Iterator[Opening]:
    """Every policy of the stack that may hold statements which cannot be read, once for each reason."""
    for role in stack.roles:
        yield from _policies(role.address, role.policies)
    for repository in stack.repositories:
        yield from _policies(repository.address, [repository.policy])
    for endpoint in stack.endpoints:
        yield from _policies(endpoint.address, [endpoint.policy])


def _policies(address: str, policies: Iterable[Policy | None]) -> Iterator[Opening]:
    for policy in policies:
        if policy is not None:
            yield from _open(address, policy.span, "statements", policy.open)


def _open(address: str, span: Span, name: str, reasons: Iterable[str]) -> Iterator[Opening]:
    for reason in reasons:
        yield Opening(address, span, name, reason)
