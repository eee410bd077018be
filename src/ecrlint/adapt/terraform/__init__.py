"""Terraform resources to a Stack: one function per resource type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ecrlint.adapt.assembly import Steps, assemble
from ecrlint.adapt.terraform.unit import Unit
from ecrlint.model.address import DEPLOYMENT
from ecrlint.model.script import UNREAD, Scripts
from ecrlint.model.stack import Resource, Stack
from ecrlint.model.value import Value

DOCUMENTS = frozenset(
    {"policy", "assume_role_policy", "container_definitions", "inline_policy", "container_properties", "ecs_properties"}
)
"""The arguments that hold a JSON document in a string."""

_ADAPTERS: Steps = (
    {
        "provider": "place.provider",
    },
    {
        "aws_iam_policy": "identity.managed_policy",
        "aws_iam_instance_profile": "identity.instance_profile",
        "aws_iam_openid_connect_provider": "identity.identity_provider",
        "aws_ecr_repository": "repositories.repository",
        "aws_ecr_registry_policy": "registry.registry_policy",
        "aws_ecr_pull_through_cache_rule": "registry.cache_rule",
        "aws_ecr_repository_creation_template": "registry.template",
        "aws_ecr_account_setting": "registry.account_setting",
        "aws_ecs_task_definition": "containers.task_definition",
        "aws_ecs_cluster": "containers.cluster",
        "aws_ecs_daemon_task_definition": "containers.daemon_definition",
        "aws_ecs_express_gateway_service": "containers.express_service",
        "aws_lambda_function": "compute.function",
        "aws_codebuild_project": "compute.project",
        "aws_eks_node_group": "compute.node_group",
        "aws_eks_fargate_profile": "compute.fargate_profile",
        "aws_apprunner_service": "compute.web_service",
        "aws_batch_job_definition": "compute.job_definition",
        "aws_cloudwatch_log_group": "containers.log_group",
        "data.aws_cloudwatch_log_group": "containers.log_group",
        "aws_secretsmanager_secret": "containers.secret",
        "aws_secretsmanager_secret_policy": "containers.resource_policy",
        "aws_s3_bucket_policy": "containers.resource_policy",
        "aws_vpc": "vpc.vpc",
        "aws_subnet": "vpc.subnet",
        "aws_route_table": "vpc.route_table",
        "aws_security_group": "vpc.security_group",
        "aws_vpc_endpoint": "network.endpoint",
        "aws_route53_zone": "network.zone",
        "data.aws_route53_zone": "network.looked_up_zone",
        "aws_route53_record": "network.record",
        **dict.fromkeys(
            (
                "aws_route53profiles_association",
                "aws_route53_zone_association",
                "aws_route53_vpc_association_authorization",
                "aws_route53_resolver_endpoint",
                "aws_route53_resolver_rule_association",
                "aws_ec2_transit_gateway_vpc_attachment",
                "aws_networkmanager_vpc_attachment",
                "aws_ram_resource_share",
            ),
            "network.shared",
        ),
        "aws_launch_template": "hosts.host",
        "aws_launch_configuration": "hosts.host",
        "aws_ec2_instance_metadata_defaults": "launches.metadata_defaults",
    },
    {
        "aws_iam_role": "identity.identity",
        "aws_iam_user": "identity.identity",
        "aws_iam_group": "identity.identity",
        "aws_instance": "hosts.host",
        "aws_spot_instance_request": "hosts.host",
        "aws_autoscaling_group": "launches.group",
        "aws_ec2_fleet": "launches.group",
        "aws_spot_fleet_request": "launches.group",
        "module": "modules.host",
    },
    {"aws_ecs_capacity_provider": "launches.capacity_provider", "module": "modules.capacity_providers"},
    {
        "aws_iam_role_policy": "identity.inline_policy",
        "aws_iam_user_policy": "identity.inline_policy",
        "aws_iam_group_policy": "identity.inline_policy",
        "aws_iam_role_policy_attachment": "identity.attachment",
        "aws_iam_user_policy_attachment": "identity.attachment",
        "aws_iam_group_policy_attachment": "identity.attachment",
        "aws_iam_policy_attachment": "identity.attachment",
        "aws_iam_role_policy_attachments_exclusive": "identity.attachments_exclusive",
        "aws_iam_user_policy_attachments_exclusive": "identity.attachments_exclusive",
        "aws_iam_group_policy_attachments_exclusive": "identity.attachments_exclusive",
        "aws_iam_user_group_membership": "identity.membership",
        "aws_iam_group_membership": "identity.membership",
        "aws_ecr_repository_policy": "repositories.repository_policy",
        "aws_ecs_service": "containers.service",
        "aws_ecs_task_set": "containers.service",
        "aws_vpc_endpoint_policy": "network.endpoint_policy",
        "aws_vpc_endpoint_private_dns": "network.endpoint_private_dns",
        "aws_vpc_endpoint_subnet_association": "network.endpoint_association",
        "aws_vpc_endpoint_security_group_association": "network.endpoint_association",
        "aws_vpc_endpoint_route_table_association": "network.endpoint_association",
        "aws_default_route_table": "vpc.default_route_table",
        "aws_default_security_group": "vpc.default_security_group",
        "aws_route": "vpc.separate_route",
        "aws_vpn_gateway_route_propagation": "vpc.propagation",
        "aws_route_table_association": "vpc.association",
        "aws_main_route_table_association": "vpc.main_association",
        "aws_security_group_rule": "vpc.separate_rule",
        "aws_vpc_security_group_ingress_rule": "vpc.separate_rule",
        "aws_vpc_security_group_egress_rule": "vpc.separate_rule",
        "aws_cloudwatch_event_target": "placement.event_target",
        "aws_scheduler_schedule": "placement.schedule",
        "aws_eks_node_group": "launches.node_group",
        "aws_batch_compute_environment": "launches.compute_environment",
        "module": "identity.unread_module",
        "output": "outputs.output",
    },
    {
        "aws_ecs_service": "placement.service",
        "aws_cloudformation_stack": "vpc.outsider",
        "module": "vpc_module.module",
    },
)

_LOOKED_UP = frozenset(
    {
        "aws_eks_cluster",
        "data.aws_iam_policy",
        "data.aws_iam_role",
        "data.aws_iam_openid_connect_provider",
        "data.aws_ecr_repository",
        "data.aws_vpc_endpoint_service",
        "data.aws_ami",
        "aws_ami",
        "data.aws_ssm_parameter",
        "aws_network_interface_attachment",
        "aws_network_interface_sg_attachment",
    }
)

TYPES = frozenset(kind for step in _ADAPTERS for kind in step) | _LOOKED_UP
"""The resource types that are asked of the evaluator."""

WORDS = (
    *(
        b"aws_iam_",
        b"aws_ecr",
        b"aws_ecs_",
        b"aws_vpc_endpoint",
        b"vpc-endpoints",
        b"aws_instance",
        b"aws_ec2_instance_metadata",
        b"aws_launch_",
        b"aws_spot_instance",
    ),
    *(b"aws_lambda_function", b"aws_codebuild_project", b"aws_apprunner_service", b"aws_batch_job_definition", b"aws_eks_"),
    *(b"terraform-aws-modules/autoscaling", b"terraform-aws-modules/ec2-instance", b"terraform-aws-modules/eks"),
)
"""A unit without any of these words holds nothing for ecrlint."""


def adapt(
    name: str, resources: Iterable[Resource], deployed: Mapping[str, Value] | None = None, scripts: Scripts = UNREAD
) -> Stack:
    """The stack that the resources of one root module make.

    `deployed` is where the user says that it is deployed (`account_id`, `region`); what its provider says goes before it.
    """
    found = list(resources)
    unit = Unit({resource.address: resource for resource in found}, scripts, places={DEPLOYMENT: dict(deployed or {})})
    stack = assemble(name, __name__, _ADAPTERS, unit, found)
    return replace(stack, metadata_defaults=tuple(unit.metadata_defaults))
