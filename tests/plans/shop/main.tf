variable "tag" {
  default = "latest"
}

variable "token" {
  sensitive = true
}

data "aws_caller_identity" "current" {}

resource "aws_ecr_repository" "app" {
  name = "shop"
}

data "aws_iam_policy_document" "pull" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    actions   = ["ecr:BatchGetImage"]
    resources = [aws_ecr_repository.app.arn]
  }
}

module "execution" {
  source = "./modules/role"
  name   = "shop-execution"
  policy = data.aws_iam_policy_document.pull.json
}

resource "aws_iam_role" "task" {
  for_each = toset(["api", "worker"])

  name_prefix = "shop-${each.key}-"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_ecs_task_definition" "app" {
  for_each = toset(["api", "worker"])

  family                   = "shop-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  execution_role_arn       = module.execution.role_arn
  task_role_arn            = aws_iam_role.task[each.key].arn
  container_definitions = jsonencode([{
    name  = each.key
    image = "${aws_ecr_repository.app.repository_url}:${var.tag}"
  }])
}
