variable "create" { default = true }
variable "name" { default = "" }
variable "cluster_name" { default = "" }
variable "region" { default = null }
variable "autoscaling_capacity_providers" { default = {} }
variable "capacity_providers" { default = {} }
variable "cluster_capacity_providers" { default = [] }
variable "default_capacity_provider_strategy" { default = {} }
variable "fargate_capacity_providers" { default = {} }
variable "create_cloudwatch_log_group" { default = true }
variable "cloudwatch_log_group_name" { default = null }
variable "create_task_exec_iam_role" { default = false }
variable "task_exec_iam_role_name" { default = null }
variable "task_exec_iam_role_use_name_prefix" { default = true }
variable "task_exec_iam_role_path" { default = null }
variable "task_exec_iam_role_permissions_boundary" { default = null }
variable "task_exec_iam_role_policies" { default = {} }
variable "create_task_exec_policy" { default = true }
variable "task_exec_ssm_param_arns" { default = null }
variable "task_exec_secret_arns" { default = null }
variable "task_exec_iam_statements" { default = null }

variable "cluster_capacity_providers_wait_duration" {}
variable "cluster_configuration" {}
variable "cluster_service_connect_defaults" {}
variable "cluster_settings" {}
variable "configuration" {}
variable "service_connect_defaults" {}
variable "setting" {}
variable "cloudwatch_log_group_class" {}
variable "cloudwatch_log_group_kms_key_id" {}
variable "cloudwatch_log_group_retention_in_days" {}
variable "cloudwatch_log_group_tags" {}
variable "create_infrastructure_iam_role" {}
variable "create_node_iam_instance_profile" {}
variable "create_security_group" {}
variable "default_capacity_provider_use_fargate" {}
variable "disable_v7_default_name_description" {}
variable "infrastructure_iam_role_description" {}
variable "infrastructure_iam_role_name" {}
variable "infrastructure_iam_role_override_policy_documents" {}
variable "infrastructure_iam_role_path" {}
variable "infrastructure_iam_role_permissions_boundary" {}
variable "infrastructure_iam_role_source_policy_documents" {}
variable "infrastructure_iam_role_statements" {}
variable "infrastructure_iam_role_tags" {}
variable "infrastructure_iam_role_use_name_prefix" {}
variable "node_iam_role_additional_policies" {}
variable "node_iam_role_description" {}
variable "node_iam_role_name" {}
variable "node_iam_role_override_policy_documents" {}
variable "node_iam_role_path" {}
variable "node_iam_role_permissions_boundary" {}
variable "node_iam_role_source_policy_documents" {}
variable "node_iam_role_statements" {}
variable "node_iam_role_tags" {}
variable "node_iam_role_use_name_prefix" {}
variable "security_group_description" {}
variable "security_group_egress_rules" {}
variable "security_group_ingress_rules" {}
variable "security_group_name" {}
variable "security_group_tags" {}
variable "security_group_use_name_prefix" {}
variable "tags" {}
variable "task_exec_iam_role_description" {}
variable "task_exec_iam_role_tags" {}
variable "vpc_id" {}

locals {
  name      = var.name != "" ? var.name : var.cluster_name
  makes_log = var.create && var.create_cloudwatch_log_group
  makes_role = var.create && var.create_task_exec_iam_role
  groups = merge(
    { for key, one in var.autoscaling_capacity_providers == null ? {} : var.autoscaling_capacity_providers : key => one },
    { for key, one in var.capacity_providers == null ? {} : var.capacity_providers : key => merge({ name = try(one.name, null) }, one.auto_scaling_group_provider) if try(one.auto_scaling_group_provider, null) != null },
  )
}

resource "aws_ecs_cluster" "this" {
  count = var.create ? 1 : 0

  name   = local.name
  region = var.region
}

resource "aws_ecs_capacity_provider" "this" {
  for_each = { for key, one in local.groups : key => one if var.create }

  name = try(each.value.name, null) == null ? each.key : each.value.name

  auto_scaling_group_provider {
    auto_scaling_group_arn = each.value.auto_scaling_group_arn
  }
}

resource "aws_cloudwatch_log_group" "this" {
  count = local.makes_log ? 1 : 0

  name = var.cloudwatch_log_group_name == null || var.cloudwatch_log_group_name == "" ? "/aws/ecs/${local.name}" : var.cloudwatch_log_group_name
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "task_exec" {
  # Whether it is for the logs and the registry as well depends on the version.
  statement {
    actions   = ["ecr:*", "logs:*"]
    resources = data.summary.unknown.registry
  }

  statement {
    sid       = "GetSSMParams"
    actions   = ["ssm:GetParameters"]
    resources = var.task_exec_ssm_param_arns == null ? data.summary.unknown.parameters : var.task_exec_ssm_param_arns
  }

  statement {
    sid       = "GetSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = var.task_exec_secret_arns == null ? data.summary.unknown.secrets : var.task_exec_secret_arns
  }

  dynamic "statement" {
    for_each = var.task_exec_iam_statements == null ? {} : var.task_exec_iam_statements

    content {
      effect        = try(statement.value.effect, null)
      actions       = try(statement.value.actions, null)
      not_actions   = try(statement.value.not_actions, null)
      resources     = try(statement.value.resources, null)
      not_resources = try(statement.value.not_resources, null)

      dynamic "condition" {
        for_each = try(statement.value.condition, null) != null ? statement.value.condition : try(statement.value.conditions, null) != null ? statement.value.conditions : []

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_role" "task_exec" {
  count = local.makes_role ? 1 : 0

  name                 = var.task_exec_iam_role_use_name_prefix ? null : var.task_exec_iam_role_name == null ? data.summary.unknown.task_exec_role : var.task_exec_iam_role_name
  name_prefix          = var.task_exec_iam_role_use_name_prefix ? data.summary.unknown.task_exec_role : null
  path                 = var.task_exec_iam_role_path
  permissions_boundary = var.task_exec_iam_role_permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "task_exec_additional" {
  for_each = { for key, arn in var.task_exec_iam_role_policies : key => arn if local.makes_role }

  role       = aws_iam_role.task_exec[0].name
  policy_arn = each.value
}

resource "aws_iam_policy" "task_exec" {
  count = local.makes_role && var.create_task_exec_policy ? 1 : 0

  policy = data.aws_iam_policy_document.task_exec.json
}

resource "aws_iam_role_policy_attachment" "task_exec" {
  count = local.makes_role && var.create_task_exec_policy ? 1 : 0

  role       = aws_iam_role.task_exec[0].name
  policy_arn = aws_iam_policy.task_exec[0].arn
}

output "arn" {
  value = try(aws_ecs_cluster.this[0].arn, null)
}

output "id" {
  value = try(aws_ecs_cluster.this[0].id, null)
}

output "name" {
  value = try(aws_ecs_cluster.this[0].name, null)
}

output "cloudwatch_log_group_name" {
  value = try(aws_cloudwatch_log_group.this[0].name, null)
}

output "cloudwatch_log_group_arn" {
  value = try(aws_cloudwatch_log_group.this[0].arn, null)
}

output "task_exec_iam_role_arn" {
  value = try(aws_iam_role.task_exec[0].arn, null)
}

output "task_exec_iam_role_name" {
  value = try(aws_iam_role.task_exec[0].name, null)
}
