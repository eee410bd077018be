"""The edits that mend a finding, byte for byte: statements, actions, settings."""
