"""What the stack says of the way to the registry: routes, security groups, endpoints and their policies."""
