resource "aws_instance" "web" {
  ami           = "ami-0abc1234def567890"
  instance_type = "t3.small"

  user_data = <<-EOT
    #!/bin/bash
    dnf install -y nginx
    systemctl enable --now nginx
  EOT
}
