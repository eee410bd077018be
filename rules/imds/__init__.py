"""The metadata service of hosts.

How an instance gives out the credentials of its role: to what logs in to ECR there, and to whoever else asks.
"""
