"""What ECS tasks write to and fetch from: log groups, and the policies of secrets and buckets."""

from __future__ import annotations

from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.stack import Resource
from ecrlint.model.value import Ref, Value, is_null, string

_GRANTS = frozenset({"aws_kms_key_policy", "aws_kms_grant"})
"""What may let a role use a key beside the policies of IAM."""


def log_group(unit: TerraformRoot, resource: Resource) -> None:
    name = resource.attributes.get("name") or Ref(resource.address, "name", resource.span)
    unit.draft.log_groups.append(name)


def secret(unit: TerraformRoot, resource: Resource) -> None:
    if not is_null(resource.attributes.get("policy")):
        unit.draft.with_policies.add("secretsmanager")


def encrypted(unit: TerraformRoot, resource: Resource) -> None:
    """A secret or a secure parameter under a key that is made here.

    A key without a policy has the default one, by which the policies of IAM decide.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    given = resource.attributes.get("key_id") or resource.attributes.get("kms_key_id")
    plain = resource.type == "aws_ssm_parameter" and string(resource.attributes.get("type")) != "SecureString"
    key = None if plain else _key(unit, given)
    if key is None or not unit.types.isdisjoint(_GRANTS) or not is_null(key.attributes.get("policy")):
        return
    arn = unit.expand(Ref(key.address, "arn", resource.span))
    unit.draft.encrypted[resource.address] = arn


def _key(unit: TerraformRoot, given: Value | None) -> Resource | None:
    """The key of this unit that a value refers to, itself or by an alias."""
    found = unit.resources.get(given.address) if isinstance(given, Ref) else None
    if found is not None and found.type == "aws_kms_alias":
        return _key(unit, found.attributes.get("target_key_id"))
    return found if found is not None and found.type == "aws_kms_key" else None


def resource_policy(unit: TerraformRoot, resource: Resource) -> None:
    unit.draft.with_policies.add("s3" if resource.type.startswith("aws_s3_") else "secretsmanager")


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_cloudwatch_log_group", log_group, gives={"log group": ""}),
    ResourceType("data.aws_cloudwatch_log_group", log_group),
    ResourceType("aws_ssm_parameter", encrypted),
    ResourceType("aws_secretsmanager_secret", encrypted),
    ResourceType("aws_kms_key", documents=frozenset({"policy"})),
    ResourceType("aws_kms_alias"),
    ResourceType("aws_kms_key_policy"),
    ResourceType("aws_kms_grant"),
    ResourceType("aws_secretsmanager_secret", secret, documents=frozenset({"policy"}), gives={"resource policy": ""}),
    ResourceType("aws_secretsmanager_secret_policy", resource_policy, gives={"resource policy": ""}),
    ResourceType("aws_s3_bucket_policy", resource_policy, gives={"resource policy": ""}),
)
