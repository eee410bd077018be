"""Terraform resources to a Stack: one function per resource type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ecrlint.adapt import arn, roles
from ecrlint.adapt.ecs import containers
from ecrlint.adapt.policy import aws_managed, managed, policy, why
from ecrlint.adapt.roles import Attachment, Draft, Drafts, Kind
from ecrlint.adapt.userdata import uses
from ecrlint.model.policy import Policy, Role
from ecrlint.model.stack import Endpoint, Host, Repository, Resource, Stack, Task, Use
from ecrlint.model.truth import MAYBE
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, is_null, string

DOCUMENTS = frozenset({"policy", "assume_role_policy", "container_definitions", "inline_policy"})
"""The arguments that hold a JSON document in a string."""


@dataclass
class _Unit:
    """What is gathered from the resources of one unit, and the resources themselves by address."""

    resources: Mapping[str, Resource]
    drafts: Drafts = field(default_factory=Drafts)
    attachments: list[Attachment] = field(default_factory=list)
    policies: dict[str, Policy] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)
    profiles: dict[str, Value | None] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    repositories: dict[str, Repository] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    hosts: dict[str, tuple[Host, Value | None]] = field(default_factory=dict)
    tokens_required: bool = False

    def expand(self, value: Value) -> Value:
        """References replaced by what is known of the things they name."""
        match value:
            case Ref():
                return self._expand(value)
            case Text():
                parts: list[Value] = []
                for part in value.parts:
                    made = self.expand(part)
                    parts.extend(made.parts if isinstance(made, Text) else (made,))
                return Text(tuple(parts), value.span)
            case Choice():
                return Choice(value.condition, self.expand(value.then), self.expand(value.otherwise), value.span)
            case _:
                return value

    def _expand(self, ref: Ref) -> Value:
        found = self.resources.get(ref.address)
        kind = found.type if found else _type_of(ref.address)
        maker = _ATTRIBUTES.get((kind.removeprefix("data."), ref.attribute))
        if maker is not None:
            return maker(ref, found)
        service = _SERVICES.get(kind.removeprefix("data.").split("_")[1] if kind.count("_") else "")
        return arn.other_arn(ref.span, service) if service and ref.attribute == "arn" else ref


def _type_of(address: str) -> str:
    words = address.split(".")
    while len(words) > 2 and words[0] == "module":
        words = words[2:]
    return ".".join(words[:2]) if words[0] == "data" else words[0]


def _name(ref: Ref, found: Resource | None, argument: str = "name") -> Value:
    value = found.attributes.get(argument) if found else None
    return Ref(ref.address, argument, ref.span) if value is None or is_null(value) or isinstance(value, Unknown) else value


def _identity_arn(ref: Ref, found: Resource | None) -> Value:
    """The ARN of a role, user or group, whose type ends with that word."""
    kind = _type_of(ref.address).rsplit("_", 1)[-1]
    path = string(found.attributes.get("path")) if found else "/"
    return arn.arn(ref.span, "iam", arn.text(ref.span, f"{kind}{path or '/'}", _name(ref, found)), region=False)


_ATTRIBUTES: Mapping[tuple[str, str], Callable[[Ref, Resource | None], Value]] = {
    ("aws_ecr_repository", "arn"): lambda ref, found: arn.repository_arn(ref.span, _name(ref, found)),
    ("aws_ecr_repository", "repository_url"): lambda ref, found: arn.repository_url(ref.span, _name(ref, found)),
    ("aws_ecr_repository", "name"): _name,
    ("aws_ecr_repository", "id"): _name,
    ("aws_ecr_repository", "registry_id"): lambda ref, found: Ref("aws", "account_id", ref.span),
    ("aws_iam_role", "arn"): _identity_arn,
    ("aws_iam_role", "name"): _name,
    ("aws_iam_role", "id"): _name,
    ("aws_iam_user", "arn"): _identity_arn,
    ("aws_iam_user", "name"): _name,
    ("aws_iam_user", "id"): _name,
    ("aws_s3_bucket", "arn"): lambda ref, found: arn.arn(
        ref.span, "s3", _name(ref, found, "bucket"), region=False, account=False
    ),
}
"""What is known of an attribute that exists only after deployment."""

_SERVICES = {
    "s3": "s3", "sns": "sns", "sqs": "sqs", "dynamodb": "dynamodb", "kms": "kms", "secretsmanager": "secretsmanager",
    "ssm": "ssm", "cloudwatch": "logs", "lambda": "lambda", "codebuild": "codebuild", "codepipeline": "codepipeline",
    "codecommit": "codecommit", "ecs": "ecs", "eks": "eks", "rds": "rds", "iam": "iam", "efs": "elasticfilesystem",
    "codestarconnections": "codestar-connections", "codeartifact": "codeartifact", "kinesis": "kinesis",
}  # fmt: skip
"""The service in the ARNs of a resource type, by the second word of the type."""


# Roles and policies


def _roles(unit: _Unit, resource: Resource) -> None:
    get = resource.attributes.get
    kind: Kind = "role" if resource.type == "aws_iam_role" else "user" if resource.type == "aws_iam_user" else "group"
    name = get("name")
    known = name is not None and not is_null(name) and not isinstance(name, Unknown)
    draft = Draft(kind, resource.address, name if known and name else Ref(resource.address, "name", resource.span), resource.span)
    trust = get("assume_role_policy")
    if kind == "role" and trust is not None:
        draft.trust = policy(trust, "trust", resource.address, unit.expand)
    unit.drafts.append(draft)
    for block in _blocks(get("inline_policy"), draft, "an inline policy"):
        document = block.get("policy")
        if document is not None and not is_null(document):
            draft.policies.append(policy(document, "identity", resource.address, unit.expand))
    arns = get("managed_policy_arns")
    if arns is not None and not is_null(arns):
        for one in _items(arns):
            _give(unit, "role", Ref(resource.address, "arn", resource.span), one, resource)


def _blocks(value: Value | None, draft: Draft, what: str) -> Iterator[Map]:
    if value is None or is_null(value):
        return
    for item in _items(value):
        if isinstance(item, Map):
            yield item
        else:
            draft.open.append(f"{what} is not known: {why(item)}")


def _items(value: Value) -> Iterator[Value]:
    """The items of a list, and an `Unknown` for what it may hold beyond them; a single value as one item."""
    if isinstance(value, List):
        yield from value.items
        if not value.complete:
            yield Unknown("the list may have more items", value.span)
    else:
        yield value


def _policies(unit: _Unit, resource: Resource) -> None:
    document = resource.attributes.get("policy")
    if document is None:
        document = Unknown("it has no policy", resource.span)
    made = policy(document, "identity", resource.address, unit.expand)
    unit.policies[resource.address] = made


def _inline(unit: _Unit, resource: Resource) -> None:
    kind: Kind = "role" if "_role_" in resource.type else "user" if "_user_" in resource.type else "group"
    document = resource.attributes.get("policy") or Unknown("it has no policy", resource.span)
    made = policy(document, "identity", resource.address, unit.expand)
    target = resource.attributes.get(kind) or Unknown("it names nobody", resource.span)
    unit.attachments.append(Attachment(kind, target, replace(made, attached=resource.span), resource.exists))


def _attachment(unit: _Unit, resource: Resource) -> None:
    get = resource.attributes.get
    what = get("policy_arn") or Unknown("it names no policy", resource.span)
    one_of: tuple[tuple[Kind, str], ...] = (
        ("role", "role"), ("user", "user"), ("group", "group"), ("role", "roles"), ("user", "users"), ("group", "groups")
    )  # fmt: skip
    for kind, argument in one_of:
        target = get(argument)
        if target is None or is_null(target):
            continue
        for one in _items(target):
            _give(unit, kind, one, what, resource)


def _give(unit: _Unit, kind: Kind, target: Value, policy_arn: Value, resource: Resource) -> None:
    """Attach the managed policy that an ARN names."""
    if isinstance(policy_arn, Choice):
        for side in (policy_arn.then, policy_arn.otherwise):
            if not is_null(side):
                _give(unit, kind, target, side, replace(resource, exists=MAYBE))
        return
    unit.attachments.append(Attachment(kind, target, _managed(unit, policy_arn, resource), resource.exists))


def _managed(unit: _Unit, policy_arn: Value, resource: Resource) -> Policy:
    name = aws_managed(policy_arn)
    if name is not None:
        return managed(policy_arn, name, resource.span)
    if isinstance(policy_arn, Ref):
        own = unit.policies.get(policy_arn.address)
        if own is not None:
            unit.attached.add(policy_arn.address)
            return replace(own, attached=resource.span)
        source = unit.resources.get(policy_arn.address)
        if source is not None and source.type == "data.aws_iam_policy":
            found = source.attributes.get("arn")
            by_arn = aws_managed(found) if found is not None else None
            by_name = string(source.attributes.get("name"))
            if by_arn or by_name:
                return managed(policy_arn, by_arn or by_name or "", resource.span)
    reason = f"the policy that {resource.address} attaches is not here: {_spoken(policy_arn)}"
    return Policy("identity", resource.address, (), policy_arn.span, (reason,), attached=resource.span)


def _spoken(value: Value) -> str:
    text = string(value)
    return f'"{text}"' if text is not None else why(value)


def _membership(unit: _Unit, resource: Resource) -> None:
    get = resource.attributes.get
    for argument, group_argument in (("user", "groups"), ("users", "group")):
        users, groups = get(argument), get(group_argument)
        if users is None or groups is None:
            continue
        for user in _items(users):
            for draft in roles.named(user, unit.drafts, "user"):
                draft.groups.extend(_items(groups))


def _profile(unit: _Unit, resource: Resource) -> None:
    unit.profiles[resource.address] = resource.attributes.get("role")


# ECR and ECS


def _repository(unit: _Unit, resource: Resource) -> None:
    name = resource.attributes.get("name") or Ref(resource.address, "name", resource.span)
    unit.repositories[resource.address] = Repository(resource.address, name, resource.span)


def _repository_policy(unit: _Unit, resource: Resource) -> None:
    document = resource.attributes.get("policy") or Unknown("it has no policy", resource.span)
    made = policy(document, "repository", resource.address, unit.expand)
    target = resource.attributes.get("repository") or Unknown("it names no repository", resource.span)
    for address, repository in unit.repositories.items():
        if (isinstance(target, Ref) and target.address == address) or _same_name(target, repository.name):
            unit.repositories[address] = replace(repository, policy=made)
            return
    unit.repositories[resource.address] = Repository(resource.address, target, resource.span, made)


def _same_name(a: Value, b: Value) -> bool:
    text = string(a)
    return text is not None and text == string(b)


def _task(unit: _Unit, resource: Resource) -> None:
    get = resource.attributes.get
    found, reasons = containers(get("container_definitions"), unit.expand)
    compatibilities = get("requires_compatibilities")
    unit.tasks[resource.address] = Task(
        address=resource.address,
        family=get("family"),
        span=resource.span,
        containers=found,
        execution_role=_present(get("execution_role_arn")),
        task_role=_present(get("task_role_arn")),
        compatibilities=() if compatibilities is None or is_null(compatibilities) else tuple(_items(compatibilities)),
        exists=resource.exists,
        open=reasons,
    )


def _present(value: Value | None) -> Value | None:
    return None if is_null(value) or string(value) == "" else value


def _service(unit: _Unit, resource: Resource) -> None:
    definition = resource.attributes.get("task_definition")
    launch = resource.attributes.get("launch_type")
    if definition is None or launch is None or is_null(launch):
        return
    for address, task in unit.tasks.items():
        if _names_task(definition, address) and not task.compatibilities:
            unit.tasks[address] = replace(task, compatibilities=(launch,))


def _names_task(value: Value, address: str) -> bool:
    if isinstance(value, Text):
        return any(_names_task(part, address) for part in value.parts)
    return isinstance(value, Ref) and value.address == address


# Network


def _endpoint(unit: _Unit, resource: Resource) -> None:
    get = resource.attributes.get
    document = get("policy")
    made = None
    if document is not None and not is_null(document):
        made = policy(document, "endpoint", resource.address, unit.expand)
    service = get("service_name") or Unknown("it names no service", resource.span)
    unit.endpoints[resource.address] = Endpoint(
        resource.address, service, get("vpc_endpoint_type"), resource.span, made, resource.exists
    )


def _endpoint_policy(unit: _Unit, resource: Resource) -> None:
    target = resource.attributes.get("vpc_endpoint_id")
    document = resource.attributes.get("policy")
    if isinstance(target, Ref) and target.address in unit.endpoints and document is not None and not is_null(document):
        made = policy(document, "endpoint", resource.address, unit.expand)
        unit.endpoints[target.address] = replace(unit.endpoints[target.address], policy=made)


# Hosts

_HOST_KINDS = {
    "aws_instance": "instance",
    "aws_launch_template": "launch template",
    "aws_launch_configuration": "launch configuration",
    "aws_spot_instance_request": "spot instance",
}


def _host(unit: _Unit, resource: Resource) -> None:
    get = resource.attributes.get
    options = get("metadata_options")
    block = options.items[0] if isinstance(options, List) and options.items else None
    known = block if isinstance(block, Map) else Map({}, resource.span)
    inherits = get("launch_template") is not None or (options is not None and not isinstance(block, Map))
    image = get("image_id") or get("ami")
    found = [use for name in ("user_data", "user_data_base64") for use in uses(get(name))]
    if image is not None and _is_ecs_image(unit, image):
        found.append(Use("ecs", image.span))
    profile = get("iam_instance_profile")
    host = Host(
        address=resource.address,
        kind=_HOST_KINDS[resource.type],  # type: ignore[arg-type]
        span=resource.span,
        options=known.span if block is not None else None,
        http_endpoint=known.get("http_endpoint"),
        http_tokens=known.get("http_tokens"),
        hop_limit=known.get("http_put_response_hop_limit"),
        inherits=inherits,
        uses=tuple(found),
        exists=resource.exists,
    )
    unit.hosts[resource.address] = (host, profile)


_ECS_IMAGE = r"(?i)ecs[-_]?optimized|amzn2?-ami-ecs|al2023-ami-ecs|/ecs/optimized"


def _is_ecs_image(unit: _Unit, image: Value) -> bool:
    """Whether an image is one that AWS makes for ECS hosts, by the name that a data source or parameter looks it up by."""
    found = unit.resources.get(image.address) if isinstance(image, Ref) else None
    if isinstance(image, Text):
        return any(_is_ecs_image(unit, part) for part in image.parts if isinstance(part, Ref))
    if found is None or found.type not in ("data.aws_ami", "data.aws_ssm_parameter", "data.aws_ami_ids"):
        return False
    return any(re.search(_ECS_IMAGE, text) for text in _strings(Map(dict(found.attributes.entries), found.span)))


def _strings(value: Value) -> Iterator[str]:
    match value:
        case Scalar(value=str(text)):
            yield text
        case List():
            for item in value.items:
                yield from _strings(item)
        case Map():
            for item in value.entries.values():
                yield from _strings(item)
        case Text():
            for part in value.parts:
                yield from _strings(part)
        case Json():
            yield from _strings(value.value)
        case _:
            return


def _node_group(unit: _Unit, resource: Resource) -> None:
    template = resource.attributes.get("launch_template")
    for block in _items(template) if template is not None else ():
        for part in (block.get("id"), block.get("name")) if isinstance(block, Map) else ():
            if isinstance(part, Ref) and part.address in unit.hosts:
                host, profile = unit.hosts[part.address]
                unit.hosts[part.address] = (replace(host, uses=(*host.uses, Use("eks", resource.span))), profile)


def _metadata_defaults(unit: _Unit, resource: Resource) -> None:
    if string(resource.attributes.get("http_tokens")) == "required":
        unit.tokens_required = True


def _unread_module(unit: _Unit, resource: Resource) -> None:
    """A module that is not here may attach policies to every role that it is given."""
    for draft in roles.mentioned(resource.attributes, unit.drafts):
        draft.open.append(f"{resource.address}, which is not here, is given it and may attach policies to it")


_Adapter = Callable[[_Unit, Resource], None]

_ADAPTERS: tuple[Mapping[str, _Adapter], ...] = (
    {
        "aws_iam_policy": _policies,
        "aws_iam_instance_profile": _profile,
        "aws_ecr_repository": _repository,
        "aws_ecs_task_definition": _task,
        "aws_vpc_endpoint": _endpoint,
        "aws_instance": _host,
        "aws_launch_template": _host,
        "aws_launch_configuration": _host,
        "aws_spot_instance_request": _host,
        "aws_ec2_instance_metadata_defaults": _metadata_defaults,
    },
    {"aws_iam_role": _roles, "aws_iam_user": _roles, "aws_iam_group": _roles},
    {
        "aws_iam_role_policy": _inline,
        "aws_iam_user_policy": _inline,
        "aws_iam_group_policy": _inline,
        "aws_iam_role_policy_attachment": _attachment,
        "aws_iam_user_policy_attachment": _attachment,
        "aws_iam_group_policy_attachment": _attachment,
        "aws_iam_policy_attachment": _attachment,
        "aws_iam_user_group_membership": _membership,
        "aws_iam_group_membership": _membership,
        "aws_ecr_repository_policy": _repository_policy,
        "aws_ecs_service": _service,
        "aws_vpc_endpoint_policy": _endpoint_policy,
        "aws_eks_node_group": _node_group,
        "module": _unread_module,
    },
)
"""Which function reads which resource type, in the order in which they depend on each other."""

_LOOKED_UP = frozenset({"data.aws_iam_policy", "data.aws_ami", "data.aws_ssm_parameter"})

TYPES = frozenset(kind for step in _ADAPTERS for kind in step) | _LOOKED_UP
"""The resource types that are asked of the evaluator."""

WORDS = (b"aws_iam_", b"aws_ecr", b"aws_ecs_", b"aws_vpc_endpoint", b"aws_instance", b"aws_launch_", b"aws_spot_instance")
"""A unit without any of these words holds nothing for ecrlint."""


def adapt(name: str, resources: Iterable[Resource]) -> Stack:
    """The stack that the resources of one root module make."""
    found = list(resources)
    unit = _Unit({resource.address: resource for resource in found})
    for step in _ADAPTERS:
        for resource in found:
            adapter = step.get(resource.type)
            if adapter is not None:
                adapter(unit, resource)
    assembled, loose = roles.assemble(unit.drafts, unit.attachments)
    unattached = tuple(made for address, made in unit.policies.items() if address not in unit.attached)
    return Stack(
        name=name,
        roles=assembled,
        policies=(*unattached, *(one for one in loose if one.managed is None and (one.statements or not one.open))),
        repositories=tuple(unit.repositories.values()),
        tasks=tuple(unit.tasks.values()),
        endpoints=tuple(unit.endpoints.values()),
        hosts=tuple(_with_role(host, profile, unit, assembled) for host, profile in unit.hosts.values()),
        tokens_required_by_default=unit.tokens_required,
    )


def _with_role(host: Host, profile: Value | None, unit: _Unit, assembled: tuple[Role, ...]) -> Host:
    value = profile
    if isinstance(value, List) and value.items and isinstance(value.items[0], Map):
        value = value.items[0].get("name") or value.items[0].get("arn")
    role_value = None
    if isinstance(value, Ref):
        role_value = unit.profiles.get(value.address)
    elif value is not None:
        for address, role in unit.profiles.items():
            own = unit.resources[address].attributes.get("name")
            if own is not None and _same_name(own, value):
                role_value = role
    if role_value is None:
        return host
    found = roles.named(role_value, unit.drafts, "role")
    by_address = {role.address: role for role in assembled}
    role_found = by_address.get(found[0].address) if len(found) == 1 else None
    if role_found is None:
        return host
    extra: tuple[Use, ...] = ()
    for one in role_found.policies:
        if one.managed == "AmazonEC2ContainerServiceforEC2Role" and not any(use.what == "ecs" for use in host.uses):
            extra = (Use("ecs", one.attached or one.span),)
        if one.managed == "AmazonEKSWorkerNodePolicy" and not any(use.what == "eks" for use in host.uses):
            extra = (Use("eks", one.attached or one.span),)
    return replace(host, role=role_found, uses=(*host.uses, *extra))
