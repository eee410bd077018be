"""A container names registry credentials for an image of a private ECR repository.

## What fails

The pull, where the secret does not hold a login that ECR accepts: ECR's password is a token that ends after twelve hours,
so a user name and password in a secret stop working within a day at the latest. Where it is refreshed by a program, the
task works, and that program is one more thing that can stop.

## Why

`repositoryCredentials` are for registries outside of AWS. ECS logs in to a private ECR repository by itself, as the
execution role, and needs no secret for it.

## Fix

Remove the credentials, and let the execution role pull. Terraform:

```hcl
container_definitions = jsonencode([{
  name  = "web"
  image = "${aws_ecr_repository.web.repository_url}:1.4"
  # no repositoryCredentials
}])
```

CloudFormation:

```yaml
ContainerDefinitions:
  - Name: web
    Image: !Sub "${Repository.RepositoryUri}:1.4"
    # no RepositoryCredentials
```

## References

- [Use non-AWS container images in Amazon ECS](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/private-auth.html)
- [Private registry authentication in Amazon ECR: the token](https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.image import in_private_ecr
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value
from ecrlint.model.workload import Container, Fetch, Task
from ecrlint.wording.words import canonical, quoted

SEVERITY = Severity.WARNING
SYMPTOM = (
    "CannotPullContainerError: inspect image has been retried ... time(s): failed to resolve ref ...: unexpected status from"
    " HEAD request to ...: 401 Unauthorized",
    "denied: Your authorization token has expired. Reauthenticate and try again.",
)


def check(stack: Stack) -> Iterator[Finding]:
    for task in stack.tasks:
        for container in task.containers if task.exists is not NO else ():
            image = container.image
            if image is not None and in_private_ecr(image) is YES:
                credentials = (fetch for fetch in container.fetches if fetch.what == "registry credentials")
                yield from (_finding(task, container, image, fetch) for fetch in credentials)


def _finding(task: Task, container: Container, image: Value, fetch: Fetch) -> Finding:
    return Finding(
        span=fetch.span,
        message=f'container {quoted(container.name)} of {task.noun} "{task.label}" has registry credentials for {quoted(image)};'
        " ECS logs in to ECR with the execution role",
        help="remove the credentials and let the execution role pull",
        address=task.address,
        cause=f'credentials on "{canonical(container.name)}"',
        related=(Related(image.span, "the image"), Related(task.span, f'{task.noun} definition "{task.label}"')),
    )
