"""What rules ask of a `Stack`: who may log in, pull and push, what hosts and pipelines do, what a registry allows."""
