variable "container_definition" { default = {} }
variable "container_image" {}
variable "container_name" {}
variable "container_depends_on" { default = null }
variable "environment" { default = null }
variable "environment_files" { default = null }
variable "essential" { default = true }
variable "firelens_configuration" { default = null }
variable "log_configuration" { default = null }
variable "map_environment" { default = null }
variable "map_secrets" { default = null }
variable "repository_credentials" { default = null }
variable "secrets" { default = null }
variable "command" { default = null }
variable "entrypoint" { default = null }
variable "mount_points" { default = null }
variable "healthcheck" { default = null }

variable "container_cpu" {}
variable "container_memory" {}
variable "container_memory_reservation" {}
variable "disable_networking" {}
variable "dns_search_domains" {}
variable "dns_servers" {}
variable "docker_labels" {}
variable "docker_security_options" {}
variable "extra_hosts" {}
variable "hostname" {}
variable "interactive" {}
variable "links" {}
variable "linux_parameters" {}
variable "port_mappings" {}
variable "privileged" {}
variable "pseudo_terminal" {}
variable "readonly_root_filesystem" {}
variable "resource_requirements" {}
variable "restart_policy" {}
variable "start_timeout" {}
variable "stop_timeout" {}
variable "system_controls" {}
variable "ulimits" {}
variable "user" {}
variable "version_consistency" {}
variable "volumes_from" {}
variable "working_directory" {}

locals {
  definition = merge({
    name                  = var.container_name
    image                 = var.container_image
    essential             = var.essential
    command               = var.command
    entryPoint            = var.entrypoint
    dependsOn             = var.container_depends_on
    environment           = var.map_environment == null ? var.environment : [for name, value in var.map_environment : { name = name, value = value }]
    environmentFiles      = var.environment_files
    firelensConfiguration = var.firelens_configuration
    healthCheck           = var.healthcheck
    logConfiguration      = var.log_configuration
    mountPoints           = var.mount_points
    repositoryCredentials = var.repository_credentials
    secrets               = var.map_secrets == null ? var.secrets : [for name, value in var.map_secrets : { name = name, valueFrom = value }]
  }, var.container_definition)
  encoded = jsonencode(local.definition)
}

output "json" {
  value = "[${local.encoded}]"
}

output "json_map" {
  value = local.encoded
}

output "json_map_encoded" {
  value = local.encoded
}

output "json_map_encoded_list" {
  value = "[${local.encoded}]"
}

output "json_map_object" {
  value = local.definition
}

output "sensitive_json_map_encoded" {
  value = local.encoded
}

output "sensitive_json_map_encoded_list" {
  value = "[${local.encoded}]"
}

output "sensitive_json_map_object" {
  value = local.definition
}
