"""What makes instances from templates: groups, fleets, capacity providers, node groups, compute environments, defaults."""

from __future__ import annotations

from ecrlint.adapt.interfaces import ANYWHERE, interface, of_nodes, placement
from ecrlint.adapt.terraform.unit import Unit, items
from ecrlint.adapt.terraform.vpc import name
from ecrlint.model.host import MetadataDefaults
from ecrlint.model.network import Placement
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO
from ecrlint.model.value import Map, Value, is_null, string

_TEMPLATES = ("launch_configuration", "launch_template", "mixed_instances_policy", "launch_template_config")


def group(unit: Unit, resource: Resource) -> None:
    """An Auto Scaling group or a fleet, with the templates that it names anywhere: its own, mixed, or as an override."""
    get = resource.attributes.get
    unit.hosts.group(resource.address, get("name"), map(get, _TEMPLATES), resource.span, resource.exists)
    subnets = get("vpc_zone_identifier") if resource.type == "aws_autoscaling_group" else None
    unit.hosts.placements.append(_placed(unit, resource, unit.hosts.groups[resource.address], subnets))


def _placed(unit: Unit, resource: Resource, templates: tuple[str, ...], subnets: Value | None) -> Placement:
    """Where what launches templates puts the instances; those of a fleet are anywhere."""
    stated = ANYWHERE if is_null(subnets) else interface(subnets, None, name)
    made_from = [unit.hosts.interfaces.get(address, ANYWHERE) for address in templates] or [ANYWHERE]
    return placement(resource, templates, stated, made_from)


def capacity_provider(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    if resource.exists is not NO:
        unit.hosts.provider(resource.address, get("name"), get("auto_scaling_group_provider"), resource.span)


def node_group(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    if resource.exists is not NO:
        templates = unit.hosts.named(get("launch_template"))
        unit.hosts.use(templates, "eks", resource.span, get("node_role_arn"))
        unit.hosts.placements.append(of_nodes(_placed(unit, resource, templates, get("subnet_ids"))))


def compute_environment(unit: Unit, resource: Resource) -> None:
    resources = resource.attributes.get("compute_resources")
    for block in items(resources) if resources is not None and resource.exists is not NO else ():
        if isinstance(block, Map):
            profile = block.get("instance_role")
            unit.hosts.use(unit.hosts.named(block.get("launch_template")), "batch", resource.span, profile)


def metadata_defaults(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    elsewhere = f"{resource.provider} {resource.address}"  # a region of its own: whose hosts it speaks of is not known
    unit.metadata_defaults.append(
        MetadataDefaults(
            address=resource.address,
            span=resource.span,
            provider=resource.provider if is_null(get("region")) else elsewhere,
            http_endpoint=_stated(get("http_endpoint")),
            http_tokens=_stated(get("http_tokens")),
            hop_limit=_stated(get("http_put_response_hop_limit")),
            exists=resource.exists,
        )
    )


def _stated(value: Value | None) -> Value | None:
    return None if string(value) == "no-preference" else value
