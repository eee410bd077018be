variable "context" { default = null }
variable "enabled" { default = null }
variable "container_definition_json" {}
variable "ecs_cluster_arn" {}
variable "ecs_service_enabled" { default = true }
variable "launch_type" { default = "FARGATE" }
variable "network_mode" { default = "awsvpc" }
variable "platform_version" { default = "LATEST" }
variable "scheduling_strategy" { default = "REPLICA" }
variable "capacity_provider_strategies" { default = [] }
variable "desired_count" { default = 1 }
variable "ignore_changes_desired_count" { default = false }
variable "ignore_changes_task_definition" { default = true }
variable "task_definition" { default = null }
variable "runtime_platform" { default = [] }
variable "task_exec_role_arn" { default = [] }
variable "task_exec_policy_arns" { default = [] }
variable "task_exec_policy_arns_map" { default = {} }
variable "task_role_arn" { default = [] }
variable "task_policy_arns" { default = [] }
variable "task_policy_arns_map" { default = {} }
variable "permissions_boundary" { default = "" }
variable "vpc_id" {}
variable "subnet_ids" { default = null }
variable "assign_public_ip" { default = false }
variable "security_group_enabled" { default = true }
variable "security_group_ids" { default = [] }
variable "enable_all_egress_rule" { default = true }
variable "use_alb_security_group" { default = false }
variable "alb_security_group" { default = "" }
variable "container_port" { default = 80 }
variable "use_nlb_cidr_blocks" { default = false }
variable "nlb_cidr_blocks" { default = [] }
variable "nlb_container_port" { default = 80 }

variable "additional_tag_map" {}
variable "attributes" {}
variable "availability_zone_rebalancing" {}
variable "bind_mount_volumes" {}
variable "circuit_breaker_deployment_enabled" {}
variable "circuit_breaker_rollback_enabled" {}
variable "delimiter" {}
variable "deployment_controller_type" {}
variable "deployment_maximum_percent" {}
variable "deployment_minimum_healthy_percent" {}
variable "descriptor_formats" {}
variable "docker_volumes" {}
variable "ecs_load_balancers" {}
variable "efs_volumes" {}
variable "enable_ecs_managed_tags" {}
variable "enable_fault_injection" {}
variable "enable_icmp_rule" {}
variable "environment" {}
variable "ephemeral_storage_size" {}
variable "exec_enabled" {}
variable "force_new_deployment" {}
variable "fsx_volumes" {}
variable "health_check_grace_period_seconds" {}
variable "id_length_limit" {}
variable "ipc_mode" {}
variable "label_key_case" {}
variable "label_order" {}
variable "label_value_case" {}
variable "labels_as_tags" {}
variable "name" {}
variable "namespace" {}
variable "ordered_placement_strategy" {}
variable "pid_mode" {}
variable "propagate_tags" {}
variable "proxy_configuration" {}
variable "redeploy_on_apply" {}
variable "regex_replace_chars" {}
variable "role_tags_enabled" {}
variable "security_group_description" {}
variable "service_connect_configurations" {}
variable "service_placement_constraints" {}
variable "service_registries" {}
variable "service_role_arn" {}
variable "stage" {}
variable "tags" {}
variable "task_cpu" {}
variable "task_memory" {}
variable "task_placement_constraints" {}
variable "tenant" {}
variable "track_latest" {}
variable "use_old_arn" {}
variable "volumes" {}
variable "wait_for_steady_state" {}

locals {
  enabled         = var.enabled != null ? var.enabled : var.context == null ? true : var.context.enabled
  makes_task      = local.enabled && (var.task_definition == null || length(var.task_definition) == 0)
  makes_service   = local.enabled && var.ecs_service_enabled
  makes_exec_role = local.enabled && length(var.task_exec_role_arn) == 0
  makes_task_role = local.enabled && length(var.task_role_arn) == 0
  makes_group     = local.enabled && var.network_mode == "awsvpc" && var.security_group_enabled
  task            = local.makes_task ? aws_ecs_task_definition.default[0].arn : try(var.task_definition[0], var.task_definition)
  exec_role       = local.makes_exec_role ? aws_iam_role.ecs_exec[0].arn : try(var.task_exec_role_arn[0], var.task_exec_role_arn)
  task_role       = local.makes_task_role ? aws_iam_role.ecs_task[0].arn : try(var.task_role_arn[0], var.task_role_arn)
}

resource "aws_ecs_task_definition" "default" {
  count = local.makes_task ? 1 : 0

  family                   = data.summary.unknown.family
  container_definitions    = var.container_definition_json
  requires_compatibilities = [var.launch_type]
  network_mode             = var.network_mode
  execution_role_arn       = local.exec_role
  task_role_arn            = local.task_role

  dynamic "runtime_platform" {
    for_each = var.runtime_platform

    content {
      cpu_architecture        = try(runtime_platform.value.cpu_architecture, null)
      operating_system_family = try(runtime_platform.value.operating_system_family, null)
    }
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

data "aws_iam_policy_document" "ecs_exec" {
  statement {
    resources = ["*"]
    actions = [
      "ssm:GetParameters", "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
      "ecr:BatchGetImage", "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
    ]
  }
}

resource "aws_iam_role" "ecs_exec" {
  count = local.makes_exec_role ? 1 : 0

  name                 = data.summary.unknown.exec_role
  assume_role_policy   = data.aws_iam_policy_document.assume.json
  permissions_boundary = var.permissions_boundary == "" ? null : var.permissions_boundary
}

resource "aws_iam_role_policy" "ecs_exec" {
  count = local.makes_exec_role ? 1 : 0

  role   = aws_iam_role.ecs_exec[0].name
  policy = data.aws_iam_policy_document.ecs_exec.json
}

resource "aws_iam_role_policy_attachment" "ecs_exec" {
  count = local.makes_exec_role ? length(concat(var.task_exec_policy_arns, values(var.task_exec_policy_arns_map))) : 0

  role       = aws_iam_role.ecs_exec[0].name
  policy_arn = concat(var.task_exec_policy_arns, values(var.task_exec_policy_arns_map))[count.index]
}

resource "aws_iam_role" "ecs_task" {
  count = local.makes_task_role ? 1 : 0

  name                 = data.summary.unknown.task_role
  assume_role_policy   = data.aws_iam_policy_document.assume.json
  permissions_boundary = var.permissions_boundary == "" ? null : var.permissions_boundary
}

resource "aws_iam_role_policy" "ecs_ssm_exec" {
  count = local.makes_task_role ? 1 : 0

  # What `aws ecs execute-command` needs.
  role   = aws_iam_role.ecs_task[0].name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "ssmmessages:*", Resource = data.summary.unknown.execute_command }] })
}

resource "aws_iam_role_policy_attachment" "ecs_task" {
  count = local.makes_task_role ? length(concat(var.task_policy_arns, values(var.task_policy_arns_map))) : 0

  role       = aws_iam_role.ecs_task[0].name
  policy_arn = concat(var.task_policy_arns, values(var.task_policy_arns_map))[count.index]
}

resource "aws_security_group" "ecs_service" {
  count = local.makes_group ? 1 : 0

  name   = data.summary.unknown.group
  vpc_id = var.vpc_id
}

resource "aws_security_group_rule" "allow_all_egress" {
  count = local.makes_group && var.enable_all_egress_rule ? 1 : 0

  security_group_id = aws_security_group.ecs_service[0].id
  type              = "egress"
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_security_group_rule" "alb" {
  count = local.makes_group && var.use_alb_security_group ? 1 : 0

  security_group_id        = aws_security_group.ecs_service[0].id
  type                     = "ingress"
  protocol                 = "tcp"
  from_port                = var.container_port
  to_port                  = var.container_port
  source_security_group_id = var.alb_security_group
}

resource "aws_security_group_rule" "nlb" {
  count = local.makes_group && var.use_nlb_cidr_blocks ? 1 : 0

  security_group_id = aws_security_group.ecs_service[0].id
  type              = "ingress"
  protocol          = "tcp"
  from_port         = var.nlb_container_port
  to_port           = var.nlb_container_port
  cidr_blocks       = var.nlb_cidr_blocks
}

resource "aws_ecs_service" "default" {
  count = local.makes_service && !var.ignore_changes_task_definition && !var.ignore_changes_desired_count ? 1 : 0

  name                = data.summary.unknown.service
  cluster             = var.ecs_cluster_arn
  task_definition     = local.task
  desired_count       = var.desired_count
  launch_type         = length(var.capacity_provider_strategies) > 0 ? null : var.launch_type
  platform_version    = var.launch_type == "FARGATE" ? var.platform_version : null
  scheduling_strategy = var.launch_type == "FARGATE" ? "REPLICA" : var.scheduling_strategy

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity_provider_strategies

    content {
      capacity_provider = capacity_provider_strategy.value.capacity_provider
    }
  }

  dynamic "network_configuration" {
    for_each = var.network_mode == "awsvpc" ? [1] : []

    content {
      security_groups  = compact(concat(var.security_group_ids, aws_security_group.ecs_service[*].id))
      subnets          = var.subnet_ids
      assign_public_ip = var.assign_public_ip
    }
  }
}

resource "aws_ecs_service" "ignore_changes_task_definition" {
  count = local.makes_service && var.ignore_changes_task_definition && !var.ignore_changes_desired_count ? 1 : 0

  name                = data.summary.unknown.service
  cluster             = var.ecs_cluster_arn
  task_definition     = local.task
  desired_count       = var.desired_count
  launch_type         = length(var.capacity_provider_strategies) > 0 ? null : var.launch_type
  platform_version    = var.launch_type == "FARGATE" ? var.platform_version : null
  scheduling_strategy = var.launch_type == "FARGATE" ? "REPLICA" : var.scheduling_strategy

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity_provider_strategies

    content {
      capacity_provider = capacity_provider_strategy.value.capacity_provider
    }
  }

  dynamic "network_configuration" {
    for_each = var.network_mode == "awsvpc" ? [1] : []

    content {
      security_groups  = compact(concat(var.security_group_ids, aws_security_group.ecs_service[*].id))
      subnets          = var.subnet_ids
      assign_public_ip = var.assign_public_ip
    }
  }

  lifecycle {
    ignore_changes = [task_definition]
  }
}

resource "aws_ecs_service" "ignore_changes_desired_count" {
  count = local.makes_service && !var.ignore_changes_task_definition && var.ignore_changes_desired_count ? 1 : 0

  name                = data.summary.unknown.service
  cluster             = var.ecs_cluster_arn
  task_definition     = local.task
  desired_count       = var.desired_count
  launch_type         = length(var.capacity_provider_strategies) > 0 ? null : var.launch_type
  platform_version    = var.launch_type == "FARGATE" ? var.platform_version : null
  scheduling_strategy = var.launch_type == "FARGATE" ? "REPLICA" : var.scheduling_strategy

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity_provider_strategies

    content {
      capacity_provider = capacity_provider_strategy.value.capacity_provider
    }
  }

  dynamic "network_configuration" {
    for_each = var.network_mode == "awsvpc" ? [1] : []

    content {
      security_groups  = compact(concat(var.security_group_ids, aws_security_group.ecs_service[*].id))
      subnets          = var.subnet_ids
      assign_public_ip = var.assign_public_ip
    }
  }

  lifecycle {
    ignore_changes = [desired_count]
  }
}

resource "aws_ecs_service" "ignore_changes_task_definition_and_desired_count" {
  count = local.makes_service && var.ignore_changes_task_definition && var.ignore_changes_desired_count ? 1 : 0

  name                = data.summary.unknown.service
  cluster             = var.ecs_cluster_arn
  task_definition     = local.task
  desired_count       = var.desired_count
  launch_type         = length(var.capacity_provider_strategies) > 0 ? null : var.launch_type
  platform_version    = var.launch_type == "FARGATE" ? var.platform_version : null
  scheduling_strategy = var.launch_type == "FARGATE" ? "REPLICA" : var.scheduling_strategy

  dynamic "capacity_provider_strategy" {
    for_each = var.capacity_provider_strategies

    content {
      capacity_provider = capacity_provider_strategy.value.capacity_provider
    }
  }

  dynamic "network_configuration" {
    for_each = var.network_mode == "awsvpc" ? [1] : []

    content {
      security_groups  = compact(concat(var.security_group_ids, aws_security_group.ecs_service[*].id))
      subnets          = var.subnet_ids
      assign_public_ip = var.assign_public_ip
    }
  }

  lifecycle {
    ignore_changes = [task_definition, desired_count]
  }
}

output "service_security_group_id" {
  value = one(aws_security_group.ecs_service[*].id)
}

output "task_definition_arn" {
  value = one(aws_ecs_task_definition.default[*].arn)
}

output "task_exec_role_arn" {
  value = local.exec_role
}

output "task_exec_role_name" {
  value = one(aws_iam_role.ecs_exec[*].name)
}

output "task_role_arn" {
  value = local.task_role
}

output "task_role_name" {
  value = one(aws_iam_role.ecs_task[*].name)
}
