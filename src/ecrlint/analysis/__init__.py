"""What rules ask of a stack: who may log in, push and pull, what hosts state, and what the network allows."""
