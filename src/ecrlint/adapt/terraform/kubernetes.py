"""Terraform's resources of Kubernetes that make pods, whose images the nodes pull."""

from __future__ import annotations

from dataclasses import replace

from ecrlint.adapt.manifest import pods
from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.address import own_name
from ecrlint.model.manifest import Manifest
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Value

_KINDS = (
    *("pod", "deployment", "stateful_set", "daemonset", "daemon_set_v1", "job", "cron_job", "replication_controller"),
    *("pod_v1", "deployment_v1", "stateful_set_v1", "job_v1", "cron_job_v1", "replication_controller_v1"),
)


def workload(unit: TerraformRoot, resource: Resource) -> None:
    _add(unit, resource, resource.attributes)


def manifest(unit: TerraformRoot, resource: Resource) -> None:
    _add(unit, resource, resource.attributes.get("manifest"))


def _add(unit: TerraformRoot, resource: Resource, value: Value | None) -> None:
    containers = pods(value, unit.expand) if isinstance(value, Map) else ()
    if containers:
        title = f'{resource.type} "{own_name(resource.address)}"'
        made = Manifest(resource.address, "pods", title, resource.span, containers, resource.exists)
        stack = unit.draft.partial
        unit.draft.partial = replace(stack, manifests=(*stack.manifests, made))


ENTRIES: Entries[TerraformRoot] = (
    *(ResourceType(f"kubernetes_{kind}", workload) for kind in _KINDS),
    ResourceType("kubernetes_manifest", manifest),
)
