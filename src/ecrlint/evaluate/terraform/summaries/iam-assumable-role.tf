variable "create_role" { default = false }
variable "role_name" { default = null }
variable "role_name_prefix" { default = null }
variable "role_path" { default = "/" }
variable "role_permissions_boundary_arn" { default = "" }
variable "max_session_duration" { default = 3600 }
variable "role_requires_mfa" { default = true }
variable "role_sts_externalid" { default = null }
variable "role_requires_session_name" { default = false }
variable "role_session_name" { default = null }
variable "trust_policy_conditions" { default = [] }
variable "trusted_role_actions" { default = null }
variable "trusted_role_arns" { default = [] }
variable "trusted_role_services" { default = [] }
variable "create_custom_role_trust_policy" { default = false }
variable "custom_role_trust_policy" { default = "" }
variable "custom_role_policy_arns" { default = [] }
variable "number_of_custom_role_policy_arns" { default = null }
variable "inline_policy_statements" { default = [] }
variable "attach_admin_policy" { default = false }
variable "attach_poweruser_policy" { default = false }
variable "attach_readonly_policy" { default = false }
variable "admin_role_policy_arn" { default = "arn:aws:iam::aws:policy/AdministratorAccess" }
variable "poweruser_role_policy_arn" { default = "arn:aws:iam::aws:policy/PowerUserAccess" }
variable "readonly_role_policy_arn" { default = "arn:aws:iam::aws:policy/ReadOnlyAccess" }
variable "create_instance_profile" { default = false }
variable "allow_self_assume_role" { default = false }

variable "force_detach_policies" {}
variable "mfa_age" {}
variable "role_description" {}
variable "tags" {}

locals {
  # Whether a custom trust policy counts without its switch depends on the version.
  trust = (
    var.custom_role_trust_policy == "" && !var.allow_self_assume_role ? data.aws_iam_policy_document.trust.json :
    var.create_custom_role_trust_policy ? var.custom_role_trust_policy :
    data.summary.unknown.trust
  )
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = var.role_requires_mfa || var.trusted_role_actions == null ? ["sts:AssumeRole"] : concat(["sts:AssumeRole"], var.trusted_role_actions)

    principals {
      type        = "AWS"
      identifiers = var.trusted_role_arns
    }

    principals {
      type        = "Service"
      identifiers = var.trusted_role_services
    }

    dynamic "condition" {
      for_each = var.role_requires_mfa ? [1] : []

      content {
        test     = "Bool"
        variable = "aws:MultiFactorAuthPresent"
        values   = ["true"]
      }
    }

    dynamic "condition" {
      for_each = var.role_sts_externalid == null ? [] : length(flatten([var.role_sts_externalid])) > 0 ? [1] : []

      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = flatten([var.role_sts_externalid])
      }
    }

    dynamic "condition" {
      for_each = var.role_requires_session_name ? [1] : []

      content {
        test     = "StringEquals"
        variable = "sts:RoleSessionName"
        values   = var.role_session_name == null ? ["$${aws:username}"] : var.role_session_name
      }
    }

    dynamic "condition" {
      for_each = var.trust_policy_conditions

      content {
        test     = condition.value.test
        variable = condition.value.variable
        values   = condition.value.values
      }
    }
  }
}

data "aws_iam_policy_document" "inline" {
  dynamic "statement" {
    for_each = var.inline_policy_statements

    content {
      effect        = try(statement.value.effect, null)
      actions       = try(statement.value.actions, null)
      not_actions   = try(statement.value.not_actions, null)
      resources     = try(statement.value.resources, null)
      not_resources = try(statement.value.not_resources, null)

      dynamic "condition" {
        for_each = try(statement.value.conditions, [])

        content {
          test     = condition.value.test
          variable = condition.value.variable
          values   = condition.value.values
        }
      }
    }
  }
}

resource "aws_iam_role" "this" {
  count = var.create_role ? 1 : 0

  name                 = var.role_name
  name_prefix          = var.role_name_prefix
  path                 = var.role_path
  max_session_duration = var.max_session_duration
  permissions_boundary = var.role_permissions_boundary_arn
  assume_role_policy   = local.trust
}

resource "aws_iam_role_policy_attachment" "custom" {
  count = var.create_role ? coalesce(var.number_of_custom_role_policy_arns, length(var.custom_role_policy_arns)) : 0

  role       = aws_iam_role.this[0].name
  policy_arn = var.custom_role_policy_arns[count.index]
}

resource "aws_iam_role_policy_attachment" "admin" {
  count = var.create_role && var.attach_admin_policy ? 1 : 0

  role       = aws_iam_role.this[0].name
  policy_arn = var.admin_role_policy_arn
}

resource "aws_iam_role_policy_attachment" "poweruser" {
  count = var.create_role && var.attach_poweruser_policy ? 1 : 0

  role       = aws_iam_role.this[0].name
  policy_arn = var.poweruser_role_policy_arn
}

resource "aws_iam_role_policy_attachment" "readonly" {
  count = var.create_role && var.attach_readonly_policy ? 1 : 0

  role       = aws_iam_role.this[0].name
  policy_arn = var.readonly_role_policy_arn
}

resource "aws_iam_role_policy" "inline" {
  count = var.create_role && length(var.inline_policy_statements) > 0 ? 1 : 0

  role   = aws_iam_role.this[0].name
  policy = data.aws_iam_policy_document.inline.json
}

resource "aws_iam_instance_profile" "this" {
  count = var.create_role && var.create_instance_profile ? 1 : 0

  name = var.role_name
  role = aws_iam_role.this[0].name
}

output "iam_role_arn" {
  value = try(aws_iam_role.this[0].arn, "")
}

output "iam_role_name" {
  value = try(aws_iam_role.this[0].name, "")
}

output "iam_role_unique_id" {
  value = try(aws_iam_role.this[0].unique_id, "")
}

output "iam_instance_profile_arn" {
  value = try(aws_iam_instance_profile.this[0].arn, "")
}

output "iam_instance_profile_id" {
  value = try(aws_iam_instance_profile.this[0].id, "")
}

output "iam_instance_profile_name" {
  value = try(aws_iam_instance_profile.this[0].name, "")
}
