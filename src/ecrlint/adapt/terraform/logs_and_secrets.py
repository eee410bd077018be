"""What ECS tasks write to and fetch from: log groups, and the policies of secrets and buckets."""

from __future__ import annotations

from dataclasses import replace

from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.stack import Resource
from ecrlint.model.value import Ref, is_null


def log_group(unit: TerraformRoot, resource: Resource) -> None:
    name = resource.attributes.get("name") or Ref(resource.address, "name", resource.span)
    stack = unit.draft.partial
    unit.draft.partial = replace(stack, log_groups=(*stack.log_groups, name))


def secret(unit: TerraformRoot, resource: Resource) -> None:
    if not is_null(resource.attributes.get("policy")):
        unit.draft.with_policies.add("secretsmanager")


def resource_policy(unit: TerraformRoot, resource: Resource) -> None:
    unit.draft.with_policies.add("s3" if resource.type.startswith("aws_s3_") else "secretsmanager")


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_cloudwatch_log_group", log_group, gives={"log group": ""}),
    ResourceType("data.aws_cloudwatch_log_group", log_group),
    ResourceType("aws_secretsmanager_secret", secret, documents=frozenset({"policy"}), gives={"resource policy": ""}),
    ResourceType("aws_secretsmanager_secret_policy", resource_policy, gives={"resource policy": ""}),
    ResourceType("aws_s3_bucket_policy", resource_policy, gives={"resource policy": ""}),
)
