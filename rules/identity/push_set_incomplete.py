"""Whoever is meant to push may start an upload but not finish it, because some of the five push actions are not granted.

## What fails

`docker push`, after the login succeeded: at the first layer, or only when all layers are there and the manifest is
put. A push whose layers all exist already uploads none, so a policy without one of the upload actions can look right
until a layer changes.

## Why

A push is a sequence of calls, and each is checked: `ecr:BatchCheckLayerAvailability` for every layer; for those that
are not there `ecr:InitiateLayerUpload`, `ecr:UploadLayerPart` and `ecr:CompleteLayerUpload`; at the end
`ecr:PutImage`. All five are needed on the same repository. `ecr:GetDownloadUrlForLayer` is not needed;
`ecr:BatchGetImage` is, by some clients.

Actions may come from several policies of one role, and from the policy of the repository. Moving tags
(`ecr:BatchGetImage` and `ecr:PutImage`) is not a push.

## Fix

Terraform:

```hcl
data "aws_iam_policy_document" "push" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
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
    Action:
      - ecr:BatchCheckLayerAvailability
      - ecr:BatchGetImage
      - ecr:CompleteLayerUpload
      - ecr:InitiateLayerUpload
      - ecr:PutImage
      - ecr:UploadLayerPart
    Resource: !GetAtt Repository.Arn
```

## References

- [IAM permissions for pushing an image](https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html)
- [Actions of Amazon ECR](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis import partial_grants
from ecrlint.analysis.capability import PUSH, PUSH_OF_NEWER_CLIENTS
from ecrlint.analysis.documents import policy_of
from ecrlint.analysis.holders import Holder, holders
from ecrlint.analysis.intent import means_to_push
from ecrlint.analysis.login import lacks_login
from ecrlint.analysis.partial_grants import Half
from ecrlint.analysis.pullers import is_only_execution_role
from ecrlint.analysis.trust import is_for_ecr, may_never_log_in
from ecrlint.fixes.edits import extended
from ecrlint.model.finding import Edit, Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value
from ecrlint.wording.messages import denied
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
_CHECK, *_CALLS = PUSH.actions
_CHECK_REFUSED = 'Error parsing HTTP 403 response body: unexpected end of JSON input: ""'
SYMPTOM = (*map(denied, _CALLS), _CHECK_REFUSED)


def check(stack: Stack) -> Iterator[Finding]:
    for holder in holders(stack):
        if holder.role is not None and (is_for_ecr(holder.role) is YES or is_only_execution_role(stack, holder.role)):
            continue  # neither pushes as a client does
        for _, found in partial_grants.by_missing(partial_grants.of_holder(stack, holder, PUSH_OF_NEWER_CLIENTS, means_to_push)):
            if missing := _of_push(found):
                yield _of_holder(holder, missing, found)
    for repository in stack.repositories:
        if repository.policy is not None:
            lacking = partial_grants.of_repository(stack, repository.policy, PUSH, means_to_push)
            for missing, found in partial_grants.by_missing(lacking):
                yield _of_repository(repository, missing, found)


def _of_push(found: list[Half]) -> tuple[str, ...]:
    """What is missing of the five; what only newer clients need is another rule's, and yet part of the fix."""
    return tuple(action for action in found[0].missing if action in PUSH.actions)


def _of_holder(holder: Holder, missing: tuple[str, ...], found: list[Half]) -> Finding:
    them = "it" if len(missing) == 1 else "them"
    unless = "" if holder.sure else f", unless another policy grants {them}"
    return _finding(
        found,
        f"{holder.label} may start a push but lacks {listing(missing)}{unless}",
        holder.address,
        None if holder.sure and not (_may_be_for_no_client(holder.role) or lacks_login(holder)) else Severity.WARNING,
        (Related(holder.span, holder.label),) if holder.role is not None else (),
    )


def _may_be_for_no_client(role: Role | None) -> bool:
    return may_never_log_in(role) or (role is not None and is_for_ecr(role) is not NO)


def _of_repository(repository: Repository, missing: tuple[str, ...], found: list[Half]) -> Finding:
    unless = "" if found[0].policy.complete else ", unless a statement that is not known does"
    message = f"{policy_of(repository)} lets a push start but does not grant {listing(missing)}{unless}"
    return _finding(found, message, repository.address, Severity.WARNING, ())


def _fix(found: list[Half]) -> tuple[Edit, ...]:
    """What is missing, beside the push actions that each statement names."""
    edits = [extended(_last_named(half), half.missing) for half in found]
    return tuple(dict.fromkeys(edit for some in edits for edit in some)) if all(edits) else ()


def _last_named(half: Half) -> Value:
    return max((pattern for _, pattern in means_to_push(half.statement)), key=lambda pattern: pattern.span.start)


def _finding(found: list[Half], message: str, address: str, severity: Severity | None, related: tuple[Related, ...]) -> Finding:
    missing = _of_push(found)
    words = ", ".join(f'"{action}"' for action in missing)
    return Finding(
        span=found[0].start_of_push,
        message=message,
        help=f"add to the actions of this statement: {words}",
        address=address,
        cause=f"missing {' '.join(missing)}",
        severity=severity,
        related=(*related, *partial_grants.elsewhere(half.start_of_push for half in found)),
        aws=_CHECK_REFUSED if _CHECK in missing else denied(missing[0]),
        roots=tuple((address, action) for action in missing),
        fix=_fix(found),
    )
