"""A role pulls from or pushes to a repository of another account, and the repository's policy lets neither it nor its account in.

## What fails

The pull or the push, after a login that succeeded: the token comes from the caller's own account, and the repository is not.

## Why

Across accounts both sides have to allow a call: the policy of the role, and the policy of the repository, which names the role
or its account; or that of its registry, where the scope of registry policies is V2. Within one account either is enough, which
is why a repository commonly has no policy. Whoever first assumes a role of the repository's account calls from within that
account and needs none.

The rule speaks where both accounts are known, from the providers of one root. It is a warning where the repository has no policy
here, because another root may give it one, and for the pods of a Kubernetes manifest, because the files do not say on which nodes
they run.

## Fix

Terraform:

```hcl
resource "aws_ecr_repository_policy" "shop" {
  provider   = aws.images
  repository = aws_ecr_repository.shop.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = "arn:aws:iam::111122223333:root" }
      Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    }]
  })
}
```

CloudFormation:

```yaml
RepositoryPolicyText:
  Version: "2012-10-17"
  Statement:
    - Effect: Allow
      Principal:
        AWS: arn:aws:iam::111122223333:root
      Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
```

## References

- [Evaluation across accounts](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html)
- [Repository policies](https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.arns import in_partition
from ecrlint.analysis.capability import PULL, PUSH, names
from ecrlint.analysis.repositories import named
from ecrlint.analysis.role_pulls import role_pulls
from ecrlint.iam import decide as iam
from ecrlint.iam import patterns
from ecrlint.iam.policies import covers_action, statements
from ecrlint.iam.request import segment
from ecrlint.model.address import short_name
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Policy, Principal, Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Repository, Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value, string
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
_REFUSED = "User: ... is not authorized to perform: {0} on resource: ... because no resource-based policy allows the {0} action"
SYMPTOM = tuple(_REFUSED.format(action) for action in dict.fromkeys((*PULL.actions, *PUSH.actions)))


def check(stack: Stack) -> Iterator[Finding]:
    for repository in stack.repositories:
        owner = _account(repository.arn)
        for role in stack.roles if owner else ():
            caller = _account(role.arn)
            if caller and caller != owner and not _assumes_another(role):
                use = _use(stack, repository, role)
                missing = [] if use is None else _missing(stack, repository, role, use[1])
                if use is not None and missing:
                    yield _finding(repository, role, use[0], missing, use[2])


def _account(arn: Value | None) -> str | None:
    account = None if arn is None else string(segment(arn, 4))
    return account if account is not None and len(account) == 12 and account.isdigit() else None


def _assumes_another(role: Role) -> bool:
    """Whether a role may assume another one first, which may be of the repository's account."""
    return any(
        covers_action(one, "sts:AssumeRole") is not NO
        for policy in role.policies
        for one in statements(policy)
        if one.effect != "Deny"
    )


def _use(stack: Stack, repository: Repository, role: Role) -> tuple[Span, tuple[str, ...], bool] | None:
    """What shows that a role uses a repository, the actions that it needs there, and whether it surely does."""
    for task in stack.tasks:
        executes = stack.role(task.execution_role)
        if executes is None or executes.address != role.address or task.exists is NO:
            continue
        for container in task.containers:
            if container.image is not None and named(stack, container.image) is repository:
                return container.image.span, PULL.actions, True
    for pull in role_pulls(stack):
        if pull.role.address == role.address and named(stack, pull.image) is repository:
            return pull.image.span, PULL.actions, pull.sure
    return _by_grant(repository, role)


def _by_grant(repository: Repository, role: Role) -> tuple[Span, tuple[str, ...], bool] | None:
    """A statement of a role that names the repository, and the actions of a pull or push in it."""
    assert repository.arn is not None
    arn = in_partition(repository.arn)
    for policy in role.policies:
        for one in policy.statements:
            shown = [
                resource
                for resource in one.resources or ()
                if string(resource) != "*" and _account(resource) and patterns.matches_arn(in_partition(resource), arn) is YES
            ]
            meant = {action for wanted in (PULL, PUSH) for action, _ in names(one, wanted)}
            if one.effect == "Allow" and shown and meant:
                return shown[0].span, tuple(action for action in (*PULL.actions, *PUSH.actions) if action in meant), True
    return None


def _missing(stack: Stack, repository: Repository, role: Role, actions: tuple[str, ...]) -> list[str]:
    """The actions that the policies of repository and registry, where they are here, let neither the role nor its account do."""
    assert repository.arn is not None
    assert role.arn is not None
    own = () if repository.policy is None else (repository.policy,)
    caller = Principal("AWS", role.arn)
    missing: list[str] = []
    for action in actions:
        policies = (*own, *_of_registry(stack, repository.arn, action))
        if iam.decide(policies, action, repository.arn, principal=caller).truth is NO:
            missing.append(action)
    return missing


def _of_registry(stack: Stack, arn: Value, action: str) -> tuple[Policy, ...]:
    """The policies of the owner's registry, which let in too where their scope is that of every action."""
    if stack.registry is None:
        return ()
    from ecrlint.analysis.registries import policies_on  # only where something is said of registries

    return tuple(policies_on(stack, arn, action))


def _finding(repository: Repository, role: Role, place: Span, missing: list[str], sure: bool) -> Finding:
    label, who = short_name(repository.address, repository.span), f'{role.kind} "{role.label}"'
    owner, caller = _account(repository.arn), _account(role.arn)
    does_not = "has no policy here that lets" if repository.policy is None else "does not let"
    policy = () if repository.policy is None else (Related(repository.policy.span, f'the policy of repository "{label}"'),)
    return Finding(
        span=place,
        message=f'{who} of account {caller} uses repository "{label}" of account {owner}, which {does_not} it in:'
        f" {listing(missing)}",
        help=f'let it in by the policy of the repository: "Principal": {{"AWS": "arn:aws:iam::{caller}:root"}}',
        address=repository.address,
        cause=f"account {caller} not let in",
        severity=Severity.ERROR if sure and repository.policy is not None else Severity.WARNING,
        related=(Related(repository.span, f'repository "{label}"'), Related(role.span, who), *policy),
        aws=_REFUSED.format(missing[0]),
    )
