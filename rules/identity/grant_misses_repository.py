"""A push or pull is granted beside the repository that it is for: on what is below it, or in another region or account.

## What fails

The push or the pull, with the right actions in the policy: AWS names the repository in its message, and the pattern of the
policy is of something else.

## Why

`.../repository/shop/*` covers `shop/api` and everything else below `shop`, and not `shop` itself: a repository is not a folder,
and its ARN has no `/*`. That is an error where the pattern is put together from the ARN of the repository.

Where a pattern has the name of a repository of this stack, and its region or account is another one, it is a warning: a
repository of that name may be there too.

## Fix

Terraform:

```hcl
resources = [aws_ecr_repository.shop.arn]
```

CloudFormation:

```yaml
Resource: !GetAtt Repository.Arn
```

To cover both the repository and what is below it, list both.

## References

- [Resource types of Amazon ECR](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html)
- [The Resource element](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.analysis.arns import below, name_in
from ecrlint.analysis.capability import PULL, PUSH, names
from ecrlint.analysis.holders import Holder, holders
from ecrlint.analysis.resource_policies import may_let_in
from ecrlint.iam import decide as iam
from ecrlint.iam import patterns
from ecrlint.model.address import short_name
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Statement
from ecrlint.model.source import Span
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import Value, string
from ecrlint.wording.messages import denied
from ecrlint.wording.words import listing, quoted

SEVERITY = Severity.ERROR
_NEEDED = tuple(dict.fromkeys((*PULL.actions, *PUSH.actions)))
SYMPTOM = tuple(map(denied, _NEEDED))
_MOST = 2
_OF_RESOURCE = re.compile(r"\baws_ecr_repository\.|GetAtt|\.Arn\b")
"""Shows in the source of a pattern that it is put together from a repository's ARN."""


def check(stack: Stack) -> Iterator[Finding]:
    seen: set[Span] = set()
    for holder in holders(stack):
        for _, statement in holder.statements():
            if statement.effect != "Allow":
                continue
            for resource in statement.resources or ():
                finding = None if resource.span in seen else _finding(stack, holder, statement, resource)
                if finding is not None:
                    seen.add(resource.span)
                    yield finding


def _finding(stack: Stack, holder: Holder, statement: Statement, resource: Value) -> Finding | None:
    above = below(resource)
    name = name_in(resource if above is None else above)
    if name is None:
        return None
    for repository in stack.repositories_named(name):
        why = _misses(stack, repository, resource, above is not None)
        missing = [] if why is None else list(_missing(stack, holder, statement, repository))
        if not missing or why is None:
            continue
        said, certain = why
        where = "without anything after it" if above else "with its region and account"
        unless = "" if holder.sure else ", unless another policy grants it there"
        label = short_name(repository.address, repository.span)
        return Finding(
            span=resource.span,
            message=f'{holder.label} is granted {_some(missing)} beside repository "{label}"{unless}: {quoted(resource)} {said}',
            help=f"name the repository itself: its own ARN, {where}",
            address=holder.address,
            cause=f"beside {repository.address}",
            severity=Severity.ERROR if certain and holder.sure else Severity.WARNING,
            related=(
                Related(repository.span, f'repository "{label}"'),
                *((Related(holder.span, holder.label),) if holder.role is not None else ()),
            ),
            aws=denied(missing[0]),
            roots=tuple((holder.address, action) for action in missing),
        )
    return None


def _some(actions: list[str]) -> str:
    return listing(actions) if len(actions) <= _MOST else f"{actions[0]} and {len(actions) - 1} more actions"


def _misses(stack: Stack, repository: Repository, resource: Value, is_below: bool) -> tuple[str, bool] | None:
    """How a resource that ends with the name of a repository misses it, and whether it is certainly meant for it; None
    where it is not."""
    if repository.arn is None or string(repository.name) == "":
        return None
    if is_below:
        if _has_children(stack, repository):
            return None
        return "covers what is below it, and not itself", _OF_RESOURCE.search(resource.span.text) is not None
    if string(resource) is None:
        return None
    if patterns.matches_arn(resource, repository.arn) is not NO:
        return None
    return "is in another region or account", False


def _has_children(stack: Stack, repository: Repository) -> bool:
    """Whether the stack may have repositories below this one, which a pattern with `/*` may then be for."""
    own = string(repository.name)
    others = (string(one.name) for one in stack.repositories if one is not repository)
    return own is not None and any(other is not None and other.startswith(f"{own}/") for other in others)


def _missing(stack: Stack, holder: Holder, statement: Statement, repository: Repository) -> Iterator[str]:
    """The actions of a push or pull that a statement names, and that are not granted on the repository itself."""
    assert repository.arn is not None
    meant = {action for wanted in (PULL, PUSH) for action, _ in names(statement, wanted)}
    for action in _NEEDED:
        if action not in meant:
            continue
        granted = iam.decide(holder.visible, action, repository.arn).truth
        added = holder.role is not None and may_let_in(stack, holder.role, action) is not NO
        if granted is NO and not added:
            yield action
