"""What makes instances from templates: groups, fleets, capacity providers, node groups, defaults."""

from __future__ import annotations

from ecrlint.adapt.interfaces import ANYWHERE, interface, of_nodes, placement
from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.adapt.terraform.vpc import name
from ecrlint.model.dataclass import replace
from ecrlint.model.host import MetadataDefaults
from ecrlint.model.network import Placement
from ecrlint.model.stack import Resource
from ecrlint.model.truth import NO
from ecrlint.model.value import Value, is_null, string

_TEMPLATES = ("launch_configuration", "launch_template", "mixed_instances_policy", "launch_template_config")


def group(unit: TerraformRoot, resource: Resource) -> None:
    """An Auto Scaling group or a fleet, with the templates that it names anywhere: its own, mixed, or as an override."""
    get = resource.attributes.get
    unit.draft.hosts.group(resource.address, get("name"), map(get, _TEMPLATES), resource.span, resource.exists)
    subnets = get("vpc_zone_identifier") if resource.type == "aws_autoscaling_group" else None
    made = _placed(unit, resource, unit.draft.hosts.groups[resource.address], subnets)
    of_any = unit.draft.hosts.are_unknown(map(get, _TEMPLATES))
    unit.draft.hosts.placements.append(replace(made, of_any=of_any))


def _placed(unit: TerraformRoot, resource: Resource, templates: tuple[str, ...], subnets: Value | None) -> Placement:
    """Where what launches templates puts the instances; those of a fleet are anywhere."""
    stated = ANYWHERE if is_null(subnets) else interface(subnets, None, name)
    made_from = [unit.draft.hosts.interfaces.get(address, ANYWHERE) for address in templates] or [ANYWHERE]
    return placement(resource, templates, stated, made_from)


def capacity_provider(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    if not is_null(get("managed_instances_provider")):
        unit.draft.managed_providers |= {resource.address, string(get("name")) or resource.address}
    elif resource.exists is not NO:
        unit.draft.hosts.provider(resource.address, get("name"), get("auto_scaling_group_provider"), resource.span)


def node_group(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    if resource.exists is not NO:
        templates = unit.draft.hosts.named(get("launch_template"))
        unit.draft.hosts.use(templates, "eks", resource.span, get("node_role_arn"))
        unit.draft.hosts.placements.append(of_nodes(_placed(unit, resource, templates, get("subnet_ids"))))


def metadata_defaults(unit: TerraformRoot, resource: Resource) -> None:
    get = resource.attributes.get
    elsewhere = f"{resource.provider} {resource.address}"  # a region of its own: whose hosts it speaks of is not known
    defaults = MetadataDefaults(
        address=resource.address,
        span=resource.span,
        provider=resource.provider if is_null(get("region")) else elsewhere,
        http_endpoint=_stated(get("http_endpoint")),
        http_tokens=_stated(get("http_tokens")),
        hop_limit=_stated(get("http_put_response_hop_limit")),
        exists=resource.exists,
    )
    unit.draft.metadata_defaults.append(defaults)


def _stated(value: Value | None) -> Value | None:
    return None if string(value) == "no-preference" else value


ENTRIES: Entries[TerraformRoot] = (
    ResourceType("aws_ec2_instance_metadata_defaults", metadata_defaults),
    ResourceType("aws_autoscaling_group", group, ReadingPhase.OWNER),
    ResourceType("aws_ec2_fleet", group, ReadingPhase.OWNER),
    ResourceType("aws_spot_fleet_request", group, ReadingPhase.OWNER),
    ResourceType("aws_ecs_capacity_provider", capacity_provider, ReadingPhase.POOL),
    ResourceType("aws_eks_node_group", node_group, ReadingPhase.TIE),
)
