resource "aws_instance" "web" {
  ami           = "ami-0abc1234def567890"
  instance_type = "t3.small"

  user_data = <<-EOT
    #!/bin/bash
    # Images come from Docker Hub; before, this was
    #   $(aws ecr get-login --no-include-email --region eu-west-1)
    aws ecr get-login-password | docker login -u AWS --password-stdin 111122223333.dkr.ecr.eu-west-1.amazonaws.com
    docker run -d -p 80:80 nginx:1.27
  EOT

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
}
