"""The command line: one module for each command, imported when it is asked for."""

COMMANDS = ("rules", "explain", "fix", "why", "path", "baseline", "hook", "config", "bulk", "integrations", "server")
"""The words that are commands; anything else is for a scan."""
