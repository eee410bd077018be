"""What is read only where a reference leads to it: or for other types: clusters of EKS, buckets, secrets, parameters."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.table import Entries, Entry

ENTRIES: Entries[CloudFormationTemplate] = (
    Entry("AWS::EKS::Cluster"),
    Entry("AWS::S3::Bucket"),
    Entry("AWS::SecretsManager::Secret"),
    Entry("AWS::SSM::Parameter"),
)
