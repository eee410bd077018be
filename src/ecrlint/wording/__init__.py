"""Messages and words that several rules share, and which rule reports a cause that several see."""
