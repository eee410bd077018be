"""A job pushes to a repository with a role whose policies do not grant the push.

## What fails

`docker push`, in every run of the job, at the first layer.

## Why

A login needs `ecr:GetAuthorizationToken` alone, so it succeeds with a role that may only pull. The push then uploads
layers with the permissions of the same role.

Reported where the role is named by its name and every policy of it is in the files, and where the repository is
in the files and has no policy of its own, which might grant the push.

## Fix

Terraform:

```hcl
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
```

CloudFormation:

```yaml
- Effect: Allow
  Action:
    - ecr:BatchCheckLayerAvailability
    - ecr:BatchGetImage
    - ecr:CompleteLayerUpload
    - ecr:InitiateLayerUpload
    - ecr:PutImage
    - ecr:UploadLayerPart
  Resource: !GetAtt Shop.Arn
```

## References

- [IAM permissions for pushing an image](https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PUSH, PUSH_INTENT, can
from ecrlint.analysis.job_pushes import Pushed, pushes, repositories
from ecrlint.analysis.job_roles import Assumption, assumptions
from ecrlint.iam import decide as iam
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.job import Credentials
from ecrlint.model.policy import Role
from ecrlint.model.script import AssumeRole
from ecrlint.model.source import Span
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import mentions
from ecrlint.wording.messages import denied
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
SYMPTOM = tuple(map(denied, PUSH_INTENT))


def check(stack: Stack) -> Iterator[Finding]:
    for one in pushes(stack):
        assumed = _in_force(one)
        for repository in repositories(one)[:1] if assumed is not None else ():
            refused = [_missing(role, repository) for role in assumed.roles] if assumed is not None else []
            if assumed is not None and refused and all(refused) and len(repositories(one)) == 1:
                yield _finding(one, assumed, repository, refused[0])


def _in_force(one: Pushed) -> Assumption | None:
    """The one assumption of a job before a push, where nothing else may have changed the credentials."""
    before = one.job.steps[: one.at + 1]
    changing = [act for step in before for act in step.acts if isinstance(act, (AssumeRole, Credentials))]
    if any(step.opaque for step in before) or len(changing) != 1:
        return None
    found = [other for other in assumptions(one.stack) if other.job is one.job and other.credentials is changing[0]]
    return found[0] if found and found[0].step.runs is YES else None


def _missing(role: Role, repository: Repository) -> tuple[str, ...]:
    """What a role lacks of a push to a repository, where it may not even start one; nothing where it may be granted."""
    if repository.policy is not None or repository.arn is None or not role.complete:
        return ()
    missing = can(role, PUSH, repository.arn).missing
    return missing if set(PUSH_INTENT) <= set(missing) else ()


def _finding(one: Pushed, assumed: Assumption, repository: Repository, missing: tuple[str, ...]) -> Finding:
    role = assumed.roles[0]
    return Finding(
        span=_place(role, repository),
        message=f'job "{one.job.label}" pushes to "{repository.label}" as role "{role.label}", which lacks {listing(missing)}',
        help="grant the push actions on the repository, or assume a role that has them",
        address=role.address,
        cause=f"{one.job.label} pushes to {repository.address}",
        severity=None if one.sure and assumed.named else Severity.WARNING,
        related=(
            Related(one.span, "the push"),
            Related(assumed.credentials.span, "the role is assumed here"),
            Related(role.span, f'role "{role.label}"'),
        ),
        aws=denied(PUSH_INTENT[0]),
    )


def _place(role: Role, repository: Repository) -> Span:
    """The statement of the role that speaks of the repository, or the role itself."""
    for policy in role.policies:
        for statement in policy.statements:
            named = [action for action in statement.actions or () if mentions(action, "ecr:")]
            if statement.effect == "Allow" and named and repository.arn is not None:
                if iam.covers_resource(statement, repository.arn) is not NO:
                    return named[0].span
    return role.span
