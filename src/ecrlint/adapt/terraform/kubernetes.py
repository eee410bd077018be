"""Terraform's resources of Kubernetes: the pods, whose images the nodes pull, and what says which nodes there are.

https://karpenter.sh/docs/concepts/nodeclasses/#specrole
https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.adapt.manifest import pods
from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.adapt.terraform import eks
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.address import own_name, type_of
from ecrlint.model.manifest import Manifest, StoredLogin
from ecrlint.model.stack import Resource
from ecrlint.model.value import Json, List, Map, Ref, Scalar, Value, holes, pieces, string

_KINDS = (
    *("pod", "deployment", "stateful_set", "daemonset", "daemon_set_v1", "job", "cron_job", "replication_controller"),
    *("pod_v1", "deployment_v1", "stateful_set_v1", "job_v1", "cron_job_v1", "replication_controller_v1"),
)


def workload(unit: TerraformRoot, resource: Resource) -> None:
    _add(unit, resource, resource.attributes)


def manifest(unit: TerraformRoot, resource: Resource) -> None:
    value = resource.attributes.get("manifest")
    _add(unit, resource, value)
    spec = value.get("spec") if isinstance(value, Map) and string(value.get("kind")) == _NODE_CLASS else None
    if isinstance(spec, Map):
        eks.add(unit, resource, "node class", spec.get("role"))


def secret(unit: TerraformRoot, resource: Resource) -> None:
    """A Secret that Terraform makes of the token that it asks ECR for."""
    data = next((value for name in ("data", "binary_data") if (value := resource.attributes.get(name)) is not None), None)
    if data is None or not _DOCKER_CONFIG.search(string(resource.attributes.get("type")) or ""):
        return
    held = (hole for value in (data.entries.values() if isinstance(data, Map) else (data,)) for hole in holes(value))
    if any(isinstance(hole, Ref) and type_of(hole.address) == _TOKEN for hole in held) or any(
        _TOKEN in text for text in _texts(data)
    ):
        title = f'{resource.type} "{own_name(resource.address)}"'
        logins = (StoredLogin("ECR", data.span),)
        made = Manifest(resource.address, "pods", title, resource.span, exists=resource.exists, logins=logins)
        unit.draft.manifests.append(made)


def _texts(value: Value) -> Iterator[str]:
    """The texts of what a value is made of, wherever they stand: of a map whose keys are not known nothing else tells what is in
    it."""
    yield value.span.text
    inside = value.entries.values() if isinstance(value, Map) else (value.value,) if isinstance(value, Json) else ()
    for one in inside:
        yield from _texts(one)


def text_manifest(unit: TerraformRoot, resource: Resource) -> None:
    """A manifest that is given as text: of a node class the role."""
    value = resource.attributes.get("yaml_body")
    parts = () if value is None else pieces(value)
    text = "".join("\0" if (known := string(part)) is None else known for part in parts)
    role = _ROLE.search(text) if _IS_NODE_CLASS.search(text) else None
    if value is None or role is None:
        return
    if role[1] == "\0":
        holes = [part for part in parts if string(part) is None]
        eks.add(unit, resource, "node class", holes[text.count("\0", 0, role.start(1))])
    elif "\0" not in role[1]:
        eks.add(unit, resource, "node class", Scalar(role[1], value.span))


def config_map(unit: TerraformRoot, resource: Resource) -> None:
    """The config map `aws-auth`: the roles in the group of nodes are those of nodes that join."""
    blocks, data = resource.attributes.get("metadata"), resource.attributes.get("data")
    block = blocks.items[0] if isinstance(blocks, List) and blocks.items else blocks
    roles = data.get("mapRoles") if isinstance(data, Map) else None
    roles = roles.value if isinstance(roles, Json) else None
    if not isinstance(block, Map) or string(block.get("name")) != "aws-auth":
        return
    for item in roles.items if isinstance(roles, List) else ():
        groups = item.get("groups") if isinstance(item, Map) else None
        if isinstance(item, Map) and isinstance(groups, List) and any(string(group) == "system:nodes" for group in groups.items):
            eks.add(unit, resource, "aws-auth", item.get("rolearn"))


def _add(unit: TerraformRoot, resource: Resource, value: Value | None) -> None:
    containers = pods(value, unit.expand) if isinstance(value, Map) else ()
    if containers:
        title = f'{resource.type} "{own_name(resource.address)}"'
        made = Manifest(resource.address, "pods", title, resource.span, containers, resource.exists)
        unit.draft.manifests.append(made)


_TOKEN = "data.aws_ecr_authorization_token"
_DOCKER_CONFIG = re.compile(r"^kubernetes\.io/dockerc(?:onfigjson|fg)$")
_NODE_CLASS = "EC2NodeClass"
_IS_NODE_CLASS = re.compile(rf"(?m)^kind:[ \t]*{_NODE_CLASS}\b")
_ROLE = re.compile(r"(?m)^[ \t]+role:[ \t]*[\"']?([^\s\"'#]+)")

ENTRIES: Entries[TerraformRoot] = (
    *(ResourceType(f"kubernetes_{kind}", workload) for kind in _KINDS),
    ResourceType("kubernetes_manifest", manifest),
    *(ResourceType(f"kubernetes_secret{version}", secret) for version in ("", "_v1")),
    ResourceType("kubectl_manifest", text_manifest),
    *(ResourceType(f"kubernetes_config_map{version}", config_map) for version in ("", "_v1", "_v1_data")),
)
