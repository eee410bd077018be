variable "create" { default = true }
variable "create_repository" { default = true }
variable "repository_type" { default = "private" }
variable "region" { default = null }
variable "repository_name" { default = "" }
variable "repository_image_tag_mutability" { default = "IMMUTABLE" }
variable "repository_image_tag_mutability_exclusion_filter" { default = null }
variable "repository_encryption_type" { default = null }
variable "repository_kms_key" { default = null }
variable "attach_repository_policy" { default = true }
variable "create_repository_policy" { default = true }
variable "repository_policy" { default = null }
variable "repository_policy_statements" { default = {} }
variable "repository_read_access_arns" { default = [] }
variable "repository_read_write_access_arns" { default = [] }
variable "repository_lambda_read_access_arns" { default = [] }
variable "create_registry_policy" { default = false }
variable "registry_policy" { default = null }
variable "registry_pull_through_cache_rules" { default = {} }

variable "create_lifecycle_policy" {}
variable "create_registry_replication_configuration" {}
variable "manage_registry_scanning_configuration" {}
variable "public_repository_catalog_data" {}
variable "registry_replication_rules" {}
variable "registry_scan_rules" {}
variable "registry_scan_type" {}
variable "repository_force_delete" {}
variable "repository_image_scan_on_push" {}
variable "repository_lifecycle_policy" {}
variable "tags" {}

locals {
  private = var.create && var.create_repository && var.repository_type == "private"
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "repository" {
  statement {
    sid     = "PrivateReadOnly"
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type = "AWS"
      identifiers = coalescelist(
        concat(var.repository_read_access_arns, var.repository_read_write_access_arns),
        ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:root"],
      )
    }
  }

  dynamic "statement" {
    for_each = length(var.repository_lambda_read_access_arns) > 0 ? [1] : []

    content {
      sid     = "PrivateLambdaReadOnly"
      actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

      principals {
        type        = "Service"
        identifiers = ["lambda.amazonaws.com"]
      }

      condition {
        test     = "StringLike"
        variable = "aws:sourceArn"
        values   = var.repository_lambda_read_access_arns
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.repository_read_write_access_arns) > 0 ? [1] : []

    content {
      sid     = "ReadWrite"
      actions = ["ecr:PutImage", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"]

      principals {
        type        = "AWS"
        identifiers = var.repository_read_write_access_arns
      }
    }
  }

  dynamic "statement" {
    for_each = var.repository_policy_statements == null ? {} : var.repository_policy_statements

    content {
      sid         = try(statement.value.sid, null)
      effect      = try(statement.value.effect, null)
      actions     = try(statement.value.actions, null)
      not_actions = try(statement.value.not_actions, null)

      dynamic "principals" {
        for_each = try(statement.value.principals, null) == null ? [] : statement.value.principals

        content {
          type        = principals.value.type
          identifiers = principals.value.identifiers
        }
      }

      dynamic "not_principals" {
        for_each = try(statement.value.not_principals, null) == null ? [] : statement.value.not_principals

        content {
          type        = not_principals.value.type
          identifiers = not_principals.value.identifiers
        }
      }

      dynamic "condition" {
        for_each = try(statement.value.conditions, null) == null ? [] : statement.value.conditions

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_ecr_repository" "this" {
  count = local.private ? 1 : 0

  name                 = var.repository_name
  image_tag_mutability = var.repository_image_tag_mutability
  region               = var.region

  dynamic "image_tag_mutability_exclusion_filter" {
    for_each = var.repository_image_tag_mutability_exclusion_filter == null ? [] : var.repository_image_tag_mutability_exclusion_filter

    content {
      filter      = image_tag_mutability_exclusion_filter.value.filter
      filter_type = image_tag_mutability_exclusion_filter.value.filter_type
    }
  }

  encryption_configuration {
    encryption_type = var.repository_encryption_type
    kms_key         = var.repository_kms_key
  }
}

resource "aws_ecr_repository_policy" "this" {
  count = local.private && var.attach_repository_policy ? 1 : 0

  repository = aws_ecr_repository.this[0].name
  policy     = var.create_repository_policy ? data.aws_iam_policy_document.repository.json : var.repository_policy
  region     = var.region
}

resource "aws_ecr_registry_policy" "this" {
  count = var.create && var.create_registry_policy ? 1 : 0

  policy = var.registry_policy
  region = var.region
}

resource "aws_ecr_pull_through_cache_rule" "this" {
  for_each = { for key, rule in var.registry_pull_through_cache_rules : key => rule if var.create }

  ecr_repository_prefix      = each.value.ecr_repository_prefix
  upstream_registry_url      = each.value.upstream_registry_url
  credential_arn             = try(each.value.credential_arn, null)
  custom_role_arn            = try(each.value.custom_role_arn, null)
  upstream_repository_prefix = try(each.value.upstream_repository_prefix, null)
  region                     = try(each.value.region, null) == null ? var.region : each.value.region
}

output "repository_name" {
  value = try(aws_ecr_repository.this[0].name, null)
}

output "repository_arn" {
  value = try(aws_ecr_repository.this[0].arn, null)
}

output "repository_registry_id" {
  value = try(aws_ecr_repository.this[0].registry_id, null)
}

output "repository_url" {
  value = try(aws_ecr_repository.this[0].repository_url, null)
}
