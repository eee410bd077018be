variable "create" { default = true }
variable "create_sg" { default = true }
variable "name" { default = null }
variable "use_name_prefix" { default = true }
variable "security_group_id" { default = null }
variable "vpc_id" { default = null }
variable "ingress_rules" { default = [] }
variable "ingress_cidr_blocks" { default = [] }
variable "ingress_ipv6_cidr_blocks" { default = [] }
variable "ingress_prefix_list_ids" { default = [] }
variable "ingress_with_cidr_blocks" { default = [] }
variable "ingress_with_ipv6_cidr_blocks" { default = [] }
variable "ingress_with_prefix_list_ids" { default = [] }
variable "ingress_with_self" { default = [] }
variable "ingress_with_source_security_group_id" { default = [] }
variable "computed_ingress_rules" { default = [] }
variable "number_of_computed_ingress_rules" { default = 0 }
variable "computed_ingress_with_cidr_blocks" { default = [] }
variable "number_of_computed_ingress_with_cidr_blocks" { default = 0 }
variable "computed_ingress_with_ipv6_cidr_blocks" { default = [] }
variable "number_of_computed_ingress_with_ipv6_cidr_blocks" { default = 0 }
variable "computed_ingress_with_prefix_list_ids" { default = [] }
variable "number_of_computed_ingress_with_prefix_list_ids" { default = 0 }
variable "computed_ingress_with_self" { default = [] }
variable "number_of_computed_ingress_with_self" { default = 0 }
variable "computed_ingress_with_source_security_group_id" { default = [] }
variable "number_of_computed_ingress_with_source_security_group_id" { default = 0 }
variable "egress_rules" { default = [] }
variable "egress_cidr_blocks" { default = ["0.0.0.0/0"] }
variable "egress_ipv6_cidr_blocks" { default = ["::/0"] }
variable "egress_prefix_list_ids" { default = [] }
variable "egress_with_cidr_blocks" { default = [] }
variable "egress_with_ipv6_cidr_blocks" { default = [] }
variable "egress_with_prefix_list_ids" { default = [] }
variable "egress_with_self" { default = [] }
variable "egress_with_source_security_group_id" { default = [] }
variable "computed_egress_rules" { default = [] }
variable "number_of_computed_egress_rules" { default = 0 }
variable "computed_egress_with_cidr_blocks" { default = [] }
variable "number_of_computed_egress_with_cidr_blocks" { default = 0 }
variable "computed_egress_with_ipv6_cidr_blocks" { default = [] }
variable "number_of_computed_egress_with_ipv6_cidr_blocks" { default = 0 }
variable "computed_egress_with_prefix_list_ids" { default = [] }
variable "number_of_computed_egress_with_prefix_list_ids" { default = 0 }
variable "computed_egress_with_self" { default = [] }
variable "number_of_computed_egress_with_self" { default = 0 }
variable "computed_egress_with_source_security_group_id" { default = [] }
variable "number_of_computed_egress_with_source_security_group_id" { default = 0 }

variable "auto_groups" {}
variable "create_timeout" {}
variable "delete_timeout" {}
variable "description" {}
variable "putin_khuylo" {}
variable "revoke_rules_on_delete" {}
variable "rules" { default = null }
variable "tags" {}

locals {
  group = var.create_sg ? one(concat(aws_security_group.this[*].id, aws_security_group.this_name_prefix[*].id)) : var.security_group_id

  # The rules of the module that concern HTTPS; the ports of any other are not known.
  rules = merge({
    all-all          = [-1, -1, "-1"]
    all-tcp          = [0, 65535, "tcp"]
    all-udp          = [0, 65535, "udp"]
    http-80-tcp      = [80, 80, "tcp"]
    http-8080-tcp    = [8080, 8080, "tcp"]
    https-443-tcp    = [443, 443, "tcp"]
    https-8443-tcp   = [8443, 8443, "tcp"]
    mysql-tcp        = [3306, 3306, "tcp"]
    postgresql-tcp   = [5432, 5432, "tcp"]
    redis-tcp        = [6379, 6379, "tcp"]
    ssh-tcp          = [22, 22, "tcp"]
  }, var.rules == null ? {} : var.rules)
  unknown = [data.summary.unknown.from_port, data.summary.unknown.to_port, data.summary.unknown.protocol]


  ingress_rules           = concat(var.ingress_rules, slice(var.computed_ingress_rules, 0, var.number_of_computed_ingress_rules))
  ingress_cidr_blocks = concat(var.ingress_with_cidr_blocks, slice(var.computed_ingress_with_cidr_blocks, 0, var.number_of_computed_ingress_with_cidr_blocks))
  ingress_ipv6_cidr_blocks = concat(var.ingress_with_ipv6_cidr_blocks, slice(var.computed_ingress_with_ipv6_cidr_blocks, 0, var.number_of_computed_ingress_with_ipv6_cidr_blocks))
  ingress_prefix_list_ids = concat(var.ingress_with_prefix_list_ids, slice(var.computed_ingress_with_prefix_list_ids, 0, var.number_of_computed_ingress_with_prefix_list_ids))
  ingress_self = concat(var.ingress_with_self, slice(var.computed_ingress_with_self, 0, var.number_of_computed_ingress_with_self))
  ingress_source_security_group_id = concat(var.ingress_with_source_security_group_id, slice(var.computed_ingress_with_source_security_group_id, 0, var.number_of_computed_ingress_with_source_security_group_id))

  egress_rules           = concat(var.egress_rules, slice(var.computed_egress_rules, 0, var.number_of_computed_egress_rules))
  egress_cidr_blocks = concat(var.egress_with_cidr_blocks, slice(var.computed_egress_with_cidr_blocks, 0, var.number_of_computed_egress_with_cidr_blocks))
  egress_ipv6_cidr_blocks = concat(var.egress_with_ipv6_cidr_blocks, slice(var.computed_egress_with_ipv6_cidr_blocks, 0, var.number_of_computed_egress_with_ipv6_cidr_blocks))
  egress_prefix_list_ids = concat(var.egress_with_prefix_list_ids, slice(var.computed_egress_with_prefix_list_ids, 0, var.number_of_computed_egress_with_prefix_list_ids))
  egress_self = concat(var.egress_with_self, slice(var.computed_egress_with_self, 0, var.number_of_computed_egress_with_self))
  egress_source_security_group_id = concat(var.egress_with_source_security_group_id, slice(var.computed_egress_with_source_security_group_id, 0, var.number_of_computed_egress_with_source_security_group_id))
}

resource "aws_security_group" "this" {
  count = var.create && var.create_sg && !var.use_name_prefix ? 1 : 0

  name   = var.name
  vpc_id = var.vpc_id
}

resource "aws_security_group" "this_name_prefix" {
  count = var.create && var.create_sg && var.use_name_prefix ? 1 : 0

  name_prefix = "${var.name}-"
  vpc_id      = var.vpc_id
}

resource "aws_security_group_rule" "ingress_rules" {
  count = var.create ? length(local.ingress_rules) : 0

  security_group_id = local.group
  type              = "ingress"
  cidr_blocks       = var.ingress_cidr_blocks
  ipv6_cidr_blocks  = var.ingress_ipv6_cidr_blocks
  prefix_list_ids   = var.ingress_prefix_list_ids
  from_port         = lookup(local.rules, local.ingress_rules[count.index], local.unknown)[0]
  to_port           = lookup(local.rules, local.ingress_rules[count.index], local.unknown)[1]
  protocol          = lookup(local.rules, local.ingress_rules[count.index], local.unknown)[2]
}

resource "aws_security_group_rule" "ingress_with_cidr_blocks" {
  count = var.create ? length(local.ingress_cidr_blocks) : 0

  security_group_id = local.group
  type              = "ingress"
  cidr_blocks = compact(split(",", try(local.ingress_cidr_blocks[count.index].cidr_blocks, join(",", var.ingress_cidr_blocks))))
  from_port         = try(local.ingress_cidr_blocks[count.index].from_port, lookup(local.rules, local.ingress_cidr_blocks[count.index].rule, local.unknown)[0])
  to_port           = try(local.ingress_cidr_blocks[count.index].to_port, lookup(local.rules, local.ingress_cidr_blocks[count.index].rule, local.unknown)[1])
  protocol          = try(local.ingress_cidr_blocks[count.index].protocol, lookup(local.rules, local.ingress_cidr_blocks[count.index].rule, local.unknown)[2])
}

resource "aws_security_group_rule" "ingress_with_ipv6_cidr_blocks" {
  count = var.create ? length(local.ingress_ipv6_cidr_blocks) : 0

  security_group_id = local.group
  type              = "ingress"
  ipv6_cidr_blocks = compact(split(",", try(local.ingress_ipv6_cidr_blocks[count.index].ipv6_cidr_blocks, join(",", var.ingress_ipv6_cidr_blocks))))
  from_port         = try(local.ingress_ipv6_cidr_blocks[count.index].from_port, lookup(local.rules, local.ingress_ipv6_cidr_blocks[count.index].rule, local.unknown)[0])
  to_port           = try(local.ingress_ipv6_cidr_blocks[count.index].to_port, lookup(local.rules, local.ingress_ipv6_cidr_blocks[count.index].rule, local.unknown)[1])
  protocol          = try(local.ingress_ipv6_cidr_blocks[count.index].protocol, lookup(local.rules, local.ingress_ipv6_cidr_blocks[count.index].rule, local.unknown)[2])
}

resource "aws_security_group_rule" "ingress_with_prefix_list_ids" {
  count = var.create ? length(local.ingress_prefix_list_ids) : 0

  security_group_id = local.group
  type              = "ingress"
  prefix_list_ids = compact(split(",", try(local.ingress_prefix_list_ids[count.index].prefix_list_ids, join(",", var.ingress_prefix_list_ids))))
  from_port         = try(local.ingress_prefix_list_ids[count.index].from_port, lookup(local.rules, local.ingress_prefix_list_ids[count.index].rule, local.unknown)[0])
  to_port           = try(local.ingress_prefix_list_ids[count.index].to_port, lookup(local.rules, local.ingress_prefix_list_ids[count.index].rule, local.unknown)[1])
  protocol          = try(local.ingress_prefix_list_ids[count.index].protocol, lookup(local.rules, local.ingress_prefix_list_ids[count.index].rule, local.unknown)[2])
}

resource "aws_security_group_rule" "ingress_with_self" {
  count = var.create ? length(local.ingress_self) : 0

  security_group_id = local.group
  type              = "ingress"
  self = try(local.ingress_self[count.index].self, true)
  prefix_list_ids   = var.ingress_prefix_list_ids
  from_port         = try(local.ingress_self[count.index].from_port, lookup(local.rules, local.ingress_self[count.index].rule, local.unknown)[0])
  to_port           = try(local.ingress_self[count.index].to_port, lookup(local.rules, local.ingress_self[count.index].rule, local.unknown)[1])
  protocol          = try(local.ingress_self[count.index].protocol, lookup(local.rules, local.ingress_self[count.index].rule, local.unknown)[2])
}

resource "aws_security_group_rule" "ingress_with_source_security_group_id" {
  count = var.create ? length(local.ingress_source_security_group_id) : 0

  security_group_id = local.group
  type              = "ingress"
  source_security_group_id = local.ingress_source_security_group_id[count.index].source_security_group_id
  prefix_list_ids   = var.ingress_prefix_list_ids
  from_port         = try(local.ingress_source_security_group_id[count.index].from_port, lookup(local.rules, local.ingress_source_security_group_id[count.index].rule, local.unknown)[0])
  to_port           = try(local.ingress_source_security_group_id[count.index].to_port, lookup(local.rules, local.ingress_source_security_group_id[count.index].rule, local.unknown)[1])
  protocol          = try(local.ingress_source_security_group_id[count.index].protocol, lookup(local.rules, local.ingress_source_security_group_id[count.index].rule, local.unknown)[2])
}

resource "aws_security_group_rule" "egress_rules" {
  count = var.create ? length(local.egress_rules) : 0

  security_group_id = local.group
  type              = "egress"
  cidr_blocks       = var.egress_cidr_blocks
  ipv6_cidr_blocks  = var.egress_ipv6_cidr_blocks
  prefix_list_ids   = var.egress_prefix_list_ids
  from_port         = lookup(local.rules, local.egress_rules[count.index], local.unknown)[0]
  to_port           = lookup(local.rules, local.egress_rules[count.index], local.unknown)[1]
  protocol          = lookup(local.rules, local.egress_rules[count.index], local.unknown)[2]
}

resource "aws_security_group_rule" "egress_with_cidr_blocks" {
  count = var.create ? length(local.egress_cidr_blocks) : 0

  security_group_id = local.group
  type              = "egress"
  cidr_blocks = compact(split(",", try(local.egress_cidr_blocks[count.index].cidr_blocks, join(",", var.egress_cidr_blocks))))
  from_port         = try(local.egress_cidr_blocks[count.index].from_port, lookup(local.rules, local.egress_cidr_blocks[count.index].rule, local.unknown)[0])
  to_port           = try(local.egress_cidr_blocks[count.index].to_port, lookup(local.rules, local.egress_cidr_blocks[count.index].rule, local.unknown)[1])
  protocol          = try(local.egress_cidr_blocks[count.index].protocol, lookup(local.rules, local.egress_cidr_blocks[count.index].rule, local.unknown)[2])
}

resource "aws_security_group_rule" "egress_with_ipv6_cidr_blocks" {
  count = var.create ? length(local.egress_ipv6_cidr_blocks) : 0

  security_group_id = local.group
  type              = "egress"
  ipv6_cidr_blocks = compact(split(",", try(local.egress_ipv6_cidr_blocks[count.index].ipv6_cidr_blocks, join(",", var.egress_ipv6_cidr_blocks))))
  from_port         = try(local.egress_ipv6_cidr_blocks[count.index].from_port, lookup(local.rules, local.egress_ipv6_cidr_blocks[count.index].rule, local.unknown)[0])
  to_port           = try(local.egress_ipv6_cidr_blocks[count.index].to_port, lookup(local.rules, local.egress_ipv6_cidr_blocks[count.index].rule, local.unknown)[1])
  protocol          = try(local.egress_ipv6_cidr_blocks[count.index].protocol, lookup(local.rules, local.egress_ipv6_cidr_blocks[count.index].rule, local.unknown)[2])
}

resource "aws_security_group_rule" "egress_with_prefix_list_ids" {
  count = var.create ? length(local.egress_prefix_list_ids) : 0

  security_group_id = local.group
  type              = "egress"
  prefix_list_ids = compact(split(",", try(local.egress_prefix_list_ids[count.index].prefix_list_ids, join(",", var.egress_prefix_list_ids))))
  from_port         = try(local.egress_prefix_list_ids[count.index].from_port, lookup(local.rules, local.egress_prefix_list_ids[count.index].rule, local.unknown)[0])
  to_port           = try(local.egress_prefix_list_ids[count.index].to_port, lookup(local.rules, local.egress_prefix_list_ids[count.index].rule, local.unknown)[1])
  protocol          = try(local.egress_prefix_list_ids[count.index].protocol, lookup(local.rules, local.egress_prefix_list_ids[count.index].rule, local.unknown)[2])
}

resource "aws_security_group_rule" "egress_with_self" {
  count = var.create ? length(local.egress_self) : 0

  security_group_id = local.group
  type              = "egress"
  self = try(local.egress_self[count.index].self, true)
  prefix_list_ids   = var.egress_prefix_list_ids
  from_port         = try(local.egress_self[count.index].from_port, lookup(local.rules, local.egress_self[count.index].rule, local.unknown)[0])
  to_port           = try(local.egress_self[count.index].to_port, lookup(local.rules, local.egress_self[count.index].rule, local.unknown)[1])
  protocol          = try(local.egress_self[count.index].protocol, lookup(local.rules, local.egress_self[count.index].rule, local.unknown)[2])
}

resource "aws_security_group_rule" "egress_with_source_security_group_id" {
  count = var.create ? length(local.egress_source_security_group_id) : 0

  security_group_id = local.group
  type              = "egress"
  source_security_group_id = local.egress_source_security_group_id[count.index].source_security_group_id
  prefix_list_ids   = var.egress_prefix_list_ids
  from_port         = try(local.egress_source_security_group_id[count.index].from_port, lookup(local.rules, local.egress_source_security_group_id[count.index].rule, local.unknown)[0])
  to_port           = try(local.egress_source_security_group_id[count.index].to_port, lookup(local.rules, local.egress_source_security_group_id[count.index].rule, local.unknown)[1])
  protocol          = try(local.egress_source_security_group_id[count.index].protocol, lookup(local.rules, local.egress_source_security_group_id[count.index].rule, local.unknown)[2])
}

output "security_group_id" {
  value = local.group
}

output "security_group_arn" {
  value = try(aws_security_group.this[0].arn, aws_security_group.this_name_prefix[0].arn, "")
}

output "security_group_vpc_id" {
  value = var.vpc_id
}

output "security_group_name" {
  value = try(aws_security_group.this[0].name, aws_security_group.this_name_prefix[0].name, "")
}
