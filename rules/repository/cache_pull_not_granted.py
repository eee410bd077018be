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

The rule speaks where every policy of the role that pulls is in the files, and no repository of the image's name is: of tasks of
ECS and jobs of Batch, services of App Runner, projects of CodeBuild, SageMaker models, AgentCore runtimes, environments of
Elastic Beanstalk, hosts that pull in their user data, and nodes of EKS for the images of Kubernetes manifests. Lambda does not
pull through the cache at all.

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

from ecrlint.analysis.registries import CREATE, cached_by, lacking_to_cache
from ecrlint.analysis.role_pulls import PullAsRole, role_pulls
from ecrlint.model.address import short_name
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.registry import CacheRule
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.wording.messages import CACHE_BY_LAMBDA, CACHE_BY_NODE, CACHE_WITHOUT_IMAGE, CACHE_WITHOUT_REPOSITORY
from ecrlint.wording.words import listing, quoted, statement

SEVERITY = Severity.WARNING
SYMPTOM = (CACHE_WITHOUT_REPOSITORY, CACHE_WITHOUT_IMAGE, CACHE_BY_NODE, CACHE_BY_LAMBDA)
FORMER = "execution-role-cannot-pull"


def check(stack: Stack) -> Iterator[Finding]:
    if stack.registry is None or not stack.registry.cache_rules:
        return
    told: set[tuple[str, str]] = set()
    for pull in role_pulls(stack):
        rule = cached_by(stack, pull.image)
        if rule is not None and (pull.address, rule.address) not in told:
            lacking = lacking_to_cache(stack, pull.role, pull.image, pull.context)
            if lacking:
                told.add((pull.address, rule.address))
                yield _finding(pull, rule, lacking)
    yield from _of_lambda(stack)


def _of_lambda(stack: Stack) -> Iterator[Finding]:
    """The functions whose image is one of the cache: Lambda pulls as itself, and has the cache import nothing."""
    for function in stack.functions:
        rule = cached_by(stack, function.image) if function.exists is YES else None
        if rule is not None:
            label = short_name(rule.address, rule.span)
            yield Finding(
                span=function.image.span,
                message=f'function "{function.label}" runs {quoted(function.image)} of cache rule "{label}", and Lambda does not'
                " pull through the cache: only what the cache already has can be deployed",
                help="copy the image to a repository of your own, and let lambda.amazonaws.com in there",
                address=function.address,
                cause=f"cache {rule.address} Lambda",
                related=(Related(function.span, f'function "{function.label}"'), Related(rule.span, f'cache rule "{label}"')),
                aws=CACHE_BY_LAMBDA,
            )


def _finding(pull: PullAsRole, rule: CacheRule, lacking: tuple[str, ...]) -> Finding:
    label = short_name(rule.address, rule.span)
    return Finding(
        span=pull.place,
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
        aws=_printed(pull, lacking),
        roots=tuple((pull.role.address, action) for action in lacking),
    )


def _printed(pull: PullAsRole, lacking: tuple[str, ...]) -> str:
    if pull.called == "node role":
        return CACHE_BY_NODE
    return CACHE_WITHOUT_REPOSITORY if CREATE in lacking else CACHE_WITHOUT_IMAGE
