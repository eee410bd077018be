variable "create_cloudwatch_log_group" { default = true }
variable "enable_cloudwatch_logging" { default = true }
variable "cloudwatch_log_group_name" { default = null }
variable "cloudwatch_log_group_use_name_prefix" { default = false }
variable "environment" { default = null }
variable "essential" { default = null }
variable "image" { default = null }
variable "name" { default = null }
variable "operating_system_family" { default = "LINUX" }
variable "secrets" { default = null }
variable "service" { default = null }
variable "environmentFiles" { default = null }
variable "environment_files" { default = null }
variable "firelensConfiguration" { default = null }
variable "firelens_configuration" { default = null }
variable "logConfiguration" { default = null }
variable "log_configuration" { default = null }
variable "repositoryCredentials" { default = null }
variable "repository_credentials" { default = null }

variable "cloudwatch_log_group_class" {}
variable "cloudwatch_log_group_kms_key_id" {}
variable "cloudwatch_log_group_retention_in_days" {}
variable "command" {}
variable "cpu" {}
variable "credentialSpecs" {}
variable "dependencies" {}
variable "dependsOn" {}
variable "disableNetworking" {}
variable "disable_networking" {}
variable "dnsSearchDomains" {}
variable "dnsServers" {}
variable "dns_search_domains" {}
variable "dns_servers" {}
variable "dockerLabels" {}
variable "dockerSecurityOptions" {}
variable "docker_labels" {}
variable "docker_security_options" {}
variable "enable_execute_command" {}
variable "entrypoint" {}
variable "extraHosts" {}
variable "extra_hosts" {}
variable "healthCheck" {}
variable "health_check" {}
variable "hostname" {}
variable "interactive" {}
variable "links" {}
variable "linuxParameters" {}
variable "linux_parameters" {}
variable "memory" {}
variable "memoryReservation" {}
variable "memory_reservation" {}
variable "mountPoints" {}
variable "mount_points" {}
variable "portMappings" {}
variable "port_mappings" {}
variable "privileged" {}
variable "pseudoTerminal" {}
variable "pseudo_terminal" {}
variable "readonlyRootFilesystem" {}
variable "readonly_root_filesystem" {}
variable "region" {}
variable "resourceRequirements" {}
variable "resource_requirements" {}
variable "restartPolicy" {}
variable "startTimeout" {}
variable "start_timeout" {}
variable "stopTimeout" {}
variable "stop_timeout" {}
variable "systemControls" {}
variable "system_controls" {}
variable "tags" {}
variable "ulimits" {}
variable "user" {}
variable "versionConsistency" {}
variable "volumesFrom" {}
variable "volumes_from" {}
variable "workingDirectory" {}
variable "working_directory" {}

locals {
  credentials = var.repositoryCredentials != null ? var.repositoryCredentials : var.repository_credentials
  stated_logs = var.logConfiguration != null ? var.logConfiguration : var.log_configuration

  # Which of the two switches puts "awslogs" into the definition depends on the version.
  logs = (
    local.stated_logs != null && local.stated_logs != {} ? local.stated_logs :
    !var.create_cloudwatch_log_group && !var.enable_cloudwatch_logging ? null :
    var.create_cloudwatch_log_group && var.enable_cloudwatch_logging ? {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this[0].name
        awslogs-region        = data.aws_region.current.name
        awslogs-stream-prefix = "ecs"
      }
    } :
    data.summary.unknown.logs
  )

  definition = {
    name                  = var.name
    image                 = var.image
    essential             = var.essential
    environment           = var.environment
    environmentFiles      = var.environmentFiles != null ? var.environmentFiles : var.environment_files
    firelensConfiguration = var.firelensConfiguration != null ? var.firelensConfiguration : var.firelens_configuration == {} ? null : var.firelens_configuration
    logConfiguration      = local.logs
    repositoryCredentials = local.credentials == {} ? null : local.credentials
    secrets               = var.secrets
  }
}

data "aws_region" "current" {}

resource "aws_cloudwatch_log_group" "this" {
  count = var.create_cloudwatch_log_group && var.enable_cloudwatch_logging ? 1 : 0

  name = (
    var.cloudwatch_log_group_use_name_prefix ? null :
    var.cloudwatch_log_group_name != null ? var.cloudwatch_log_group_name :
    var.service == null || var.name == null ? data.summary.unknown.log_group :
    "/aws/ecs/${var.service}/${var.name}"
  )
  name_prefix = var.cloudwatch_log_group_use_name_prefix ? data.summary.unknown.log_group : null
}

output "container_definition" {
  value = local.definition
}

output "container_definition_json" {
  value = jsonencode(local.definition)
}

output "cloudwatch_log_group_name" {
  value = try(aws_cloudwatch_log_group.this[0].name, null)
}

output "cloudwatch_log_group_arn" {
  value = try(aws_cloudwatch_log_group.this[0].arn, null)
}
