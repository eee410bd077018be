"""How IAM decides: patterns, statements, policy sets, and what login, pull and push need. No I/O but its own table."""
