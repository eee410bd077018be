"""The role of a SageMaker model, AgentCore runtime or Elastic Beanstalk environment cannot pull its image.

## What fails

Creating the AgentCore runtime, creating the SageMaker model or its endpoint, and each deployment to the Elastic Beanstalk
environment.

## Why

These services pull with a role of yours. SageMaker uses the execution role of the model, AgentCore the role of the runtime, and
on Elastic Beanstalk each instance pulls as the role of its instance profile. None of the policies that Elastic Beanstalk asks for
(`AWSElasticBeanstalkWebTier`, `AWSElasticBeanstalkMulticontainerDocker`) has an `ecr:` action.

Images of AWS's own accounts (`763104351884` and others, which hold the Deep Learning Containers) are in AWS's repositories: a
grant on your repositories does not cover them.

The rule speaks where every policy of the role is in the files. It is a warning for a model whose image is in the registry of
another account, which may let SageMaker in, and for an environment of Elastic Beanstalk, because the files do not say which
application version it runs: its images are taken from `Dockerrun.aws.json`, from a Compose file, or from its settings.

## Fix

Terraform:

```hcl
resource "aws_iam_role_policy_attachment" "pull" {
  role       = aws_iam_role.runtime.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
}
```

CloudFormation:

```yaml
RuntimeRole:
  Type: AWS::IAM::Role
  Properties:
    ManagedPolicyArns:
      - arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly
```

## References

- [SageMaker AI execution roles: CreateModel](https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createmodel-perms)
- [AgentCore runtime permissions](https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/runtime-permissions.html)
- [Elastic Beanstalk: images in a private repository](https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/docker-configuration.remote-repo.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.managed import images_of, may_pull_as_service
from ecrlint.analysis.pullers import lacking_to_pull
from ecrlint.analysis.repositories import named
from ecrlint.iam.request import segment
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.image import repository_arn
from ecrlint.model.policy import Role
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import Ref, Value, same
from ecrlint.model.workload import ManagedWorkload
from ecrlint.wording.words import listing, quoted

SEVERITY = Severity.ERROR
_BEANSTALK = (
    "Failed to authenticate with ECR for registry ... in ...: An error occurred (AccessDeniedException) when calling the"
    " GetAuthorizationToken operation: User: ... is not authorized to perform: ecr:GetAuthorizationToken on resource: *"
)
_AGENTCORE = (
    "ValidationException: Access denied while validating ECR URI '...'. The execution role requires permissions for"
    " ecr:GetAuthorizationToken, ecr:BatchGetImage, and ecr:GetDownloadUrlForLayer operations."
)
_SAGEMAKER = (
    "ValidationException: The repository of your image ... does not grant ecr:GetDownloadUrlForLayer, ecr:BatchGetImage,"
    " ecr:BatchCheckLayerAvailability permission to sagemaker.amazonaws.com service principal."
)
SYMPTOM = (_AGENTCORE, _SAGEMAKER, _BEANSTALK)

_PRINTED = {"SageMaker model": _SAGEMAKER, "AgentCore runtime": _AGENTCORE, "Elastic Beanstalk environment": _BEANSTALK}
_POLICY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"


def check(stack: Stack) -> Iterator[Finding]:
    for workload in stack.managed:
        asked = workload.exists is YES and not may_pull_as_service(stack, workload)
        role = stack.role(workload.role) if asked else None
        for image in images_of(stack, workload) if role is not None else ():
            lacking = () if role is None else lacking_to_pull(stack, role, image)
            if role is not None and lacking:
                yield _finding(stack, workload, role, image, lacking)
                break


def _finding(stack: Stack, workload: ManagedWorkload, role: Role, image: Value, lacking: tuple[str, ...]) -> Finding:
    may_be_let_in = workload.kind == "SageMaker model" and _may_be_of_other_account(stack, role, image)
    return Finding(
        span=workload.reference,
        message=f'{workload.kind} "{workload.label}" pulls {quoted(image)} as "{role.label}", which is not granted'
        f" {listing(lacking)}",
        help=f"attach {_POLICY} to {role.label}",
        address=workload.address,
        cause=f"missing {' '.join(lacking)}",
        severity=Severity.WARNING if workload.bundled or may_be_let_in else Severity.ERROR,
        related=(
            Related(workload.span, f'{workload.kind} "{workload.label}"'),
            Related(image.span, "an image that it runs"),
            Related(role.span, f'role "{role.label}"'),
            *(Related(policy.attached or policy.span, f'a policy of "{role.label}"') for policy in role.policies),
        ),
        aws=_PRINTED[workload.kind],
        roots=tuple((role.address, action) for action in lacking),
    )


def _may_be_of_other_account(stack: Stack, role: Role, image: Value) -> bool:
    """Whether an image may be in a registry that is not of the role's account: AWS's own, whose policies are not here."""
    arn = repository_arn(image)
    account = None if arn is None else segment(arn, 4)
    own = None if role.arn is None else segment(role.arn, 4)
    is_own = isinstance(account, Ref) or (account is not None and own is not None and same(account, own))
    return named(stack, image) is None and not is_own
