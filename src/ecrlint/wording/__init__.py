"""The words of messages that rules share, and which rule reports a cause that several see."""
