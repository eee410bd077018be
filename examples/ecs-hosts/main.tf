# Container hosts for the batch jobs.

variable "subnet_ids" {
  type = list(string)
}

data "aws_ssm_parameter" "ecs_ami" {
  name = "/aws/service/ecs/optimized-ami/amazon-linux-2/recommended/image_id"
}

resource "aws_ecs_cluster" "batch" {
  name = "batch"
}

resource "aws_iam_role" "host" {
  name = "batch-host"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "host" {
  role       = aws_iam_role.host.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}

resource "aws_iam_instance_profile" "host" {
  name = "batch-host"
  role = aws_iam_role.host.name
}

# Broken: whoever can make a container fetch a URL can fetch the credentials of the host.
resource "aws_launch_template" "host" {
  name_prefix   = "batch-"
  image_id      = data.aws_ssm_parameter.ecs_ami.value
  instance_type = "m6i.large"

  iam_instance_profile {
    arn = aws_iam_instance_profile.host.arn
  }

  metadata_options {
    http_endpoint = "enabled"
    http_tokens   = "optional"
  }

  user_data = base64encode(<<-SCRIPT
    #!/bin/bash
    echo ECS_CLUSTER=${aws_ecs_cluster.batch.name} >> /etc/ecs/ecs.config
  SCRIPT
  )
}

resource "aws_autoscaling_group" "host" {
  name                = "batch"
  min_size            = 1
  max_size            = 6
  vpc_zone_identifier = var.subnet_ids

  launch_template {
    id      = aws_launch_template.host.id
    version = "$Latest"
  }
}
