"""What is read only where a reference leads to it, or for other types: buckets, secrets, parameters."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.table import Entries, ResourceType

ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::S3::Bucket"),
    ResourceType("AWS::SecretsManager::Secret"),
    ResourceType("AWS::SSM::Parameter"),
)
