"""Whoever is meant to push may start an upload but not finish it, because some of the five push actions are not granted.

## What fails

`docker push`, after the login succeeded: at the first layer, or only when all layers are there and the manifest is
put. A push whose layers all exist already uploads none, so a policy without one of the upload actions can look right
until a layer changes.

## Why

A push is a sequence of calls, and each is checked: `ecr:BatchCheckLayerAvailability` for every layer; for those that
are not there `ecr:InitiateLayerUpload`, `ecr:UploadLayerPart` and `ecr:CompleteLayerUpload`; at the end
`ecr:PutImage`. All five are needed on the same repository. An action that is misspelt is granted to nobody, and IAM
does not say so. `ecr:GetDownloadUrlForLayer` is not needed; `ecr:BatchGetImage` is, by some clients.

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

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ecrlint.iam.capability import PUSH, gaps, granted_somewhere
from ecrlint.iam.holders import Holder, holders
from ecrlint.iam.intent import first, means_to_push
from ecrlint.iam.mending import extended, reworded
from ecrlint.iam.messages import denied
from ecrlint.iam.repositories import let_in_beside, may_let_in, roles_named
from ecrlint.iam.trust import logs_in
from ecrlint.iam.wording import listing, quoted, short
from ecrlint.model.finding import Edit, Finding, Related, Severity
from ecrlint.model.policy import Policy, Role, Statement
from ecrlint.model.source import Span
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import Value, string

SEVERITY = Severity.ERROR
_CHECK, *_CALLS = PUSH.actions
_CHECK_REFUSED = 'Error parsing HTTP 403 response body: unexpected end of JSON input: ""'
SYMPTOM = (*map(denied, _CALLS), _CHECK_REFUSED)


@dataclass(frozen=True, slots=True)
class _Half:
    """A statement that is meant for pushing, and the push actions that nothing adds to it."""

    policy: Policy
    statement: Statement
    missing: tuple[str, ...]

    @property
    def typo(self) -> Value | None:
        """What stands in the policy instead of a missing action."""
        written = [value for one in self.policy.statements for value in one.actions or () if "*" not in (string(value) or "*")]
        for value in written:
            if (string(value) or "").lower() not in _KNOWN and _alike(value, self.missing):
                return value
        return None

    @property
    def fix(self) -> tuple[Edit, ...]:
        """What is missing, beside the push actions that the statement names; a typing error in it is put right."""
        named = sorted((pattern for _, pattern in means_to_push(self.statement)), key=lambda pattern: pattern.span.start)
        typo, missing = self.typo, self.missing
        if typo is None:
            return extended(named[-1], missing)
        meant = _alike(typo, missing)
        rest = tuple(action for action in missing if action not in meant)
        added = extended(named[-1], rest) if rest else ()
        right = reworded(typo, meant[0]) if typo in (self.statement.actions or ()) else ()
        return (*right, *added) if right and (added or not rest) else ()

    @property
    def place(self) -> Span:
        return (self.typo or first(means_to_push(self.statement))).span


def _alike(typed: Value, actions: tuple[str, ...]) -> tuple[str, ...]:
    """The action that was meant by what somebody typed, if it is spelt much like one of these."""
    import difflib  # only where something is missing

    folded = {action.lower(): action for action in actions}
    found = difflib.get_close_matches((string(typed) or "").lower(), folded, n=1, cutoff=0.85)
    return tuple(folded[one] for one in found)


_KNOWN = frozenset(action.lower() for action in (*PUSH.actions, *PUSH.optional))


def check(stack: Stack) -> Iterator[Finding]:
    for holder in holders(stack):
        for missing, halves in _by_missing(_halves(stack, holder)):
            yield _of_holder(holder, missing, halves)
    for repository in stack.repositories:
        if repository.policy is not None:
            for missing, halves in _by_missing(_let_in_by_half(stack, repository.policy)):
                yield _of_repository(repository, missing, halves)


def _halves(stack: Stack, holder: Holder) -> Iterator[_Half]:
    own = {id(one): policy for policy, one in holder.statements() if means_to_push(one)}
    if not own:
        return
    for gap in gaps(holder.visible, PUSH):
        policy = own.get(id(gap.statement))
        missing = tuple(action for action in gap.missing if not _added(stack, holder, action))
        if policy is not None and missing:
            yield _Half(policy, gap.statement, missing)


def _added(stack: Stack, holder: Holder, action: str) -> bool:
    """Whether a repository of the stack may grant an action to the holder by its own policy."""
    return holder.role is not None and may_let_in(stack, holder.role, action) is not NO


def _never_pushes(holder: Holder) -> bool:
    """Whether only services that push nothing themselves use a role: the actions may be for what they start."""
    return holder.role is not None and logs_in(holder.role) is NO


def _let_in_by_half(stack: Stack, policy: Policy) -> Iterator[_Half]:
    if not policy.complete:
        return
    for one in policy.statements:
        if not means_to_push(one) or one.conditions:
            continue
        for principal in one.principals or ():
            if principal.kind not in ("AWS", "*"):
                continue
            together = let_in_beside(policy, one, principal, PUSH.actions)
            own = tuple(roles_named(stack, principal))
            missing = tuple(action for action in PUSH.actions if action not in together and not _has(own, action))
            if missing:
                yield _Half(policy, one, missing)


def _has(roles: Iterable[Role], action: str) -> bool:
    return any(granted_somewhere(role, action) is not NO for role in roles)


def _by_missing(halves: Iterable[_Half]) -> Iterator[tuple[tuple[str, ...], list[_Half]]]:
    found: dict[tuple[str, ...], list[_Half]] = {}
    for half in halves:
        found.setdefault(half.missing, []).append(half)
    yield from found.items()


def _of_holder(holder: Holder, missing: tuple[str, ...], halves: list[_Half]) -> Finding:
    unless = (
        "" if holder.sure else ", unless another policy grants it" if len(missing) == 1 else ", unless another policy grants them"
    )
    return _finding(
        halves,
        f"{holder.label} may start a push but lacks {listing(missing)}{unless}{_typed(halves[0])}",
        holder.address,
        None if holder.sure and not _never_pushes(holder) else Severity.WARNING,
        (Related(holder.span, holder.label),) if holder.role is not None else (),
    )


def _of_repository(repository: Repository, missing: tuple[str, ...], halves: list[_Half]) -> Finding:
    label = short(repository.address, repository.span)
    message = f'the policy of repository "{label}" lets a push start but does not grant {listing(missing)}{_typed(halves[0])}'
    return _finding(halves, message, repository.address, Severity.WARNING, ())


def _help(half: _Half) -> str:
    missing = ", ".join(f'"{action}"' for action in half.missing)
    if half.typo is not None and len(half.missing) == 1:
        return f"write {missing} instead of {quoted(half.typo)}"
    return f"add to the actions of this statement: {missing}"


def _typed(half: _Half) -> str:
    return "" if half.typo is None else f"; {quoted(half.typo)} is not an action"


def _finding(halves: list[_Half], message: str, address: str, severity: Severity | None, related: tuple[Related, ...]) -> Finding:
    half, missing = halves[0], halves[0].missing
    fixes = [one.fix for one in halves]
    others = {other.place: Related(other.place, "the same is missing here") for other in halves[1:] if other.place != half.place}
    return Finding(
        span=half.place,
        message=message,
        help=_help(half),
        address=address,
        cause=f"missing {' '.join(missing)}",
        severity=severity,
        related=(*related, *others.values()),
        aws=_CHECK_REFUSED if _CHECK in missing else denied(missing[0]),
        fix=tuple(dict.fromkeys(edit for edits in fixes for edit in edits)) if all(fixes) else (),
    )
