"""What ECS tasks write to and fetch from: log groups, and the policies of secrets and buckets."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.model.stack import Resource
from ecrlint.model.value import Ref


def log_group(unit: CloudFormationTemplate, resource: Resource) -> None:
    name = resource.attributes.get("LogGroupName") or Ref(resource.address, "Ref", resource.span)
    unit.draft.log_groups.append(name)


def resource_policy(unit: CloudFormationTemplate, resource: Resource) -> None:
    unit.draft.with_policies.add("s3" if resource.type == "AWS::S3::BucketPolicy" else "secretsmanager")


ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::Logs::LogGroup", log_group, gives={"log group": ""}),
    ResourceType("AWS::SecretsManager::ResourcePolicy", resource_policy, gives={"resource policy": ""}),
    ResourceType(
        "AWS::S3::BucketPolicy", resource_policy, documents=frozenset({"PolicyDocument"}), gives={"resource policy": ""}
    ),
)
