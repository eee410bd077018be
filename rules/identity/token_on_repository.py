"""The login token is granted on a resource, where it can only be granted on everything.

## What fails

`aws ecr get-login-password`, the ECR login of a CI job, the credential helper, or the pull of an ECS task: the policy
names the right action and AWS denies it all the same.

## Why

`ecr:GetAuthorizationToken` is about the registry, not about a repository: AWS checks it against the resource `*`, and
no ARN matches that, not even `arn:aws:ecr:*:*:repository/*`. A statement that lists the token next to the push
actions and is scoped to a repository grants all of them but the token. The same holds for `ecr:*` or `ecr:Get*` on a
repository.

`*` in the list of resources is enough, and so is any other statement of the same role that grants the token on `*`.

## Fix

Terraform:

```hcl
data "aws_iam_policy_document" "push" {
  statement {
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    actions   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
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
    Action: [ecr:BatchGetImage, ecr:GetDownloadUrlForLayer]
    Resource: !GetAtt Repository.Arn
```

## References

- [Actions of Amazon ECR, with the resources that each accepts](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html)
- [IAM permissions for pushing an image](https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.arns import service_in
from ecrlint.analysis.capability import PUBLIC_TOKEN, TOKEN
from ecrlint.analysis.holders import Holder, holders
from ecrlint.analysis.intent import pushing
from ecrlint.analysis.login import InVain, in_vain, lacks_login, may_pull, may_push
from ecrlint.analysis.pullers import is_only_task_role
from ecrlint.analysis.spelling import service_of
from ecrlint.analysis.trust import is_for_services, logs_in, may_never_log_in, runs_docker
from ecrlint.fixes.edits import with_login
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.wording.messages import LOGIN_REFUSED
from ecrlint.wording.words import quoted, statement

SEVERITY = Severity.ERROR
SYMPTOM = LOGIN_REFUSED


def check(stack: Stack) -> Iterator[Finding]:
    for holder in holders(stack):
        for token in (TOKEN, PUBLIC_TOKEN):
            found = tuple(in_vain(holder, token))
            severity = _severity(holder, found) if found and lacks_login(holder, token) else None
            if severity is not None:
                harmless = _is_copy(stack, holder) or may_never_log_in(holder.role)
                yield _finding(holder, found, min(severity, Severity.WARNING) if harmless else severity)


def _is_copy(stack: Stack, holder: Holder) -> bool:
    """Whether a task role has a copy of what ECS needs to start the task: nothing here shows that a container logs in."""
    return is_only_task_role(stack, holder.role) and not any(pushing(holder.own))


def _severity(holder: Holder, found: tuple[InVain, ...]) -> Severity | None:
    """Who names the token means to log in, and who is given the whole service on repositories as a rule does too."""
    first = found[0]
    if first.by_name:
        return Severity.ERROR if holder.sure else Severity.WARNING
    role = holder.role
    if role is None or not holder.sure:
        return Severity.WARNING if first.of_whole_service and _is_of_registry(first) else None
    if logs_in(role) is NO:
        return None
    if first.of_whole_service and _is_of_registry(first):
        if logs_in(role) is YES:
            return Severity.ERROR
        return None if is_for_services(role) else Severity.WARNING
    if first.token != TOKEN or logs_in(role) is not YES or not (may_push(holder) or may_pull(holder)):
        return None
    return Severity.ERROR if runs_docker(role) or any(pushing(holder.own)) else Severity.WARNING


def _is_of_registry(first: InVain) -> bool:
    """Whether a pattern is of the registry's own service, on repositories of it alone."""
    service = first.token.partition(":")[0]
    return service_of(first.pattern) == service and all(service_in(one) == service for one in first.resources)


def _finding(holder: Holder, found: tuple[InVain, ...], severity: Severity) -> Finding:
    first, *others = found
    return Finding(
        span=first.pattern.span if first.by_name else first.resources[0].span,
        message=_message(holder, first),
        help=f"add a statement: {statement((first.token,))}",
        address=holder.address,
        cause=f"{first.token} not on everything",
        severity=severity,
        related=tuple(_related(holder, first, others)),
        roots=((holder.address, first.token),),
        fix=with_login(first),
    )


def _message(holder: Holder, first: InVain) -> str:
    scope = quoted(first.resources[0])
    if len(first.resources) > 1:
        scope += f" and {len(first.resources) - 1} more"
    if first.by_name:
        return f'{holder.label} grants {first.token} on {scope}; the login token needs Resource "*"'
    return f'{holder.label} grants {quoted(first.pattern)} on {scope}, which does not cover {first.token}: that needs "*"'


def _related(holder: Holder, first: InVain, others: list[InVain]) -> Iterator[Related]:
    if first.by_name:
        yield Related(first.resources[0].span, "the resource of the statement")
    else:
        yield Related(first.pattern.span, "the action that covers the token")
    if holder.role is not None:
        yield Related(holder.span, holder.label)
    yield from (Related(one.pattern.span, "here too") for one in others if one.by_name is first.by_name)
