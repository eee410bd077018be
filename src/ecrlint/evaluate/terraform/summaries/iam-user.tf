variable "create" { default = true }
variable "create_user" { default = true }
variable "name" { default = "" }
variable "path" { default = null }
variable "permissions_boundary" { default = null }
variable "policies" { default = {} }
variable "policy_arns" { default = [] }
variable "create_inline_policy" { default = false }

variable "access_key_status" {}
variable "create_access_key" {}
variable "create_iam_access_key" {}
variable "create_iam_user_login_profile" {}
variable "create_login_profile" {}
variable "create_ssh_key" {}
variable "force_destroy" {}
variable "iam_access_key_status" {}
variable "inline_policy_permissions" {}
variable "override_inline_policy_documents" {}
variable "password_length" {}
variable "password_reset_required" {}
variable "pgp_key" {}
variable "source_inline_policy_documents" {}
variable "ssh_key_encoding" {}
variable "ssh_public_key" {}
variable "tags" {}
variable "upload_iam_user_ssh_key" {}

locals {
  makes_user = var.create && var.create_user
}

resource "aws_iam_user" "this" {
  count = local.makes_user ? 1 : 0

  name                 = var.name
  path                 = var.path
  permissions_boundary = var.permissions_boundary == "" ? null : var.permissions_boundary
}

resource "aws_iam_user_policy_attachment" "this" {
  count = local.makes_user ? length(var.policy_arns) : 0

  user       = aws_iam_user.this[0].name
  policy_arn = var.policy_arns[count.index]
}

resource "aws_iam_user_policy_attachment" "additional" {
  for_each = { for key, arn in var.policies : key => arn if local.makes_user }

  user       = aws_iam_user.this[0].name
  policy_arn = each.value
}

resource "aws_iam_user_policy" "inline" {
  count = local.makes_user && var.create_inline_policy ? 1 : 0

  user   = aws_iam_user.this[0].name
  policy = data.summary.unknown.policy
}

output "arn" {
  value = try(aws_iam_user.this[0].arn, null)
}

output "name" {
  value = try(aws_iam_user.this[0].name, null)
}

output "iam_user_arn" {
  value = try(aws_iam_user.this[0].arn, "")
}

output "iam_user_name" {
  value = try(aws_iam_user.this[0].name, "")
}
