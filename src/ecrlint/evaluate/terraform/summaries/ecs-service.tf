variable "create" { default = true }
variable "create_service" { default = true }
variable "create_task_definition" { default = true }
variable "ignore_task_definition_changes" { default = false }
variable "name" { default = null }
variable "family" { default = null }
variable "region" { default = null }
variable "cluster_arn" { default = "" }
variable "launch_type" { default = "FARGATE" }
variable "capacity_provider_strategy" { default = null }
variable "scheduling_strategy" { default = null }
variable "platform_version" { default = null }
variable "desired_count" { default = 1 }
variable "assign_public_ip" { default = false }
variable "subnet_ids" { default = [] }
variable "security_group_ids" { default = [] }
variable "network_mode" { default = "awsvpc" }
variable "requires_compatibilities" { default = ["FARGATE"] }
variable "runtime_platform" { default = null }
variable "task_definition_arn" { default = null }
variable "container_definitions" { default = {} }
variable "container_definition_defaults" { default = {} }
variable "create_task_exec_iam_role" { default = true }
variable "task_exec_iam_role_arn" { default = null }
variable "task_exec_iam_role_name" { default = null }
variable "task_exec_iam_role_use_name_prefix" { default = true }
variable "task_exec_iam_role_path" { default = null }
variable "task_exec_iam_role_permissions_boundary" { default = null }
variable "task_exec_iam_role_policies" { default = {} }
variable "create_task_exec_policy" { default = true }
variable "task_exec_ssm_param_arns" { default = null }
variable "task_exec_secret_arns" { default = null }
variable "task_exec_iam_statements" { default = null }
variable "create_tasks_iam_role" { default = true }
variable "tasks_iam_role_arn" { default = null }
variable "tasks_iam_role_name" { default = null }
variable "tasks_iam_role_use_name_prefix" { default = true }
variable "tasks_iam_role_path" { default = null }
variable "tasks_iam_role_permissions_boundary" { default = null }
variable "tasks_iam_role_policies" { default = {} }
variable "tasks_iam_role_statements" { default = null }
variable "create_security_group" { default = true }
variable "security_group_rules" { default = {} }
variable "security_group_ingress_rules" { default = {} }
variable "security_group_egress_rules" { default = {} }
variable "vpc_id" { default = null }

variable "alarms" {}
variable "autoscaling_max_capacity" {}
variable "autoscaling_min_capacity" {}
variable "autoscaling_policies" {}
variable "autoscaling_scheduled_actions" {}
variable "autoscaling_suspended_state" {}
variable "availability_zone_rebalancing" {}
variable "cpu" {}
variable "create_iam_role" {}
variable "create_infrastructure_iam_role" {}
variable "deployment_circuit_breaker" {}
variable "deployment_configuration" {}
variable "deployment_controller" {}
variable "deployment_maximum_percent" {}
variable "deployment_minimum_healthy_percent" {}
variable "disable_v7_default_name_description" {}
variable "enable_autoscaling" {}
variable "enable_ecs_managed_tags" {}
variable "enable_execute_command" {}
variable "enable_fault_injection" {}
variable "ephemeral_storage" {}
variable "external_id" {}
variable "force_delete" {}
variable "force_new_deployment" {}
variable "health_check_grace_period_seconds" {}
variable "iam_role_arn" {}
variable "iam_role_description" {}
variable "iam_role_name" {}
variable "iam_role_path" {}
variable "iam_role_permissions_boundary" {}
variable "iam_role_statements" {}
variable "iam_role_tags" {}
variable "iam_role_use_name_prefix" {}
variable "inference_accelerator" {}
variable "infrastructure_iam_role_arn" {}
variable "infrastructure_iam_role_description" {}
variable "infrastructure_iam_role_name" {}
variable "infrastructure_iam_role_path" {}
variable "infrastructure_iam_role_permissions_boundary" {}
variable "infrastructure_iam_role_tags" {}
variable "infrastructure_iam_role_use_name_prefix" {}
variable "ipc_mode" {}
variable "load_balancer" {}
variable "memory" {}
variable "ordered_placement_strategy" {}
variable "pid_mode" {}
variable "placement_constraints" {}
variable "propagate_tags" {}
variable "proxy_configuration" {}
variable "scale" {}
variable "security_group_description" {}
variable "security_group_name" {}
variable "security_group_tags" {}
variable "security_group_use_name_prefix" {}
variable "service_connect_configuration" {}
variable "service_registries" {}
variable "service_tags" {}
variable "sigint_rollback" {}
variable "skip_destroy" {}
variable "tags" {}
variable "task_definition_placement_constraints" {}
variable "task_exec_iam_policy_path" {}
variable "task_exec_iam_role_description" {}
variable "task_exec_iam_role_max_session_duration" {}
variable "task_exec_iam_role_tags" {}
variable "task_tags" {}
variable "tasks_iam_role_description" {}
variable "tasks_iam_role_max_session_duration" {}
variable "tasks_iam_role_tags" {}
variable "timeouts" {}
variable "track_latest" {}
variable "triggers" {}
variable "volume" {}
variable "volume_configuration" {}
variable "vpc_lattice_configurations" {}
variable "wait_for_steady_state" {}
variable "wait_until_stable" {}
variable "wait_until_stable_timeout" {}

locals {
  makes_task       = var.create && var.create_task_definition
  makes_exec_role  = local.makes_task && var.create_task_exec_iam_role
  makes_tasks_role = local.makes_task && var.create_tasks_iam_role
  makes_group      = var.create && var.create_security_group && var.network_mode == "awsvpc"
  task             = local.makes_task ? aws_ecs_task_definition.this[0].arn : var.task_definition_arn
}

module "container_definition" {
  source   = "terraform-aws-modules/ecs/aws//modules/container-definition"
  for_each = { for key, one in var.container_definitions : key => merge(var.container_definition_defaults, one) if local.makes_task && try(one.create, true) }

  service                              = var.name
  name                                 = try(each.value.name, null) == null ? each.key : each.value.name
  image                                = try(each.value.image, null)
  essential                            = try(each.value.essential, null)
  environment                          = try(each.value.environment, null)
  environmentFiles                     = try(each.value.environmentFiles, each.value.environment_files, null)
  firelensConfiguration                = try(each.value.firelensConfiguration, each.value.firelens_configuration, null)
  logConfiguration                     = try(each.value.logConfiguration, each.value.log_configuration, null)
  repositoryCredentials                = try(each.value.repositoryCredentials, each.value.repository_credentials, null)
  secrets                              = try(each.value.secrets, null)
  create_cloudwatch_log_group          = try(each.value.create_cloudwatch_log_group, true)
  enable_cloudwatch_logging            = try(each.value.enable_cloudwatch_logging, true)
  cloudwatch_log_group_name            = try(each.value.cloudwatch_log_group_name, null)
  cloudwatch_log_group_use_name_prefix = try(each.value.cloudwatch_log_group_use_name_prefix, false)
}

resource "aws_ecs_task_definition" "this" {
  count = local.makes_task ? 1 : 0

  family                   = var.family == null ? var.name : var.family
  region                   = var.region
  container_definitions    = jsonencode([for one in module.container_definition : one.container_definition])
  execution_role_arn       = local.makes_exec_role ? aws_iam_role.task_exec[0].arn : var.task_exec_iam_role_arn
  task_role_arn            = local.makes_tasks_role ? aws_iam_role.tasks[0].arn : var.tasks_iam_role_arn
  network_mode             = var.network_mode
  requires_compatibilities = var.requires_compatibilities

  dynamic "runtime_platform" {
    for_each = var.runtime_platform == null ? [] : [var.runtime_platform]

    content {
      cpu_architecture        = try(runtime_platform.value.cpu_architecture, null)
      operating_system_family = try(runtime_platform.value.operating_system_family, null)
    }
  }
}

resource "aws_ecs_service" "this" {
  count = var.create && var.create_service && !var.ignore_task_definition_changes ? 1 : 0

  name                = var.name
  region              = var.region
  cluster             = var.cluster_arn
  launch_type         = var.capacity_provider_strategy == null || var.capacity_provider_strategy == {} ? var.launch_type : null
  scheduling_strategy = var.scheduling_strategy
  platform_version    = var.platform_version
  desired_count       = var.scheduling_strategy == "DAEMON" ? null : var.desired_count
  task_definition     = local.task

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity_provider_strategy == null ? {} : var.capacity_provider_strategy

    content {
      capacity_provider = capacity_provider_strategy.value.capacity_provider
    }
  }

  dynamic "network_configuration" {
    for_each = var.network_mode == "awsvpc" ? [1] : []

    content {
      assign_public_ip = var.assign_public_ip
      security_groups  = concat(aws_security_group.this[*].id, var.security_group_ids)
      subnets          = var.subnet_ids
    }
  }
}

resource "aws_ecs_service" "ignore_task_definition" {
  count = var.create && var.create_service && var.ignore_task_definition_changes ? 1 : 0

  name                = var.name
  region              = var.region
  cluster             = var.cluster_arn
  launch_type         = var.capacity_provider_strategy == null || var.capacity_provider_strategy == {} ? var.launch_type : null
  scheduling_strategy = var.scheduling_strategy
  platform_version    = var.platform_version
  desired_count       = var.scheduling_strategy == "DAEMON" ? null : var.desired_count
  task_definition     = local.task

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity_provider_strategy == null ? {} : var.capacity_provider_strategy

    content {
      capacity_provider = capacity_provider_strategy.value.capacity_provider
    }
  }

  dynamic "network_configuration" {
    for_each = var.network_mode == "awsvpc" ? [1] : []

    content {
      assign_public_ip = var.assign_public_ip
      security_groups  = concat(aws_security_group.this[*].id, var.security_group_ids)
      subnets          = var.subnet_ids
    }
  }

  lifecycle {
    ignore_changes = [task_definition]
  }
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
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["*"]
  }

  statement {
    sid       = "ECR"
    actions   = ["ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    resources = ["*"]
  }

  # What is granted of parameters and secrets where nothing is stated depends on the version.
  dynamic "statement" {
    for_each = var.task_exec_ssm_param_arns == null || var.task_exec_ssm_param_arns != [] ? [1] : []

    content {
      sid       = "GetSSMParams"
      actions   = ["ssm:GetParameters"]
      resources = var.task_exec_ssm_param_arns == null ? data.summary.unknown.parameters : var.task_exec_ssm_param_arns
    }
  }

  dynamic "statement" {
    for_each = var.task_exec_secret_arns == null || var.task_exec_secret_arns != [] ? [1] : []

    content {
      sid       = "GetSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = var.task_exec_secret_arns == null ? data.summary.unknown.secrets : var.task_exec_secret_arns
    }
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
  count = local.makes_exec_role ? 1 : 0

  # Their names depend on the version, where they are not stated.
  name                 = var.task_exec_iam_role_use_name_prefix ? null : var.task_exec_iam_role_name == null ? data.summary.unknown.task_exec_role : var.task_exec_iam_role_name
  name_prefix          = var.task_exec_iam_role_use_name_prefix ? data.summary.unknown.task_exec_role : null
  path                 = var.task_exec_iam_role_path
  permissions_boundary = var.task_exec_iam_role_permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy_attachment" "task_exec_additional" {
  for_each = { for key, arn in var.task_exec_iam_role_policies : key => arn if local.makes_exec_role }

  role       = aws_iam_role.task_exec[0].name
  policy_arn = each.value
}

resource "aws_iam_policy" "task_exec" {
  count = local.makes_exec_role && var.create_task_exec_policy ? 1 : 0

  policy = data.aws_iam_policy_document.task_exec.json
}

resource "aws_iam_role_policy_attachment" "task_exec" {
  count = local.makes_exec_role && var.create_task_exec_policy ? 1 : 0

  role       = aws_iam_role.task_exec[0].name
  policy_arn = aws_iam_policy.task_exec[0].arn
}

data "aws_iam_policy_document" "tasks" {
  # What `aws ecs execute-command` needs comes from some versions alone.
  statement {
    actions   = ["ssmmessages:*"]
    resources = data.summary.unknown.execute_command
  }

  dynamic "statement" {
    for_each = var.tasks_iam_role_statements == null ? {} : var.tasks_iam_role_statements

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

resource "aws_iam_role" "tasks" {
  count = local.makes_tasks_role ? 1 : 0

  name                 = var.tasks_iam_role_use_name_prefix ? null : var.tasks_iam_role_name == null ? data.summary.unknown.tasks_role : var.tasks_iam_role_name
  name_prefix          = var.tasks_iam_role_use_name_prefix ? data.summary.unknown.tasks_role : null
  path                 = var.tasks_iam_role_path
  permissions_boundary = var.tasks_iam_role_permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "tasks" {
  count = local.makes_tasks_role ? 1 : 0

  role   = aws_iam_role.tasks[0].name
  policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy_attachment" "tasks" {
  for_each = { for key, arn in var.tasks_iam_role_policies : key => arn if local.makes_tasks_role }

  role       = aws_iam_role.tasks[0].name
  policy_arn = each.value
}

resource "aws_security_group" "this" {
  count = local.makes_group ? 1 : 0

  name_prefix = data.summary.unknown.group
  vpc_id      = var.vpc_id == null ? data.summary.unknown.vpc : var.vpc_id
}

resource "aws_security_group_rule" "this" {
  for_each = { for key, rule in var.security_group_rules : key => rule if local.makes_group }

  security_group_id        = aws_security_group.this[0].id
  type                     = each.value.type
  protocol                 = each.value.protocol
  from_port                = each.value.from_port
  to_port                  = each.value.to_port
  cidr_blocks              = try(each.value.cidr_blocks, null)
  ipv6_cidr_blocks         = try(each.value.ipv6_cidr_blocks, null)
  prefix_list_ids          = try(each.value.prefix_list_ids, null)
  self                     = try(each.value.self, null)
  source_security_group_id = try(each.value.source_security_group_id, null)
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = { for key, rule in var.security_group_ingress_rules : key => rule if local.makes_group }

  security_group_id            = aws_security_group.this[0].id
  ip_protocol                  = try(each.value.ip_protocol, "tcp")
  from_port                    = try(each.value.from_port, null)
  to_port                      = try(each.value.to_port, each.value.from_port, null)
  cidr_ipv4                    = try(each.value.cidr_ipv4, null)
  cidr_ipv6                    = try(each.value.cidr_ipv6, null)
  prefix_list_id               = try(each.value.prefix_list_id, null)
  referenced_security_group_id = try(each.value.referenced_security_group_id, null) == "self" ? aws_security_group.this[0].id : try(each.value.referenced_security_group_id, null)
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each = { for key, rule in var.security_group_egress_rules : key => rule if local.makes_group }

  security_group_id            = aws_security_group.this[0].id
  ip_protocol                  = try(each.value.ip_protocol, "tcp")
  from_port                    = try(each.value.from_port, each.value.to_port, null)
  to_port                      = try(each.value.to_port, null)
  cidr_ipv4                    = try(each.value.cidr_ipv4, null)
  cidr_ipv6                    = try(each.value.cidr_ipv6, null)
  prefix_list_id               = try(each.value.prefix_list_id, null)
  referenced_security_group_id = try(each.value.referenced_security_group_id, null) == "self" ? aws_security_group.this[0].id : try(each.value.referenced_security_group_id, null)
}

output "id" {
  value = try(aws_ecs_service.this[0].id, aws_ecs_service.ignore_task_definition[0].id, null)
}

output "name" {
  value = try(aws_ecs_service.this[0].name, aws_ecs_service.ignore_task_definition[0].name, null)
}

output "container_definitions" {
  value = module.container_definition
}

output "task_definition_arn" {
  value = local.task
}

output "task_definition_family" {
  value = try(aws_ecs_task_definition.this[0].family, null)
}

output "task_definition_revision" {
  value = try(aws_ecs_task_definition.this[0].revision, null)
}

output "task_exec_iam_role_arn" {
  value = local.makes_exec_role ? aws_iam_role.task_exec[0].arn : var.task_exec_iam_role_arn
}

output "task_exec_iam_role_name" {
  value = try(aws_iam_role.task_exec[0].name, null)
}

output "tasks_iam_role_arn" {
  value = local.makes_tasks_role ? aws_iam_role.tasks[0].arn : var.tasks_iam_role_arn
}

output "tasks_iam_role_name" {
  value = try(aws_iam_role.tasks[0].name, null)
}

output "security_group_id" {
  value = try(aws_security_group.this[0].id, null)
}

output "security_group_arn" {
  value = try(aws_security_group.this[0].arn, null)
}
