resource "aws_iam_role" "worker" {
  name = "worker"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "worker" {
  role       = aws_iam_role.worker.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
}

resource "aws_iam_instance_profile" "worker" {
  role = aws_iam_role.worker.name
}

resource "aws_instance" "worker" {
  ami                  = "ami-0abc1234def567890"
  instance_type        = "t3.small"
  iam_instance_profile = aws_iam_instance_profile.worker.name

  user_data = <<-EOT
    #!/bin/bash
    for region in eu-west-1 us-east-1; do
      aws ecr get-login-password --region $region \
        | docker login -u AWS --password-stdin 111122223333.dkr.ecr.$region.amazonaws.com
    done
    docker pull 111122223333.dkr.ecr.us-east-1.amazonaws.com/shop:1
  EOT

  metadata_options {
    http_endpoint               = "disabled"
    http_put_response_hop_limit = 1
  }
}
