"""CloudFormation resources to a Stack: one function per resource type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ecrlint.adapt.assembly import Steps, assemble
from ecrlint.adapt.cloudformation.unit import Unit
from ecrlint.model.script import UNREAD, Scripts
from ecrlint.model.stack import Resource, Stack
from ecrlint.model.value import Value

DOCUMENTS = frozenset({"PolicyDocument", "AssumeRolePolicyDocument", "RepositoryPolicyText", "PolicyText"})
"""The properties that hold a JSON document, as an object or in a string."""

_ADAPTERS: Steps = (
    {
        "AWS::IAM::Policy": "identity.standalone_policy",
        "AWS::IAM::ManagedPolicy": "identity.standalone_policy",
        "AWS::IAM::RolePolicy": "identity.standalone_policy",
        "AWS::IAM::UserPolicy": "identity.standalone_policy",
        "AWS::IAM::GroupPolicy": "identity.standalone_policy",
        "AWS::IAM::InstanceProfile": "identity.instance_profile",
        "AWS::IAM::OIDCProvider": "identity.identity_provider",
        "AWS::ECR::Repository": "repositories.repository",
        "AWS::ECR::RegistryPolicy": "registry.registry_policy",
        "AWS::ECR::PullThroughCacheRule": "registry.cache_rule",
        "AWS::ECR::RepositoryCreationTemplate": "registry.template",
        "AWS::ECS::TaskDefinition": "containers.task_definition",
        "AWS::ECS::Cluster": "containers.cluster",
        "AWS::ECS::DaemonTaskDefinition": "containers.task_definition",
        "AWS::ECS::ExpressGatewayService": "containers.express_service",
        "AWS::Lambda::Function": "compute.function",
        "AWS::CodeBuild::Project": "compute.project",
        "AWS::EKS::FargateProfile": "compute.fargate_profile",
        "AWS::EKS::Nodegroup": "compute.node_group",
        "AWS::AppRunner::Service": "compute.web_service",
        "AWS::Batch::JobDefinition": "compute.job_definition",
        "AWS::Logs::LogGroup": "containers.log_group",
        "AWS::SecretsManager::ResourcePolicy": "containers.resource_policy",
        "AWS::S3::BucketPolicy": "containers.resource_policy",
        "AWS::EC2::VPC": "vpc.vpc",
        "AWS::EC2::Subnet": "vpc.subnet",
        "AWS::EC2::RouteTable": "vpc.route_table",
        "AWS::EC2::Route": "vpc.separate_route",
        "AWS::EC2::VPNGatewayRoutePropagation": "vpc.propagation",
        "AWS::EC2::SubnetRouteTableAssociation": "vpc.association",
        "AWS::EC2::SecurityGroup": "vpc.security_group",
        "AWS::EC2::SecurityGroupIngress": "vpc.separate_rule",
        "AWS::EC2::SecurityGroupEgress": "vpc.separate_rule",
        "AWS::EC2::VPCEndpoint": "network.endpoint",
        "AWS::Route53::HostedZone": "network.zone",
        "AWS::Route53::RecordSet": "network.record",
        **dict.fromkeys(
            (
                "AWS::Route53Profiles::ProfileAssociation",
                "AWS::Route53Resolver::ResolverEndpoint",
                "AWS::Route53Resolver::ResolverRuleAssociation",
                "AWS::EC2::TransitGatewayAttachment",
                "AWS::EC2::TransitGatewayVpcAttachment",
                "AWS::NetworkManager::VpcAttachment",
                "AWS::RAM::ResourceShare",
            ),
            "network.shared",
        ),
        "AWS::EC2::LaunchTemplate": "hosts.launch_template",
        "AWS::AutoScaling::LaunchConfiguration": "hosts.launch_configuration",
    },
    {
        "AWS::EC2::Instance": "hosts.instance",
        "AWS::AutoScaling::AutoScalingGroup": "launches.group",
        "AWS::EC2::EC2Fleet": "launches.group",
        "AWS::EC2::SpotFleet": "launches.group",
        "AWS::IAM::Role": "identity.holder",
        "AWS::IAM::User": "identity.holder",
        "AWS::IAM::Group": "identity.holder",
        "AWS::Serverless::Function": "identity.serverless",
        "AWS::Serverless::StateMachine": "identity.serverless",
    },
    {
        "AWS::Serverless::Function": "compute.function",
        "AWS::ECS::Service": "network.service",
        "AWS::CloudFormation::Stack": "vpc.outsider",
        "AWS::Serverless::Application": "vpc.outsider",
        "AWS::CloudFormation::CustomResource": "vpc.outsider",
        "unread": "vpc.unread",
    },
    {"AWS::ECS::CapacityProvider": "launches.capacity_provider"},
    {
        "AWS::IAM::UserToGroupAddition": "identity.membership",
        "AWS::ECS::Service": "containers.service",
        "AWS::EKS::Nodegroup": "launches.node_group",
        "AWS::Batch::ComputeEnvironment": "launches.compute_environment",
        "AWS::ECS::TaskSet": "containers.service",
        "AWS::CloudFormation::Stack": "identity.nested_stack",
        "AWS::Serverless::Application": "identity.nested_stack",
        "unread": "identity.unread",
    },
)

TYPES = frozenset(kind for step in _ADAPTERS for kind in step) | {
    "AWS::S3::Bucket",
    "AWS::EKS::Cluster",
    "AWS::SecretsManager::Secret",
    "AWS::SSM::Parameter",
    "AWS::EC2::InternetGateway",
}
"""The resource types that are asked of the evaluator."""


def adapt(
    name: str, resources: Iterable[Resource], deployed: Mapping[str, Value] | None = None, scripts: Scripts = UNREAD
) -> Stack:
    """The stack that the resources of one template make; `deployed` is where, as the user says (`account_id`, `region`)."""
    found = list(resources)
    unit = Unit({resource.address: resource for resource in found}, scripts, place=deployed or {})
    return assemble(name, __name__, _ADAPTERS, unit, found)
