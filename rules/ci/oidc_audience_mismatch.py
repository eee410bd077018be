"""A job asks for a token for one audience, and the OpenID Connect provider or the role takes another.

## What fails

The step that assumes the role, in every run of the job.

## Why

A token is for an audience. STS takes it when the provider in IAM lists the audience (`client_id_list`) and when
the condition on `aud` in the trust policy holds. configure-aws-credentials asks for `sts.amazonaws.com`, in the regions of
China for `sts.amazonaws.com.cn`, unless its input `audience` says another. A job of GitLab states it in `id_tokens` (`aud`).

## Fix

Let all three agree. Terraform:

```hcl
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}
```

CloudFormation:

```yaml
GitHub:
  Type: AWS::IAM::OIDCProvider
  Properties:
    Url: https://token.actions.githubusercontent.com
    ClientIdList: [sts.amazonaws.com]
```

## References

- [Inputs of configure-aws-credentials](https://github.com/aws-actions/configure-aws-credentials)
- [Create an OpenID Connect identity provider](https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html)
- [Configuring OpenID Connect in Amazon Web Services](https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis import federation
from ecrlint.analysis.job_roles import Assumption, assumptions, issuer
from ecrlint.iam.request import known, present
from ecrlint.model.finding import Finding, Related, Severity
from ecrlint.model.policy import IdentityProvider, Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO
from ecrlint.model.value import string
from ecrlint.wording.words import listing

SEVERITY = Severity.ERROR
SYMPTOM = ("Incorrect token audience", "Could not assume role with OIDC: Incorrect token audience")


def check(stack: Stack) -> Iterator[Finding]:
    for one in assumptions(stack):
        audience = _audience(one)
        if one.credentials.by != "token" or audience is None:
            continue
        role = one.roles[0]
        if not federation.concerns_ecr(role):
            continue
        wanted = issuer(one.job.platform)
        provider = _refusing_provider(stack, wanted, audience)
        if provider is not None:
            yield _of_provider(one, role, provider, audience)
        elif all(_is_refused(role, wanted, audience) for role in one.roles) and not federation.never_admits(stack, role):
            yield from _of_role(one, role, audience)


def _audience(one: Assumption) -> str | None:
    """The audience that the token is for; None where that is not known."""
    stated = one.credentials.inputs.get("audience")
    if stated is not None and string(stated) != "":
        return string(stated)
    region = string(one.credentials.region)
    if region is None or one.job.platform != "github":
        return None
    return "sts.amazonaws.com.cn" if region.startswith("cn-") else "sts.amazonaws.com"


def _refusing_provider(stack: Stack, wanted: str, audience: str) -> IdentityProvider | None:
    """The provider of an issuer that does not take an audience, where no other does."""
    found = [
        one
        for beside in (stack, *stack.beside)
        for one in beside.identity_providers
        if federation.issuer_of(one) in (wanted, None)
    ]
    taken = [federation.audiences(one) for one in found]
    refuses = all(some is not None and some and audience not in some for some in taken)
    return found[0] if found and refuses and federation.issuer_of(found[0]) == wanted else None


def _is_refused(role: Role, wanted: str, audience: str) -> bool:
    claims = {"aud": known(audience), "sub": present("the subject is not in question")}
    return federation.admits(role, wanted, claims) is NO


def _of_provider(one: Assumption, role: Role, provider: IdentityProvider, audience: str) -> Finding:
    taken = listing(federation.audiences(provider) or ("",))
    place = provider.audiences[0].span
    message = f'job "{one.job.label}" asks for a token for "{audience}", and provider "{provider.label}" takes {taken} only'
    return _finding(one, role, place, message, audience, provider.address)


def _of_role(one: Assumption, role: Role, audience: str) -> Iterator[Finding]:
    own = issuer(one.job.platform)
    for statement in (found for found in federation.federated(role) or () if found.issuer == own):
        for condition in statement.claims("aud"):
            message = f'job "{one.job.label}" asks for a token for "{audience}", and role "{role.label}" admits another audience'
            yield _finding(one, role, condition.values[0].span, message, audience, role.address)
            return


def _finding(one: Assumption, role: Role, place: Span, message: str, audience: str, address: str) -> Finding:
    return Finding(
        span=place,
        message=message,
        help=f'admit "{audience}", or set the input audience of the step',
        address=address,
        cause=f"audience {audience}",
        severity=None if one.named else Severity.WARNING,
        related=(Related(one.credentials.span, "the token is asked for here"), Related(role.span, f'role "{role.label}"')),
    )
