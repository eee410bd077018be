"""A CodeBuild project cannot pull the image that its builds are to run in.

## What fails

Every build, before its first command.

## Why

With `image_pull_credentials_type` `SERVICE_ROLE` the project's own role pulls, and needs the login and the two pull
actions. Without it, or with `CODEBUILD`, the service pulls as `codebuild.amazonaws.com`: the policy of the repository has
to name it, and a repository of another account is out of reach. Where the stack sets no policy on the repository that is a
warning, since one may have been set elsewhere.

CodeBuild's own images (`aws/codebuild/...`) are pulled as the service only: a service role for these is a warning.

## Fix

Terraform:

```hcl
environment {
  image                       = "${aws_ecr_repository.builder.repository_url}:3"
  image_pull_credentials_type = "SERVICE_ROLE"
  # ...
}

resource "aws_iam_role_policy_attachment" "pull" {
  role       = aws_iam_role.build.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly"
}
```

CloudFormation:

```yaml
Project:
  Type: AWS::CodeBuild::Project
  Properties:
    ServiceRole: !GetAtt BuildRole.Arn # with AmazonEC2ContainerRegistryPullOnly
    Environment:
      Image: !Sub "${Repository.RepositoryUri}:3"
      ImagePullCredentialsType: SERVICE_ROLE
```

## References

- [ProjectEnvironment: imagePullCredentialsType](https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectEnvironment.html)
- [Amazon ECR sample for CodeBuild](https://docs.aws.amazon.com/codebuild/latest/userguide/sample-ecr.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PULL
from ecrlint.analysis.pullers import lacking_to_pull
from ecrlint.analysis.repositories import lets_service_in, named
from ecrlint.iam.request import segment
from ecrlint.model.address import short_name
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.image import in_private_ecr, repository_arn
from ecrlint.model.policy import Role
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import is_null, prefix, string
from ecrlint.model.workload import Project
from ecrlint.wording.words import listing, quoted, setting, statement

SEVERITY = Severity.ERROR
SYMPTOM = (
    "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE: Unable to pull customer's container image. CannotPullContainerError: ... is not"
    " authorized to perform: ecr:BatchGetImage on resource: ...",
    "BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE: Unable to pull customer's container image. CannotPullContainerError: Error response"
    " from daemon: pull access denied for ..., repository does not exist or may require 'docker login': denied",
)

_CODEBUILD = "codebuild.amazonaws.com"
_CURATED = "aws/codebuild/"
_HELP = (
    f'{{"Effect": "Allow", "Principal": {{"Service": "{_CODEBUILD}"}},'
    ' "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}'
)


def check(stack: Stack) -> Iterator[Finding]:
    for project in stack.projects:
        if project.exists is YES:
            yield from _of_role(stack, project) if _as_role(project) else _of_service(stack, project)


def _as_role(project: Project) -> bool:
    return string(project.credentials) == "SERVICE_ROLE"


def _of_role(stack: Stack, project: Project) -> Iterator[Finding]:
    if prefix(project.image).startswith(_CURATED):
        yield _curated(project)
    role = stack.role(project.role)
    if role is not None and in_private_ecr(project.image) is YES:
        missing = lacking_to_pull(stack, role, project.image)
        if missing:
            yield _role_lacks(project, role, missing)


def _curated(project: Project) -> Finding:
    stated = project.credentials
    return Finding(
        span=project.span if stated is None else stated.span,
        message=f'project "{project.label}" pulls {quoted(project.image)} with its own role; CodeBuild\'s images are pulled as'
        " the service",
        help=setting("image_pull_credentials_type", '"CODEBUILD"', project.span),
        address=project.address,
        cause="curated image",
        severity=Severity.WARNING,
        related=(Related(project.image.span, "the image"),),
        aws=SYMPTOM[1],
    )


def _role_lacks(project: Project, role: Role, missing: tuple[str, ...]) -> Finding:
    assert project.role is not None
    return Finding(
        span=project.role.span,
        message=f'project "{project.label}" pulls its build image as "{role.label}", which is not granted {listing(missing)}',
        help=f"add to a policy of {role.label}: {statement(missing)}",
        address=project.address,
        cause=f"missing {' '.join(missing)}",
        related=(
            Related(project.image.span, "the image that its builds run in"),
            Related(role.span, f'service role "{role.label}"'),
            *(Related(policy.attached or policy.span, f'a policy of "{role.label}"') for policy in role.policies),
        ),
        aws=SYMPTOM[0],
        roots=tuple((role.address, action) for action in missing),
    )


def _of_service(stack: Stack, project: Project) -> Iterator[Finding]:
    stated = project.credentials
    if not is_null(stated) and string(stated) != "CODEBUILD":
        return
    owner = _owner(project)
    repository = named(stack, project.image)
    if owner is not None and string(project.account) not in (None, owner):
        yield _abroad(project, owner)
    elif repository is not None and _leaves_out(repository):
        yield _left_out(project, repository)


def _owner(project: Project) -> str | None:
    """The account of the repository that the image is in, where it is known."""
    arn = repository_arn(project.image) if in_private_ecr(project.image) is YES else None
    account = None if arn is None else segment(arn, 4)
    return None if account is None else string(account)


def _abroad(project: Project, owner: str) -> Finding:
    return Finding(
        span=project.image.span,
        message=f'project "{project.label}" pulls its build image from account {owner} as the service {_CODEBUILD}, which'
        " reaches only its own account",
        help=_switch(project),
        address=project.address,
        cause="image of another account",
        related=(Related(project.span, "the project"),),
        aws=SYMPTOM[1],
    )


def _switch(project: Project) -> str:
    return setting("image_pull_credentials_type", '"SERVICE_ROLE"', project.span)


def _leaves_out(repository: Repository) -> bool:
    return repository.policy is None or lets_service_in(repository.policy, _CODEBUILD, PULL.actions) is NO


def _left_out(project: Project, repository: Repository) -> Finding:
    name, policy = short_name(repository.address, repository.span), repository.policy
    said = "has no policy here that lets" if policy is None else "has a policy that does not let"
    return Finding(
        span=project.image.span,
        message=f'project "{project.label}" pulls its build image from repository "{name}", which {said} {_CODEBUILD} in',
        help=f"{_switch(project)}, or add to the policy of {name}: {_HELP}",
        address=project.address,
        cause=f"{_CODEBUILD} not let in",
        severity=Severity.WARNING if policy is None else Severity.ERROR,
        related=(
            Related(repository.span, "the repository"),
            *(() if policy is None else (Related(policy.span, "its policy"),)),
            Related(project.span, "the project"),
        ),
        aws=SYMPTOM[1],
        roots=((repository.address, _CODEBUILD),),
    )
