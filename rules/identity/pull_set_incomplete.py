"""Whoever is meant to pull has one of the two pull actions but not the other.

## What fails

`docker pull`, or the start of whatever pulls with these permissions: without `ecr:BatchGetImage` at the manifest, the first
thing that is read; without `ecr:GetDownloadUrlForLayer` at the first layer that is not there yet. With an image whose
layers are all cached, the second looks right until a layer changes.

## Why

A pull reads the manifest (`ecr:BatchGetImage`), and for each layer is told where to fetch it
(`ecr:GetDownloadUrlForLayer`). Both are checked on the repository. `ecr:BatchCheckLayerAvailability` is for pushing; a
pull does not need it.

Actions may come from several policies of one role, and from the policy of the repository. `ecr:BatchGetImage` alone also
reads tags and manifests, without a pull; that it is meant for one shows where the login is granted next to it. What an
ECS execution role lacks is said of its task.

## Fix

Terraform:

```hcl
data "aws_iam_policy_document" "pull" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    actions   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.shop.arn]
  }
}
```

CloudFormation:

```yaml
Statement:
  - Effect: Allow
    Action: ecr:GetAuthorizationToken
    Resource: "*"
  - Effect: Allow
    Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
    Resource: !GetAtt Repository.Arn
```

## References

- [Using images of Amazon ECR with Amazon ECS](https://docs.aws.amazon.com/AmazonECR/latest/userguide/ECR_on_ECS.html)
- [Actions of Amazon ECR](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis import partial_grants
from ecrlint.analysis.capability import PULL
from ecrlint.analysis.documents import policy_of
from ecrlint.analysis.holders import Holder, holders
from ecrlint.analysis.intent import means_to_pull, pushing, shows_pull
from ecrlint.analysis.partial_grants import Half
from ecrlint.analysis.pullers import is_only_task_role
from ecrlint.analysis.trust import logs_in, pulls_images
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Statement
from ecrlint.model.source import Span
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import NO
from ecrlint.wording.messages import denied
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
_GET, _DOWNLOAD = PULL.actions
SYMPTOM = (denied(_GET), denied(_DOWNLOAD))


def check(stack: Stack) -> Iterator[Finding]:
    for holder in holders(stack):
        if _may_be_meant(holder):
            for missing, found in partial_grants.by_missing(partial_grants.of_holder(stack, holder, PULL, _means(holder))):
                yield _of_holder(stack, holder, missing, found)
    for repository in stack.repositories:
        if repository.policy is not None:
            for missing, found in partial_grants.by_missing(
                partial_grants.of_repository(stack, repository.policy, PULL, _means_download)
            ):
                yield _of_repository(repository, missing, found)


def _may_be_meant(holder: Holder) -> bool:
    role = holder.role
    if any(pushing(holder.own)):
        return False
    if role is None:
        return True
    return holder.sure and logs_in(role) is not NO


def _means(holder: Holder) -> partial_grants.Means:
    """BatchGetImage shows a pull only next to the login."""
    return lambda statement: means_to_pull(holder.own, statement)


def _means_download(statement: Statement) -> object:
    return means_to_pull((), statement)


def _of_holder(stack: Stack, holder: Holder, missing: tuple[str, ...], found: list[Half]) -> Finding:
    them = "it" if len(missing) == 1 else "them"
    unless = "" if holder.sure else f", unless another policy grants {them}"
    message = f"{holder.label} may pull only in part: it lacks {listing(missing)}{unless}"
    own = (Related(holder.span, holder.label),) if holder.role is not None else ()
    # Nobody fetches layers without a manifest; to read manifests alone may be what a tool is for.
    pulls = holder.role is not None and pulls_images(holder.role) and not is_only_task_role(stack, holder.role)
    fails = holder.role is not None and (_GET in missing or pulls)
    return _finding(found, message, holder.address, Severity.ERROR if fails else Severity.WARNING, own)


def _of_repository(repository: Repository, missing: tuple[str, ...], found: list[Half]) -> Finding:
    unless = "" if found[0].policy.complete else ", unless a statement that is not known does"
    message = f"{policy_of(repository)} lets a pull start but does not grant {listing(missing)}{unless}"
    return _finding(found, message, repository.address, Severity.WARNING, ())


def _place(half: Half) -> Span:
    return next(pattern for pattern in half.statement.actions or () if shows_pull(pattern)).span


def _finding(found: list[Half], message: str, address: str, severity: Severity, related: tuple[Related, ...]) -> Finding:
    missing = found[0].missing
    words = ", ".join(f'"{action}"' for action in missing)
    return Finding(
        span=_place(found[0]),
        message=message,
        help=f"add to the actions of this statement: {words}",
        address=address,
        cause=f"missing {' '.join(missing)}",
        severity=severity,
        related=(*related, *partial_grants.elsewhere(map(_place, found))),
        aws=denied(missing[0]),
        roots=tuple((address, action) for action in missing),
    )
