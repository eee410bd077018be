"""What an endpoint does with the pull of a task on Fargate: whether it lets it through, and which of its parts does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from ecrlint.analysis.capability import LOGIN, PULL, can
from ecrlint.analysis.network.consumers import Consumer, ConsumerKind, calls_as
from ecrlint.analysis.network.endpoints import (
    ANYONE,
    EndpointService,
    in_other_region,
    lets_layers_through,
    place,
    stops_layers,
    told_apart,
    told_apart_principal,
)
from ecrlint.analysis.network.pull_routes import (
    closed_set,
    groups_of,
    is_cut_off,
    is_gateway,
    private_dns,
    subnets_of,
    table_of,
)
from ecrlint.analysis.network.security_groups import are_in_one_vpc, for_https, let_nobody_in, shut_out
from ecrlint.analysis.repositories import principal_of
from ecrlint.iam.request import RequestContext
from ecrlint.model.image import repository_arn
from ecrlint.model.network import Endpoint, SecurityGroup
from ecrlint.model.policy import Policy, Role
from ecrlint.model.source import Span
from ecrlint.model.stack import Stack
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import boolean, is_null, string
from ecrlint.wording.words import listing

Verdict: TypeAlias = tuple[Truth, Span, str]

_GOOD = "its policy, its security group and its DNS let it through"
PULLERS: dict[ConsumerKind, str] = {"Fargate": "tasks", "service": "instances", "nodes": "nodes", "login": "instance"}
_WEIGHT = {NO: 0, MAYBE: 1, YES: 2}


def gate(stack: Stack, consumer: Consumer, wanted: EndpointService, endpoint: Endpoint, role: Role | None) -> Verdict:
    """Whether an endpoint lets the pull of a consumer through; of several reasons why not, the surest and first."""
    found = [(endpoint.exists, endpoint.span, "whether it is made depends on a condition")] if endpoint.exists is MAYBE else []
    elsewhere = in_other_region(stack, endpoint)
    if elsewhere is not None:
        own, here, _, _ = elsewhere
        found.append((NO, endpoint.service.span, f"it names the service of {own}, and its VPC is in {here}"))
    if wanted == "s3" and is_gateway(endpoint) is not NO:
        found += _gateway(stack, consumer, endpoint)
        good = "its policy and its route tables let layers through"
    elif wanted == "s3":
        found += [(MAYBE, endpoint.span, "AWS documents only a gateway endpoint for the layers of ECR")]
        good = ""
    else:
        found += _interface(stack, consumer, wanted, endpoint, role)
        good = _GOOD
    worst = min(found, key=lambda one: _WEIGHT[one[0]], default=(YES, endpoint.span, good))
    return worst


def _gateway(stack: Stack, consumer: Consumer, endpoint: Endpoint) -> Iterator[Verdict]:
    policy = endpoint.policy
    if policy is not None and not policy.complete:
        yield MAYBE, policy.span, f"not all of its policy is known: {policy.open[0]}"
    elif policy is not None:
        through = lets_layers_through(endpoint, policy)
        if through is NO:
            span, why = stops_layers(endpoint, policy)
            yield NO, span, f"its policy {why}"
        elif through is MAYBE:
            yield MAYBE, policy.span, "whether its policy lets ECR's layer bucket through is not known"
    tables = {table.address for subnet in subnets_of(stack, consumer) if (table := table_of(stack.network, subnet))}
    whole = closed_set(stack, endpoint.vpc)
    given = {name for one in (whole.gateways if whole is not None else (endpoint,)) for name in one.tables.names}
    lost = tables - given
    if endpoint.tables.open or not tables:
        yield MAYBE, endpoint.tables.span or endpoint.span, "whether it is in the route tables of the subnets is not known"
    elif lost:
        sure = whole is not None and is_gateway(endpoint) is YES and is_cut_off(stack, consumer)
        sure = sure and not consumer.placement.subnets.open
        words = "it is not in the route tables of all subnets" + (", which lead nowhere else" if sure else "")
        yield NO if sure else MAYBE, endpoint.tables.span or endpoint.span, words


def _interface(
    stack: Stack, consumer: Consumer, wanted: EndpointService, endpoint: Endpoint, role: Role | None
) -> Iterator[Verdict]:
    stated = string(endpoint.type)
    if is_null(endpoint.type) or (stated is not None and stated != "Interface"):
        yield NO, endpoint.span, f"it is not of the type Interface, as {wanted} is"
    elif stated is None:
        yield MAYBE, endpoint.span, "its type is not known"
    elif endpoint.subnets.none:
        yield MAYBE, endpoint.span, "it is in no subnet"
    dns = private_dns(endpoint)
    if dns is MAYBE:
        yield MAYBE, endpoint.span, "whether its private DNS is on is not known"
    vpc = stack.network.vpcs.get(endpoint.vpc or "")
    if vpc is not None and dns is YES:
        hostnames_off = boolean(vpc.dns_hostnames, MAYBE if vpc.summarised else NO) is NO
        if boolean(vpc.dns_support, YES) is NO or hostnames_off:
            yield NO, vpc.span, f'VPC "{vpc.label}" has no DNS host names, which private DNS needs'
    yield from _groups(stack, consumer, endpoint)
    if endpoint.policy is not None:
        yield from _policy(stack, consumer, wanted, endpoint.policy, role)


def _groups(stack: Stack, consumer: Consumer, endpoint: Endpoint) -> Iterator[Verdict]:
    groups = groups_of(stack, endpoint.groups, endpoint.vpc)
    place = groups[0].span if groups else endpoint.groups.span or endpoint.span
    names = listing([f'"{group.label}"' for group in groups]) if groups else ""
    if not groups:
        yield MAYBE, place, "what its security groups let in is not known"
    elif let_nobody_in(groups):
        yield NO, place, f"security group {names} has no ingress rule for TCP 443"
    elif are_in_one_vpc(stack, consumer, endpoint) and shut_out(stack, groups, consumer):
        yield NO, place, f"security group {names} does not let the {PULLERS[consumer.kind]} in on 443"
    elif not _lets_in(stack, groups, consumer):
        yield MAYBE, place, f"whether security group {names} lets the {PULLERS[consumer.kind]} in on 443 is not known"


def _lets_in(stack: Stack, groups: tuple[SecurityGroup, ...], consumer: Consumer) -> bool:
    """Whether a rule surely lets a consumer in: by its security group, or by the addresses of all of its subnets."""
    blocks = [string(subnet.cidr) for subnet in subnets_of(stack, consumer)]
    for group in groups:
        for rule in for_https(group.ingress.rules):
            if rule.exists is not YES or rule.covers(443) is not YES:
                continue
            for peer in rule.peers:
                if peer.kind == "group" and peer.name in consumer.placement.groups.names:
                    return True
                if peer.kind == "cidr" and (peer.name == "0.0.0.0/0" or _covers(peer.name, blocks)):
                    return True
    return False


def _covers(block: str, others: list[str | None]) -> bool:
    import ipaddress

    try:
        outer = ipaddress.IPv4Network(block, strict=False)
        return bool(others) and all(ipaddress.IPv4Network(one or "", strict=False).subnet_of(outer) for one in others)
    except ValueError:
        return False


def _policy(stack: Stack, consumer: Consumer, wanted: EndpointService, policy: Policy, role: Role | None) -> Iterator[Verdict]:
    if not policy.complete:
        yield MAYBE, policy.span, f"not all of its policy is known: {policy.open[0]}"
        return
    asked = LOGIN if wanted == "ecr.api" else PULL
    image = None if consumer.image is None else repository_arn(consumer.image)
    anyone = can((policy,), asked, principal=ANYONE)
    if anyone.truth is NO:
        yield NO, place(policy), f"its policy does not allow {listing(anyone.missing)}"
        return
    if role is None:
        if can((policy,), asked, image, principal=ANYONE).truth is MAYBE:
            yield MAYBE, policy.span, "whether its policy lets the role through is not known"
        return
    caller, context = told_apart_principal(principal_of(role), stack), RequestContext(calls_as(consumer))
    own = can((told_apart(policy, stack),), asked, image, principal=caller, context=context)
    if own.truth is NO:
        sure = asked is PULL or consumer.kind != "Fargate"
        said = f'its policy does not allow {listing(own.missing)} for role "{role.label}"'
        yield NO if sure else MAYBE, place(policy), said
    elif own.truth is MAYBE:
        yield MAYBE, policy.span, f'whether its policy lets role "{role.label}" through is not known'
