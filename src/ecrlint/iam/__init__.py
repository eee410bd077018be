"""How IAM decides: patterns, conditions, statements and policy sets. No I/O but its generated tables."""
