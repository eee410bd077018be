"""The edits that fix a finding, byte for byte: statements, actions, settings."""
