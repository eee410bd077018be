"""From paths to units: which files there are, what they are, and what is evaluated of them."""
