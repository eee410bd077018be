"""Actions on repositories are granted on a resource that no repository can match.

## What fails

The push or the pull: the policy names the right actions and AWS denies them all the same.

## Why

The ARN of a repository is `arn:aws:ecr:<region>:<account>:repository/<name>`. These look like one and are none:

- `arn:aws:ecr:eu-west-1:111122223333:shop`, without `repository/`
- `111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop`, the address of the image
- `...:repository/shop:latest`: permissions are for a repository, not for a tag or a digest
- `arn:aws:ecr:eu-west-1::repository/shop`, without an account, or with one that has not 12 digits
- `arn:aws:ecr:cn-north-1:...`: the partition of a region in China is `aws-cn`
- `...:repository/Shop`: the name of a repository has no upper case
- the ARN of another service

It is a warning where another statement grants the same actions.

## Fix

Terraform:

```hcl
resources = [aws_ecr_repository.shop.arn]
```

CloudFormation:

```yaml
Resource: !GetAtt Repository.Arn
```

## References

- [Resource types of Amazon ECR](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html)
- [ARNs](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.arns import flaw, matches_no_repository, service_in
from ecrlint.analysis.capability import PULL, PUSH, TOKEN, granted_somewhere
from ecrlint.analysis.documents import Document, documents
from ecrlint.analysis.intent import means_to_push
from ecrlint.analysis.spelling import service_of
from ecrlint.analysis.trust import may_never_log_in
from ecrlint.iam import actions
from ecrlint.iam.policies import covers_action
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Statement
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value, string
from ecrlint.wording.messages import denied
from ecrlint.wording.words import canonical, quoted

SEVERITY = Severity.ERROR
_NEEDED = (*PULL.actions, *PUSH.actions)
SYMPTOM = tuple(map(denied, dict.fromkeys(_NEEDED)))


def check(stack: Stack) -> Iterator[Finding]:
    for document in documents(stack):
        if document.policy.kind == "identity":
            for statement in document.policy.statements:
                yield from _of_statement(document, statement)


def _of_statement(document: Document, statement: Statement) -> Iterator[Finding]:
    shown = next((pattern for pattern in statement.actions or () if _is_on_repositories(pattern)), None)
    if statement.effect != "Allow" or shown is None or not statement.resources:
        return
    dead = all(map(matches_no_repository, statement.resources))
    lost = _lost(document, statement) if dead else []
    malformed = [(resource, why) for resource in statement.resources if (why := flaw(resource)) is not None]
    for resource, why in malformed:
        yield _finding(document, shown, resource, why, lost)
    if dead and not malformed and _is_of_another_service(statement) and _is_for_images(statement):
        yield _finding(document, shown, statement.resources[0], "is the ARN of no repository", lost)


def _is_on_repositories(pattern: Value) -> bool:
    """Whether a pattern is of ECR, and not the name of an action on the registry."""
    if service_of(pattern) != "ecr":
        return False
    action = actions.find(string(pattern) or "")
    return action is None or bool(action.types)


def _is_of_another_service(statement: Statement) -> bool:
    """Whether all resources are known ARNs of something else; to confuse ECR Public with ECR is another rule's."""
    return all(service_in(one) not in (None, "ecr", "ecr-public") for one in statement.resources or ())


def _is_for_images(statement: Statement) -> bool:
    """Whether a statement on other services' resources shows a need of ECR: all its actions are ECR's, or it means to push.

    Beside the actions of other services, those of a pull are often there by habit, for a holder that pulls nothing; where
    something pulls with it, the rule of that puller reports it.
    """
    if covers_action(statement, TOKEN) is not NO:
        return False
    return all(service_of(pattern) == "ecr" for pattern in statement.actions or ()) or bool(means_to_push(statement))


def _lost(document: Document, statement: Statement) -> list[str]:
    """The actions that a statement means and that are granted nowhere else, so that a push or pull fails."""
    role = document.role
    if role is not None and role.open:
        return []
    policies = (document.policy,) if role is None else role.policies
    beside = [replace(one, statements=tuple(other for other in one.statements if other is not statement)) for one in policies]
    meant = [action for action in dict.fromkeys(_NEEDED) if covers_action(statement, action) is YES]
    return [action for action in meant if granted_somewhere(beside, action) is NO]


def _finding(document: Document, action: Value, resource: Value, why: str, lost: list[str]) -> Finding:
    return Finding(
        span=resource.span,
        message=f"{document.label} grants {quoted(action)} on a resource that no repository matches: {quoted(resource)} {why}",
        help="write arn:aws:ecr:<region>:<account of 12 digits>:repository/<name>, or refer to the repository's own ARN",
        address=document.address,
        cause=f'resource "{canonical(resource)}"',
        severity=Severity.ERROR if lost and not document.unattached and not may_never_log_in(document.role) else Severity.WARNING,
        related=(Related(action.span, "the action that is granted"), *document.related),
        aws=denied(lost[0]) if lost else "",
        roots=tuple((address, one) for address in document.addresses for one in lost),
    )
