"""Task definitions and policies that are written into something else: an object of S3, a file, a value for others."""

from __future__ import annotations

from ecrlint.adapt import iam_policy, task_definition
from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot, items
from ecrlint.model.dataclass import replace
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO
from ecrlint.model.value import Json, Map, Value


def written(unit: TerraformRoot, resource: Resource) -> None:
    """What a resource holds, itself or in nested blocks."""
    blocks = resource.attributes.get("source") if resource.type == "data.archive_file" else None
    held = [resource.attributes, *(items(blocks) if blocks is not None else ())]
    for block in held if resource.exists is not NO else ():
        for name in sorted(_HOLDING):
            value = block.get(name) if isinstance(block, Map) else None
            if value is not None:
                document(unit, resource, value)


def document(unit: TerraformRoot, resource: Resource, value: Value) -> None:
    """A document of ours that a resource holds: somebody registers or attaches it, as one in a file of its own."""
    if isinstance(value, Json):
        value = value.value
    if task_definition.is_task_definition(value):
        task = task_definition.task(resource.address, value, unit.expand)
        if task is not None:
            roles = (unit.found(task.execution_role), unit.found(task.task_role))
            unit.draft.tasks[resource.address] = replace(
                task, execution_role=roles[0], task_role=roles[1], exists=resource.exists
            )
    elif iam_policy.is_policy(value):
        loose = iam_policy.adapt(resource.address, value, unit.expand)
        unit.draft.policies.update((resource.address, policy) for policy in loose.policies)
        unit.draft.repositories.update((one.address, one) for one in loose.repositories)
        unit.draft.endpoints.update((one.address, one) for one in loose.endpoints)


_HOLDING = frozenset({"content", "input"})
"""The arguments whose string may be a document, or anything else."""

ENTRIES: Entries[TerraformRoot] = tuple(
    ResourceType(kind, written, documents=_HOLDING)
    for kind in (
        "aws_s3_object",
        "aws_s3_bucket_object",
        "local_file",
        "local_sensitive_file",
        "terraform_data",
        "github_repository_file",
        "data.archive_file",
    )
)
