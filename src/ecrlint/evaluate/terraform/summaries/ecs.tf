variable "create" { default = true }
variable "cluster_name" { default = "" }
variable "region" { default = null }
variable "services" { default = {} }
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

variable "cluster_configuration" {}
variable "cluster_service_connect_defaults" {}
variable "cluster_setting" {}
variable "cluster_settings" {}
variable "cluster_tags" {}
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

module "cluster" {
  source = "terraform-aws-modules/ecs/aws//modules/cluster"

  create                                  = var.create
  name                                    = var.cluster_name
  region                                  = var.region
  autoscaling_capacity_providers          = var.autoscaling_capacity_providers
  capacity_providers                      = var.capacity_providers
  create_cloudwatch_log_group             = var.create_cloudwatch_log_group
  cloudwatch_log_group_name               = var.cloudwatch_log_group_name
  create_task_exec_iam_role               = var.create_task_exec_iam_role
  task_exec_iam_role_name                 = var.task_exec_iam_role_name
  task_exec_iam_role_use_name_prefix      = var.task_exec_iam_role_use_name_prefix
  task_exec_iam_role_path                 = var.task_exec_iam_role_path
  task_exec_iam_role_permissions_boundary = var.task_exec_iam_role_permissions_boundary
  task_exec_iam_role_policies             = var.task_exec_iam_role_policies
  create_task_exec_policy                 = var.create_task_exec_policy
  task_exec_ssm_param_arns                = var.task_exec_ssm_param_arns
  task_exec_secret_arns                   = var.task_exec_secret_arns
  task_exec_iam_statements                = var.task_exec_iam_statements
}

module "service" {
  source   = "terraform-aws-modules/ecs/aws//modules/service"
  for_each = { for key, one in var.services == null ? {} : var.services : key => one if var.create }

  cluster_arn = module.cluster.arn
  create                                   = try(each.value.create, true)
  create_service                           = try(each.value.create_service, true)
  create_task_definition                   = try(each.value.create_task_definition, true)
  ignore_task_definition_changes           = try(each.value.ignore_task_definition_changes, false)
  family                                   = try(each.value.family, null)
  launch_type                              = try(each.value.launch_type, "FARGATE")
  capacity_provider_strategy               = try(each.value.capacity_provider_strategy, null)
  scheduling_strategy                      = try(each.value.scheduling_strategy, null)
  platform_version                         = try(each.value.platform_version, null)
  desired_count                            = try(each.value.desired_count, 1)
  assign_public_ip                         = try(each.value.assign_public_ip, false)
  subnet_ids                               = try(each.value.subnet_ids, [])
  security_group_ids                       = try(each.value.security_group_ids, [])
  network_mode                             = try(each.value.network_mode, "awsvpc")
  requires_compatibilities                 = try(each.value.requires_compatibilities, ["FARGATE"])
  runtime_platform                         = try(each.value.runtime_platform, null)
  task_definition_arn                      = try(each.value.task_definition_arn, null)
  container_definitions                    = try(each.value.container_definitions, {})
  container_definition_defaults            = try(each.value.container_definition_defaults, {})
  create_task_exec_iam_role                = try(each.value.create_task_exec_iam_role, true)
  task_exec_iam_role_arn                   = try(each.value.task_exec_iam_role_arn, null)
  task_exec_iam_role_name                  = try(each.value.task_exec_iam_role_name, null)
  task_exec_iam_role_use_name_prefix       = try(each.value.task_exec_iam_role_use_name_prefix, true)
  task_exec_iam_role_path                  = try(each.value.task_exec_iam_role_path, null)
  task_exec_iam_role_permissions_boundary  = try(each.value.task_exec_iam_role_permissions_boundary, null)
  task_exec_iam_role_policies              = try(each.value.task_exec_iam_role_policies, {})
  create_task_exec_policy                  = try(each.value.create_task_exec_policy, true)
  task_exec_ssm_param_arns                 = try(each.value.task_exec_ssm_param_arns, null)
  task_exec_secret_arns                    = try(each.value.task_exec_secret_arns, null)
  task_exec_iam_statements                 = try(each.value.task_exec_iam_statements, null)
  create_tasks_iam_role                    = try(each.value.create_tasks_iam_role, true)
  tasks_iam_role_arn                       = try(each.value.tasks_iam_role_arn, null)
  tasks_iam_role_name                      = try(each.value.tasks_iam_role_name, null)
  tasks_iam_role_use_name_prefix           = try(each.value.tasks_iam_role_use_name_prefix, true)
  tasks_iam_role_path                      = try(each.value.tasks_iam_role_path, null)
  tasks_iam_role_permissions_boundary      = try(each.value.tasks_iam_role_permissions_boundary, null)
  tasks_iam_role_policies                  = try(each.value.tasks_iam_role_policies, {})
  tasks_iam_role_statements                = try(each.value.tasks_iam_role_statements, null)
  create_security_group                    = try(each.value.create_security_group, true)
  security_group_rules                     = try(each.value.security_group_rules, {})
  security_group_ingress_rules             = try(each.value.security_group_ingress_rules, {})
  security_group_egress_rules              = try(each.value.security_group_egress_rules, {})
  vpc_id                                   = try(each.value.vpc_id, null)
  name = try(each.value.name, null) == null ? each.key : each.value.name
}

output "cluster_arn" {
  value = module.cluster.arn
}

output "cluster_id" {
  value = module.cluster.id
}

output "cluster_name" {
  value = module.cluster.name
}

output "cloudwatch_log_group_name" {
  value = module.cluster.cloudwatch_log_group_name
}

output "cloudwatch_log_group_arn" {
  value = module.cluster.cloudwatch_log_group_arn
}

output "task_exec_iam_role_arn" {
  value = module.cluster.task_exec_iam_role_arn
}

output "task_exec_iam_role_name" {
  value = module.cluster.task_exec_iam_role_name
}

output "services" {
  value = module.service
}
