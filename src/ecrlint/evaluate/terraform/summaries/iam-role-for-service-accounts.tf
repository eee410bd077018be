variable "create" { default = true }
variable "name" { default = null }
variable "use_name_prefix" { default = true }
variable "path" { default = "/" }
variable "permissions_boundary" { default = null }
variable "max_session_duration" { default = null }
variable "trust_condition_test" { default = "StringEquals" }
variable "oidc_providers" { default = {} }
variable "policies" { default = {} }

variable "amazon_managed_service_prometheus_workspace_arns" {}
variable "attach_amazon_managed_service_prometheus_policy" {}
variable "attach_aws_gateway_controller_policy" {}
variable "attach_cert_manager_policy" {}
variable "attach_cloudwatch_observability_policy" {}
variable "attach_cluster_autoscaler_policy" {}
variable "attach_ebs_csi_policy" {}
variable "attach_efs_csi_policy" {}
variable "attach_external_dns_policy" {}
variable "attach_external_secrets_policy" {}
variable "attach_fsx_lustre_csi_policy" {}
variable "attach_fsx_openzfs_csi_policy" {}
variable "attach_load_balancer_controller_policy" {}
variable "attach_load_balancer_controller_targetgroup_binding_only_policy" {}
variable "attach_mountpoint_s3_csi_policy" {}
variable "attach_node_termination_handler_policy" {}
variable "attach_velero_policy" {}
variable "attach_vpc_cni_policy" {}
variable "cert_manager_hosted_zone_arns" {}
variable "cluster_autoscaler_cluster_names" {}
variable "create_inline_policy" {}
variable "create_policy" {}
variable "description" {}
variable "ebs_csi_kms_cmk_arns" {}
variable "external_dns_hosted_zone_arns" {}
variable "external_secrets_kms_key_arns" {}
variable "external_secrets_secrets_manager_arns" {}
variable "external_secrets_secrets_manager_create_permission" {}
variable "external_secrets_ssm_parameter_arns" {}
variable "fsx_lustre_csi_service_role_arns" {}
variable "fsx_openzfs_csi_service_role_arns" {}
variable "inline_policy_permissions" {}
variable "load_balancer_controller_targetgroup_arns" {}
variable "mountpoint_s3_csi_bucket_arns" {}
variable "mountpoint_s3_csi_kms_arns" {}
variable "mountpoint_s3_csi_path_arns" {}
variable "node_termination_handler_sqs_queue_arns" {}
variable "override_inline_policy_documents" {}
variable "override_policy_documents" {}
variable "permissions" {}
variable "policy_description" {}
variable "policy_name" {}
variable "policy_path" {}
variable "region" {}
variable "source_inline_policy_documents" {}
variable "source_policy_documents" {}
variable "tags" {}
variable "velero_s3_bucket_arns" {}
variable "vpc_cni_enable_cloudwatch_logs" {}
variable "vpc_cni_enable_ipv4" {}
variable "vpc_cni_enable_ipv6" {}

data "aws_iam_policy_document" "trust" {
  dynamic "statement" {
    for_each = var.oidc_providers

    content {
      actions = ["sts:AssumeRoleWithWebIdentity"]

      principals {
        type        = "Federated"
        identifiers = [statement.value.provider_arn]
      }

      condition {
        test     = var.trust_condition_test
        variable = "${replace(statement.value.provider_arn, "/^(.*provider/)/", "")}:sub"
        values   = [for account in statement.value.namespace_service_accounts : "system:serviceaccount:${account}"]
      }
    }
  }
}

resource "aws_iam_role" "this" {
  count = var.create ? 1 : 0

  name                 = var.use_name_prefix ? null : var.name
  name_prefix          = var.use_name_prefix ? "${var.name}-" : null
  path                 = var.path
  max_session_duration = var.max_session_duration
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "additional" {
  for_each = { for key, arn in var.policies : key => arn if var.create }

  role       = aws_iam_role.this[0].name
  policy_arn = each.value
}

# The policies of the controllers, which its switches attach, and what it is given inline.
resource "aws_iam_role_policy_attachment" "this" {
  count = var.create ? 1 : 0

  role       = aws_iam_role.this[0].name
  policy_arn = data.summary.unknown.policies
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
