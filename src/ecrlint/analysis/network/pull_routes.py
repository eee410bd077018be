"""Which way the pull of an image takes: out of the subnet, or through the endpoints of its VPC."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ecrlint.analysis.network.consumers import consumers, on_own_interfaces
from ecrlint.analysis.network.endpoints import EndpointService, region, service, service_is_known
from ecrlint.iam import patterns
from ecrlint.iam.request import segment
from ecrlint.model.dataclass import dataclass
from ecrlint.model.finding import Related
from ecrlint.model.image import repository_arn
from ecrlint.model.truth import MAYBE, NO, YES, Truth, truth
from ecrlint.model.value import Scalar, Value, boolean, is_null, pieces, string

if TYPE_CHECKING:
    from ecrlint.analysis.network.consumers import Consumer
    from ecrlint.model.network import Associations, Endpoint, Network, RouteTable, SecurityGroup, Subnet, Vpc
    from ecrlint.model.stack import Stack
    from ecrlint.model.workload import Task


class Way(enum.Enum):
    """What leads out of a subnet: nothing; an internet gateway alone, which takes a public address; something else, or
    something that is not known."""

    NONE = enum.auto()
    PUBLIC = enum.auto()
    OPEN = enum.auto()


def table_of(network: Network, subnet: Subnet) -> RouteTable | None:
    """The route table of a subnet: its own, or the main one of its VPC; None where that is not known."""
    if subnet.table.open or len(subnet.table.names) > 1:
        return None
    if subnet.table.names:
        return network.tables.get(subnet.table.names[0])
    vpc = network.vpcs.get(subnet.vpc or "")
    return None if vpc is None or vpc.open else network.tables.get(vpc.table)


def way_out(network: Network, subnet: Subnet) -> Way:
    """What leads out of a subnet."""
    if subnet.stated_way_out:
        return Way.OPEN
    table = table_of(network, subnet)
    if table is None or table.open:
        return Way.OPEN
    routes = [route for route in table.routes if route.exists is not NO]
    if any(route.via != "internet gateway" for route in routes):
        return Way.OPEN
    return Way.PUBLIC if routes else Way.NONE


def surely_leads_out(network: Network, subnet: Subnet) -> bool:
    """Whether a route leads out of a subnet whatever the conditions are."""
    table = table_of(network, subnet)
    return table is not None and any(route.exists is YES for route in table.routes)


def known_subnets(stack: Stack, consumer: Consumer) -> tuple[Subnet, ...]:
    """The subnets of a consumer that are of the stack."""
    found = (stack.network.subnets.get(name) for name in consumer.placement.subnets.names)
    return tuple(one for one in found if one is not None)


def subnets_of(stack: Stack, consumer: Consumer) -> tuple[Subnet, ...]:
    """The subnets of a consumer; none where one that it names is not of the stack."""
    listed, known = consumer.placement.subnets, known_subnets(stack, consumer)
    return known if listed.some and len(known) == len(listed.names) else ()


def is_cut_off(stack: Stack, consumer: Consumer) -> bool:
    """Whether nothing but endpoints of its VPC can bring a consumer to the registry, in whichever subnet it starts."""
    ways = {way_out(stack.network, subnet) for subnet in subnets_of(stack, consumer)}
    if not ways or Way.OPEN in ways:
        return False
    return Way.PUBLIC not in ways or consumer.has_public_ip is NO


def vpc_name(stack: Stack, consumer: Consumer) -> str | None:
    """The VPC of all the subnets of a consumer."""
    found = {subnet.vpc for subnet in subnets_of(stack, consumer)}
    return found.pop() if len(found) == 1 else None


def cut_off(stack: Stack, vpc: str) -> Iterator[Consumer]:
    """The consumers in a VPC that are cut off."""
    for consumer in consumers(stack):
        if vpc_name(stack, consumer) == vpc and is_cut_off(stack, consumer):
            yield consumer


def _ways_out(stack: Stack, vpc: str) -> set[Way]:
    return {way_out(stack.network, subnet) for subnet in stack.network.subnets.values() if subnet.vpc == vpc}


def is_sealed(stack: Stack, vpc: str) -> bool:
    """Whether nothing leads out of any subnet of a VPC, and it has some."""
    return _ways_out(stack, vpc) == {Way.NONE}


def leads_out(stack: Stack, vpc: str) -> bool:
    """Whether every subnet of a VPC that is known leads out of it, or may, and there are some."""
    ways = _ways_out(stack, vpc)
    return bool(ways) and Way.NONE not in ways


def passed(stack: Stack, task: Task, image: Value) -> Endpoint | None:
    """The endpoint that the pull of an image by a task on Fargate certainly goes through, wherever the stack starts it.

    It is the only one for the registry of that region in the VPC, and the registry's name leads to it.
    """
    vpcs = {vpc_name(stack, consumer) for consumer in on_own_interfaces(stack) if consumer.task is task}
    vpc = vpcs.pop() if len(vpcs) == 1 else None
    found = None if vpc is None else endpoint_set(stack, vpc)
    registries = () if found is None else found.of("ecr.dkr")
    if len(registries) != 1 or not _is_of_registry_in(registries[0], image):
        return None
    endpoint = registries[0]
    sure = endpoint.exists is YES and private_dns(endpoint) is YES and string(endpoint.type) == "Interface"
    return endpoint if sure else None


def _is_of_registry_in(endpoint: Endpoint, image: Value) -> bool:
    """Whether an endpoint is for the region that the host of an image names; other kinds of hosts have other endpoints."""
    parts = pieces(image)
    if not any(".dkr.ecr." in (string(part) or "") for part in parts):
        return False
    arn, name = repository_arn(image), endpoint.service
    wanted = None if arn is None else segment(arn, 3)
    known, split = region(endpoint), pieces(name)
    served = Scalar(known, endpoint.span) if known else split[1] if len(split) == 3 else None
    return wanted is not None and served is not None and patterns.equals(wanted, served) is YES


_LOGS_IN_TO = r"--region[\s=]+[\"']?([a-z]{2}(?:-[a-z]+)+-\d)\b"


def is_asked(consumer: Consumer, endpoint: Endpoint) -> Truth:
    """Whether what a consumer pulls from is the registry of the region that an endpoint is for, where the names tell."""
    if consumer.kind == "login":
        shown = consumer.shown
        found = re.search(_LOGS_IN_TO, shown.source.line_text(shown.line))
        wanted, unsure = found.group(1) if found else None, MAYBE
    else:
        arn = None if consumer.image is None else repository_arn(consumer.image)
        wanted, unsure = string(segment(arn, 3)) if arn is not None else None, YES
    served = region(endpoint)
    return unsure if wanted is None or served is None else truth(wanted == served)


def takes(stack: Stack, consumer: Consumer, gateway: Endpoint) -> Truth:
    """Whether the layers of a consumer take a gateway endpoint: surely where it has the route table of a subnet that the consumer
    may start in. They may take another way where it is of another VPC, or none of its route tables is known to be that of such a
    subnet; then the answer is no. Where these subnets are not known it is taken, unless a subnet of its VPC is led past it."""
    network = stack.network
    known = [table_of(network, subnet) for subnet in known_subnets(stack, consumer)]
    if any(table is not None and table.address in gateway.tables.names for table in known):
        return YES
    subnets = () if consumer.placement.subnets.open else subnets_of(stack, consumer)
    if not subnets:
        return MAYBE if leads_past(network, gateway) else YES
    elsewhere = gateway.vpc is not None and all(one.vpc not in (None, gateway.vpc) for one in subnets)
    return NO if elsewhere or not gateway.tables.open else MAYBE


def leads_past(network: Network, gateway: Endpoint) -> bool:
    """Whether a subnet that may be of the VPC of a gateway endpoint is associated with a route table which that is not known to
    have."""
    subnets = (one for one in network.subnets.values() if gateway.vpc is None or one.vpc in (None, gateway.vpc))
    return any(name not in gateway.tables.names for subnet in subnets for name in subnet.table.names)


@dataclass(frozen=True, slots=True)
class EndpointSet:
    """The endpoints of a VPC that the way of an image may take, and `others` that are, or may be, in it."""

    vpc: str
    members: tuple[Endpoint, ...]
    others: tuple[Endpoint, ...] = ()

    def of(self, wanted: EndpointService) -> tuple[Endpoint, ...]:
        return tuple(endpoint for endpoint in self.members if service(endpoint) == wanted)

    @property
    def of_ecr(self) -> tuple[Endpoint, ...]:
        return (*self.of("ecr.dkr"), *self.of("ecr.api"))

    @property
    def gateways(self) -> tuple[Endpoint, ...]:
        return tuple(endpoint for endpoint in self.of("s3") if is_gateway(endpoint) is not NO)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(wanted for wanted in MEMBERS if not self.of(wanted))


MEMBERS: tuple[EndpointService, ...] = ("ecr.api", "ecr.dkr", "s3")


def endpoint_set(stack: Stack, vpc: str) -> EndpointSet | None:
    """The endpoints of a VPC, whoever made that; None where one that is made here may belong to it or may not."""
    made = [endpoint for endpoint in stack.endpoints if endpoint.exists is not NO]
    if any(may_join(endpoint) for endpoint in made if endpoint.vpc is None or vpc in stack.network.vpcs):
        return None
    members = [endpoint for endpoint in made if endpoint.vpc == vpc]
    if not all(service_is_known(endpoint) for endpoint in members):
        return None
    placed = set(stack.network.vpcs) - {vpc}
    others = tuple(endpoint for endpoint in made if not service(endpoint) and endpoint.vpc not in placed)
    return EndpointSet(vpc, tuple(endpoint for endpoint in members if service(endpoint)), others)


def may_join(endpoint: Endpoint) -> bool:
    """Whether an endpoint may be one of the set of any VPC of the stack."""
    return bool(endpoint.of_any_vpc) and (service(endpoint) is not None or not service_is_known(endpoint))


def closed_set(stack: Stack, vpc: str | None) -> EndpointSet | None:
    """The endpoints of a VPC of the stack that has no others; None where that cannot be known."""
    found = None if vpc is None else stack.network.vpcs.get(vpc)
    return None if found is None or found.open else endpoint_set(stack, found.address)


def is_gateway(endpoint: Endpoint) -> Truth:
    """Whether an endpoint is a gateway endpoint, which is the default type."""
    if is_null(endpoint.type):
        return YES
    text = string(endpoint.type)
    return MAYBE if text is None else YES if text == "Gateway" else NO


def private_dns(endpoint: Endpoint) -> Truth:
    """Whether the names of the service lead to the endpoint, which by default they do not."""
    return boolean(endpoint.private_dns, NO)


def is_reached(stack: Stack, endpoint: Endpoint) -> Truth:
    """Whether clients in the VPC that call a service by its name go through an endpoint: without private DNS they pass it by."""
    own = private_dns(endpoint)
    return MAYBE if own is NO and has_own_zone(stack.network) else own


def has_own_zone(network: Network) -> bool:
    """Whether a private zone of the user's may lead the registry's names to an endpoint."""
    return bool(network.open) or any(_is_of_registry(name) for name in network.zones)


_REGISTRY_NAMES = r"(amazonaws\.(com|com\.cn|eu)|\.on\.aws|\.gov|\.uk)\.?$"


def _is_of_registry(zone: Value) -> bool:
    text = string(pieces(zone)[-1])
    return text is None or re.search(_REGISTRY_NAMES, text.lower()) is not None


def groups_of(stack: Stack, names: Associations, vpc: str | None) -> tuple[SecurityGroup, ...]:
    """The security groups of an interface: those that are stated, otherwise the default one of its VPC; none where not
    all of them are of the stack."""
    found_vpc = stack.network.vpcs.get(vpc or "")
    listed = names.names
    if names.none and found_vpc is not None and not found_vpc.open:
        listed = (found_vpc.group,)
    found = [stack.network.groups.get(name) for name in listed]
    known = tuple(one for one in found if one is not None)
    return known if not names.open and len(known) == len(found) else ()


# Words


def vpc_label(stack: Stack, vpc: str) -> str:
    """How messages speak of a VPC."""
    found: Vpc | None = stack.network.vpcs.get(vpc)
    return f'VPC "{found.label}"' if found is not None else f'VPC "{vpc.rsplit(".", 1)[-1]}"'


def vpc_place(stack: Stack, vpc: Vpc) -> Related:
    """Where a VPC is made, and how that is known."""
    return Related(vpc.span, f"{vpc_label(stack, vpc.address)}{_as_said(vpc)}")


def _as_said(vpc: Vpc | None) -> str:
    return ", read from the arguments of its module" if vpc is not None and vpc.summarised else ""


def places(stack: Stack, consumer: Consumer) -> Iterator[Related]:
    """The chain of places that proves that a consumer is cut off."""
    yield from consumer.places()
    seen: set[str] = set()
    for subnet in subnets_of(stack, consumer):
        yield Related(subnet.span, f'subnet "{subnet.label}" that it starts in')
        table = table_of(stack.network, subnet)
        if table is not None and table.address not in seen:
            seen.add(table.address)
            public = any(route.via == "internet gateway" for route in table.routes)
            is_main = not subnet.table.names
            what = "whose main route table" if is_main else f'route table "{table.label}"'
            leads = "leads out only through an internet gateway" if public else "leads nowhere out of the VPC"
            said = f"the VPC, {what} {leads}" if is_main else f"{what} {leads}"
            yield Related(table.span, f"{said}{_as_said(stack.network.vpcs.get(table.vpc or ''))}")


def endpoint_places(endpoints: Iterable[Endpoint]) -> Iterator[Related]:
    for endpoint in endpoints:
        yield Related(endpoint.span, f'endpoint "{endpoint.label}"')
