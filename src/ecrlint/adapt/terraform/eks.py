"""The nodes of EKS, by what makes them or lets them join: groups, profiles of Fargate, access entries, clusters in Auto Mode."""

from __future__ import annotations

from ecrlint.adapt import nodes
from ecrlint.adapt.table import MACHINES, Entries, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import List, Map, Value, boolean, present, string
from ecrlint.model.workload import NodesKind


def node_group(unit: TerraformRoot, resource: Resource) -> None:
    add(unit, resource, "node group", resource.attributes.get("node_role_arn"))


def access_entry(unit: TerraformRoot, resource: Resource) -> None:
    if string(resource.attributes.get("type")) in nodes.JOINS_AS_NODE:
        add(unit, resource, "access entry", resource.attributes.get("principal_arn"))


def cluster(unit: TerraformRoot, resource: Resource) -> None:
    blocks = resource.attributes.get("compute_config")
    for block in blocks.items if isinstance(blocks, List) else ():
        if isinstance(block, Map) and boolean(block.get("enabled"), NO) is YES:
            add(unit, resource, "cluster", block.get("node_role_arn"))


def fargate_profile(unit: TerraformRoot, resource: Resource) -> None:
    selectors = resource.attributes.get("selector")
    blocks = selectors.items if isinstance(selectors, List) else ()
    found = (block.get("namespace") for block in blocks if isinstance(block, Map))
    namespaces = tuple(value for value in found if value is not None)
    add(unit, resource, "Fargate profile", resource.attributes.get("pod_execution_role_arn"), namespaces)


def add(unit: TerraformRoot, resource: Resource, kind: NodesKind, role: Value | None, namespaces: tuple[Value, ...] = ()) -> None:
    """The nodes that a resource makes or lets join, where it names their role."""
    nodes.add(unit.draft, resource, kind, unit.found(present(role)), namespaces)


def without_addons(unit: TerraformRoot) -> bool:
    """Whether a cluster of the unit may leave out EKS's own add-ons, whose images every node pulls otherwise."""
    clusters = (resource for resource in unit.resources.values() if resource.type == "aws_eks_cluster")
    stated = (cluster.attributes.get("bootstrap_self_managed_addons") for cluster in clusters)
    return any(boolean(value, YES) is not YES for value in stated)


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_eks_cluster", cluster),
    ResourceType("aws_eks_access_entry", access_entry, asks=MACHINES),
    ResourceType("aws_eks_node_group", node_group, asks=MACHINES),
    ResourceType("aws_eks_fargate_profile", fargate_profile, asks=MACHINES),
)
