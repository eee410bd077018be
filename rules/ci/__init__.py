"""Pipelines that build, push and deploy.

Workflows and builds that log in to ECR, build an image and push it: the role that they assume, and what they do in which order.
"""
