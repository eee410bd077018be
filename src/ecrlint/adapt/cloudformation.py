"""CloudFormation resources to a Stack: one function per resource type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from ecrlint.adapt import arn, roles, userdata
from ecrlint.adapt.ecs import containers, launches, started
from ecrlint.adapt.policy import aws_managed, boundary, managed, policy, why
from ecrlint.adapt.roles import Attachment, Draft, Drafts, Kind
from ecrlint.model.policy import Policy, PolicyKind, Role
from ecrlint.model.stack import Endpoint, Host, Repository, Resource, Stack, Task, Use
from ecrlint.model.truth import MAYBE
from ecrlint.model.value import Choice, List, Map, Ref, Scalar, Text, Unknown, Value, is_null, string

DOCUMENTS = frozenset({"PolicyDocument", "AssumeRolePolicyDocument", "RepositoryPolicyText"})
"""The properties that hold a JSON document, as an object or in a string."""


@dataclass
class _Unit:
    """What is gathered from the resources of one template, and the resources themselves by logical id."""

    resources: Mapping[str, Resource]
    drafts: Drafts = field(default_factory=Drafts)
    attachments: list[Attachment] = field(default_factory=list)
    policies: dict[str, Policy] = field(default_factory=dict)
    attached: set[str] = field(default_factory=set)
    profiles: dict[str, tuple[Value | None, Value | None]] = field(default_factory=dict)
    repositories: list[Repository] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)
    launches: list[tuple[str, Value]] = field(default_factory=list)
    endpoints: list[Endpoint] = field(default_factory=list)
    hosts: dict[str, tuple[Host, Value | None]] = field(default_factory=dict)

    def expand(self, value: Value) -> Value:
        """References replaced by what is known of the things they name; numbers as the strings that IAM gets."""
        match value:
            case Ref():
                return self._expand(value)
            case Text():
                parts: list[Value] = []
                for part in value.parts:
                    made = self.expand(part)
                    parts.extend(made.parts if isinstance(made, Text) else (made,))
                return arn.text(value.span, *parts)
            case Choice():
                return replace(value, then=self.expand(value.then), otherwise=self.expand(value.otherwise))
            case Scalar(value=int() | float() as number) if not isinstance(number, bool):
                return Scalar(str(number), value.span)
            case _:
                return value

    def _expand(self, ref: Ref) -> Value:
        found = self.resources.get(ref.address)
        if found is None:
            return ref
        maker = _ATTRIBUTES.get((found.type, ref.attribute))
        if maker is not None:
            return maker(ref, found)
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


def _bucket_arn(ref: Ref, found: Resource) -> Value:
    return arn.arn(ref.span, "s3", _name(ref, found, "BucketName"), region=False, account=False)


_ATTRIBUTES: Mapping[tuple[str, str], Callable[[Ref, Resource], Value]] = {
    ("AWS::ECR::Repository", "Ref"): lambda ref, found: _name(ref, found, "RepositoryName"),
    ("AWS::ECR::Repository", "Arn"): lambda ref, found: arn.repository_arn(ref.span, _name(ref, found, "RepositoryName")),
    ("AWS::ECR::Repository", "RepositoryUri"): lambda ref, found: arn.repository_url(
        ref.span, _name(ref, found, "RepositoryName")
    ),
    ("AWS::IAM::Role", "Ref"): lambda ref, found: _name(ref, found, "RoleName"),
    ("AWS::IAM::Role", "Arn"): _role_arn,
    ("AWS::S3::Bucket", "Ref"): lambda ref, found: _name(ref, found, "BucketName"),
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


def _items(value: Value | None) -> Iterator[Value]:
    """The items of a list, and an `Unknown` for what it may hold beyond them; a single value as one item."""
    if value is None or is_null(value):
        return
    if isinstance(value, List):
        yield from value.items
        if not value.complete:
            yield Unknown("the list may have more items", value.span)
    else:
        yield value


def _present(value: Value | None) -> Value | None:
    return None if value is None or is_null(value) or string(value) == "" else value


def _same_text(a: Value | None, b: Value | None) -> bool:
    text = string(a)
    return text is not None and text == string(b)


# Roles and policies

_HOLDERS: tuple[tuple[Kind, str], ...] = (
    ("role", "Roles"), ("user", "Users"), ("group", "Groups"), ("role", "RoleName"), ("user", "UserName"), ("group", "GroupName")
)  # fmt: skip


def _holder(unit: _Unit, resource: Resource) -> None:
    get = resource.attributes.get
    kinds: dict[str, Kind] = {"AWS::IAM::Role": "role", "AWS::IAM::User": "user", "AWS::IAM::Group": "group"}
    kind = kinds[resource.type]
    own = get(f"{kind.capitalize()}Name")
    name = Ref(resource.address, "Ref", resource.span) if own is None or isinstance(own, Unknown) else own
    draft = Draft(kind, resource.address, name, resource.span)
    trust = get("AssumeRolePolicyDocument")
    if kind == "role" and trust is not None:
        draft.trust = policy(trust, "trust", resource.address, unit.expand)
    draft.boundary = boundary(get("PermissionsBoundary"), lambda arn: _managed(unit, arn, resource))
    draft.groups.extend(_items(get("Groups")))
    unit.drafts.append(draft)
    for item in _items(get("Policies")):
        _inline(unit, draft, item)
    for one in _items(get("ManagedPolicyArns")):
        _give(unit, kind, Ref(resource.address, "Ref", resource.span), one, resource)


def _serverless(unit: _Unit, resource: Resource) -> None:
    """The role that SAM makes for a function or a state machine without one, with its `Policies`.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
    """
    get = resource.attributes.get
    if not is_null(get("Role")):
        return
    address = f"{resource.address}Role"
    draft = Draft("role", address, Ref(address, "Ref", resource.span), resource.span)
    draft.trust = _given(unit, get("AssumeRolePolicyDocument"), "trust", address)
    unit.drafts.append(draft)
    for item in _items(get("Policies")):
        text = string(item)
        if isinstance(item, Map) and "Statement" in item.entries:
            draft.policies.append(policy(item, "identity", address, unit.expand))
        elif isinstance(item, Map):
            draft.open.append(f"the policy template {next(iter(item.entries), '')} is not known")
        elif text is not None and not text.startswith("arn:"):
            draft.policies.append(managed(item, text, item.span))
        elif not is_null(item):
            _give(unit, "role", Ref(address, "Ref", resource.span), item, resource)


def _given(unit: _Unit, document: Value | None, kind: PolicyKind, name: str) -> Policy | None:
    return None if document is None or is_null(document) else policy(document, kind, name, unit.expand)


def _inline(unit: _Unit, draft: Draft, item: Value) -> None:
    document = item.get("PolicyDocument") if isinstance(item, Map) else None
    if document is not None:
        draft.policies.append(policy(document, "identity", draft.address, unit.expand))
    elif not is_null(item):
        draft.open.append(f"an inline policy is not known: {why(item)}")


def _policy(unit: _Unit, resource: Resource) -> None:
    """A policy with the roles, users and groups that it names, by list or alone."""
    document = resource.attributes.get("PolicyDocument") or Unknown("it has no document", resource.span)
    made = policy(document, "identity", resource.address, unit.expand)
    unit.policies[resource.address] = made
    for kind, argument in _HOLDERS:
        for target in _items(resource.attributes.get(argument)):
            unit.attached.add(resource.address)
            unit.attachments.append(Attachment(kind, target, replace(made, attached=target.span), resource.exists))


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
        return managed(policy_arn, name, policy_arn.span)
    if isinstance(policy_arn, Ref) and policy_arn.address in unit.policies:
        unit.attached.add(policy_arn.address)
        return replace(unit.policies[policy_arn.address], attached=policy_arn.span)
    text = string(policy_arn)
    spoken = f'"{text}"' if text is not None else why(policy_arn)
    reason = f"the policy that {resource.address} attaches is not here: {spoken}"
    return Policy("identity", resource.address, (), policy_arn.span, (reason,), attached=policy_arn.span)


def _membership(unit: _Unit, resource: Resource) -> None:
    group = resource.attributes.get("GroupName") or Unknown("it names no group", resource.span)
    for user in _items(resource.attributes.get("Users")):
        for draft in roles.named(user, unit.drafts, "user"):
            draft.groups.append(group)


def _profile(unit: _Unit, resource: Resource) -> None:
    given = list(_items(resource.attributes.get("Roles")))
    unit.profiles[resource.address] = (resource.attributes.get("InstanceProfileName"), given[0] if given else None)


# ECR and ECS


def _repository(unit: _Unit, resource: Resource) -> None:
    get = resource.attributes.get
    name = get("RepositoryName") or Ref(resource.address, "Ref", resource.span)
    document = _present(get("RepositoryPolicyText"))
    made = None if document is None else policy(document, "repository", resource.address, unit.expand)
    unit.repositories.append(Repository(resource.address, name, resource.span, made))


def _task(unit: _Unit, resource: Resource) -> None:
    get = resource.attributes.get
    found, reasons = containers(get("ContainerDefinitions"), unit.expand)
    unit.tasks[resource.address] = Task(
        address=resource.address,
        family=get("Family"),
        span=resource.span,
        containers=found,
        execution_role=_present(get("ExecutionRoleArn")),
        task_role=_present(get("TaskRoleArn")),
        compatibilities=tuple(_items(get("RequiresCompatibilities"))),
        exists=resource.exists,
        open=reasons,
    )


def _service(unit: _Unit, resource: Resource) -> None:
    definition, launch = resource.attributes.get("TaskDefinition"), _present(resource.attributes.get("LaunchType"))
    unit.launches.extend(launches(resource, definition, launch))


# Network


def _endpoint(unit: _Unit, resource: Resource) -> None:
    get = resource.attributes.get
    document = _present(get("PolicyDocument"))
    made = None if document is None else policy(document, "endpoint", resource.address, unit.expand)
    service = get("ServiceName") or Unknown("it names no service", resource.span)
    unit.endpoints.append(Endpoint(resource.address, service, get("VpcEndpointType"), resource.span, made, resource.exists))


# Hosts


def _instance(unit: _Unit, resource: Resource) -> None:
    inherits = _present(resource.attributes.get("LaunchTemplate")) is not None
    _host(unit, resource, "instance", resource.attributes, inherits)


def _launch_template(unit: _Unit, resource: Resource) -> None:
    data = resource.attributes.get("LaunchTemplateData")
    known = data if isinstance(data, Map) else Map({}, resource.span, complete=data is None)
    _host(unit, resource, "launch template", known, False)


def _launch_configuration(unit: _Unit, resource: Resource) -> None:
    _host(unit, resource, "launch configuration", resource.attributes, False)


def _host(unit: _Unit, resource: Resource, kind: str, data: Map, inherits: bool) -> None:
    options = _present(data.get("MetadataOptions"))
    stated = options if isinstance(options, Map) else Map({}, resource.span)
    script, profile = data.get("UserData"), _present(data.get("IamInstanceProfile"))
    host = Host(
        address=resource.address,
        kind=kind,  # type: ignore[arg-type]
        span=resource.span,
        options=options.span if isinstance(options, Map) else None,
        http_endpoint=stated.get("HttpEndpoint"),
        http_tokens=stated.get("HttpTokens"),
        hop_limit=_number(stated.get("HttpPutResponseHopLimit")),
        inherits=inherits or (options is not None and not isinstance(options, Map)),
        uses=(*userdata.uses(script), *_of_image(unit, data.get("ImageId"))),
        calls=userdata.calls(script),
        profile=profile,
        exists=resource.exists,
    )
    unit.hosts[resource.address] = (host, profile)


def _number(value: Value | None) -> Value | None:
    """A number given as a string, as parameters are, as the number."""
    match value:
        case Scalar(value=str(text)) if text.isdecimal():
            return Scalar(int(text), value.span)
        case Choice():
            then, otherwise = _number(value.then), _number(value.otherwise)
            return replace(value, then=then or value.then, otherwise=otherwise or value.otherwise)
        case _:
            return value


def _of_image(unit: _Unit, image: Value | None) -> Iterator[Use]:
    """What an image is made for, by the parameter that it is looked up by."""
    name: str | None = None
    if isinstance(image, Ref):
        declared = unit.resources.get(image.address)
        name = string(declared.attributes.get("Default")) if declared and declared.type == "parameter" else None
    elif isinstance(image, Unknown) and "{{resolve:" in image.span.text:
        name = image.span.text
    if image is not None and name is not None and (what := userdata.of_image(name)):
        yield Use(what, image.span)


def _node_group(unit: _Unit, resource: Resource) -> None:
    template = resource.attributes.get("LaunchTemplate")
    for part in (template.get("Id"), template.get("Name")) if isinstance(template, Map) else ():
        if isinstance(part, Ref) and part.address in unit.hosts:
            host, profile = unit.hosts[part.address]
            unit.hosts[part.address] = (replace(host, uses=(*host.uses, Use("eks", resource.span))), profile)


# What is not read


def _nested_stack(unit: _Unit, resource: Resource) -> None:
    """A nested stack may attach policies to every role that it is given."""
    for draft in roles.mentioned(resource.attributes, unit.drafts):
        draft.open.append(f"the nested stack {resource.address} is given it and may attach policies to it")


def _unread(unit: _Unit, resource: Resource) -> None:
    for draft in unit.drafts:
        draft.open.append(f"a part of the template is not read: {resource.address}")


_Adapter = Callable[[_Unit, Resource], None]

_ADAPTERS: tuple[Mapping[str, _Adapter], ...] = (
    {
        "AWS::IAM::Policy": _policy,
        "AWS::IAM::ManagedPolicy": _policy,
        "AWS::IAM::RolePolicy": _policy,
        "AWS::IAM::UserPolicy": _policy,
        "AWS::IAM::GroupPolicy": _policy,
        "AWS::IAM::InstanceProfile": _profile,
        "AWS::ECR::Repository": _repository,
        "AWS::ECS::TaskDefinition": _task,
        "AWS::EC2::VPCEndpoint": _endpoint,
        "AWS::EC2::Instance": _instance,
        "AWS::EC2::LaunchTemplate": _launch_template,
        "AWS::AutoScaling::LaunchConfiguration": _launch_configuration,
    },
    {
        "AWS::IAM::Role": _holder,
        "AWS::IAM::User": _holder,
        "AWS::IAM::Group": _holder,
        "AWS::Serverless::Function": _serverless,
        "AWS::Serverless::StateMachine": _serverless,
    },
    {
        "AWS::IAM::UserToGroupAddition": _membership,
        "AWS::ECS::Service": _service,
        "AWS::EKS::Nodegroup": _node_group,
        "AWS::CloudFormation::Stack": _nested_stack,
        "AWS::Serverless::Application": _nested_stack,
        "unread": _unread,
    },
)
"""Which function reads which resource type, in the order in which they depend on each other."""

TYPES = frozenset(kind for step in _ADAPTERS for kind in step) | {"AWS::S3::Bucket"}
"""The resource types that are asked of the evaluator."""


def adapt(name: str, resources: Iterable[Resource]) -> Stack:
    """The stack that the resources of one template make."""
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
        repositories=tuple(unit.repositories),
        tasks=tuple(started(unit.tasks, unit.launches)),
        endpoints=tuple(unit.endpoints),
        hosts=tuple(_with_role(host, profile, unit, assembled) for host, profile in unit.hosts.values()),
    )


def _with_role(host: Host, profile: Value | None, unit: _Unit, assembled: tuple[Role, ...]) -> Host:
    """A host with the role that its instance profile gives it, and what AWS's own policies on that say of the host."""
    if isinstance(profile, Map):
        profile = profile.get("Arn") or profile.get("Name")
    role = None
    for address, (name, given) in unit.profiles.items():
        if (isinstance(profile, Ref) and profile.address == address) or _same_text(name, profile):
            role = given
    found = [] if role is None else roles.named(role, unit.drafts, "role")
    of_profile = next((one for one in assembled if len(found) == 1 and one.address == found[0].address), None)
    if of_profile is None:
        return host
    return replace(host, role=of_profile, uses=(*host.uses, *userdata.of_role(of_profile, host.uses)))
