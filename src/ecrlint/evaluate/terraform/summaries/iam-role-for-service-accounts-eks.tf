variable "create_role" { default = true }
variable "role_name" { default = null }
variable "role_name_prefix" { default = null }
variable "role_path" { default = null }
variable "role_permissions_boundary_arn" { default = null }
variable "max_session_duration" { default = null }
variable "allow_self_assume_role" { default = false }
variable "assume_role_condition_test" { default = "StringEquals" }
variable "oidc_providers" { default = {} }
variable "role_policy_arns" { default = {} }

variable "amazon_managed_service_prometheus_workspace_arns" {}
variable "attach_amazon_managed_service_prometheus_policy" {}
variable "attach_appmesh_controller_policy" {}
variable "attach_appmesh_envoy_proxy_policy" {}
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
variable "attach_karpenter_controller_policy" {}
variable "attach_load_balancer_controller_policy" {}
variable "attach_load_balancer_controller_targetgroup_binding_only_policy" {}
variable "attach_mountpoint_s3_csi_policy" {}
variable "attach_node_termination_handler_policy" {}
variable "attach_velero_policy" {}
variable "attach_vpc_cni_policy" {}
variable "cert_manager_hosted_zone_arns" {}
variable "cluster_autoscaler_cluster_ids" {}
variable "cluster_autoscaler_cluster_names" {}
variable "ebs_csi_kms_cmk_ids" {}
variable "enable_karpenter_instance_profile_creation" {}
variable "external_dns_hosted_zone_arns" {}
variable "external_secrets_kms_key_arns" {}
variable "external_secrets_secrets_manager_arns" {}
variable "external_secrets_secrets_manager_create_permission" {}
variable "external_secrets_ssm_parameter_arns" {}
variable "force_detach_policies" {}
variable "fsx_lustre_csi_service_role_arns" {}
variable "fsx_openzfs_csi_service_role_arns" {}
variable "karpenter_controller_cluster_id" {}
variable "karpenter_controller_cluster_name" {}
variable "karpenter_controller_node_iam_role_arns" {}
variable "karpenter_controller_ssm_parameter_arns" {}
variable "karpenter_sqs_queue_arn" {}
variable "karpenter_subnet_account_id" {}
variable "karpenter_tag_key" {}
variable "load_balancer_controller_targetgroup_arns" {}
variable "mountpoint_s3_csi_bucket_arns" {}
variable "mountpoint_s3_csi_kms_arns" {}
variable "mountpoint_s3_csi_path_arns" {}
variable "node_termination_handler_sqs_queue_arns" {}
variable "policy_name_prefix" {}
variable "role_description" {}
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
        test     = var.assume_role_condition_test
        variable = "${replace(statement.value.provider_arn, "/^(.*provider/)/", "")}:sub"
        values   = [for account in statement.value.namespace_service_accounts : "system:serviceaccount:${account}"]
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
  assume_role_policy   = var.allow_self_assume_role ? data.summary.unknown.trust : data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = { for key, arn in var.role_policy_arns : key => arn if var.create_role }

  role       = aws_iam_role.this[0].name
  policy_arn = each.value
}

# The policies of the controllers, which its switches attach.
resource "aws_iam_role_policy_attachment" "controllers" {
  count = var.create_role ? 1 : 0

  role       = aws_iam_role.this[0].name
  policy_arn = data.summary.unknown.policies
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
