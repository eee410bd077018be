"""An AWS managed policy for ECR is attached by a name or a path that it does not have.

## What fails

The attachment, and with it the deployment: `NoSuchEntity`. A role that was made before the failure exists without the policy,
and what pulls with it is denied.

## Why

An AWS managed policy is named by its ARN, in which upper and lower case and the path count:
`arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy`, but
`arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly`. IAM does not look for a policy of that name elsewhere.

Only policies that have to do with ECR are named here. A name that is like none that is known is a warning, because the list
has a date.

## Fix

Terraform:

```hcl
resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
```

CloudFormation:

```yaml
ManagedPolicyArns:
  - !Sub "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
```

## References

- [AWS managed policies of Amazon ECR](https://docs.aws.amazon.com/AmazonECR/latest/userguide/security-iam-awsmanpol.html)
- [The list of AWS managed policies](https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.analysis.capability import LOGIN, PULL, PUSH, TOKEN
from ecrlint.iam import managed
from ecrlint.iam.policies import covers_action
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Policy, Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import YES

SEVERITY = Severity.ERROR
SYMPTOM = (
    "An error occurred (NoSuchEntity) when calling the AttachRolePolicy operation: Policy arn:aws:iam::aws:policy/... does not"
    " exist or is not attachable."
)
_OF_ECR = re.compile(r"ContainerRegistry|ECR(?![a-z])|(?<![A-Za-z])ecr(?![a-z])|ECSTaskExecution")
_MISSPELT = 0.95
"""How much a name has in common with one that exists, by the measure of `difflib`, if it is surely that one misspelt."""


def check(stack: Stack) -> Iterator[Finding]:
    seen: set[Span] = set()
    for role in stack.roles:
        for policy in role.policies:
            finding = None if policy.managed is None or policy.span in seen else _finding(role, policy, policy.managed)
            if finding is not None:
                seen.add(policy.span)
                yield finding


def _finding(role: Role, policy: Policy, name: str) -> Finding | None:
    if policy.path is None:
        return None  # it is looked up by its name, and may be the account's own
    flaw = _wrong_path(policy, name) if managed.exists(name) else _unknown(name)
    if flaw is None:
        return None
    said, meant, severity = flaw
    right = None if meant is None else f"arn:aws:iam::aws:policy{managed.path(meant)}{meant}"
    return Finding(
        span=policy.span,
        message=f'{role.kind} "{role.label}" is given AWS managed policy {said}',
        help=f"write {right}" if right else f"look the policy up in the list of {managed.date()}",
        address=role.address,
        cause=f"policy {name}",
        severity=severity,
        related=(Related(role.span, f'{role.kind} "{role.label}"'),),
    )


def _wrong_path(policy: Policy, name: str) -> tuple[str, str, Severity] | None:
    path = managed.path(name)
    if policy.path == path or not _concerns_ecr(name):
        return None
    return f"{policy.path}{name}, whose path is {path}", name, Severity.ERROR


def _unknown(name: str) -> tuple[str, str | None, Severity] | None:
    like = managed.nearest(name)
    if like is not None and _concerns_ecr(like[0]):
        sure = like[1] >= _MISSPELT
        return f"{name}, which does not exist: {like[0]} does", like[0], Severity.ERROR if sure else Severity.WARNING
    if _OF_ECR.search(name):
        return f"{name}, which did not exist on {managed.date()}", None, Severity.WARNING
    return None


def _concerns_ecr(name: str) -> bool:
    """Whether a policy is for ECR, or lets pull or push."""
    wanted = (TOKEN, *PULL.actions, *PUSH.actions, *LOGIN.actions)
    found = (one for one in managed.statements(name) if one.effect == "Allow")
    return any(covers_action(one, action) is YES for one in found for action in wanted)
