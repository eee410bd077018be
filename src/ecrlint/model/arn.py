"""ARNs, and other names, of what the stack makes, as far as they are known before it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ecrlint.model.source import Span
from ecrlint.model.value import Ref, Scalar, Unknown, Value, join, pieces


def text(span: Span, *parts: str | Value) -> Value:
    """A string of known words and values in turn."""
    return join(parts, span)


def arn(span: Span, service: str, resource: str | Value, *, region: bool = True, account: bool = True) -> Value:
    """The ARN of a resource of this deployment."""
    where: list[str | Value] = ["arn:", Ref("aws", "partition", span), f":{service}:"]
    where += [Ref("aws", "region", span)] if region else []
    where += [":"]
    where += [Ref("aws", "account_id", span)] if account else []
    return text(span, *where, ":", resource)


def repository_arn(span: Span, name: Value, account: Value | None = None) -> Value:
    """The ARN of a repository, of this deployment's account where none is given."""
    partition, region, own = (Ref("aws", part, span) for part in ("partition", "region", "account_id"))
    return text(span, "arn:", partition, ":ecr:", region, ":", account or own, ":repository/", name)


def repository_url(span: Span, name: Value, account: Value | None = None) -> Value:
    """The URL of a repository, of this deployment's account where none is given."""
    own, region, suffix = (Ref("aws", part, span) for part in ("account_id", "region", "dns_suffix"))
    return text(span, account or own, ".dkr.ecr.", region, ".", suffix, "/", name)


def image_of_aws(span: Span, region: Value, repository: Value, tag: Value) -> Value:
    """An image in a registry of AWS's own, whose account differs from region to region."""
    account, suffix = Unknown("the account is one of AWS's", span), Ref("aws", "dns_suffix", span)
    return text(span, account, ".dkr.ecr.", region, ".", suffix, "/", repository, ":", tag)


def task_definition_arn(span: Span, family: Value, revision: Value) -> Value:
    return arn(span, "ecs", text(span, "task-definition/", family, ":", revision))


def form(kind: str, ref: Ref) -> Value | None:
    """What is known of an attribute of a declared resource by its type alone, with the resource's own name as a hole.

    None where nothing is. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    make = _FORMS.get((kind, ref.attribute))
    return None if make is None else make(ref.span, Ref(ref.address, "Ref" if "::" in kind else "name", ref.span))


def _role_arn(span: Span, name: Value) -> Value:
    return arn(span, "iam", text(span, "role/", name), region=False)


def other_arn(span: Span, service: str) -> Value:
    """The ARN of something of this service, of which nothing more is known."""
    return text(span, "arn:", Ref("aws", "partition", span), f":{service}:", Unknown("the rest of an ARN", span))


def endpoint_service(span: Span, service: Value) -> Value:
    """The name of the endpoint service that AWS runs for one of its services (`ecr.api`) in this region."""
    return text(span, "com.amazonaws.", Ref("aws", "region", span), ".", service)


def identity_provider_arn(span: Span, url: Value) -> Value:
    """The ARN of an OpenID Connect provider, which ends with its URL without the scheme.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    """
    first, *rest = pieces(url)
    if isinstance(first, Scalar) and isinstance(first.value, str):
        first = Scalar(first.value.removeprefix("https://"), first.span)
    return arn(span, "iam", text(span, "oidc-provider/", first, *rest), region=False)


_FORMS: Mapping[tuple[str, str], Callable[[Span, Value], Value]] = {
    ("aws_ecr_repository", "arn"): repository_arn,
    ("aws_ecr_repository", "repository_url"): repository_url,
    ("AWS::ECR::Repository", "Arn"): repository_arn,
    ("AWS::ECR::Repository", "RepositoryUri"): repository_url,
    ("AWS::IAM::Role", "Arn"): _role_arn,
}
"""The attributes that are made of the resource's name. The ARN of a role of Terraform is not: its path may be in it."""
