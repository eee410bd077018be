"""A repository's policy means to let Lambda pull, and never does: one action is missing, or a condition never holds.

## What fails

Making or updating a function from an image of the repository: `Lambda does not have permission to access the ECR image`.

## Why

Lambda pulls as the service `lambda.amazonaws.com`, not as the function's role, and needs both `ecr:BatchGetImage` and
`ecr:GetDownloadUrlForLayer` from the policy of the repository. A call that a service makes as itself has no organization
and no account of a principal, and does not come through your VPC endpoint: conditions on `aws:PrincipalOrgID`,
`aws:PrincipalAccount` or `aws:SourceVpce` never hold for it. What it has is `aws:SourceArn`, the ARN of the function,
`aws:SourceAccount` and `aws:SourceOrgID`. A wildcard in their values needs `ArnLike`, `ArnEquals` or `StringLike`:
`StringEquals` takes it for a character. What AWS does not document word for word is a warning.

## Fix

Terraform:

```hcl
policy = jsonencode({
  Version = "2012-10-17"
  Statement = [{
    Effect    = "Allow"
    Principal = { Service = "lambda.amazonaws.com" }
    Action    = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    Condition = { ArnLike = { "aws:SourceArn" = "arn:aws:lambda:eu-west-1:111122223333:function:*" } }
  }]
})
```

CloudFormation:

```yaml
- Effect: Allow
  Principal:
    Service: lambda.amazonaws.com
  Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
  Condition:
    ArnLike:
      aws:SourceArn: !Sub "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:*"
```

## References

- [Permissions of Lambda for images](https://docs.aws.amazon.com/lambda/latest/dg/images-create.html#gettingstarted-images-permissions)
- [Condition keys of IAM](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import PULL, SOME_REPOSITORY
from ecrlint.analysis.documents import Document, of_repositories
from ecrlint.iam import conditions
from ecrlint.iam import decide as iam
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.policies import covers_action
from ecrlint.iam.request import Caller, Request, RequestContext, segment
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.policy import PolicyCondition, Principal, Statement
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Scalar, Value, pieces, string
from ecrlint.wording.words import listing, quoted

SEVERITY = Severity.ERROR
SYMPTOM = "Lambda does not have permission to access the ECR image. Check the ECR permissions."
_LAMBDA = Principal("Service", Scalar("lambda.amazonaws.com", NOWHERE))
_AS_ITSELF = RequestContext(Caller.SERVICE)
_OF_PRINCIPALS = ("aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "aws:principaltag/")
_OF_FUNCTIONS = ("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid")
_HELP = f"grant {listing(PULL.actions)} to lambda.amazonaws.com, under a condition on aws:SourceArn if any"
_LITERALLY = ("stringequals", "stringequalsignorecase")


def check(stack: Stack) -> Iterator[Finding]:
    for document in of_repositories(stack):
        for statement in document.policy.statements:
            if _is_for_lambda(statement) and any(covers_action(statement, action) is YES for action in PULL.actions):
                finding = _by_condition(document, statement) or _by_half(document, statement)
                if finding is not None:
                    yield finding


def _is_for_lambda(statement: Statement) -> bool:
    named = any(one.kind == "Service" and string(one.value) == "lambda.amazonaws.com" for one in statement.principals or ())
    return named and statement.effect == "Allow"


def _granted_without(document: Document, statement: Statement, action: str) -> bool:
    """Whether another statement may grant an action to Lambda."""
    others = replace(document.policy, statements=tuple(one for one in document.policy.statements if one is not statement))
    return iam.decide((others,), action, SOME_REPOSITORY, principal=_LAMBDA, context=_AS_ITSELF).truth is not NO


def _by_condition(document: Document, statement: Statement) -> Finding | None:
    if all(_granted_without(document, statement, action) for action in PULL.actions):
        return None
    for condition in statement.conditions:
        why, severity = _never_holds(condition, statement)
        if why:
            said = f"lets Lambda pull only under a condition on {condition.key} that never holds: {why}"
            instead = _takes_wildcards_literally(condition) and f"write StringLike in place of {condition.operator}"
            return _finding(document, condition.span, said, f"condition {condition.key}", severity, instead or _HELP)
    return None


def _never_holds(condition: PolicyCondition, statement: Statement) -> tuple[str, Severity]:
    request = Request(PULL.actions[0], SOME_REPOSITORY, _LAMBDA, _AS_ITSELF)
    fact = request.fact(condition.key, "repository")
    if conditions.holds(condition, request, "repository", statement.variables) is NO:
        return fact.why or "the call has another value", Severity.ERROR
    key, operator = condition.key.lower(), condition.operator.lower()
    positive = "not" not in operator and not operator.endswith("ifexists") and operator != "null"
    if key == "aws:sourcearn" and positive and condition.values and all(map(_is_of_no_function, condition.values)):
        return f"it is the ARN of the function, and {quoted(condition.values[0])} is of none", Severity.ERROR
    if _takes_wildcards_literally(condition):
        return f"{condition.operator} takes the wildcard in {quoted(condition.values[0])} literally", Severity.ERROR
    if key.startswith(_OF_PRINCIPALS) and positive:
        return "a call that a service makes as itself has no such principal", Severity.WARNING
    return "", Severity.WARNING


def _is_of_no_function(pattern: Value) -> bool:
    service = string(segment(pattern, 2))
    return service is not None and not set(service) & set("*?$") and service != "lambda"


def _takes_wildcards_literally(condition: PolicyCondition) -> bool:
    compared = condition.key.lower() in _OF_FUNCTIONS and condition.operator.lower() in _LITERALLY
    return compared and bool(condition.values) and all(map(_has_wildcard, condition.values))


def _has_wildcard(value: Value) -> bool:
    """Whether a value certainly has a `*` or `?`, which no ARN of a function and no account has."""
    parts = pieces(value)
    return any(set(string(part) or "") & set("*?") for part in parts)


def _by_half(document: Document, statement: Statement) -> Finding | None:
    if not document.policy.complete:
        return None
    lacking = [
        action
        for action in PULL.actions
        if covers_action(statement, action) is NO and not _granted_without(document, statement, action)
    ]
    if not lacking:
        return None
    said = f"lets Lambda pull only in part: it does not grant {listing(lacking)}, and Lambda needs both"
    span = next((pattern.span for pattern in statement.actions or ()), statement.span)
    return _finding(document, span, said, f"missing {' '.join(lacking)}", Severity.ERROR)


def _finding(document: Document, span: Span, said: str, cause: str, severity: Severity, help: str = _HELP) -> Finding:
    return Finding(
        span=span,
        message=f"{document.label} {said}",
        help=help,
        address=document.address,
        cause=cause,
        severity=severity,
    )
