variable "create" { default = true }
variable "name" { default = null }
variable "name_prefix" { default = null }
variable "path" { default = "/" }
variable "permissions_boundary_arn" { default = null }
variable "max_session_duration" { default = null }
variable "provider_url" { default = "token.actions.githubusercontent.com" }
variable "audience" { default = "sts.amazonaws.com" }
variable "subjects" { default = [] }
variable "subject_condition" { default = "StringLike" }
variable "additional_trust_policy_conditions" { default = [] }
variable "policies" { default = {} }

variable "description" {}
variable "force_detach_policies" {}
variable "tags" {}

locals {
  provider = replace(var.provider_url, "https://", "")
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

data "aws_iam_policy_document" "this" {
  statement {
    sid     = "GithubOidcAuth"
    actions = ["sts:TagSession", "sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${data.aws_caller_identity.current.account_id}:oidc-provider/${local.provider}"]
    }

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "${local.provider}:aud"
      values   = [var.audience]
    }

    condition {
      test     = var.subject_condition
      variable = "${local.provider}:sub"
      values   = [for subject in var.subjects : "repo:${trimprefix(subject, "repo:")}"]
    }

    dynamic "condition" {
      for_each = var.additional_trust_policy_conditions

      content {
        test     = condition.value.test
        variable = condition.value.variable
        values   = condition.value.values
      }
    }
  }
}

resource "aws_iam_role" "this" {
  count = var.create ? 1 : 0

  name                 = var.name
  name_prefix          = var.name_prefix
  path                 = var.path
  max_session_duration = var.max_session_duration
  permissions_boundary = var.permissions_boundary_arn
  assume_role_policy   = data.aws_iam_policy_document.this.json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = { for key, arn in var.policies : key => arn if var.create }

  role       = aws_iam_role.this[0].name
  policy_arn = each.value
}

output "arn" {
  value = try(aws_iam_role.this[0].arn, null)
}

output "name" {
  value = try(aws_iam_role.this[0].name, null)
}

output "unique_id" {
  value = try(aws_iam_role.this[0].unique_id, null)
}
