"""Bytes to syntax trees with exact places: HCL, JSON, YAML and shell."""
