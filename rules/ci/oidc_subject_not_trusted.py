"""A job asks for a role with a subject that the trust policy of the role does not admit.

## What fails

The step that assumes the role, in every run of the job that is started in this way: nothing is built or pushed.

## Why

GitHub writes into `sub` of a token who asks:

| job | subject |
|---|---|
| with `environment: production` | `repo:OWNER/NAME:environment:production`, whatever starts it |
| for a pull request | `repo:OWNER/NAME:pull_request` |
| for a branch | `repo:OWNER/NAME:ref:refs/heads/main` |
| for a tag, a release | `repo:OWNER/NAME:ref:refs/tags/v1.2.3` |

A repository that was created on 15 July 2026 or later sends `repo:OWNER@ID/NAME@ID:...` in the same forms. Only what follows
the owner and the name is compared here, so forks and templates are not reported.

GitLab writes `project_path:GROUP/PROJECT:ref_type:branch:ref:main` for a branch and `ref_type:tag:ref:v1.2.3` for a tag. Which of
these a job is started for is read from `rules`, `only` and `except`; merge requests are not reported.

A start that an `if:` excludes is not reported, nor one whose branch or environment is not known, nor a role whose subjects
have another form, as a repository with a template for its subjects sends them. A warning says that the role is the only one
that trusts the platform, where the workflow takes its ARN from a secret or a variable.

## Fix

Admit the subject that is sent, or exclude the start from the job. Terraform:

```hcl
condition {
  test     = "StringEquals"
  variable = "token.actions.githubusercontent.com:sub"
  values   = ["repo:acme/shop:environment:production"]
}
```

CloudFormation:

```yaml
StringEquals:
  token.actions.githubusercontent.com:sub: repo:acme/shop:environment:production
```

Workflow:

```yaml
jobs:
  image:
    if: github.event_name == 'push'
```

## References

- [OpenID Connect reference: the subject](https://docs.github.com/en/actions/reference/security/oidc)
- [Configuring OpenID Connect in Amazon Web Services](https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws)
- [GitLab: ID token authentication](https://docs.gitlab.com/ci/secrets/id_token_authentication/)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecrlint.analysis.federation import concerns_ecr, never_admits
from ecrlint.analysis.job_roles import Assumption, assumptions, is_sure, refusal
from ecrlint.analysis.oidc_subjects import shown, subject
from ecrlint.fixes.trust import admitting, with_other_rest
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Edit, Finding, Related, Severity
from ecrlint.model.policy import PolicyCondition, Role
from ecrlint.model.stack import Stack
from ecrlint.model.value import Value, pieces, string
from ecrlint.wording.messages import NOT_TRUSTED

SEVERITY = Severity.ERROR
SYMPTOM = NOT_TRUSTED

_DEFAULTS = ("refs/heads/main", "refs/heads/master")
"""The names of a default branch: a workflow often lists both, and a repository has one."""

_PIECES = 5  # repo:, the owner, a slash, the name, and all that follows, where that is known


@dataclass(frozen=True)
class _Refusal:
    """A step that assumes a role, started in a way that the role refuses; the other ways that it refuses, of all of the step."""

    one: Assumption
    role: Role
    condition: PolicyCondition
    others: Sequence[Assumption]
    several: Sequence[Assumption]


def check(stack: Stack) -> Iterator[Finding]:
    by_step: dict[object, list[Assumption]] = {}
    for one in assumptions(stack):
        if one.credentials.by == "token":
            by_step.setdefault((one.job.address, one.credentials.span), []).append(one)
    by_cause: dict[object, list[_Refusal]] = {}
    for several in by_step.values():
        for refused in _of_step(several):
            one = refused.one
            cause = (refused.condition.values[0].span, _shown(subject(one.job)), _when(one), one.named, _depends(one, several))
            by_cause.setdefault(cause, []).append(refused)
    yield from map(_finding, by_cause.values())


def _of_step(several: Sequence[Assumption]) -> Iterator[_Refusal]:
    """The first start of one step that is refused for sure, with those that are refused beside it."""
    refused = [(one, found) for one in several if (found := refusal(one)) is not None]
    if len(refused) < len(several):
        admitted = [one for one in several if all(one is not other for other, _ in refused)]
        refused = [(one, found) for one, found in refused if is_sure(one) and not _has_other_name(one, admitted)]
    for one, (role, condition) in refused[:1]:
        if concerns_ecr(role) and not never_admits(one.stack, role):
            yield _Refusal(one, role, condition, [other for other, _ in refused[1:]], several)


def _has_other_name(one: Assumption, admitted: Sequence[Assumption]) -> bool:
    """Whether a branch is the default branch under the name that this repository does not use."""
    return string(one.job.start.ref) in _DEFAULTS and any(string(other.job.start.ref) in _DEFAULTS for other in admitted)


def _finding(refusals: Sequence[_Refusal]) -> Finding:
    """The finding on the steps that a role refuses for one reason."""
    first = refusals[0]
    one, role, condition = first.one, first.role, first.condition
    sent = subject(one.job)
    claim = condition.key.rpartition(":")[2]
    start = one.job.start
    unless = "" if one.named else ", if it is the role that the workflow names"
    jobs = list(dict.fromkeys(it.one.job.label for it in refusals))
    more = f" and {len(jobs) - 1} more" if len(jobs) > 1 else ""
    return Finding(
        span=condition.values[0].span,
        message=f'role "{role.label}" does not trust job "{jobs[0]}"{more} {_when(one)}{unless}: its subject is {_shown(sent)}',
        help=f"admit {_shown(sent)}" if claim == "sub" else f"admit this {claim}",
        address=role.address,
        cause=f"{one.job.label} {_shown(sent)}",
        severity=None if one.named and not _depends(one, first.several) else Severity.WARNING,
        related=(
            Related(one.credentials.span, f'job "{one.job.label}" assumes the role here'),
            Related(start.span if one.job.environment is None else one.job.environment.span, "this decides its subject"),
            Related(role.span, f'role "{role.label}"'),
            *(Related(other.job.start.span, f"refused too: {_shown(subject(other.job))}") for other in first.others),
            *(Related(it.one.credentials.span, f'job "{it.one.job.label}" assumes it here') for it in refusals[1:]),
        ),
        fix=_admitted(condition, sent) if one.named and claim == "sub" else (),
        unsafe=True,
    )


def _admitted(condition: PolicyCondition, sent: Value | None) -> tuple[Edit, ...]:
    """The subject beside the first that is admitted, for the same repository; nothing where it is one of several."""
    rest = string(pieces(sent)[-1]) if sent is not None and len(pieces(sent)) == _PIECES else None
    return admitting(condition.values[0], with_other_rest(condition.values[0], (rest or "").removeprefix(":")))


def _depends(one: Assumption, several: Sequence[Assumption]) -> bool:
    """Whether another branch is let in, so that only pushes to this one fail, if there are any."""
    return one.job.start.event == "push" and any(
        other.job.start.event == "push" and _kind(other) == _kind(one) and refusal(other) is None for other in several
    )


def _kind(one: Assumption) -> str:
    return "/".join((string(one.job.start.ref) or "").split("/")[:2])


def _when(one: Assumption) -> str:
    if one.job.environment is not None:
        return f'in environment "{string(one.job.environment)}"'
    event = one.job.start.event
    if one.job.platform == "gitlab" and event == "push":
        return "for tags" if (string(pieces(one.job.start.ref)[0]) or "").startswith("refs/tags/") else "for branches"
    return "on pull requests" if event.startswith("pull_request") else f"on {event}"


def _shown(value: Value | None) -> str:
    return "" if value is None else shown(value)
