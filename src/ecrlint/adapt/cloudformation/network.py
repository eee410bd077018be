"""CloudFormation's VPC endpoints, private zones, and the network of ECS services."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.unit import Unit, items, present
from ecrlint.adapt.cloudformation.vpc import name
from ecrlint.adapt.ecs import launch_of, named
from ecrlint.adapt.network import names
from ecrlint.adapt.policy import policy
from ecrlint.model.network import Endpoint, Placement
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Scalar, Unknown, Value


def endpoint(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    document = present(get("PolicyDocument"))
    made = None if document is None else policy(document, "endpoint", resource.address, unit.expand)
    unit.endpoints[resource.address] = Endpoint(
        address=resource.address,
        service=unit.expand(get("ServiceName") or Unknown("it names no service", resource.span)),
        type=get("VpcEndpointType"),
        span=resource.span,
        policy=made,
        exists=resource.exists,
        vpc=name(get("VpcId")),
        private_dns=get("PrivateDnsEnabled"),
        region=present(get("ServiceRegion")),
        deployed=unit.place.get("region"),
        subnets=names(get("SubnetIds"), name),
        groups=names(get("SecurityGroupIds"), name),
        tables=names(get("RouteTableIds"), name),
        body=resource.attributes.span if resource.attributes.entries else None,
    )


def zone(unit: Unit, resource: Resource) -> None:
    unit.network.zones.append(unit.expand(resource.attributes.get("Name") or Scalar("", resource.span)))


def record(unit: Unit, resource: Resource) -> None:
    """A record for a name of the registry is in a private zone, whoever made that: nobody else can have one."""
    stated = resource.attributes.get("Name")
    if stated is not None and ".ecr" in stated.span.text:
        zone(unit, resource)


def shared(unit: Unit, resource: Resource) -> None:
    """What ties the VPCs of a unit to others, in which zones may be made for all of them."""
    unit.network.open.append(f"{resource.address} may bring private zones")


def service(unit: Unit, resource: Resource) -> None:
    """Where a service puts its tasks."""
    get = resource.attributes.get
    given, definition = get("NetworkConfiguration"), get("TaskDefinition")
    network = given.get("AwsvpcConfiguration") if isinstance(given, Map) else None
    if not isinstance(network, Map) or definition is None:
        return
    unit.network.placements.append(
        Placement(
            address=resource.address,
            span=resource.span,
            tasks=tuple(address for address, sure in named(definition).items() if sure),
            launch=_launch(resource),
            subnets=names(network.get("Subnets"), name),
            groups=names(network.get("SecurityGroups"), name),
            public_ip=network.get("AssignPublicIp"),
            exists=resource.exists,
        )
    )


def _launch(resource: Resource) -> Value | None:
    stated = present(resource.attributes.get("LaunchType"))
    strategy = present(resource.attributes.get("CapacityProviderStrategy"))
    if stated is not None or strategy is None:
        return stated
    providers = [item.get("CapacityProvider") if isinstance(item, Map) else None for item in items(strategy)]
    return launch_of(providers, strategy.span)
