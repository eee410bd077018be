"""Repositories and images.

What the policy of a repository lets in, and whether the name of an image is one that can be pulled.
"""
