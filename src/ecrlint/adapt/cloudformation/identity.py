"""CloudFormation's IAM resources: roles, users, groups, their policies, and what may add to them unseen."""

from __future__ import annotations

from ecrlint.adapt import identity_draft
from ecrlint.adapt.cloudformation.template import CloudFormationTemplate, items
from ecrlint.adapt.identity_draft import IdentityDraft
from ecrlint.adapt.kept import parts_of, policy_of
from ecrlint.adapt.policy import aws_managed, boundary, managed, why
from ecrlint.adapt.table import Entries, Presence, ReadingPhase, ResourceType
from ecrlint.model.dataclass import replace
from ecrlint.model.policy import Attachment, HolderKind, IdentityProvider, Policy
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Ref, Unknown, Value, is_null, string

_HOLDERS: tuple[tuple[HolderKind, str], ...] = (
    ("role", "Roles"), ("user", "Users"), ("group", "Groups"), ("role", "RoleName"), ("user", "UserName"), ("group", "GroupName")
)  # fmt: skip


def holder(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    kinds: dict[str, HolderKind] = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user", "AWS::IAM::Group": "group"}
    kind = kinds[resource.type]
    own = get(f"{kind.capitalize()}Name")
    name = Ref(resource.address, "Ref", resource.span) if own is None or isinstance(own, Unknown) else own
    draft = IdentityDraft(kind, resource.address, name, resource.span)
    trust = get("AssumeRolePolicyDocument")
    if kind == "role" and trust is not None:
        draft.trust = policy_of(unit, resource, trust, "trust")
    draft.session = get("MaxSessionDuration")
    draft.boundary = boundary(get("PermissionsBoundary"), lambda arn: _managed(unit, arn, resource))
    draft.groups.extend(items(get("Groups")))
    unit.draft.identities.append(draft)
    for item in items(get("Policies")):
        _inline(unit, draft, item, resource)
    for one in items(get("ManagedPolicyArns")):
        _give(unit, kind, Ref(resource.address, "Ref", resource.span), one, resource)


def serverless(unit: CloudFormationTemplate, resource: Resource) -> None:
    """The role that SAM makes for a function or a state machine without one, with its `Policies`.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
    """
    get = resource.attributes.get
    if not is_null(get("Role")):
        return
    address = f"{resource.address}Role"
    draft = IdentityDraft("role", address, Ref(address, "Ref", resource.span), resource.span)
    draft.trust = _trust(unit, resource, get("AssumeRolePolicyDocument"), address)
    unit.draft.identities.append(draft)
    for item in items(get("Policies")):
        text = string(item)
        if isinstance(item, Map) and "Statement" in item.entries:
            draft.policies.append(policy_of(unit, resource, item, "identity", address))
        elif isinstance(item, Map):
            draft.open.append(f"the policy template {next(iter(item.entries), '')} is not known")
        elif text is not None and not text.startswith("arn:"):
            draft.policies.append(managed(item, text, item.span))
        elif not is_null(item):
            _give(unit, "role", Ref(address, "Ref", resource.span), item, resource)


def _trust(unit: CloudFormationTemplate, resource: Resource, document: Value | None, name: str) -> Policy | None:
    return None if document is None or is_null(document) else policy_of(unit, resource, document, "trust", name)


def _inline(unit: CloudFormationTemplate, draft: IdentityDraft, item: Value, resource: Resource) -> None:
    document = item.get("PolicyDocument") if isinstance(item, Map) else None
    if document is not None:
        draft.policies.append(policy_of(unit, resource, document, "identity"))
    elif not is_null(item):
        draft.open.append(f"an inline policy is not known: {why(item)}")


def standalone_policy(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A policy with the roles, users and groups that it names, by list or alone."""
    document = resource.attributes.get("PolicyDocument") or Unknown("it has no document", resource.span)
    made = policy_of(unit, resource, document, "identity")
    unit.draft.policies[resource.address] = made
    for kind, argument in _HOLDERS:
        for target in items(resource.attributes.get(argument)):
            unit.draft.attached.add(resource.address)
            unit.draft.attachments.append(Attachment(kind, target, replace(made, attached=target.span), resource.exists))


def _give(unit: CloudFormationTemplate, kind: HolderKind, target: Value, policy_arn: Value, resource: Resource) -> None:
    """Attach the managed policy that an ARN names."""
    made = identity_draft.attachments(kind, target, policy_arn, resource.exists, lambda arn: _managed(unit, arn, resource))
    unit.draft.attachments.extend(made)


def _managed(unit: CloudFormationTemplate, policy_arn: Value, resource: Resource) -> Policy:
    name = aws_managed(policy_arn)
    if name is not None:
        return managed(policy_arn, name, policy_arn.span)
    if isinstance(policy_arn, Ref) and policy_arn.address in unit.draft.policies:
        unit.draft.attached.add(policy_arn.address)
        return replace(unit.draft.policies[policy_arn.address], attached=policy_arn.span)
    text = string(policy_arn)
    spoken = f'"{text}"' if text is not None else why(policy_arn)
    reason = f"the policy that {resource.address} attaches is not here: {spoken}"
    return Policy("identity", resource.address, (), policy_arn.span, (reason,), attached=policy_arn.span, elsewhere=True)


def membership(unit: CloudFormationTemplate, resource: Resource) -> None:
    group = resource.attributes.get("GroupName") or Unknown("it names no group", resource.span)
    for user in items(resource.attributes.get("Users")):
        identity_draft.enroll(user, [group], resource, unit.draft.identities)


def instance_profile(unit: CloudFormationTemplate, resource: Resource) -> None:
    given = list(items(resource.attributes.get("Roles")))
    unit.profiles[resource.address] = (resource.attributes.get("InstanceProfileName"), given[0] if given else None)


def identity_provider(unit: CloudFormationTemplate, resource: Resource) -> None:
    url = resource.attributes.get("Url") or Unknown("it has no URL", resource.span)
    audiences = tuple(items(resource.attributes.get("ClientIdList")))
    provider = IdentityProvider(resource.address, resource.span, url, audiences)
    unit.draft.identity_providers.append(provider)


def nested_stack(unit: CloudFormationTemplate, resource: Resource) -> None:
    """A nested stack may attach policies to every role that it is given."""
    for draft in identity_draft.mentioned(parts_of(unit, resource), unit.draft.identities):
        draft.open.append(f"the nested stack {resource.address} is given it and may attach policies to it")


def unread(unit: CloudFormationTemplate, resource: Resource) -> None:
    for draft in unit.draft.identities:
        draft.open.append(f"a part of the template is not read: {resource.address}")


_POLICY = frozenset({"PolicyDocument"})
_TO_OTHERS = r"""\b(?:Roles|RoleName)\b['"]?\s*:"""
_GIVES: Presence = {"role policy": _TO_OTHERS}
_ASKS: Presence = {"role to attach to": _TO_OTHERS}
_HOLDER = frozenset({"AssumeRolePolicyDocument", "PolicyDocument"})

ENTRIES: Entries[CloudFormationTemplate] = (
    *(
        ResourceType(f"AWS::IAM::{kind}", standalone_policy, documents=_POLICY, gives=_GIVES, asks=_ASKS)
        for kind in ("Policy", "ManagedPolicy", "RolePolicy")
    ),
    ResourceType("AWS::IAM::UserPolicy", standalone_policy, documents=_POLICY),
    ResourceType("AWS::IAM::GroupPolicy", standalone_policy, documents=_POLICY),
    ResourceType("AWS::IAM::InstanceProfile", instance_profile),
    ResourceType("AWS::IAM::OIDCProvider", identity_provider, gives={"role for jobs": ""}),
    ResourceType(
        "AWS::IAM::Role",
        holder,
        ReadingPhase.OWNER,
        documents=_HOLDER,
        gives={"role": "", "role to attach to": "", "role for jobs": ""},
        asks={"role policy": ""},
    ),
    ResourceType("AWS::IAM::User", holder, ReadingPhase.OWNER, documents=_HOLDER),
    ResourceType("AWS::IAM::Group", holder, ReadingPhase.OWNER, documents=_HOLDER),
    ResourceType("AWS::Serverless::Function", serverless, ReadingPhase.OWNER, documents=_HOLDER),
    ResourceType("AWS::Serverless::StateMachine", serverless, ReadingPhase.OWNER, documents=_HOLDER),
    ResourceType("AWS::IAM::UserToGroupAddition", membership, ReadingPhase.TIE),
    ResourceType("AWS::CloudFormation::Stack", nested_stack, ReadingPhase.TIE),
    ResourceType("AWS::Serverless::Application", nested_stack, ReadingPhase.TIE),
    ResourceType("unread", unread, ReadingPhase.TIE),
)
