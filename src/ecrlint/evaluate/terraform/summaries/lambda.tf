variable "create" { default = true }
variable "create_function" { default = true }
variable "create_layer" { default = false }
variable "create_role" { default = true }
variable "lambda_role" { default = "" }
variable "role_name" { default = null }
variable "function_name" { default = "" }
variable "role_path" { default = null }
variable "role_permissions_boundary" { default = null }
variable "image_uri" { default = null }
variable "package_type" { default = "Zip" }
variable "architectures" { default = null }
variable "region" { default = null }
variable "vpc_security_group_ids" { default = null }
variable "vpc_subnet_ids" { default = null }
variable "use_existing_cloudwatch_log_group" { default = false }
variable "lambda_at_edge" { default = false }
variable "environment_variables" { default = {} }

variable "allowed_triggers" {}
variable "artifacts_dir" {}
variable "assume_role_policy_statements" {}
variable "attach_async_event_policy" {}
variable "attach_cloudwatch_logs_policy" {}
variable "attach_create_log_group_permission" {}
variable "attach_dead_letter_policy" {}
variable "attach_network_policy" {}
variable "attach_policies" {}
variable "attach_policy" {}
variable "attach_policy_json" {}
variable "attach_policy_jsons" {}
variable "attach_policy_statements" {}
variable "attach_tracing_policy" {}
variable "authorization_type" {}
variable "build_in_docker" {}
variable "cloudwatch_logs_deletion_protection_enabled" {}
variable "cloudwatch_logs_kms_key_id" {}
variable "cloudwatch_logs_log_group_class" {}
variable "cloudwatch_logs_retention_in_days" {}
variable "cloudwatch_logs_skip_destroy" {}
variable "cloudwatch_logs_tags" {}
variable "code_signing_config_arn" {}
variable "compatible_architectures" {}
variable "compatible_runtimes" {}
variable "cors" {}
variable "create_async_event_config" {}
variable "create_current_version_allowed_triggers" {}
variable "create_current_version_async_event_config" {}
variable "create_lambda_function_url" {}
variable "create_package" {}
variable "create_sam_metadata" {}
variable "create_unqualified_alias_allowed_triggers" {}
variable "create_unqualified_alias_async_event_config" {}
variable "create_unqualified_alias_lambda_function_url" {}
variable "dead_letter_target_arn" {}
variable "description" {}
variable "destination_on_failure" {}
variable "destination_on_success" {}
variable "docker_additional_options" {}
variable "docker_build_root" {}
variable "docker_entrypoint" {}
variable "docker_file" {}
variable "docker_image" {}
variable "docker_pip_cache" {}
variable "docker_with_ssh_agent" {}
variable "durable_config_execution_timeout" {}
variable "durable_config_retention_period" {}
variable "ephemeral_storage_size" {}
variable "event_source_mapping" {}
variable "file_system_arn" {}
variable "file_system_local_mount_path" {}
variable "function_tags" {}
variable "handler" {}
variable "hash_extra" {}
variable "ignore_source_code_hash" {}
variable "image_config_command" {}
variable "image_config_entry_point" {}
variable "image_config_working_directory" {}
variable "include_default_tag" {}
variable "invoke_mode" {}
variable "ipv6_allowed_for_dual_stack" {}
variable "kms_key_arn" {}
variable "lambda_at_edge_logs_all_regions" {}
variable "layer_name" {}
variable "layer_skip_destroy" {}
variable "layers" {}
variable "license_info" {}
variable "local_existing_package" {}
variable "logging_application_log_level" {}
variable "logging_log_format" {}
variable "logging_log_group" {}
variable "logging_system_log_level" {}
variable "managed_instances_capacity_provider_arn" {}
variable "maximum_event_age_in_seconds" {}
variable "maximum_retry_attempts" {}
variable "memory_size" {}
variable "number_of_policies" {}
variable "number_of_policy_jsons" {}
variable "policies" {}
variable "policy" {}
variable "policy_json" {}
variable "policy_jsons" {}
variable "policy_name" {}
variable "policy_path" {}
variable "policy_statements" {}
variable "provisioned_concurrent_executions" {}
variable "publish" {}
variable "putin_khuylo" {}
variable "quiet_archive_local_exec" {}
variable "recreate_missing_package" {}
variable "recursive_loop" {}
variable "replace_security_groups_on_destroy" {}
variable "replacement_security_group_ids" {}
variable "reserved_concurrent_executions" {}
variable "role_description" {}
variable "role_force_detach_policies" {}
variable "role_maximum_session_duration" {}
variable "role_tags" {}
variable "runtime" {}
variable "s3_acl" {}
variable "s3_bucket" {}
variable "s3_existing_package" {}
variable "s3_kms_key_id" {}
variable "s3_object_override_default_tags" {}
variable "s3_object_storage_class" {}
variable "s3_object_tags" {}
variable "s3_object_tags_only" {}
variable "s3_prefix" {}
variable "s3_server_side_encryption" {}
variable "skip_destroy" {}
variable "snap_start" {}
variable "source_path" {}
variable "store_on_s3" {}
variable "tags" {}
variable "tenant_isolation_mode" {}
variable "timeout" {}
variable "timeouts" {}
variable "tracing_mode" {}
variable "trigger_on_package_timestamp" {}
variable "trusted_entities" {}

locals {
  makes_function = var.create && var.create_function && !var.create_layer
  makes_role     = local.makes_function && var.create_role
}

resource "aws_lambda_function" "this" {
  count = local.makes_function ? 1 : 0

  function_name = var.function_name
  region        = var.region
  role          = local.makes_role ? aws_iam_role.lambda[0].arn : var.lambda_role
  package_type  = var.package_type
  image_uri     = var.image_uri
  architectures = var.architectures

  dynamic "environment" {
    for_each = length(var.environment_variables) > 0 ? [1] : []

    content {
      variables = var.environment_variables
    }
  }

  dynamic "vpc_config" {
    for_each = var.vpc_subnet_ids != null && var.vpc_security_group_ids != null ? [1] : []

    content {
      security_group_ids = var.vpc_security_group_ids
      subnet_ids         = var.vpc_subnet_ids
    }
  }
}

data "aws_iam_policy_document" "assume_role" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "lambda" {
  count = local.makes_role ? 1 : 0

  name                 = var.role_name == null ? var.function_name : var.role_name
  path                 = var.role_path
  permissions_boundary = var.role_permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.assume_role.json
}

# Its policies have nothing to do with how a function's image is pulled.
resource "aws_iam_role_policy_attachment" "lambda" {
  count = local.makes_role ? 1 : 0

  role       = aws_iam_role.lambda[0].name
  policy_arn = data.summary.unknown.policies
}

resource "aws_cloudwatch_log_group" "lambda" {
  count = local.makes_function && !var.use_existing_cloudwatch_log_group && !var.lambda_at_edge ? 1 : 0

  name = data.summary.unknown.log_group
}

output "lambda_function_arn" {
  value = try(aws_lambda_function.this[0].arn, "")
}

output "lambda_function_name" {
  value = try(aws_lambda_function.this[0].function_name, "")
}

output "lambda_role_arn" {
  value = try(aws_iam_role.lambda[0].arn, "")
}

output "lambda_role_name" {
  value = try(aws_iam_role.lambda[0].name, "")
}
