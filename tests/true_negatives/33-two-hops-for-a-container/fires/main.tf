resource "aws_ecr_repository" "shop" {
  name = "shop"
}

resource "aws_iam_role" "runner" {
  name = "runner"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "push" {
  role = aws_iam_role.runner.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      {
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:CompleteLayerUpload",
          "ecr:InitiateLayerUpload",
          "ecr:PutImage",
          "ecr:UploadLayerPart",
        ]
        Resource = aws_ecr_repository.shop.arn
      },
    ]
  })
}

resource "aws_iam_instance_profile" "runner" {
  role = aws_iam_role.runner.name
}

resource "aws_instance" "runner" {
  ami                  = "ami-0abc1234def567890"
  instance_type        = "t3.small"
  iam_instance_profile = aws_iam_instance_profile.runner.name

  user_data = <<-EOT
    #!/bin/bash
    docker run -d --restart always -v /var/run/docker.sock:/var/run/docker.sock acme/runner:3
  EOT

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}
