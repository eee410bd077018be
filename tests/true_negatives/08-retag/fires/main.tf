resource "aws_ecr_repository" "shop" {
  name = "shop"
}

resource "aws_lambda_function" "promote" {
  function_name = "promote"
  role          = aws_iam_role.promote.arn
  runtime       = "python3.13"
  handler       = "promote.handler"
  filename      = "promote.zip"
}

resource "aws_iam_role" "promote" {
  name = "promote"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy" "retag" {
  role = aws_iam_role.promote.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["ecr:BatchGetImage", "ecr:PutImage", "ecr:InitiateLayerUpload"], Resource = aws_ecr_repository.shop.arn },
    ]
  })
}
