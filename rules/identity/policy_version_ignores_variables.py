"""A statement about ECR has a policy variable, and the version of its policy takes that literally.

## What fails

What the statement allows, where it is an Allow: no repository and no condition has the text `${aws:...}`. A Deny with such a
variable denies nothing.

## Why

`${aws:username}` and other policy variables are variables in policies of version `2012-10-17` alone. Without a version a policy
is of `2008-10-17`, and in that one they are text like any other. AWS says nothing when such a policy is made.

## Fix

Terraform:

```hcl
policy = jsonencode({
  Version = "2012-10-17"
  Statement = [{
    Effect   = "Allow"
    Action   = "ecr:*"
    Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/$${aws:PrincipalTag/team}/*"
  }]
})
```

CloudFormation:

```yaml
PolicyDocument:
  Version: "2012-10-17"
  Statement:
    - Effect: Allow
      Action: ecr:*
      Resource: !Sub "arn:${AWS::Partition}:ecr:${AWS::Region}:${AWS::AccountId}:repository/${!aws:PrincipalTag/team}/*"
```

## References

- [The Version element](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html)
- [Policy variables](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.analysis.capability import TOKEN, kept_by_conditions
from ecrlint.analysis.documents import Document, documents
from ecrlint.analysis.spelling import service_of
from ecrlint.iam.policies import covers_action
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.policy import Statement
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value, pieces, string

SEVERITY = Severity.WARNING
SYMPTOM = (
    "denied: User: ... is not authorized to perform: ... on resource: ... because no identity-based policy allows the ... action"
)
_VARIABLE = re.compile(r"\$\{[A-Za-z-]+:[^}]*\}")


def check(stack: Stack) -> Iterator[Finding]:
    for document in documents(stack):
        for statement in document.policy.statements:
            literal = statement.variables is NO and _concerns_ecr(statement) and not _keeps_from_login(document, statement)
            found = next(_variables(statement), None) if literal else None
            if found is not None:
                value, variable = found
                yield Finding(
                    span=value.span,
                    message=f'{document.label} has {variable} in a policy without version "2012-10-17", which takes it literally',
                    help='set the version of the policy: "Version": "2012-10-17"',
                    address=document.address,
                    cause=f"literal {variable}",
                    related=document.related,
                )


def _concerns_ecr(statement: Statement) -> bool:
    return any(service_of(pattern) for pattern in (*(statement.actions or ()), *(statement.not_actions or ())))


def _keeps_from_login(document: Document, statement: Statement) -> bool:
    """Whether it is the login that fails for it, which login-condition-never-true says."""
    return covers_action(statement, TOKEN) is YES and any(kept_by_conditions((document.policy,), TOKEN))


def _variables(statement: Statement) -> Iterator[tuple[Value, str]]:
    """The values of a statement with a policy variable in them, each with its first."""
    compared = (value for condition in statement.conditions for value in condition.values)
    for value in (*(statement.resources or ()), *(statement.not_resources or ()), *compared):
        for part in pieces(value):
            variable = _VARIABLE.search(string(part) or "")
            if variable:
                yield value, variable[0]
                break
