"""What is gathered from the resources of one root module, and what is known of their attributes before they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import TypeGuard

from ecrlint.adapt.stack_draft import StackDraft
from ecrlint.model import arn
from ecrlint.model.address import DEPLOYMENT, is_deployment, type_of
from ecrlint.model.dataclass import dataclass
from ecrlint.model.script import UNREAD, Scripts
from ecrlint.model.stack import Resource
from ecrlint.model.value import Choice, List, Ref, Scalar, Text, Unknown, Value, is_null, join, pieces, present, same_text, string


@dataclass
class TerraformRoot:
    """The resources of a root module and of all below it by address, and the stack that is drafted from them.

    `profiles` are the roles of instance profiles. `places` is what is known of where each provider deploys to: `region`,
    `account_id`.
    """

    resources: Mapping[str, Resource]
    scripts: Scripts = UNREAD
    draft: StackDraft = field(default_factory=StackDraft)
    profiles: dict[str, Value | None] = field(default_factory=dict)
    places: dict[str, dict[str, Value]] = field(default_factory=dict)
    providers: set[str] = field(default_factory=set)
    expanding: set[tuple[str, str]] = field(default_factory=set)

    @cached_property
    def types(self) -> frozenset[str]:
        """The types of all resources of the unit."""
        return frozenset(resource.type for resource in self.resources.values())

    def expand(self, value: Value) -> Value:
        """References replaced by what is known of the things they name."""
        match value:
            case Ref():
                return self._expand(value)
            case Text():
                return join(map(self.expand, value.parts), value.span)
            case Choice():
                return Choice(value.condition, self.expand(value.then), self.expand(value.otherwise), value.span)
            case _:
                return value

    def found(self, value: Value | None) -> Value | None:
        """A role that a data source looks up, by the name that it has; any other value as it is."""
        if isinstance(value, Ref) and type_of(value.address) == "data.aws_iam_role":
            return self.expand(value)
        return value

    def role_of_profile(self, profile: Value | None) -> Value | None:
        """The role of an instance profile that is referred to or named; a reference to something else as it is."""
        if isinstance(profile, Ref):
            return self.profiles.get(profile.address, profile)
        found = None
        for address, role in self.profiles.items() if profile is not None else ():
            own = self.resources[address].attributes.get("name")
            if profile is not None and own is not None and same_text(own, profile):
                found = role
        return found

    def _expand(self, ref: Ref) -> Value:
        if is_deployment(ref.address):
            return self.places.get(ref.address, {}).get(ref.attribute, ref)
        found = self.resources.get(ref.address)
        kind = found.type if found else type_of(ref.address)
        maker = _ATTRIBUTES.get((kind.removeprefix("data."), ref.attribute))
        if maker is not None:
            return self.placed(self._named(maker(ref, found), ref), found)
        argument = found.attributes.get(ref.attribute) if found is not None and ref.attribute in _NAMES else None
        if argument is not None and not is_null(argument) and not isinstance(argument, Unknown):
            return self.placed(self._named(argument, ref), found)
        service = _SERVICES.get(kind.removeprefix("data.").split("_")[1] if kind.count("_") else "")
        return self.placed(arn.other_arn(ref.span, service), found) if service and ref.attribute == "arn" else ref

    def _named(self, value: Value, of: Ref) -> Value:
        """A name or ARN in which another resource may be named; not its own name, which is not known then."""
        if (of.address, of.attribute) in self.expanding or all(_is_own(piece, of) for piece in pieces(value)):
            return value
        self.expanding.add((of.address, of.attribute))
        try:
            return join((piece if _is_own(piece, of) else self.expand(piece) for piece in pieces(value)), value.span)
        finally:
            self.expanding.discard((of.address, of.attribute))

    def placed(self, value: Value, of: Resource | None) -> Value:
        """A name or ARN with the region and the account of the resource that has it."""
        parts = pieces(value)
        return arn.text(value.span, *(self.place(part, of) if _is_deployment(part) else part for part in parts))

    def place(self, part: Ref, of: Resource | None) -> Value:
        """Region, account or partition of the unit (an `aws` reference), as they are where a resource is deployed."""
        region = of.attributes.get("region") if of is not None and part.attribute == "region" else None
        if region is not None and not is_null(region) and of is not None and of.type != "provider":
            return self.expand(region)
        address = DEPLOYMENT if of is None else of.provider
        return self.places.get(address, {}).get(part.attribute, Ref(address, part.attribute, part.span))


def _is_own(piece: Value, of: Ref) -> bool:
    """Whether a piece of what a reference stands for is known, a place, or a reference to the same resource."""
    return isinstance(piece, Scalar) or (isinstance(piece, Ref) and (piece.address == of.address or is_deployment(piece.address)))


def _is_deployment(part: Value) -> TypeGuard[Ref]:
    return isinstance(part, Ref) and part.address == DEPLOYMENT


def _name(ref: Ref, found: Resource | None, argument: str = "name") -> Value:
    value = found.attributes.get(argument) if found else None
    return Ref(ref.address, argument, ref.span) if value is None or is_null(value) or isinstance(value, Unknown) else value


def _registry(found: Resource | None) -> Value | None:
    """The account that a data source of ECR looks in, where it states one."""
    return present(found.attributes.get("registry_id")) if found is not None and found.type.startswith("data.") else None


def _identity_arn(ref: Ref, found: Resource | None) -> Value:
    """The ARN of a role, user or group, whose type ends with that word."""
    kind = type_of(ref.address).rsplit("_", 1)[-1]
    path = string(found.attributes.get("path")) if found else "/"
    return arn.arn(ref.span, "iam", arn.text(ref.span, f"{kind}{path or '/'}", _name(ref, found)), region=False)


def _provider_arn(ref: Ref, found: Resource | None) -> Value:
    """The ARN of an OpenID Connect provider, also of one that is looked up by its URL, or by its ARN."""
    url, own = (found.attributes.get(name) if found else None for name in ("url", "arn"))
    if own is not None and not is_null(own) and not isinstance(own, Unknown):
        return own
    known = Unknown("the URL of the provider is not known", ref.span) if url is None or is_null(url) else url
    return arn.identity_provider_arn(ref.span, known)


def _prebuilt_image(ref: Ref, found: Resource | None) -> Value:
    """An image of SageMaker's own, which a data source looks up."""
    region = _name(ref, found, "region")
    place = Ref("aws", "region", ref.span) if isinstance(region, Ref) else region
    return arn.image_of_aws(ref.span, place, _name(ref, found, "repository_name"), _name(ref, found, "image_tag"))


_ATTRIBUTES: Mapping[tuple[str, str], Callable[[Ref, Resource | None], Value]] = {
    ("aws_ecr_repository", "arn"): lambda ref, found: arn.repository_arn(ref.span, _name(ref, found), _registry(found)),
    ("aws_ecr_repository", "repository_url"): lambda ref, found: arn.repository_url(
        ref.span, _name(ref, found), _registry(found)
    ),
    ("aws_ecr_image", "image_uri"): lambda ref, found: arn.text(
        ref.span,
        arn.repository_url(ref.span, _name(ref, found, "repository_name"), _registry(found)),
        "@",
        Ref(ref.address, "image_digest", ref.span),
    ),
    ("aws_ecr_repository", "name"): _name,
    ("aws_ecr_repository", "id"): _name,
    ("aws_ecr_repository", "registry_id"): lambda ref, found: _registry(found) or Ref("aws", "account_id", ref.span),
    ("aws_ecr_pull_through_cache_rule", "registry_id"): lambda ref, found: Ref("aws", "account_id", ref.span),
    ("aws_ecr_pull_through_cache_rule", "id"): lambda ref, found: _name(ref, found, "ecr_repository_prefix"),
    ("aws_ecs_task_definition", "arn"): lambda ref, found: arn.task_definition_arn(
        ref.span, _name(ref, found, "family"), Ref(ref.address, "revision", ref.span)
    ),
    ("aws_sagemaker_prebuilt_ecr_image", "registry_path"): _prebuilt_image,
    ("aws_iam_role", "arn"): _identity_arn,
    ("aws_iam_role", "name"): _name,
    ("aws_iam_role", "id"): _name,
    ("aws_iam_user", "arn"): _identity_arn,
    ("aws_iam_user", "name"): _name,
    ("aws_iam_user", "id"): _name,
    ("aws_iam_openid_connect_provider", "arn"): _provider_arn,
    ("aws_iam_openid_connect_provider", "id"): _provider_arn,
    ("aws_cloudwatch_log_group", "name"): _name,
    ("aws_cloudwatch_log_group", "id"): _name,
    ("aws_ssm_parameter", "name"): _name,
    ("aws_ssm_parameter", "id"): _name,
    ("aws_secretsmanager_secret", "id"): lambda ref, found: arn.other_arn(ref.span, "secretsmanager"),
    ("aws_secretsmanager_secret_version", "arn"): lambda ref, found: arn.other_arn(ref.span, "secretsmanager"),
    ("aws_vpc_endpoint_service", "service_name"): lambda ref, found: arn.endpoint_service(ref.span, _name(ref, found, "service")),
    ("aws_s3_bucket", "arn"): lambda ref, found: arn.arn(
        ref.span, "s3", _name(ref, found, "bucket"), region=False, account=False
    ),
}
"""What is known of an attribute that exists only after deployment."""

_NAMES = frozenset({"name", "bucket", "family"})
"""Arguments whose value is the attribute of that name."""

_SERVICES = {
    "s3": "s3", "sns": "sns", "sqs": "sqs", "dynamodb": "dynamodb", "kms": "kms", "secretsmanager": "secretsmanager",
    "ssm": "ssm", "cloudwatch": "logs", "lambda": "lambda", "codebuild": "codebuild", "codepipeline": "codepipeline",
    "codecommit": "codecommit", "ecs": "ecs", "eks": "eks", "rds": "rds", "iam": "iam", "efs": "elasticfilesystem",
    "codestarconnections": "codestar-connections", "codeartifact": "codeartifact", "kinesis": "kinesis",
    "ecrpublic": "ecr-public",
}  # fmt: skip
"""The service in the ARNs of a resource type, by the second word of the type."""


def items(value: Value) -> Iterator[Value]:
    """The items of a list, and an `Unknown` for what it may hold beyond them; a single value as one item."""
    if isinstance(value, List):
        yield from value.items
        if not value.complete:
            yield Unknown("the list may have more items", value.span)
    else:
        yield value
