"""VPC endpoints, security groups, routes and DNS.

The way from what pulls to ECR, and to S3, where the layers are.
"""
