"""ECS tasks and services.

The two roles of a task, what each is for, and what the start of a task needs besides its image.
"""
