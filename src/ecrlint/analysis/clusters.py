"""Which hosts run the tasks of an ECS service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecrlint.model.address import from_outside
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Ref, Scalar, apart, same, string

if TYPE_CHECKING:
    from ecrlint.model.host import Host
    from ecrlint.model.stack import Stack
    from ecrlint.model.value import Value
    from ecrlint.model.workload import Service, Task

_OTHERS = ("FARGATE", "EXTERNAL", "MANAGED_INSTANCES")


def runs_on_instances(service: Service, task: Task) -> bool:
    """Whether a service surely runs a task on instances, which pull for it."""
    only = task.launches_on("EC2") is YES and all(task.launches_on(other) is NO for other in _OTHERS)
    return string(service.launch) == "EC2" or (service.launch is None and (bool(service.hosts) or only))


def hosts_of(stack: Stack, service: Service) -> tuple[Host, ...]:
    """The hosts that a service runs on; none where there may be others."""
    made = [host for host in stack.hosts if host.exists is not NO]
    agents = [host for host in made if any(use.what == "ecs" for use in host.uses)]
    if service.hosts:
        return tuple(host for host in agents if host.address in service.hosts)
    if service.cluster is None or any(_may_register(host) for host in made):
        return ()
    clusters = [host.user_data.cluster for host in agents]
    if any(one is None or _may_be_another_name(one, service.cluster) for one in clusters):
        return ()
    return tuple(host for host, one in zip(agents, clusters, strict=True) if one is not None and same(one, service.cluster))


def _may_register(host: Host) -> bool:
    """Whether user data that is not known may make a host one of any cluster."""
    return not host.user_data.whole and not any(use.what in ("ecs", "eks") for use in host.uses)


def _may_be_another_name(one: Value, cluster: Value) -> bool:
    """Whether two names of clusters may be of one all the same. Two clusters of the stack are never each other, and nobody
    writes the name that CloudFormation makes up."""
    declared = [name for name in (one, cluster) if isinstance(name, Ref) and not from_outside(name.address, name.attribute)]
    if len(declared) == 2 or any(
        name.attribute == "Ref" and isinstance(other, Scalar) for name in declared for other in (one, cluster)
    ):
        return False
    return not same(one, cluster) and not apart(one, cluster)
