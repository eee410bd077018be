"""The login to ECR is granted only under a condition that no login can meet.

## What fails

`aws ecr get-login-password`, the ECR login of a CI job, or the credential helper: the policy names the right action on
the right resource and AWS denies it all the same.

## Why

A condition on a key that the request does not have is false, unless its operator is negated, ends with `IfExists`, or is
`Null`. `ecr:GetAuthorizationToken` is about no repository, so a login has none of the keys of one: not
`aws:ResourceTag/...`, not `ecr:ResourceTag/...`. `aws:SourceArn` and `aws:SourceAccount` are there only when one AWS
service calls another for you. A job on a hosted runner does not come through your VPC endpoint, so `aws:SourceVpce` and
`aws:SourceVpc` are not there either; that is a warning, because a runner of your own may.

`aws:PrincipalOrgID`, `aws:PrincipalTag/...` and `aws:RequestedRegion` are keys that a login has.

## Fix

Terraform:

```hcl
data "aws_iam_policy_document" "push" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  # ... the actions on repositories, under the condition
}
```

CloudFormation:

```yaml
Statement:
  - Effect: Allow
    Action: ecr:GetAuthorizationToken
    Resource: "*"
  # ... the actions on repositories, under the condition
```

## References

- [Condition keys of IAM](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html)
- [Condition operators](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html)
- [Actions of Amazon ECR, with their condition keys](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.capability import LOGIN, TOKEN, can, kept_by_conditions
from ecrlint.analysis.holders import Holder, holders
from ecrlint.analysis.login import lacks_login
from ecrlint.analysis.trust import is_for_hosted_ci, may_never_log_in
from ecrlint.iam.policies import statements
from ecrlint.iam.request import ANYWHERE, Caller, RequestContext
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.wording.messages import LOGIN_REFUSED
from ecrlint.wording.words import statement

SEVERITY = Severity.ERROR
SYMPTOM = LOGIN_REFUSED
_HOSTED = RequestContext(Caller.HOSTED_CI)


def check(stack: Stack) -> Iterator[Finding]:
    for holder in holders(stack):
        if not any(one.conditions for policy in holder.policies for one in statements(policy)):
            continue
        if lacks_login(holder) and any(kept_by_conditions(holder.visible, TOKEN)):
            sure = holder.sure and not may_never_log_in(holder.role)
            yield _finding(holder, ANYWHERE, Severity.ERROR if sure else Severity.WARNING)
        elif _is_kept_from_hosted_ci(holder):
            yield _finding(holder, _HOSTED, Severity.WARNING)


def _is_kept_from_hosted_ci(holder: Holder) -> bool:
    if not holder.sure or holder.role is None or not is_for_hosted_ci(holder.role):
        return False
    granted = can(holder.policies, LOGIN, context=_HOSTED).truth
    return granted is NO and any(kept_by_conditions(holder.policies, TOKEN, _HOSTED))


def _finding(holder: Holder, context: RequestContext, severity: Severity) -> Finding:
    first, *others = kept_by_conditions(holder.visible, TOKEN, context)
    unless = "" if holder.sure else ", unless another policy grants it"
    return Finding(
        span=first.span,
        message=f"{holder.label} cannot log in{unless}: {first.message}",
        help=f"grant the login in a statement of its own, without the condition: {statement((TOKEN,))}",
        address=holder.address,
        cause="login under a condition",
        severity=severity,
        roots=((holder.address, TOKEN),),
        related=(*((Related(holder.span, holder.label),) if holder.role is not None else ()), *others),
    )
