"""The hook of pre-commit: what belongs to the changed files, and which call reports it."""
