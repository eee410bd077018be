"""The trust policy of a role admits no token of the CI service that it names, whatever job asks.

## What fails

Every job that assumes the role: the step that configures the credentials fails before anything is built.

## Why

A job exchanges the token of its CI service for credentials with `sts:AssumeRoleWithWebIdentity`. A statement of the trust
policy that can never match lets no job in:

- It allows `sts:AssumeRole`, which no token is exchanged with.
- It compares `sub` with `StringEquals`, and the value has a wildcard. `*` is then a character like any other, and no
  subject has it. `StringLike` compares with wildcards.
- Its condition key does not begin with the issuer as the provider has it (`token.actions.githubusercontent.com:sub`):
  with `https://` before it, or with another host. The token has no such key.
- Its audience is none of the audiences (`client_id_list`) of the OpenID Connect provider, so that no token passes both.
- It asks for `ref:refs/pull/...` in `sub`. The subject of a pull request is `repo:OWNER/NAME:pull_request`; only a
  repository with a subject of its own making sends another.
- Its `sub` is `repo:OWNER/NAME` and no more. A subject goes on with the branch, the tag, the environment or the event, again
  unless the repository makes it itself.

Several values of a condition, and several statements, are alternatives: the rule reports a role when none is left.

## Fix

Terraform:

```hcl
data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.github.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }
    condition {
      test     = "StringLike"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:acme/shop:*"]
    }
  }
}
```

CloudFormation:

```yaml
AssumeRolePolicyDocument:
  Version: "2012-10-17"
  Statement:
    - Effect: Allow
      Action: sts:AssumeRoleWithWebIdentity
      Principal: {Federated: !Ref GitHub}
      Condition:
        StringEquals:
          token.actions.githubusercontent.com:aud: sts.amazonaws.com
        StringLike:
          token.actions.githubusercontent.com:sub: repo:acme/shop:*
```

## References

- [Configuring OpenID Connect in Amazon Web Services](https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws)
- [OpenID Connect reference: the subject](https://docs.github.com/en/actions/reference/security/oidc)
- [Condition operators of IAM](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html)
- [Create an OpenID Connect identity provider](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis import federation
from ecrlint.analysis.federation import Federated, Never
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.wording.messages import NOT_TRUSTED
from ecrlint.wording.words import listing, quoted

SEVERITY = Severity.ERROR
SYMPTOM = (NOT_TRUSTED, "Incorrect token audience")


def check(stack: Stack) -> Iterator[Finding]:
    for role in stack.roles:
        statements = federation.federated(role)
        if not statements or not federation.concerns_ecr(role):
            continue
        for issuer in dict.fromkeys(one.issuer for one in statements):
            yield from _of_issuer(stack, role, [one for one in statements if one.issuer == issuer])


def _of_issuer(stack: Stack, role: Role, statements: list[Federated]) -> Iterator[Finding]:
    never = [found for one in statements if (found := federation.never(stack, one)) is not None]
    if len(never) == len(statements):
        yield _finding(role, never)


def _finding(role: Role, never: list[Never]) -> Finding:
    first, *others = never
    return Finding(
        span=_place(first),
        message=f'no job can assume role "{role.label}": {_why(first)}',
        help=_HELP[first.why].format(issuer=first.statement.issuer, takes=first.takes[0] if first.takes else ""),
        address=role.address,
        cause=first.why,
        severity=None if all(one.sure for one in never) else Severity.WARNING,
        related=(Related(role.span, f'role "{role.label}"'), *(Related(_place(one), _why(one)) for one in others)),
        aws=SYMPTOM[1] if first.why == "audience" else SYMPTOM[0],
    )


def _place(one: Never) -> Span:
    return one.condition.span if one.condition is not None and one.why == "key" else one.value.span


def _why(one: Never) -> str:
    """What is wrong with a statement, with the words of its author."""
    value = quoted(one.value)
    match one.why:
        case "action":
            return f"the statement allows {value}, and a token is exchanged with {federation.WEB_IDENTITY}"
        case "wildcard":
            operator = "StringEquals" if one.condition is None else one.condition.operator
            return f"{operator} compares {value} without wildcards, and no subject contains one"
        case "pull request":
            return f"{value} is not the subject of a pull request, unless the repository has a subject template of its own"
        case "repository alone":
            return f"{value} has no branch, tag, environment or event, unless the repository has a subject template of its own"
        case "audience":
            label = "" if one.provider is None else one.provider.label
            return f'the audience {value} is none that provider "{label}" accepts ({listing(one.takes)})'
        case "key":
            key = "" if one.condition is None else one.condition.key
            return f'condition key "{key}" does not begin with the issuer of the token, {one.statement.issuer}'


_HELP = {
    "action": f'"{federation.WEB_IDENTITY}"',
    "wildcard": "compare the subject with StringLike",
    "pull request": "end the subject with :pull_request",
    "repository alone": "compare with StringLike, and end the subject with :*, or with the branch or environment",
    "audience": 'ask for "{takes}", or add the audience to the provider',
    "key": 'begin the key with "{issuer}:"',
}
