"""Whoever serves one repository may push to every repository of the account.

## What fails

Nothing fails. Whoever takes over the role, a job of a pull request for instance, can put an image of its own in the place of
any other of the account, and what runs it pulls it at its next start.

## Why

The push actions can be limited to repositories; only `ecr:GetAuthorizationToken` is on `*`. The stack has one repository, and the
statement names `*`, or every name: `arn:aws:ecr:*:*:repository/*`.

## Fix

Terraform:

```hcl
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
```

CloudFormation:

```yaml
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
- [Least privilege](https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.arns import name_in
from ecrlint.analysis.capability import PUSH, PUSH_INTENT
from ecrlint.analysis.documents import Document, documents
from ecrlint.analysis.intent import means_to_push
from ecrlint.analysis.spelling import service_of
from ecrlint.analysis.trust import logs_in
from ecrlint.iam import patterns
from ecrlint.iam.decide import covers_resource
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.policies import covers_action, statements
from ecrlint.model.address import short_name
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Statement
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Scalar, Value, string
from ecrlint.wording.words import quoted

SEVERITY = Severity.WARNING
EXPOSURE = 6.5
SYMPTOM = "no error: the push to another repository succeeds"
_ANOTHER = Scalar("arn:aws:ecr:eu-west-1:111122223333:repository/a.repository.that.nobody/has", NOWHERE)


def check(stack: Stack) -> Iterator[Finding]:
    if len(stack.repositories) != 1 or stack.repositories[0].address == stack.repositories[0].span.path:
        return
    repository = stack.repositories[0]
    for document in documents(stack):
        role = document.role
        if document.policy.kind != "identity" or role is None or role.boundary is not None or logs_in(role) is NO:
            continue
        granted = [one for policy in role.policies for one in statements(policy)]
        if any(_keeps_out(one) or _gives_itself_more(one) for one in granted):
            continue
        if not all(_is_granted_everywhere(granted, action) for action in PUSH.actions):
            continue
        for statement in document.policy.statements:
            resource = _everything(statement)
            if resource is not None:
                yield _finding(document, repository, resource)
                break


def _keeps_out(statement: Statement) -> bool:
    """Whether a Deny may stop a push to another repository."""
    stops = statement.effect == "Deny" and any(covers_action(statement, action) is not NO for action in PUSH.actions)
    return stops and covers_resource(statement, _ANOTHER) is not NO


def _gives_itself_more(statement: Statement) -> bool:
    """Whether who has a statement may give itself any permission: nothing keeps such a role from a repository."""
    attaches = any(covers_action(statement, action) is YES for action in ("iam:AttachRolePolicy", "iam:PutRolePolicy"))
    anything = any(string(one) == "*" for one in statement.resources or ())
    return statement.effect == "Allow" and attaches and anything


def _is_granted_everywhere(granted: list[Statement], action: str) -> bool:
    """Whether a statement grants an action on every repository: who lacks one of the five on another one cannot push to it."""
    return any(
        one.effect == "Allow"
        and not one.conditions
        and covers_action(one, action) is YES
        and any(map(_covers_all, one.resources or ()))
        for one in granted
    )


def _everything(statement: Statement) -> Value | None:
    """The resource by which a statement that is for pushing covers every repository of the account."""
    own = tuple(pattern for pattern in statement.actions or () if service_of(pattern) == "ecr")
    if statement.effect != "Allow" or statement.conditions or not own:
        return None
    if not means_to_push(statement) and not all(covers_action(statement, action) is YES for action in PUSH_INTENT):
        return None
    wide = (one for one in statement.resources or () if _covers_all(one))
    return next(wide, None)


def _covers_all(resource: Value) -> bool:
    name = name_in(resource)
    return patterns.matches_arn(resource, _ANOTHER) is YES or (name is not None and string(name) == "*")


def _finding(document: Document, repository: Repository, resource: Value) -> Finding:
    label = short_name(repository.address, repository.span)
    return Finding(
        span=resource.span,
        message=f"{document.label} may push to every repository of the account, by {quoted(resource)};"
        f' the stack has "{label}" alone',
        help="name the repository: its own ARN",
        address=document.address,
        cause="push on everything",
        related=(*document.related, Related(repository.span, f'repository "{label}"')),
    )
