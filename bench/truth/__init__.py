"""Whether a verdict survives a rewrite of the input that changes nothing, or only what is known of it."""
