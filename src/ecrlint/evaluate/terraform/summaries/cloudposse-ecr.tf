variable "context" { default = null }
variable "enabled" { default = null }
variable "name" { default = null }
variable "use_fullname" { default = true }
variable "image_names" { default = [] }
variable "image_tag_mutability" { default = "IMMUTABLE" }
variable "image_tag_mutability_exclusion_filter" { default = [] }
variable "encryption_configuration" { default = null }
variable "organizations_full_access" { default = [] }
variable "organizations_push_access" { default = [] }
variable "organizations_readonly_access" { default = [] }
variable "principals_full_access" { default = [] }
variable "principals_lambda" { default = [] }
variable "principals_pull_though_access" { default = [] }
variable "principals_push_access" { default = [] }
variable "principals_readonly_access" { default = [] }

variable "additional_tag_map" {}
variable "attributes" {}
variable "custom_lifecycle_rules" {}
variable "default_lifecycle_rules_settings" {}
variable "delimiter" {}
variable "descriptor_formats" {}
variable "enable_lifecycle_policy" {}
variable "environment" {}
variable "force_delete" {}
variable "id_length_limit" {}
variable "label_key_case" {}
variable "label_order" {}
variable "label_value_case" {}
variable "labels_as_tags" {}
variable "max_image_count" {}
variable "namespace" {}
variable "prefixes_pull_through_repositories" {}
variable "protected_tags" {}
variable "protected_tags_keep_count" {}
variable "regex_replace_chars" {}
variable "replication_configurations" {}
variable "scan_images_on_push" {}
variable "stage" {}
variable "tags" {}
variable "tenant" {}
variable "time_based_rotation" {}

locals {
  enabled = var.enabled != null ? var.enabled : var.context == null ? true : var.context.enabled

  # A name is put together by the module "label", or may come from its context.
  names = length(var.image_names) > 0 ? var.image_names : [var.use_fullname || var.name == null ? data.summary.unknown.name : var.name]

  principals = concat(
    var.organizations_full_access, var.organizations_push_access, var.organizations_readonly_access, var.principals_full_access,
    var.principals_lambda, var.principals_pull_though_access, var.principals_push_access, var.principals_readonly_access,
  )
}

resource "aws_ecr_repository" "name" {
  for_each = { for name in local.names : name => name if local.enabled }

  name                 = each.value
  image_tag_mutability = var.image_tag_mutability

  dynamic "image_tag_mutability_exclusion_filter" {
    for_each = var.image_tag_mutability_exclusion_filter

    content {
      filter      = image_tag_mutability_exclusion_filter.value.filter
      filter_type = image_tag_mutability_exclusion_filter.value.filter_type
    }
  }

  dynamic "encryption_configuration" {
    for_each = var.encryption_configuration == null ? [] : [var.encryption_configuration]

    content {
      encryption_type = encryption_configuration.value.encryption_type
      kms_key         = encryption_configuration.value.kms_key
    }
  }
}

# What the policy grants to whom differs between the versions.
resource "aws_ecr_repository_policy" "name" {
  for_each = { for name in local.names : name => name if local.enabled && length(local.principals) > 0 }

  repository = aws_ecr_repository.name[each.key].name
  policy     = data.summary.unknown.policy
}

output "registry_id" {
  value = aws_ecr_repository.name[local.names[0]].registry_id
}

output "repository_name" {
  value = aws_ecr_repository.name[local.names[0]].name
}

output "repository_url" {
  value = aws_ecr_repository.name[local.names[0]].repository_url
}

output "repository_arn" {
  value = aws_ecr_repository.name[local.names[0]].arn
}

output "repository_url_map" {
  value = { for key, one in aws_ecr_repository.name : key => one.repository_url }
}

output "repository_arn_map" {
  value = { for key, one in aws_ecr_repository.name : key => one.arn }
}
