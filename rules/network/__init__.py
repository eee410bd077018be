"""The way through the VPC.

Endpoints, their policies, security groups, routes and DNS between what pulls and ECR, and S3, where the layers are.
"""
