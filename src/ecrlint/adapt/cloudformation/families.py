"""The families of CloudFormation's resource types, with the words by which each is told. None is imported before it is met."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.table import Entries, Family

_STACK = tuple(f"AWS::CloudFormation::Stack{end}" for end in "\"'\r\n ,}")
"""A nested stack; a stack set is none."""


def _identity() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import identity

    return identity.ENTRIES


def _repositories() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import repositories

    return repositories.ENTRIES


def _registries() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import registries

    return registries.ENTRIES


def _containers() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import containers

    return containers.ENTRIES


def _logs_and_secrets() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import logs_and_secrets

    return logs_and_secrets.ENTRIES


def _compute() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import compute

    return compute.ENTRIES


def _eks() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import eks

    return eks.ENTRIES


def _managed() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import managed

    return managed.ENTRIES


def _batch() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import batch

    return batch.ENTRIES


def _hosts() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import hosts

    return hosts.ENTRIES


def _launches() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import launches

    return launches.ENTRIES


def _outputs() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import outputs

    return outputs.ENTRIES


def _lookups() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import lookups

    return lookups.ENTRIES


def _vpc() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import vpc

    return vpc.ENTRIES


def _endpoints() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import endpoints

    return endpoints.ENTRIES


def _zones() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import zones

    return zones.ENTRIES


def _placement() -> Entries[CloudFormationTemplate]:
    from ecrlint.adapt.cloudformation import placement

    return placement.ENTRIES


FAMILIES: tuple[Family[CloudFormationTemplate], ...] = (
    Family(
        _identity,
        ("AWS::IAM::", "AWS::Serverless::", "AWS::CloudFormation::Stack", "unread"),
        words=("AWS::IAM::", "AWS::Serverless::Application", "AWS::Serverless::Function", *_STACK),
        joins=True,
    ),
    Family(_repositories, ("AWS::ECR::",), joins=True),
    Family(
        _registries,
        ("AWS::ECR::RegistryPolicy", "AWS::ECR::PullThroughCacheRule", "AWS::ECR::RepositoryCreationTemplate"),
        joins=True,
    ),
    Family(_containers, ("AWS::ECS::",), joins=True),
    Family(
        _logs_and_secrets,
        ("AWS::Logs::LogGroup", "AWS::SecretsManager::ResourcePolicy", "AWS::S3::BucketPolicy"),
        words=(),
        joins=True,
    ),
    Family(
        _compute,
        (
            "AWS::Lambda::Function",
            "AWS::Serverless::Function",
            "AWS::CodeBuild::Project",
            "AWS::AppRunner::Service",
        ),
        joins=True,
    ),
    Family(_eks, ("AWS::EKS::",), words=("AWS::EKS::Nodegroup", "AWS::EKS::FargateProfile", "AWS::EKS::AccessEntry"), joins=True),
    Family(_managed, ("AWS::SageMaker::Model", "AWS::BedrockAgentCore::Runtime", "AWS::ElasticBeanstalk::"), joins=True),
    Family(_batch, ("AWS::Batch::",), words=("AWS::Batch::JobDefinition",), joins=True),
    Family(_hosts, ("AWS::EC2::Instance", "AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration")),
    Family(
        _launches,
        (
            "AWS::AutoScaling::AutoScalingGroup",
            "AWS::EC2::EC2Fleet",
            "AWS::EC2::SpotFleet",
            "AWS::ECS::CapacityProvider",
            "AWS::EKS::Nodegroup",
        ),
        words=(),
    ),
    Family(
        _outputs,
        (
            "export",
            "Export",
            "ImportValue",
            "resolve:ssm:",
            "AWS::SSM::Parameter",
            "AWS::CloudFormation::CustomResource",
            "Custom::",
        ),
        words=(),
        joins=True,
    ),
    Family(_lookups, ("AWS::S3::Bucket", "AWS::SecretsManager::Secret", "AWS::SSM::Parameter"), words=()),
    Family(
        _vpc,
        (
            "AWS::EC2::VPC",
            "AWS::EC2::Subnet",
            "AWS::EC2::Route",
            "AWS::EC2::InternetGateway",
            "AWS::EC2::VPNGateway",
            "AWS::EC2::SecurityGroup",
            "AWS::CloudFormation::",
            "AWS::Serverless::Application",
            "unread",
        ),
        words=(),
        joins=True,
    ),
    Family(_endpoints, ("AWS::EC2::VPCEndpoint",), joins=True),
    Family(_zones, ("AWS::Route53", "AWS::EC2::TransitGateway", "AWS::NetworkManager::", "AWS::RAM::"), words=()),
    Family(
        _placement,
        (
            "AWS::ApplicationAutoScaling::ScalableTarget",
            "AWS::ECS::Service",
            "AWS::Events::Rule",
            "AWS::Scheduler::Schedule",
            "AWS::Pipes::Pipe",
            "AWS::StepFunctions::StateMachine",
            "AWS::Serverless::StateMachine",
        ),
        words=(),
        joins=True,
    ),
)
