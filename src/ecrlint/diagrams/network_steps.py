"""Where a task on Fargate starts, or an instance is, and what its pull goes through: subnets, security groups, endpoints.

The login asks `ecr.api`, the pull asks `ecr.dkr`, and the layers come from S3.
https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecrlint.analysis.network.consumers import Consumer, ConsumerKind
from ecrlint.analysis.network.endpoints import EndpointService, in_other_region, service
from ecrlint.analysis.network.pull_routes import (
    MEMBERS,
    Way,
    closed_set,
    groups_of,
    is_asked,
    is_cut_off,
    is_gateway,
    private_dns,
    subnets_of,
    table_of,
    vpc_label,
    vpc_name,
    way_out,
)
from ecrlint.analysis.network.required_services import lacking
from ecrlint.analysis.network.security_groups import are_in_one_vpc, for_https, keep_from_layers, let_nothing_out
from ecrlint.diagrams.endpoint_steps import PULLERS, gate
from ecrlint.model.address import own_name
from ecrlint.model.dataclass import replace
from ecrlint.model.network import MORE, Endpoint, Peer, SecurityGroup, Subnet
from ecrlint.model.picture import PathStep, Stage
from ecrlint.model.policy import Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES, Truth, any_of, truth
from ecrlint.wording.services import USES
from ecrlint.wording.words import listing

_LEGS: dict[EndpointService, str] = {"ecr.api": "the login", "ecr.dkr": "the image", "s3": "its layers"}
"""What each of the services is asked for."""

_ROUTES = {Way.NONE: "leads nowhere out of the VPC", Way.PUBLIC: "leads out through an internet gateway alone"}
_PLACES: dict[ConsumerKind, str] = {"Fargate": "starts in", "service": "instances in", "nodes": "nodes in", "login": "is in"}
_MOST = 4  # names that a label lists


def crossing(stack: Stack, consumer: Consumer, role: Role | None) -> tuple[Stage, Stage]:
    """The stages between what pulls and the repository."""
    starts = (*_subnets(stack, consumer), *_groups(stack, consumer))
    legs = (*_legs(stack, consumer, role), *_missing(stack, consumer))
    if consumer.doubt is not None:
        unless = "if it is started there" if consumer.assumed else "unless its image knows a proxy"
        starts, legs = (tuple(_doubted(step, unless) for step in steps) for steps in (starts, legs))
    return Stage(_PLACES[consumer.kind], starts), Stage("goes through", legs)


def _doubted(step: PathStep, unless: str) -> PathStep:
    """What would be broken is not known where the machine's own image may send its pulls another way, or another one pulls."""
    return replace(step, truth=MAYBE, words=f"{step.words}, {unless}") if step.truth is NO else step


def _subnets(stack: Stack, consumer: Consumer) -> Iterator[PathStep]:
    """The subnets, those with the same route table and way out as one step."""
    placed = consumer.placement.subnets
    place = placed.span or consumer.placement.span
    alike: dict[object, list[Subnet]] = {}
    others: list[str] = []
    for name in placed.names:
        subnet = stack.network.subnets.get(name)
        if subnet is None:
            others.append(name)
        else:
            table = table_of(stack.network, subnet)
            alike.setdefault((None if table is None else table.address, way_out(stack.network, subnet)), []).append(subnet)
    for subnets in alike.values():
        label = f"subnet{'s' * (len(subnets) > 1)} {_named([one.label for one in subnets])}"
        yield PathStep("subnet", label, YES, subnets[0].span, _route(stack, subnets[0]))
    if others or placed.open:
        yield PathStep("subnet", _unseen("subnet", others, bool(alike)), MAYBE, place, _why(others, placed.open))
    if placed.none:
        yield PathStep("subnet", "subnets", MAYBE, place, "none are stated")


def _unseen(what: str, names: Sequence[str], more: bool) -> str:
    """How subnets or security groups are called that are not in the stack: as the file refers to them."""
    if not names:
        return f"more {what}s" if more else f"{what}s"
    shown = [name.rstrip(".") for name in names[:_MOST]]
    rest = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f"{what}{'s' * (len(names) > 1)} {', '.join(shown)}{rest}"


def _why(names: Sequence[str], reasons: tuple[str, ...]) -> str:
    if MORE in reasons:
        return "how many there are is not known"
    if names or not reasons:
        return "not in these files"
    return f"which they are is not known: {reasons[0]}"


def _route(stack: Stack, subnet: Subnet) -> str:
    """Where the route table of a subnet leads, as far as it is known."""
    table, way = table_of(stack.network, subnet), way_out(stack.network, subnet)
    if table is None:
        return ""
    name = f'route table "{table.label}"' if subnet.table.names else "the main route table"
    if subnet.stated_way_out:
        return "the configuration says that it has a way out"
    if way is not Way.OPEN:
        return f"{name} {_ROUTES[way]}"
    return f"{name} leads out through a NAT gateway" if _has_nat(stack, subnet) else name


def _named(names: list[str]) -> str:
    shown = [f'"{name}"' for name in names[:_MOST]]
    return listing(shown) if len(names) <= _MOST else f"{', '.join(shown)} and {len(names) - _MOST} more"


def _groups(stack: Stack, consumer: Consumer) -> Iterator[PathStep]:
    placed = consumer.placement.groups
    vpc = vpc_name(stack, consumer)
    groups = groups_of(stack, placed, vpc)
    if groups:
        label = f"security group{'s' * (len(groups) > 1)} {_named([one.label for one in groups])}"
        state, words = _lets_out(stack, groups, consumer)
        yield PathStep("security group", label, state, groups[0].span, words)
    elif placed.names or placed.open:
        label = _unseen("security group", placed.names, False)
        place = placed.span or consumer.placement.span
        yield PathStep("security group", label, MAYBE, place, _why(placed.names, placed.open))
    elif vpc is not None or not consumer.placement.subnets.none:
        words = "none is stated, and what the default one lets out is not known"
        yield PathStep("security group", "security group of the VPC", MAYBE, consumer.placement.span, words)


def _lets_out(stack: Stack, groups: tuple[SecurityGroup, ...], consumer: Consumer) -> tuple[Truth, str]:
    if let_nothing_out(groups):
        return NO, "has no egress rule for TCP 443, so not even the login gets out"
    if keep_from_layers(stack, groups, consumer):
        return NO, "lets only the VPC's own addresses be reached on 443, and layers come from S3"
    rules = [rule for group in groups for rule in for_https(group.egress.rules)]
    sure = [rule for rule in rules if rule.exists is YES and rule.covers(443) is YES]
    if any(peer.kind == "cidr" and peer.name == "0.0.0.0/0" for rule in sure for peer in rule.peers):
        return YES, "lets 443 out to every address"
    peers = tuple(dict.fromkeys(_peer(peer) for rule in rules for peer in rule.peers))
    if not peers or any(group.egress.open for group in groups):
        return MAYBE, "what it lets out on 443 is not known"
    return MAYBE, f"lets 443 out to {listing(peers[:_MOST])}; whether that is all of the way is not known"


def _peer(peer: Peer) -> str:
    if peer.kind == "group":
        return f'security group "{own_name(peer.name)}"'
    return peer.name if peer.kind == "cidr" else "a prefix list" if peer.kind == "prefix list" else "addresses that are not known"


def _legs(stack: Stack, consumer: Consumer, role: Role | None) -> Iterator[PathStep]:
    """Through what each of the services is reached; those that take the same way out are one step."""
    out: list[EndpointService] = []
    for wanted in MEMBERS:
        taken = [one for one in _candidates(stack, consumer, wanted) if _is_taken(one)]
        if not taken:
            out.append(wanted)
        for endpoint in taken:
            yield _through(stack, consumer, wanted, endpoint, role)
    if out:
        yield _out(stack, consumer, out)


def _candidates(stack: Stack, consumer: Consumer, wanted: EndpointService) -> list[Endpoint]:
    """The endpoints for a service that are in the VPC of a consumer, or may be."""
    own = _vpc(stack, consumer)
    made = [one for one in stack.endpoints if service(one) == wanted and one.exists is not NO]
    return [one for one in made if _is_near(stack, consumer, one) or own is None or one.vpc is None or one.vpc == own]


def _is_near(stack: Stack, consumer: Consumer, endpoint: Endpoint) -> bool:
    own = _vpc(stack, consumer)
    return are_in_one_vpc(stack, consumer, endpoint) or (own is not None and endpoint.vpc == own)


def _vpc(stack: Stack, consumer: Consumer) -> str | None:
    """The VPC of a consumer: that of its subnets, or of the endpoints that share one with it."""
    own = vpc_name(stack, consumer)
    if own is None:
        shared = {one.vpc for one in stack.endpoints if set(one.subnets.names) & set(consumer.placement.subnets.names)}
        own = shared.pop() if len(shared) == 1 else None
    return own


def _is_taken(endpoint: Endpoint) -> bool:
    """Whether traffic may go through an endpoint at all: to one without private DNS no name leads."""
    return is_gateway(endpoint) is not NO or private_dns(endpoint) is not NO


def _through(stack: Stack, consumer: Consumer, wanted: EndpointService, endpoint: Endpoint, role: Role | None) -> PathStep:
    kind = "gateway endpoint" if wanted == "s3" and is_gateway(endpoint) is YES else "endpoint"
    label = f'{kind} "{endpoint.label}" for {_LEGS[wanted]}'
    if is_asked(consumer, endpoint) is NO and in_other_region(stack, endpoint) is None:
        return PathStep(
            "endpoint", label, MAYBE, endpoint.span, "what is pulled is in a registry of another region than this is for"
        )
    state, span, words = gate(stack, consumer, wanted, endpoint, role)
    if state is not MAYBE and not _is_near(stack, consumer, endpoint):
        told = "" if state is YES else f"{words}, but "
        state, words = MAYBE, f"{told}whether it is in the VPC of the {PULLERS[consumer.kind]} is not known"
    return PathStep("endpoint", label, state, span, words)


def _out(stack: Stack, consumer: Consumer, wanted: list[EndpointService]) -> PathStep:
    """The way that takes what no endpoint does."""
    whole = len(wanted) == len(MEMBERS)
    what = "" if whole else f" for {listing([_LEGS[one] for one in wanted])}"
    place = consumer.placement.subnets.span or consumer.placement.span
    subnets = subnets_of(stack, consumer)
    if not subnets:
        return PathStep("way out", f"a way out{what}", MAYBE, place, "where the subnets lead is not known")
    if is_cut_off(stack, consumer):
        return _shut(stack, consumer, wanted)
    ways = {way_out(stack.network, subnet) for subnet in subnets}
    if ways == {Way.PUBLIC}:
        public, who = consumer.has_public_ip, PULLERS[consumer.kind]
        has = "has a public address" if consumer.kind == "login" else "have public addresses"
        words = f"the {who} {has}" if public is YES else f"whether the {who} {has} is not known"
        return PathStep("way out", f"an internet gateway{what}", public, _first_route(stack, subnets) or place, words)
    if all(_has_nat(stack, subnet) for subnet in subnets):
        words = "every subnet has a route to one" if len(subnets) > 1 else "the subnet has a route to one"
        state = truth(not consumer.placement.subnets.open) | MAYBE
        return PathStep("way out", f"a NAT gateway{what}", state, _first_route(stack, subnets) or place, words)
    if all(subnet.stated_way_out for subnet in subnets):
        state = truth(not consumer.placement.subnets.open) | MAYBE
        return PathStep("way out", f"a way out{what}", state, place, "the configuration says so")
    return PathStep("way out", f"a way out{what}", MAYBE, place, "where the subnets lead is not known")


def _shut(stack: Stack, consumer: Consumer, wanted: list[EndpointService]) -> PathStep:
    vpc = vpc_name(stack, consumer)
    found = stack.network.vpcs.get(vpc or "")
    place = consumer.placement.subnets.span or consumer.placement.span
    legs = f"{listing([_LEGS[one] for one in wanted])} ({', '.join(wanted)})"
    label = f"no endpoint for {legs}" if vpc is not None else "no endpoint that is known"
    off = [one for name in wanted for one in _candidates(stack, consumer, name) if not _is_taken(one)]
    if off:
        names = listing([f'"{one.label}"' for one in off])
        words = f"private DNS of {names} is off, and the subnets lead nowhere else"
        return PathStep("way out", label, _unless_more(consumer), off[0].span, words)
    if found is None or closed_set(stack, found.address) is None:
        return PathStep("way out", label, MAYBE, place, "the subnets lead nowhere, but there may be endpoints that are not here")
    words = f"{vpc_label(stack, found.address)} has none, and the subnets lead nowhere else"
    return PathStep("way out", label, _unless_more(consumer), place, words)


def _missing(stack: Stack, consumer: Consumer) -> Iterator[PathStep]:
    """What the start asks for beside ECR, and has no endpoint for, in a VPC that has some for ECR."""
    found = closed_set(stack, vpc_name(stack, consumer))
    if found is None or not found.of_ecr or not is_cut_off(stack, consumer):
        return
    for need in lacking(consumer, found.others):
        words = f"{USES[need.service].shown}, and the subnets lead nowhere else"
        state = _unless_more(consumer) if need.sure else MAYBE
        yield PathStep("way out", f"no endpoint for {need.service}", state, need.span, words)


def _unless_more(consumer: Consumer) -> Truth:
    """What is proven for the subnets that are here is not so where there may be more of them."""
    return MAYBE if consumer.placement.subnets.open else NO


def _has_nat(stack: Stack, subnet: Subnet) -> bool:
    table = table_of(stack.network, subnet)
    return table is not None and any_of(truth(one.via == "NAT gateway") & one.exists for one in table.routes) is YES


def _first_route(stack: Stack, subnets: tuple[Subnet, ...]) -> Span | None:
    table = table_of(stack.network, subnets[0])
    return None if table is None or not table.routes else table.routes[0].span
