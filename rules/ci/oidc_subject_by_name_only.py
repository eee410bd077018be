"""A role trusts a GitHub repository by its names alone, and GitHub sends subjects with ids.

## What fails

Whatever assumes the role whose subject GitHub does not send for this repository.

## Why

GitHub sends one of two subjects: `repo:OWNER/NAME:...`, or the immutable `repo:OWNER@ID/NAME@ID:...`. A repository that was
created on 15 July 2026 or later sends the second, an older one the first until somebody turns the second on. A
trust policy that admits one of them only does not admit the other. Where two roles trust one repository in different
forms, one of the roles cannot be assumed.

Reported is a role beside one that admits the other form, and a role that trusts the repository in which it stands, where that
begins on 15 July 2026 or later. The beginning is the oldest commit of a full clone: of a shallow one nothing is known.

Repositories on GitHub Enterprise Server and those that opted out keep the first form.

## Fix

Admit both forms. Terraform:

```hcl
condition {
  test     = "StringLike"
  variable = "token.actions.githubusercontent.com:sub"
  values = [
    "repo:acme/shop:ref:refs/heads/main",
    "repo:acme@*/shop@*:ref:refs/heads/main",
  ]
}
```

CloudFormation:

```yaml
StringLike:
  token.actions.githubusercontent.com:sub:
    - repo:acme/shop:ref:refs/heads/main
    - repo:acme@*/shop@*:ref:refs/heads/main
```

## References

- [Immutable subject claims for GitHub Actions OIDC tokens](https://github.blog/changelog/2026-04-23-immutable-subject-claims-for-github-actions-oidc-tokens)
- [OpenID Connect reference: the subject](https://docs.github.com/en/actions/reference/security/oidc)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis import federation
from ecrlint.analysis.oidc_subjects import TrustedSubject, first_day, sends_ids, trusted_subjects
from ecrlint.fixes.trust import admitting
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.stack import SourceRepository, Stack
from ecrlint.model.value import Value
from ecrlint.wording.messages import NOT_TRUSTED
from ecrlint.wording.words import quoted

SEVERITY = Severity.WARNING
SYMPTOM = NOT_TRUSTED


def check(stack: Stack) -> Iterator[Finding]:
    trusted = [(role, names) for role in stack.roles if (names := trusted_subjects(role))]
    immutable = {(one.owner, one.name): (role, one) for role, names in trusted for one in names if all(o.ids for o in names)}
    for role, names in trusted:
        first = names[0]
        other = immutable.get((first.owner, first.name))
        if any(one.ids for one in names) or not federation.concerns_ecr(role):
            continue
        if other is not None:
            yield _finding(role, first, *other)
        elif stack.source_repository is not None and sends_ids(stack.source_repository, first):
            yield _of_young(role, first, stack.source_repository)


def _of_young(role: Role, names: TrustedSubject, repository: SourceRepository) -> Finding:
    trusted, first = names.repository, first_day(repository)
    both = f"repo:{names.owner}@*/{names.name}@*:{names.rest}"
    return Finding(
        span=names.value.span,
        message=f'role "{role.label}" trusts {trusted} by name, whose first commit is of {first}: GitHub sends ids for it',
        help=f'admit both: add "{both}" with StringLike',
        address=role.address,
        cause=f"{trusted} by name only",
        related=(Related(role.span, f'role "{role.label}"'),),
    )


def _finding(role: Role, names: TrustedSubject, other: Role, immutable: TrustedSubject) -> Finding:
    repository = names.repository
    both = _both(names, immutable.value)
    return Finding(
        span=names.value.span,
        message=f'role "{role.label}" trusts {repository} by name, and role "{other.label}" by ids: GitHub sends one of the two',
        help=f'admit both: add "{both}"',
        address=role.address,
        cause=f"{repository} by name only",
        related=(
            Related(immutable.value.span, f'role "{other.label}" trusts {quoted(immutable.value)}'),
            Related(role.span, f'role "{role.label}"'),
        ),
        fix=admitting(names.value, both),
        unsafe=True,
    )


def _both(names: TrustedSubject, immutable: Value) -> str:
    head = quoted(immutable).strip('"').split(":")[1]
    return f"repo:{head}:{names.rest}"
