resource "aws_ecr_repository" "shop" {
  name = "shop"
}

resource "aws_iam_role" "cleanup" {
  name = "cleanup"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "expire" {
  role = aws_iam_role.cleanup.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["ecr:ListImages", "ecr:BatchDeleteImage"], Resource = aws_ecr_repository.shop.arn },
    ]
  })
}
