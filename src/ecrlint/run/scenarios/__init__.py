"""Conditions that nobody can know before deployment, settled one way and the other."""
