"""What is gathered from the resources of one template on the way to a Stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from ecrlint.adapt.stack_draft import StackDraft
from ecrlint.model import arn
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.script import UNREAD, Scripts
from ecrlint.model.stack import Resource
from ecrlint.model.value import Choice, List, Ref, Scalar, Text, Unknown, Value, is_null, join, same_text, string


@dataclass
class CloudFormationTemplate:
    """The resources of a template by logical id, and the stack that is drafted from them.

    `profiles` are the names and the roles of instance profiles.
    """

    resources: Mapping[str, Resource]
    scripts: Scripts = UNREAD
    draft: StackDraft = field(default_factory=StackDraft)
    profiles: dict[str, tuple[Value | None, Value | None]] = field(default_factory=dict)
    place: Mapping[str, Value] = field(default_factory=dict)

    def expand(self, value: Value) -> Value:
        """References replaced by what is known of the things they name; numbers as the strings that IAM gets."""
        match value:
            case Ref():
                return self._expand(value)
            case Text():
                return join(map(self.expand, value.parts), value.span)
            case Choice():
                return replace(value, then=self.expand(value.then), otherwise=self.expand(value.otherwise))
            case Scalar(value=int() | float() as number) if not isinstance(number, bool):
                return Scalar(str(number), value.span)
            case _:
                return value

    def role_of_profile(self, profile: Value | None) -> Value | None:
        """The role of an instance profile that is referred to or named; a reference to something else as it is."""
        role: Value | None = profile if isinstance(profile, Ref) else None
        for address, (own, given) in self.profiles.items():
            if (isinstance(profile, Ref) and profile.address == address) or same_text(own, profile):
                role = given
        return role

    def _expand(self, ref: Ref) -> Value:
        if ref.address == "aws":
            return self.place.get(ref.attribute, ref)
        found = self.resources.get(ref.address)
        if found is None:
            return ref
        maker = _ATTRIBUTES.get((found.type, ref.attribute))
        if maker is not None:
            made = maker(ref, found)
            return self.expand(made) if self.place and isinstance(made, Text) else made
        words = found.type.split("::")
        service = _SERVICES.get(words[1], words[1].lower()) if len(words) == 3 and words[0] == "AWS" else ""
        is_arn = ref.attribute.endswith("Arn") or (ref.attribute == "Ref" and found.type in _REF_IS_ARN)
        return arn.other_arn(ref.span, service) if service and is_arn else ref


def _name(ref: Ref, found: Resource, argument: str) -> Value:
    value = found.attributes.get(argument)
    return Ref(ref.address, "Ref", ref.span) if value is None or is_null(value) or isinstance(value, Unknown) else value


def _role_arn(ref: Ref, found: Resource) -> Value:
    path = string(found.attributes.get("Path")) or "/"
    return arn.arn(ref.span, "iam", arn.text(ref.span, f"role{path}", _name(ref, found, "RoleName")), region=False)


def _bucket(ref: Ref, found: Resource) -> Value:
    name = _name(ref, found, "BucketName")
    return Ref(ref.address, "bucket", ref.span) if isinstance(name, Ref) else name


def _bucket_arn(ref: Ref, found: Resource) -> Value:
    return arn.arn(ref.span, "s3", _bucket(ref, found), region=False, account=False)


def _provider_arn(ref: Ref, found: Resource) -> Value:
    url = found.attributes.get("Url")
    known = Unknown("the URL of the provider is not known", ref.span) if url is None or is_null(url) else url
    return arn.identity_provider_arn(ref.span, known)


_ATTRIBUTES: Mapping[tuple[str, str], Callable[[Ref, Resource], Value]] = {
    ("AWS::ECR::Repository", "Ref"): lambda ref, found: _name(ref, found, "RepositoryName"),
    ("AWS::ECR::Repository", "Arn"): lambda ref, found: arn.repository_arn(ref.span, _name(ref, found, "RepositoryName")),
    ("AWS::ECR::Repository", "RepositoryUri"): lambda ref, found: arn.repository_url(
        ref.span, _name(ref, found, "RepositoryName")
    ),
    ("AWS::ECR::PublicRepository", "Arn"): lambda ref, found: arn.other_arn(ref.span, "ecr-public"),
    ("AWS::ECS::TaskDefinition", "Ref"): lambda ref, found: arn.task_definition_arn(
        ref.span, _name(ref, found, "Family"), Ref(ref.address, "revision", ref.span)
    ),
    ("AWS::IAM::Role", "Ref"): lambda ref, found: _name(ref, found, "RoleName"),
    ("AWS::IAM::Role", "Arn"): _role_arn,
    ("AWS::IAM::OIDCProvider", "Ref"): _provider_arn,
    ("AWS::IAM::OIDCProvider", "Arn"): _provider_arn,
    ("AWS::Logs::LogGroup", "Ref"): lambda ref, found: _name(ref, found, "LogGroupName"),
    ("AWS::SSM::Parameter", "Ref"): lambda ref, found: _name(ref, found, "Name"),
    ("AWS::S3::Bucket", "Ref"): _bucket,
    ("AWS::S3::Bucket", "Arn"): _bucket_arn,
}
"""What is known of an attribute that exists only after deployment."""

_SERVICES = {"Logs": "logs", "EFS": "elasticfilesystem", "CodeStarConnections": "codestar-connections", "StepFunctions": "states"}
"""The service in the ARNs of a resource type, where that is not the type's second word in lower case."""

_REF_IS_ARN = frozenset(
    {
        "AWS::SNS::Topic", "AWS::SecretsManager::Secret", "AWS::IAM::ManagedPolicy", "AWS::ECS::TaskDefinition",
        "AWS::ECS::Service", "AWS::StepFunctions::StateMachine", "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::CodeStarConnections::Connection",
    }
)  # fmt: skip


def items(value: Value | None) -> Iterator[Value]:
    """The items of a list, and an `Unknown` for what it may hold beyond them; a single value as one item.

    What a condition leaves out (`AWS::NoValue`) is no item.
    """
    if value is None or is_null(value):
        return
    if isinstance(value, List):
        yield from (item for item in value.items if not is_null(item))
        if not value.complete:
            yield Unknown("the list may have more items", value.span)
    else:
        yield value
