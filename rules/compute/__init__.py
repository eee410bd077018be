"""Lambda, CodeBuild, App Runner, Batch and EKS.

Who pulls an image where no ECS task does: a function, a build, a job, a node of a cluster. Each service pulls as somebody else.
"""
