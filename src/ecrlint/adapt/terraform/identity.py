"""Roles, users and groups, their policies and what attaches one to the other."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.adapt import identity_draft
from ecrlint.adapt.identity_draft import IdentityDraft
from ecrlint.adapt.kept import parts_of, policy_of
from ecrlint.adapt.policy import aws_managed, boundary, managed, why
from ecrlint.adapt.table import Entries, Presence, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot, items
from ecrlint.model.dataclass import replace
from ecrlint.model.policy import Attachment, HolderKind, IdentityProvider, Policy
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Ref, Scalar, Unknown, Value, alternatives, is_null, string


def identity(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    kind: HolderKind = "role" if resource.type == "aws_iam_role" else "user" if resource.type == "aws_iam_user" else "group"
    name = get("name")
    known = name is not None and not is_null(name) and not isinstance(name, Unknown)
    draft = IdentityDraft(
        kind, resource.address, name if known and name else Ref(resource.address, "name", resource.span), resource.span
    )
    draft.arn = unit.expand(Ref(resource.address, "arn", resource.span))
    trust = resource.current("assume_role_policy")
    if kind == "role" and trust is not None:
        draft.trust = policy_of(unit, resource, trust, "trust")
    draft.session = get("max_session_duration")
    draft.prefix = get("name_prefix")
    draft.boundary = boundary(get("permissions_boundary"), lambda arn: _managed(unit, arn, resource))
    unit.draft.identities.append(draft)
    if resource.ignored & {"inline_policy", "managed_policy_arns", "all"}:
        draft.open.append("changes to its policies are ignored")
    for block in _blocks(get("inline_policy"), draft, "an inline policy"):
        document = block.get("policy")
        if document is not None and not is_null(document):
            draft.policies.append(policy_of(unit, resource, document, "identity"))
    arns = get("managed_policy_arns")
    if arns is not None and not is_null(arns):
        for one in items(arns):
            _give(unit, "role", Ref(resource.address, "arn", resource.span), one, resource)


def _blocks(value: Value | None, draft: IdentityDraft, what: str) -> Iterator[Map]:
    if value is None or is_null(value):
        return
    for item in items(value):
        if isinstance(item, Map):
            yield item
        else:
            draft.open.append(f"{what} is not known: {why(item)}")


def managed_policy(unit: TerraformRoot, resource: Resource) -> None:
    document = resource.current("policy")
    if document is None:
        document = Unknown("it has no policy", resource.span)
    made = policy_of(unit, resource, document, "identity")
    unit.draft.policies[resource.address] = made


def inline_policy(unit: TerraformRoot, resource: Resource) -> None:
    kind: HolderKind = "role" if "_role_" in resource.type else "user" if "_user_" in resource.type else "group"
    document = resource.current("policy") or Unknown("it has no policy", resource.span)
    made = policy_of(unit, resource, document, "identity")
    target = resource.attributes.get(kind) or Unknown("it names nobody", resource.span)
    unit.draft.attachments.append(Attachment(kind, _found(unit, target), replace(made, attached=resource.span), resource.exists))


def attachment(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    what = get("policy_arn") or Unknown("it names no policy", resource.span)
    one_of: tuple[tuple[HolderKind, str], ...] = (
        ("role", "role"), ("user", "user"), ("group", "group"), ("role", "roles"), ("user", "users"), ("group", "groups")
    )  # fmt: skip
    for kind, argument in one_of:
        target = get(argument)
        if target is None or is_null(target):
            continue
        for one in items(target):
            _give(unit, kind, one, what, resource)


def attachments_exclusive(unit: TerraformRoot, resource: Resource) -> None:
    """The managed policies that a role, user or group has and no others; what is attached elsewhere is taken to stay."""
    get = resource.attributes.get
    kinds: tuple[HolderKind, ...] = ("role", "user", "group")
    for kind in kinds:
        target, arns = get(f"{kind}_name"), get("policy_arns")
        if target is not None and arns is not None and not is_null(arns):
            for one in items(arns):
                _give(unit, kind, target, one, resource)


def _give(unit: TerraformRoot, kind: HolderKind, target: Value, policy_arn: Value, resource: Resource) -> None:
    """Attach the managed policy that an ARN names."""
    target = _found(unit, target)
    made = identity_draft.attachments(kind, target, policy_arn, resource.exists, lambda arn: _managed(unit, arn, resource))
    unit.draft.attachments.extend(made)


def _found(unit: TerraformRoot, target: Value) -> Value:
    """Whom a target means: a role that is looked up is the one of the name by which it is."""
    return unit.found(target) or target


def looked_up(unit: TerraformRoot, resource: Resource) -> None:
    """Names of roles that are looked up, of whoever makes them."""
    stated = resource.attributes.get("name_regex")
    unit.draft.sought = stated if not is_null(stated) and unit.draft.sought is None else Unknown("any name", resource.span)


def _managed(unit: TerraformRoot, policy_arn: Value, resource: Resource) -> Policy:
    name = aws_managed(policy_arn)
    if name is not None:
        return managed(policy_arn, name, resource.span)
    if isinstance(policy_arn, Ref):
        own = unit.draft.policies.get(policy_arn.address)
        if own is not None:
            unit.draft.attached.add(policy_arn.address)
            return replace(own, attached=resource.span)
        source = unit.resources.get(policy_arn.address)
        if source is not None and source.type == "data.aws_iam_policy":
            found = source.attributes.get("arn")
            by_arn = aws_managed(found) if found is not None else None
            by_name = string(source.attributes.get("name"))
            if found is not None and by_arn:
                return managed(found, by_arn, resource.span)
            if by_name:
                return managed(policy_arn, by_name, resource.span)
    reason = f"the policy that {resource.address} attaches is not here: {_spoken(policy_arn)}"
    return Policy("identity", resource.address, (), policy_arn.span, (reason,), attached=resource.span, elsewhere=True)


def _spoken(value: Value) -> str:
    text = string(value)
    return f'"{text}"' if text is not None else why(value)


def membership(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    for argument, group_argument in (("user", "groups"), ("users", "group")):
        users, groups = get(argument), get(group_argument)
        if users is None or groups is None:
            continue
        for user in items(users):
            identity_draft.enroll(user, list(items(groups)), resource, unit.draft.identities)


def instance_profile(unit: TerraformRoot, resource: Resource) -> None:
    unit.profiles[resource.address] = resource.attributes.get("role")


def identity_provider(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    url = get("url") or Unknown("it has no URL", resource.span)
    audiences = get("client_id_list") or Unknown("it has no client ids", resource.span)
    provider = IdentityProvider(resource.address, resource.span, url, tuple(items(audiences)))
    unit.draft.identity_providers.append(provider)


def unread_module(unit: TerraformRoot, resource: Resource) -> None:
    """A module that is not here may attach policies to every role that it is given, and to any that it may be given."""
    for draft in identity_draft.mentioned(parts_of(unit, resource), unit.draft.identities):
        draft.open.append(f"{resource.address}, which is not here, is given it and may attach policies to it")
    arguments = resource.attributes.entries
    given = [value for name in arguments if "role" in name for value in items(arguments[name])]
    unknown = [side for value in given for side in alternatives(value) if not isinstance(side, Scalar)]
    drafts = unit.draft.identities
    for draft in drafts:
        if draft.kind == "role" and any(identity_draft.may_name(side, draft.name, drafts) for side in unknown):
            draft.open.append(f"{resource.address}, which is not here, is given a role that may be it")
    reason = f"{resource.address}, which is not here, may attach it"
    made = Policy("identity", resource.address, (), resource.span, (reason,), elsewhere=True)
    named = [side for value in given for side in alternatives(_found(unit, value)) if not drafts.under(side)]
    names = (one for one in named if not (string(one) or "arn:").startswith("arn:"))
    unit.draft.attachments.extend(Attachment("role", one, made) for one in names)


_KINDS: tuple[HolderKind, ...] = ("role", "user", "group")
_POLICY = frozenset({"policy"})
_TO_OTHERS = r"""\brole(?:s|_name)?\b['"]?\s*[=:]\s*(?!\[?\s*aws_iam_)\S"""
_IN_BLOCK = r"(?:[^\n]*\n(?!\}))*?[^\n]*?"
_ATTACHES = rf"""\baws_iam_\w*policy\w*"(?:\s*:|{_IN_BLOCK}{_TO_OTHERS})"""
_GIVES: Presence = {"role policy": _ATTACHES}
_ASKS: Presence = {"role to attach to": _ATTACHES}
_MODULE = rf"""\bmodule(?:"\s*:|\s+"{_IN_BLOCK}{_TO_OTHERS})"""

ENTRIES: Entries[TerraformRoot] = (
    ResourceType("data.aws_iam_policy"),
    ResourceType("data.aws_iam_role"),
    ResourceType("data.aws_iam_roles", looked_up),
    ResourceType("data.aws_iam_openid_connect_provider"),
    ResourceType("aws_iam_policy", managed_policy, documents=_POLICY),
    ResourceType("aws_iam_instance_profile", instance_profile),
    ResourceType("aws_iam_openid_connect_provider", identity_provider, gives={"role for jobs": ""}),
    ResourceType(
        "aws_iam_role",
        identity,
        ReadingPhase.OWNER,
        documents=frozenset({"assume_role_policy", "inline_policy", "policy"}),
        gives={"role": "", "role to attach to": "", "role for jobs": ""},
        asks={"role policy": ""},
    ),
    ResourceType("aws_iam_user", identity, ReadingPhase.OWNER),
    ResourceType("aws_iam_group", identity, ReadingPhase.OWNER),
    *(
        ResourceType(f"aws_iam_{kind}_policy", inline_policy, ReadingPhase.TIE, documents=_POLICY, gives=_GIVES, asks=_ASKS)
        for kind in _KINDS
    ),
    *(
        ResourceType(f"aws_iam_{kind}_policy_attachment", attachment, ReadingPhase.TIE, gives=_GIVES, asks=_ASKS)
        for kind in _KINDS
    ),
    *(
        ResourceType(
            f"aws_iam_{kind}_policy_attachments_exclusive", attachments_exclusive, ReadingPhase.TIE, gives=_GIVES, asks=_ASKS
        )
        for kind in _KINDS
    ),
    ResourceType("aws_iam_policy_attachment", attachment, ReadingPhase.TIE, gives=_GIVES, asks=_ASKS),
    ResourceType("aws_iam_user_group_membership", membership, ReadingPhase.TIE),
    ResourceType("aws_iam_group_membership", membership, ReadingPhase.TIE),
    ResourceType("module", unread_module, ReadingPhase.TIE, gives={"role policy": _MODULE}),
)
