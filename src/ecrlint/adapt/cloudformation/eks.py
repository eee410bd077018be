"""The nodes of EKS, as CloudFormation has what makes them or lets them join."""

from __future__ import annotations

from ecrlint.adapt import nodes
from ecrlint.adapt.cloudformation.template import CloudFormationTemplate, items
from ecrlint.adapt.table import MACHINES, Entries, ResourceType
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Map, boolean, present, string


def node_group(unit: CloudFormationTemplate, resource: Resource) -> None:
    nodes.add(unit.draft, resource, "node group", present(resource.attributes.get("NodeRole")))


def access_entry(unit: CloudFormationTemplate, resource: Resource) -> None:
    if string(resource.attributes.get("Type")) in nodes.JOINS_AS_NODE:
        nodes.add(unit.draft, resource, "access entry", present(resource.attributes.get("PrincipalArn")))


def cluster(unit: CloudFormationTemplate, resource: Resource) -> None:
    config = resource.attributes.get("ComputeConfig")
    if isinstance(config, Map) and boolean(config.get("Enabled"), NO) is YES:
        nodes.add(unit.draft, resource, "cluster", present(config.get("NodeRoleArn")))


def fargate_profile(unit: CloudFormationTemplate, resource: Resource) -> None:
    selectors = (item.get("Namespace") for item in items(resource.attributes.get("Selectors")) if isinstance(item, Map))
    namespaces = tuple(value for value in selectors if value is not None)
    nodes.add(unit.draft, resource, "Fargate profile", present(resource.attributes.get("PodExecutionRoleArn")), namespaces)


def without_addons(unit: CloudFormationTemplate) -> bool:
    """Whether a cluster of the unit may leave out EKS's own add-ons, whose images every node pulls otherwise."""
    clusters = (resource for resource in unit.resources.values() if resource.type == "AWS::EKS::Cluster")
    stated = (present(cluster.attributes.get("BootstrapSelfManagedAddons")) for cluster in clusters)
    return any(boolean(value, YES) is not YES for value in stated)


ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::EKS::Cluster", cluster),
    ResourceType("AWS::EKS::AccessEntry", access_entry, asks=MACHINES),
    ResourceType("AWS::EKS::Nodegroup", node_group, asks=MACHINES),
    ResourceType("AWS::EKS::FargateProfile", fargate_profile, asks=MACHINES),
)
