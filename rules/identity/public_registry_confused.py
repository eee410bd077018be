"""Permissions of ECR are given where ECR Public is used, or the other way round.

## What fails

The push, or the login: the policy looks right and belongs to the other registry.

## Why

Amazon ECR and Amazon ECR Public are two services. The actions of the one begin with `ecr:`, of the other with
`ecr-public:`; `ecr:*` covers none of the second. An ARN of ECR Public has no region:
`arn:aws:ecr-public::111122223333:repository/shop`. A token of ECR Public is of no use for a private registry.

Two shapes are named: actions of one service on ARNs of the other, which match no call, and whoever has the push actions of
one service, but of all logins only the one to the other. The login to ECR Public next to the one to ECR is fine: it makes the
pulls of public images count against a higher limit.

## Fix

Terraform:

```hcl
statement {
  actions = [
    "ecr-public:BatchCheckLayerAvailability",
    "ecr-public:CompleteLayerUpload",
    "ecr-public:InitiateLayerUpload",
    "ecr-public:PutImage",
    "ecr-public:UploadLayerPart",
  ]
  resources = [aws_ecrpublic_repository.shop.arn]
}
```

CloudFormation:

```yaml
- Effect: Allow
  Action:
    - ecr-public:BatchCheckLayerAvailability
    - ecr-public:CompleteLayerUpload
    - ecr-public:InitiateLayerUpload
    - ecr-public:PutImage
    - ecr-public:UploadLayerPart
  Resource: !GetAtt PublicRepository.Arn
```

## References

- [Actions of Amazon ECR Public](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistrypublic.html)
- [Actions of Amazon ECR](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.arns import of_private_registry, of_public_registry
from ecrlint.analysis.capability import PUBLIC_TOKEN, PULL, PUSH, TOKEN
from ecrlint.analysis.documents import Document, documents
from ecrlint.analysis.holders import Holder, holders
from ecrlint.analysis.login import lacks_login, logs_in_elsewhere, needed_for
from ecrlint.analysis.spelling import matches_nothing, service_of
from ecrlint.iam import actions
from ecrlint.iam.policies import covers_action
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Statement
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES
from ecrlint.model.value import Value, string
from ecrlint.wording.messages import LOGIN_REFUSED, PUBLIC_LOGIN_REFUSED, denied, login_refused
from ecrlint.wording.words import quoted, statement

SEVERITY = Severity.ERROR
SYMPTOM = (denied("ecr-public:InitiateLayerUpload"), *map(denied, PUSH.actions), LOGIN_REFUSED, PUBLIC_LOGIN_REFUSED)
_NEEDED = (*PULL.actions, *PUSH.actions)
_NAMES = {"ecr": "Amazon ECR", "ecr-public": "Amazon ECR Public"}


def check(stack: Stack) -> Iterator[Finding]:
    for document in documents(stack):
        if document.policy.kind == "identity":
            for one in document.policy.statements:
                yield from _crossed(document, one)
    for holder in holders(stack):
        for needed, other in ((TOKEN, PUBLIC_TOKEN), (PUBLIC_TOKEN, TOKEN)):
            if logs_in_elsewhere(holder, other) and lacks_login(holder, needed):
                yield _wrong_login(holder, needed, other)


def _crossed(document: Document, one: Statement) -> Iterator[Finding]:
    """Actions of one service on nothing but ARNs of the other."""
    if one.effect != "Allow" or not one.resources:
        return
    for service, of_other in (("ecr", of_public_registry), ("ecr-public", of_private_registry)):
        pattern = next((pattern for pattern in one.actions or () if _is_on_repositories(pattern, service)), None)
        if pattern is not None and all(map(of_other, one.resources)):
            other = "ecr-public" if service == "ecr" else "ecr"
            alone = not any(service_of(pattern) == other for pattern in one.actions or ())
            yield Finding(
                span=pattern.span,
                message=f"{document.label} grants {quoted(pattern)}, an action of {_NAMES[service]}, on"
                f" {quoted(one.resources[0])}, which is of {_NAMES[other]}",
                help=f'write the actions with "{other}:", or name a resource of {_NAMES[service]}',
                address=document.address,
                cause=f"{service} on {other}",
                severity=Severity.ERROR if alone and not (document.role and document.role.open) else Severity.WARNING,
                related=(Related(one.resources[0].span, "the resource"), *document.related),
                roots=tuple((address, action) for address in document.addresses for action in _granted(one)),
                aws=SYMPTOM[0] if service == "ecr" else denied("ecr:InitiateLayerUpload"),
            )


def _granted(one: Statement) -> Iterator[str]:
    """The actions of a push and a pull that a statement grants in vain."""
    return (action for action in _NEEDED if covers_action(one, action) is YES)


def _is_on_repositories(pattern: Value, service: str) -> bool:
    if service_of(pattern) != service or matches_nothing(pattern):
        return False
    action = actions.find(string(pattern) or "")
    return action is None or bool(action.types)


def _wrong_login(holder: Holder, needed: str, other: str) -> Finding:
    named = (pattern for _, one in holder.statements() for pattern in one.actions or ())
    token = next(pattern for pattern in named if (string(pattern) or "").lower() == other.lower())
    pushed, entered = (_NAMES[one.partition(":")[0]] for one in (needed, other))
    unless = "" if holder.sure else ", unless another policy grants it"
    return Finding(
        span=token.span,
        message=f"{holder.label} pushes to {pushed} and may log in to {entered} alone{unless}",
        help=f"grant {needed} as well: {statement(needed_for(needed))}",
        address=holder.address,
        cause="login to the other registry",
        severity=Severity.ERROR if holder.sure else Severity.WARNING,
        related=(Related(holder.span, holder.label),) if holder.role is not None else (),
        aws=login_refused(needed),
        roots=((holder.address, needed),),
    )
