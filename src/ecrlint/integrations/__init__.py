"""Our rules inside other tools: cfn-lint, checkov and editors."""
