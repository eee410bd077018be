resource "aws_ecr_repository" "shop" {
  name = "shop"
}

resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = data.aws_iam_role.execution.arn

  container_definitions = jsonencode([
    {
      name      = "shop"
      image     = "${aws_ecr_repository.shop.repository_url}:1"
      essential = true
    },
  ])
}

data "aws_iam_role" "execution" {
  name = "ecsTaskExecutionRole"
}
