resource "aws_instance" "worker" {
  ami           = "ami-0abc1234def567890"
  instance_type = "t3.small"

  user_data = <<-EOT
    #!/bin/bash
    export AWS_SHARED_CREDENTIALS_FILE=/etc/acme/credentials
    aws ecr get-login-password --profile acme --region eu-west-1 \
      | docker login -u AWS --password-stdin 111122223333.dkr.ecr.eu-west-1.amazonaws.com
  EOT

  metadata_options {
    http_endpoint = "disabled"
  }
}
