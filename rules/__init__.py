"""The rules: one module is one rule, its folder is its family."""
