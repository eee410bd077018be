resource "aws_instance" "web" {
  ami           = "ami-0abc1234def567890"
  instance_type = "t3.small"

  user_data = <<-EOT
    #!/bin/bash
    dnf install -y docker
    systemctl enable --now docker
    docker run -d -p 80:80 public.ecr.aws/nginx/nginx:1.27
  EOT

  metadata_options {
    http_endpoint = "disabled"
  }
}
