"""How IAM decides, and nothing else: patterns, conditions, statements, policy sets, and the tables of AWS."""
