"""Where instances have their first network interfaces: the one that pulls images, whatever network their containers have."""

from __future__ import annotations

from collections.abc import Sequence

from ecrlint.adapt.network_draft import Name, names
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.network import NONE, Associations, Placement
from ecrlint.model.stack import Resource
from ecrlint.model.value import List, Map, Value, is_null

UNKNOWN = Associations((), ("something that is not known may state it",))


@dataclass(frozen=True, slots=True)
class Interface:
    """The subnets and security groups that an instance or a template states; none: it leaves them to others."""

    subnets: Associations = NONE
    groups: Associations = NONE


ANYWHERE = Interface(UNKNOWN, UNKNOWN)


def interface(subnet: Value | None, groups: Value | None, name: Name) -> Interface:
    return Interface(names(subnet, name), names(groups, name))


def listed(interfaces: Value | None, subnet: str, groups: str, name: Name) -> Interface | None:
    """The only one of the interfaces that are listed; None where there are none, and nothing known of several."""
    if is_null(interfaces) or (isinstance(interfaces, List) and interfaces.complete and not interfaces.items):
        return None
    found = interfaces.items if isinstance(interfaces, List) and interfaces.complete else ()
    if len(found) != 1 or not isinstance(found[0], Map):
        return ANYWHERE
    return interface(found[0].get(subnet), found[0].get(groups), name)


def placement(resource: Resource, hosts: tuple[str, ...], stated: Interface, made_from: Sequence[Interface]) -> Placement:
    """Where instances are put by what states their interface itself, or leaves it to the one template that they are made from."""
    template = made_from[0] if len(made_from) == 1 else ANYWHERE if made_from else Interface()
    return Placement(
        address=resource.address,
        span=resource.span,
        tasks=(),
        launch=None,
        subnets=template.subnets if stated.subnets.none else stated.subnets,
        groups=template.groups if stated.groups.none else stated.groups,
        public_ip=None,
        exists=resource.exists,
        hosts=hosts,
        noun="instances",
    )


def of_nodes(made: Placement) -> Placement:
    """Where a node group of EKS has its nodes: where no security group is stated, EKS gives them that of the cluster.

    https://docs.aws.amazon.com/eks/latest/userguide/launch-templates.html
    """
    return replace(made, groups=UNKNOWN) if made.groups.none else made
