"""Which findings the user does not want: configuration, inline ignores and the baseline."""
