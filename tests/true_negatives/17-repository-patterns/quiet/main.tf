resource "aws_ecr_repository" "shop" {
  name = "shop"
}

resource "aws_ecr_repository" "api" {
  name = "team/api"
}

resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn

  container_definitions = jsonencode([
    {
      name      = "shop"
      image     = "${aws_ecr_repository.shop.repository_url}:1"
      essential = true
    },
    {
      name      = "api"
      image     = "${aws_ecr_repository.api.repository_url}:1"
      essential = true
    },
    {
      name      = "proxy"
      image     = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/proxy-tls:1"
      essential = true
    },
  ])
}

resource "aws_iam_role" "execution" {
  name = "execution"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "pull" {
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Effect = "Allow"
        Action = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = [
          aws_ecr_repository.shop.arn,
          "arn:aws:ecr:*:*:repository/team/*",
          "arn:aws:ecr:eu-west-1:111122223333:repository/proxy*",
        ]
      },
    ]
  })
}
