"""An action of ECR that does not exist: a policy names it, and it grants nothing.

## What fails

What the action was meant for: a push that stops at the first layer or at the manifest, a pull, or the login. Nothing
says so before: IAM takes any name as an action.

## Why

IAM does not check that the actions of a policy exist. `ecr:UploadLayerParts` is a valid policy and matches no call. Upper
and lower case make no difference, and `*` and `?` are wildcards: a pattern is named here only if it matches none of the
actions of its service. ECR (`ecr:`) and ECR Public (`ecr-public:`) are two services with actions of their own; images of
ECR Public are pulled without any permission, so it has no actions for that.

It is an error where the name that was meant is evidently an action of a push, a pull or the login that nothing else
grants, and a warning otherwise: the list of actions has a date, and AWS may have added one since.

## Fix

Terraform:

```hcl
data "aws_iam_policy_document" "push" {
  statement {
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:InitiateLayerUpload",
      "ecr:UploadLayerPart",
      "ecr:CompleteLayerUpload",
      "ecr:PutImage",
    ]
    resources = [aws_ecr_repository.shop.arn]
  }
}
```

CloudFormation:

```yaml
Action:
  - ecr:BatchCheckLayerAvailability
  - ecr:InitiateLayerUpload
  - ecr:UploadLayerPart
  - ecr:CompleteLayerUpload
  - ecr:PutImage
```

## References

- [Actions of Amazon ECR](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html)
- [Actions of Amazon ECR Public](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistrypublic.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import LOGIN, PULL, PUSH, TOKEN, granted_somewhere
from ecrlint.analysis.documents import Document, documents
from ecrlint.analysis.spelling import matches_nothing, nearest, service_of
from ecrlint.analysis.trust import may_never_log_in
from ecrlint.fixes.edits import reworded
from ecrlint.iam import actions, patterns
from ecrlint.model.finding import Edit, Finding, Severity
from ecrlint.model.policy import Statement
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Scalar, Value, string
from ecrlint.wording.messages import LOGIN_REFUSED, denied
from ecrlint.wording.words import canonical, quoted

SEVERITY = Severity.ERROR
_NEEDED = (*PUSH.actions, *PULL.actions, *LOGIN.actions)
SYMPTOM = (*map(denied, (*PUSH.actions, *PULL.actions)), LOGIN_REFUSED)
_ACCEPTED = "no error: IAM accepts an action that does not exist, and it matches no call"
_SERVICES = {"ecr": "Amazon ECR", "ecr-public": "Amazon ECR Public"}


def check(stack: Stack) -> Iterator[Finding]:
    seen: set[Span] = set()
    for document in documents(stack):
        for statement in document.policy.statements:
            for pattern in (*(statement.actions or ()), *(statement.not_actions or ())):
                if matches_nothing(pattern) and pattern.span not in seen:
                    seen.add(pattern.span)
                    yield _finding(document, statement, pattern)


def _finding(document: Document, statement: Statement, pattern: Value) -> Finding:
    meant = _unless_granted(statement, nearest(pattern))
    lost = [] if meant is None or _is_public_pull(pattern, meant) else _lost(document, statement, Scalar(meant, pattern.span))
    return Finding(
        span=pattern.span,
        message=_message(document, statement, pattern, meant),
        help=_help(pattern, meant),
        address=document.address,
        cause=f'no action "{canonical(pattern)}"',
        severity=Severity.ERROR if lost and not document.unattached and not may_never_log_in(document.role) else Severity.WARNING,
        related=document.related,
        roots=tuple((address, action) for address in document.addresses for action in lost),
        aws=_ACCEPTED if not lost else LOGIN_REFUSED if lost[0] == TOKEN else denied(lost[0]),
        fix=_fix(statement, pattern, meant),
    )


def _unless_granted(statement: Statement, meant: str | None) -> str | None:
    """The nearest action, but none where the same statement has it as well: then something else was meant."""
    named = {(string(pattern) or "").lower() for pattern in statement.actions or ()}
    return None if meant is not None and meant.lower() in named else meant


def _fix(statement: Statement, pattern: Value, meant: str | None) -> tuple[Edit, ...]:
    """The action that was meant; a Deny is left alone, because it would begin to deny."""
    if statement.effect != "Allow" or statement.not_actions is not None or meant is None or "*" in meant:
        return ()
    return () if _is_public_pull(pattern, meant) else reworded(pattern, meant)


def _lost(document: Document, statement: Statement, meant: Value) -> list[str]:
    """The actions of a push, a pull and a login that are granted nowhere, because this statement does not mean them."""
    if statement.effect != "Allow" or statement.not_actions is not None:
        return []
    beside = document.role if document.role is not None else (document.policy,)
    named = (action for action in _NEEDED if patterns.matches(meant, Scalar(action, meant.span), ignore_case=True) is YES)
    return [action for action in named if granted_somewhere(beside, action) is NO]


def _is_public_pull(pattern: Value, meant: str | None) -> bool:
    return service_of(pattern) == "ecr-public" and meant in PULL.actions


def _message(document: Document, statement: Statement, pattern: Value, meant: str | None) -> str:
    service = _SERVICES[service_of(pattern) or "ecr"]
    said = f"{quoted(pattern)} matches no action of {service}"
    if statement.effect != "Allow" or statement.not_actions is not None:
        return f"{said}; in {document.label} it has no effect"
    if _is_public_pull(pattern, meant):
        return f"{said}, whose images are pulled without a permission"
    if meant is None or "*" in meant:
        return f"{said}; {document.label} grants nothing with it"
    return f"{said}; {document.label} does not grant {meant} with it"


def _help(pattern: Value, meant: str | None) -> str:
    if meant is None:
        return f"remove it, or look the action up in the list of {actions.date()}"
    if _is_public_pull(pattern, meant):
        return "remove it: images of Amazon ECR Public are pulled without a permission"
    return f'write "{meant}" instead'
