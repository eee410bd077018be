"""The families of Terraform's resource types, with the words by which each is told. None is imported before it is met."""

from __future__ import annotations

from ecrlint.adapt.table import Entries, Family
from ecrlint.adapt.terraform.root import TerraformRoot


def _outputs() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import outputs

    return outputs.ENTRIES


def _taken_over() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import taken_over

    return taken_over.ENTRIES


def _place() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import providers

    return providers.ENTRIES


def _identity() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import identity

    return identity.ENTRIES


def _repositories() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import repositories

    return repositories.ENTRIES


def _registries() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import registries

    return registries.ENTRIES


def _containers() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import containers

    return containers.ENTRIES


def _logs_and_secrets() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import logs_and_secrets

    return logs_and_secrets.ENTRIES


def _compute() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import compute

    return compute.ENTRIES


def _eks() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import eks

    return eks.ENTRIES


def _managed() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import managed

    return managed.ENTRIES


def _kubernetes() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import kubernetes

    return kubernetes.ENTRIES


def _batch() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import batch

    return batch.ENTRIES


def _hosts() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import hosts

    return hosts.ENTRIES


def _launches() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import launches

    return launches.ENTRIES


def _modules() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import modules

    return modules.ENTRIES


def _lookups() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import lookups

    return lookups.ENTRIES


def _vpc() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import vpc

    return vpc.ENTRIES


def _endpoints() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import endpoints

    return endpoints.ENTRIES


def _zones() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import zones

    return zones.ENTRIES


def _vpc_module() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import vpc_module

    return vpc_module.ENTRIES


def _placement() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import placement

    return placement.ENTRIES


def _rendered() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import rendered

    return rendered.ENTRIES


def _unread() -> Entries[TerraformRoot]:
    from ecrlint.adapt.terraform import unread

    return unread.ENTRIES


FAMILIES: tuple[Family[TerraformRoot], ...] = (
    Family(
        _outputs,
        ("output", "outgoing", "backend", "terraform_remote_state", "tfe_outputs", "aws_ssm_parameter"),
        words=(),
        joins=True,
    ),
    Family(_taken_over, ("import", "removed"), words=()),
    Family(_place, ("provider",), words=()),
    Family(_unread, ("unread",), words=()),
    Family(_identity, ("aws_iam_", "module"), words=("aws_iam_",), joins=True),
    Family(_repositories, ("aws_ecr",), joins=True),
    Family(
        _registries,
        (
            "aws_ecr_registry_policy",
            "aws_ecr_pull_through_cache_rule",
            "aws_ecr_repository_creation_template",
            "aws_ecr_account_setting",
        ),
        joins=True,
    ),
    Family(_containers, ("aws_ecs_",), joins=True),
    Family(
        _logs_and_secrets,
        ("aws_cloudwatch_log_group", "aws_secretsmanager_secret", "aws_s3_bucket_policy", "aws_ssm_parameter", "aws_kms_"),
        words=(),
        joins=True,
    ),
    Family(
        _compute,
        ("aws_lambda_function", "aws_codebuild_project", "aws_apprunner_service"),
        joins=True,
    ),
    Family(_eks, ("aws_eks_",), joins=True),
    Family(_managed, ("aws_sagemaker_", "aws_bedrockagentcore_agent_runtime", "aws_elastic_beanstalk_"), joins=True),
    Family(_kubernetes, ("kubernetes_", "kubectl_manifest"), words=("dkr.ecr", "aws_ecr_authorization_token")),
    Family(_batch, ("aws_batch_",), words=("aws_batch_job_definition",), joins=True),
    Family(_hosts, ("aws_instance", "aws_launch_", "aws_spot_instance")),
    Family(
        _launches,
        (
            "aws_autoscaling_group",
            "aws_ec2_",
            "aws_spot_fleet_request",
            "aws_ecs_capacity_provider",
            "aws_eks_node_group",
        ),
        words=("aws_ec2_instance_metadata",),
    ),
    Family(
        _modules,
        ("module",),
        words=(
            "terraform-aws-modules/autoscaling",
            "terraform-aws-modules/ec2-instance",
            "terraform-aws-modules/ecr",
            "terraform-aws-modules/ecs",
            "terraform-aws-modules/eks",
            "cloudposse/ecr",
            "cloudposse/ecs",
            "terraform-aws-ecr",
            "terraform-aws-ecs",
        ),
    ),
    Family(_lookups, ("aws_ami", "aws_ssm_parameter", "aws_network_interface_"), words=()),
    Family(
        _vpc,
        (
            "aws_vpc",
            "aws_subnet",
            "aws_route",
            "aws_security_group",
            "aws_default_",
            "aws_main_route_",
            "aws_vpn_gateway_",
            "aws_cloudformation_stack",
        ),
        words=(),
        joins=True,
    ),
    Family(
        _rendered,
        (
            "aws_s3_object",
            "aws_s3_bucket_object",
            "local_file",
            "local_sensitive_file",
            "terraform_data",
            "github_repository_file",
            "archive_file",
        ),
        words=(),
    ),
    Family(_endpoints, ("aws_vpc_endpoint",), joins=True),
    Family(_zones, ("aws_route53", "aws_ec2_transit_gateway_", "aws_networkmanager_", "aws_ram_"), words=()),
    Family(_vpc_module, ("module",), words=("vpc-endpoints",)),
    Family(
        _placement,
        (
            "aws_cloudwatch_event_target",
            "aws_scheduler_schedule",
            "aws_pipes_pipe",
            "aws_sfn_state_machine",
            "aws_ecs_service",
            "aws_appautoscaling_target",
        ),
        words=(),
    ),
)
