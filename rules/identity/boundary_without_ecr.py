"""The permissions boundary of a role or user takes away what its policies grant in ECR.

## What fails

The login, the push or the pull, although a policy of the role allows it: AWS says that no permissions boundary does.

## Why

A permissions boundary grants nothing. It is the most that the policies of a role may give: an action that the boundary does
not allow is denied, whatever they say. A boundary that lists services one by one often leaves ECR out, or has its actions on
repositories but not `ecr:GetAuthorizationToken`, which is on `*` alone.

## Fix

Terraform:

```hcl
data "aws_iam_policy_document" "boundary" {
  statement {
    actions   = ["ecr:*", "logs:*", "s3:*"]
    resources = ["*"]
  }
}
```

CloudFormation:

```yaml
Boundary:
  Type: AWS::IAM::ManagedPolicy
  Properties:
    PolicyDocument:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Action: ["ecr:*", "logs:*", "s3:*"]
          Resource: "*"
```

## References

- [Permissions boundaries](https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html)
- [How IAM decides](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import LOGIN, PULL, PUSH, TOKEN, granted_somewhere
from ecrlint.analysis.spelling import service_of
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.patterns import any_matches_action
from ecrlint.iam.policies import statements
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Policy, Role
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
_NEEDED = tuple(dict.fromkeys((*LOGIN.actions, *PULL.actions, *PUSH.actions)))
SYMPTOM = (
    "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: User: ... is not authorized"
    f" to perform: {TOKEN} on resource: * because no permissions boundary allows the {TOKEN} action",
    "denied: User: ... is not authorized to perform: ... on resource: ... because no permissions boundary allows the ... action",
)


def check(stack: Stack) -> Iterator[Finding]:
    for role in stack.roles:
        if role.boundary is None:
            continue
        taken = [action for action in _NEEDED if _takes_away(role, role.boundary, action)]
        if taken:
            yield _finding(role, role.boundary, taken)


def _takes_away(role: Role, boundary: Policy, action: str) -> bool:
    """Whether the policies of a role grant an action by a pattern for ECR, and its boundary allows it on nothing."""
    if granted_somewhere(role.policies, action) is not YES or not _is_meant(role, action):
        return False
    limit = replace(boundary, kind="identity")
    return granted_somewhere((limit,), action) is NO


def _is_meant(role: Role, action: str) -> bool:
    """Whether a pattern for ECR grants an action, and not one for everything or for all that reads."""
    for policy in role.policies:
        wide = policy.managed is not None and not any(word in policy.managed for word in _OF_CONTAINERS)
        for one in () if wide else statements(policy):
            patterns = tuple(pattern for pattern in one.actions or () if service_of(pattern) == "ecr")
            if one.effect == "Allow" and any_matches_action(patterns, action) is YES:
                return True
    return False


_OF_CONTAINERS = ("ContainerRegistry", "ECSTaskExecution", "ContainerServiceforEC2", "EKSFargatePodExecution", "ForECRAccess")


def _finding(role: Role, boundary: Policy, taken: list[str]) -> Finding:
    label = f'{role.kind} "{role.label}"'
    whole = f"{taken[0]} and {len(taken) - 1} more actions" if len(taken) > 2 else listing(taken)
    text = boundary.span if boundary.attached is not None and boundary.span != boundary.attached else None
    return Finding(
        span=boundary.attached or boundary.span,
        message=f"the permissions boundary of {label} does not allow {whole}, which its policies grant",
        help="allow the actions in the boundary too, or give the role another one",
        address=role.address,
        cause=f"boundary without {taken[0]}",
        related=(
            Related(role.span, label),
            *((Related(text, "the boundary"),) if text is not None and text is not NOWHERE else ()),
        ),
        aws=SYMPTOM[0] if TOKEN in taken else SYMPTOM[1],
        roots=tuple((role.address, action) for action in taken),
    )
