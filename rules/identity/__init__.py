"""Policies of roles and users.

What a role, a user or a policy grants, denies, or only seems to grant, for the login, the push and the pull.
"""
