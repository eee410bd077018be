resource "aws_iam_role" "instance" {
  name = "instance"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_iam_role_policy_attachment" "instance" {
  role       = aws_iam_role.instance.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}

resource "aws_iam_instance_profile" "instance" {
  role = aws_iam_role.instance.name
}

resource "aws_instance" "instance" {
  ami                  = "ami-0abc1234def567890"
  instance_type        = "t3.small"
  iam_instance_profile = aws_iam_instance_profile.instance.name

  user_data = <<-EOT
    #!/bin/bash
    echo ECS_CLUSTER=main >> /etc/ecs/ecs.config
  EOT

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}
