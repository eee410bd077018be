provider "aws" {
  region = "eu-west-1"
}

resource "aws_ecr_repository" "shop" {
  name = "shop"
}

resource "aws_iam_role" "push" {
  name = "push"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { AWS = "arn:aws:iam::444455556666:role/ci" } }]
  })
}

resource "aws_iam_role_policy" "push" {
  role = aws_iam_role.push.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
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
