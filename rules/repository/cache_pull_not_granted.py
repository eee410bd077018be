"""Whoever pulls an image through the cache may not have the cache import it.

## What fails

The first pull of the image, with a message that says that the image or its repository does not exist. What the cache already
has can be pulled, so it is a warning.

## Why

A repository below the prefix of a pull through cache rule is made, and filled, when somebody pulls from it. That takes two
permissions beyond those of a pull: `ecr:BatchImportUpstreamImage`, and `ecr:CreateRepository` where the repository does not
exist yet, unless a repository creation template makes it. They may come from the policy of the registry too.
`AmazonECSTaskExecutionRolePolicy`, `AWSAppRunnerServicePolicyForECRAccess` and `AmazonEC2ContainerRegistryReadOnly` have
neither, `AmazonEC2ContainerRegistryPullOnly` only the first.

The rule speaks of tasks of ECS and jobs of Batch, services of App Runner and projects of CodeBuild, where every policy of their
role is in the files and no repository of the image's name is.

## Fix

Terraform:

```hcl
statement {
  actions   = ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"]
  resources = ["arn:aws:ecr:eu-west-1:111122223333:repository/docker-hub/*"]
}
```

CloudFormation:

```yaml
- Effect: Allow
  Action: [ecr:BatchImportUpstreamImage, ecr:CreateRepository]
  Resource: !Sub "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/docker-hub/*"
```

## References

- [IAM permissions to pull through the cache](https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html)
- [Repository creation templates](https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.pullers import context_of, images, lacking_to_pull, starts
from ecrlint.analysis.registries import CREATE, cached_by, lacking_to_cache
from ecrlint.iam.request import ANYWHERE, RequestContext
from ecrlint.model.address import short_name
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.registry import CacheRule
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import Value, string
from ecrlint.wording.messages import CACHE_WITHOUT_IMAGE, CACHE_WITHOUT_REPOSITORY
from ecrlint.wording.words import listing, quoted, statement

SEVERITY = Severity.WARNING
SYMPTOM = (CACHE_WITHOUT_REPOSITORY, CACHE_WITHOUT_IMAGE)
FORMER = "execution-role-cannot-pull"


@dataclass(frozen=True, slots=True)
class CachePull:
    """A pull of an image by a role that may do all but have the cache import it; `reference` names the role."""

    label: str
    address: str
    role: Role
    called: str
    reference: Value
    image: Value
    context: RequestContext = ANYWHERE


def check(stack: Stack) -> Iterator[Finding]:
    if stack.registry is None or not stack.registry.cache_rules:
        return
    told: set[tuple[str, str]] = set()
    for pull in _pulls(stack):
        rule = cached_by(stack, pull.image)
        if rule is not None and (pull.address, rule.address) not in told:
            lacking = lacking_to_cache(stack, pull.role, pull.image, pull.context)
            if lacking:
                told.add((pull.address, rule.address))
                yield _finding(pull, rule, lacking)


def _pulls(stack: Stack) -> Iterator[CachePull]:
    for start in starts(stack):
        role, reference = start.execution_role, start.task.execution_role
        if start.flaw is None and role is not None and reference is not None:
            label = f'{start.task.noun} "{start.task.label}"'
            for image in images(start.task):
                context = context_of(stack, start.task, image)
                yield CachePull(label, start.task.address, role, "execution role", reference, image, context)
    for service in stack.web_services:
        role, reference = stack.role(service.access_role), service.access_role
        if service.exists is YES and role is not None and reference is not None:
            if not lacking_to_pull(stack, role, service.image):
                yield CachePull(f'service "{service.label}"', service.address, role, "access role", reference, service.image)
    for project in stack.projects:
        role, reference = stack.role(project.role), project.role
        if project.exists is YES and string(project.credentials) == "SERVICE_ROLE" and role is not None and reference is not None:
            if not lacking_to_pull(stack, role, project.image):
                yield CachePull(f'project "{project.label}"', project.address, role, "service role", reference, project.image)


def _finding(pull: CachePull, rule: CacheRule, lacking: tuple[str, ...]) -> Finding:
    label = short_name(rule.address, rule.span)
    return Finding(
        span=pull.reference.span,
        message=f'{pull.label} pulls {quoted(pull.image)} through cache rule "{label}" as'
        f' "{pull.role.label}", which is not granted {listing(lacking)}: only what the cache already has can be pulled',
        help=f"add to a policy of {pull.role.label}, or to that of the registry: {statement(lacking)}",
        address=pull.address,
        cause=f"cache {rule.address} missing {' '.join(lacking)}",
        related=(
            Related(pull.image.span, "an image that it pulls"),
            Related(rule.span, f'cache rule "{label}"'),
            Related(pull.role.span, f'{pull.called} "{pull.role.label}"'),
        ),
        aws=CACHE_WITHOUT_REPOSITORY if CREATE in lacking else CACHE_WITHOUT_IMAGE,
        roots=tuple((pull.role.address, action) for action in lacking),
    )
