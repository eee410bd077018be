"""Syntax to values, with nothing guessed: what expressions, scripts and pipelines come to before deployment."""
