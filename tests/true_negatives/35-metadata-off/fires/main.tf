resource "aws_instance" "web" {
  ami           = "ami-0abc1234def567890"
  instance_type = "t3.small"

  user_data = <<-EOT
    #!/bin/bash
    dnf install -y docker
    systemctl enable --now docker
    aws ecr get-login-password | docker login -u AWS --password-stdin 111122223333.dkr.ecr.eu-west-1.amazonaws.com
    docker run -d -p 80:80 111122223333.dkr.ecr.eu-west-1.amazonaws.com/nginx:1.27
  EOT

  metadata_options {
    http_endpoint = "disabled"
  }
}
