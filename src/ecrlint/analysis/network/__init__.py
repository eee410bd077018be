"""Whether a workload reaches ECR: its routes, security groups, endpoints and their policies."""
