"""CloudFormation's instances and what makes them, with what runs on them."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.adapt import host_uses, identity_draft
from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.cloudformation.vpc import name
from ecrlint.adapt.ecs import cluster
from ecrlint.adapt.hosts_draft import inherited
from ecrlint.adapt.interfaces import ANYWHERE, interface, listed, placement
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.model.dataclass import replace
from ecrlint.model.host import Host, HostUse, UserData
from ecrlint.model.policy import Role
from ecrlint.model.stack import Resource
from ecrlint.model.truth import MAYBE, NO, Truth
from ecrlint.model.value import Choice, Map, Ref, Scalar, Unknown, Value, alternatives, is_null, present, string


def instance(unit: CloudFormationTemplate, resource: Resource) -> None:
    _host(unit, resource, "instance", resource.attributes, present(resource.attributes.get("LaunchTemplate")))


def launch_template(unit: CloudFormationTemplate, resource: Resource) -> None:
    data = resource.attributes.get("LaunchTemplateData")
    known = data if isinstance(data, Map) else Map({}, resource.span, complete=data is None)
    _host(unit, resource, "launch template", known, called=resource.attributes.get("LaunchTemplateName"))


def launch_configuration(unit: CloudFormationTemplate, resource: Resource) -> None:
    called = resource.attributes.get("LaunchConfigurationName")
    _host(unit, resource, "launch configuration", resource.attributes, called=called)


def _host(
    unit: CloudFormationTemplate,
    resource: Resource,
    kind: str,
    data: Map,
    from_template: Value | None = None,
    called: Value | None = None,
) -> None:
    options = present(data.get("MetadataOptions"))
    template = unit.draft.hosts.template(from_template)
    inherits = from_template is not None or (options is not None and not isinstance(options, Map))

    def option(word: str) -> Value | None:
        own = _number(options.get(word)) if isinstance(options, Map) else None
        if not inherits or not is_null(own):
            return own
        return inherited(template, options is not None, getattr(template, _OPTIONS[word], None), resource.span)

    script, profile, image = data.get("UserData"), data.get("IamInstanceProfile"), data.get("ImageId")
    said = host_uses.user_data(unit.scripts.user_data(script))
    if script is None and from_template is not None:
        said = template.user_data if template is not None else UserData(whole=False)
    if profile is None and from_template is not None:
        profile = template.profile if template is not None else Unknown("its launch template may state it", resource.span)
    host = Host(
        address=resource.address,
        kind=kind,  # type: ignore[arg-type]
        span=resource.span,
        options=options.span if isinstance(options, Map) else None,
        http_endpoint=option("HttpEndpoint"),
        http_tokens=option("HttpTokens"),
        hop_limit=option("HttpPutResponseHopLimit"),
        body=data.span if data.entries else None,
        inherits=inherits,
        uses=(*said.uses, *_of_image(unit, image)),
        user_data=said,
        profile=profile,
        supports_tokens=_supports_tokens(unit, image) if image is not None or template is None else template.supports_tokens,
        image=image if image is not None or template is None else template.image,
        provider=resource.provider,
        exists=resource.exists,
    )
    unit.draft.hosts.add(host, called)
    _place(unit, resource, data, from_template is not None, template)
    if template is not None and options is None and resource.exists is not NO:
        unit.draft.hosts.made_from(template, host)


def _place(unit: CloudFormationTemplate, resource: Resource, data: Map, is_from_template: bool, template: Host | None) -> None:
    """The interface that a template states, or where an instance has its own."""
    is_instance = resource.type == "AWS::EC2::Instance"
    stated = listed(present(data.get("NetworkInterfaces")), "SubnetId", "GroupSet" if is_instance else "Groups", name)
    if stated is None:
        ids = data.get("SecurityGroups" if resource.type == "AWS::AutoScaling::LaunchConfiguration" else "SecurityGroupIds")
        stated = interface(present(data.get("SubnetId")), present(ids), name)
    if not is_instance:
        unit.draft.hosts.interfaces[resource.address] = stated
        return
    if stated.groups.none and present(data.get("SecurityGroups")) is not None:
        stated = ANYWHERE
    made_from = (
        [unit.draft.hosts.interfaces.get(template.address, ANYWHERE) if template else ANYWHERE] if is_from_template else []
    )
    hosts = (resource.address,) if template is None else (resource.address, template.address)
    unit.draft.hosts.placements.append(placement(resource, hosts, stated, made_from))


_OPTIONS = {"HttpEndpoint": "http_endpoint", "HttpTokens": "http_tokens", "HttpPutResponseHopLimit": "hop_limit"}


def _number(value: Value | None) -> Value | None:
    """A number given as a string, as parameters are, as the number."""
    match value:
        case Scalar(value=str(text)) if text.isdecimal() and len(text) < 10:
            return Scalar(int(text), value.span)
        case Choice():
            then, otherwise = _number(value.then), _number(value.otherwise)
            return replace(value, then=then or value.then, otherwise=otherwise or value.otherwise)
        case _:
            return value


def _of_image(unit: CloudFormationTemplate, image: Value | None) -> Iterator[HostUse]:
    """What an image is made for, by the parameter that it is looked up by."""
    name = _looked_up(unit, image)
    if image is not None and name is not None and (what := host_uses.of_image(name)):
        yield HostUse(what, image.span, "image")


def _supports_tokens(unit: CloudFormationTemplate, image: Value | None) -> Truth:
    name = _looked_up(unit, image)
    return MAYBE if name is None else host_uses.supports_tokens(name)


def _looked_up(unit: CloudFormationTemplate, image: Value | None) -> str | None:
    """The parameter that an image is looked up by, whatever its conditions."""
    if isinstance(image, Choice):
        names = {_looked_up(unit, side) for side in alternatives(image)}
        return names.pop() if len(names) == 1 else None
    if isinstance(image, Ref):
        declared = unit.resources.get(image.address)
        return string(declared.attributes.get("Default")) if declared and declared.type == "parameter" else None
    return image.span.text if isinstance(image, Unknown) and "{{resolve:" in image.span.text else None


def finished(unit: CloudFormationTemplate, assembled: tuple[Role, ...]) -> tuple[Host, ...]:
    """The hosts, each with the role that its profile gives it and what that shows."""
    return tuple(_with_role(_in_cluster(host, unit), unit, assembled) for host in unit.draft.hosts.by_address.values())


def _in_cluster(host: Host, unit: CloudFormationTemplate) -> Host:
    return replace(host, user_data=replace(host.user_data, cluster=cluster(host.user_data.cluster, unit.draft.clusters)))


def _with_role(host: Host, unit: CloudFormationTemplate, assembled: tuple[Role, ...]) -> Host:
    """A host with the role that its instance profile gives it, and what AWS's own policies on that say of the host."""
    profile = host.profile
    if isinstance(profile, Map):
        profile = profile.get("Arn") or profile.get("Name")
    role = unit.role_of_profile(profile)
    found = [] if role is None else identity_draft.named(role, unit.draft.identities, "role")
    of_profile = next((one for one in assembled if len(found) == 1 and one.address == found[0].address), None)
    if of_profile is None:
        return host
    return replace(host, role=of_profile, uses=(*host.uses, *host_uses.of_role(of_profile, host.uses)))


_SCRIPTS = frozenset({"UserData"})

ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType("AWS::EC2::LaunchTemplate", launch_template, scripts=_SCRIPTS),
    ResourceType("AWS::AutoScaling::LaunchConfiguration", launch_configuration, scripts=_SCRIPTS),
    ResourceType("AWS::EC2::Instance", instance, ReadingPhase.OWNER, scripts=_SCRIPTS),
)
