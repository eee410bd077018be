resource "aws_ecr_repository" "shop" {
  name = "shop"
}

resource "aws_codebuild_project" "images" {
  name         = "images"
  service_role = aws_iam_role.build.arn

  artifacts {
    type = "NO_ARTIFACTS"
  }

  environment {
    compute_type                = "BUILD_GENERAL1_SMALL"
    image                       = "${aws_ecr_repository.shop.repository_url}:1"
    type                        = "LINUX_CONTAINER"
    privileged_mode             = false
    image_pull_credentials_type = "SERVICE_ROLE"
  }

  source {
    type     = "GITHUB"
    location = "https://github.com/acme/shop.git"

    buildspec = <<-YAML
      version: 0.2
      phases:
        build:
          commands:
            - make test
    YAML
  }
}

resource "aws_iam_role" "build" {
  name = "build"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "codebuild.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "pull" {
  role = aws_iam_role.build.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" },
      { Effect = "Allow", Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], Resource = "*" },
      { Effect = "Allow", Action = ["ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"], Resource = aws_ecr_repository.shop.arn },
    ]
  })
}
