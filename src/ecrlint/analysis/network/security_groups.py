"""What security groups let through between the tasks that pull and the endpoints, and on to the layers in S3.

https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ecrlint.analysis.network.consumers import Consumer
from ecrlint.analysis.network.endpoints import service, service_is_known
from ecrlint.analysis.network.pull_routes import closed_set, groups_of, is_gateway, subnets_of, vpc_name
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import string

if TYPE_CHECKING:
    from ecrlint.model.network import Endpoint, Peer, SecurityGroup, SecurityGroupRule
    from ecrlint.model.stack import Stack

HTTPS = 443

_DEFAULT_GROUPS = (".default_security_group_id", ".DefaultSecurityGroup")
"""The ends of the addresses of the default groups of VPCs, which are in whatever names no group."""


def for_https(rules: Iterable[SecurityGroupRule]) -> Iterator[SecurityGroupRule]:
    """The rules that are, or may be, for HTTPS with anybody at all."""
    return (
        rule for rule in rules if rule.exists is not NO and any(map(_is_somebody, rule.peers)) and rule.covers(HTTPS) is not NO
    )


def _is_somebody(peer: Peer) -> bool:
    """Whether a rule with this peer is for anybody: a block of the loopback stands for nobody, to keep a rule from being made."""
    return not (peer.kind == "cidr" and peer.name.startswith("127."))


def let_nobody_in(groups: Iterable[SecurityGroup]) -> bool:
    """Whether nobody gets in on HTTPS where these security groups are all that there are."""
    return all(not group.ingress.open and not any(for_https(group.ingress.rules)) for group in groups)


def let_nothing_out(groups: Iterable[SecurityGroup]) -> bool:
    return all(not group.egress.open and not any(for_https(group.egress.rules)) for group in groups)


def are_in_one_vpc(stack: Stack, consumer: Consumer, endpoint: Endpoint) -> bool:
    """Whether a consumer is known to be in the VPC of an endpoint."""
    listed = consumer.placement.subnets
    same_subnets = bool(listed.names) and bool(set(listed.names) & set(endpoint.subnets.names))
    return same_subnets or (endpoint.vpc is not None and vpc_name(stack, consumer) == endpoint.vpc)


def shut_out(stack: Stack, groups: Iterable[SecurityGroup], consumer: Consumer) -> bool:
    """Whether these security groups are known not to let a consumer in on HTTPS."""
    mine = _names_of_groups(stack, consumer)
    if not mine:
        return False
    for group in groups:
        if group.ingress.open:
            return False
        for rule in for_https(group.ingress.rules):
            if any(_may_be(stack, peer, consumer, mine) for peer in rule.peers):
                return False
    return True


def _names_of_groups(stack: Stack, consumer: Consumer) -> tuple[str, ...]:
    """The security groups of a consumer; none where not all of them are known."""
    listed = consumer.placement.groups
    if listed.none:
        return tuple(group.address for group in groups_of(stack, listed, vpc_name(stack, consumer)))
    return () if listed.open else listed.names


def _may_be(stack: Stack, peer: Peer, consumer: Consumer, mine: tuple[str, ...]) -> bool:
    """Whether the other side of a rule may be a consumer."""
    if peer.kind == "group":
        return peer.name in mine or (peer.name not in stack.network.groups and not peer.name.startswith("sg-"))
    if peer.kind != "cidr":
        return True
    blocks = [string(subnet.cidr) for subnet in subnets_of(stack, consumer)]
    return (
        not blocks
        or consumer.placement.subnets.open != ()
        or any(block is None or _overlap(peer.name, block) for block in blocks)
    )


def _overlap(a: str, b: str) -> bool:
    import ipaddress

    try:
        first, second = ipaddress.ip_network(a, strict=False), ipaddress.ip_network(b, strict=False)
    except ValueError:
        return True
    # A rule for IPv6 may let a dual-stack subnet in, of which only the IPv4 block is looked at.
    return first.version != second.version or first.overlaps(second)


def keep_from_layers(stack: Stack, groups: Iterable[SecurityGroup], consumer: Consumer) -> bool:
    """Whether these security groups let a consumer reach addresses of its own network alone, where no layers are.

    The gateway endpoint for S3 is a route to public addresses; only an interface endpoint has an address inside. In a VPC that
    others may give one to, it is reached by a group alone if it is in that group.
    """
    outgoing = [group.egress for group in groups]
    if any(rules.open for rules in outgoing):
        return False
    rules = [rule for one in outgoing for rule in for_https(one.rules)]
    found = closed_set(stack, vpc_name(stack, consumer))
    if found is not None:
        return all(is_gateway(endpoint) is YES for endpoint in found.of("s3")) and all(map(_is_inside, rules))
    return _no_interface_for_layers(stack) and all(_is_own_group(stack, peer) for rule in rules for peer in rule.peers)


def _no_interface_for_layers(stack: Stack) -> bool:
    """Whether none of the endpoints that are made here is, or may be, an interface endpoint for S3."""
    made = (endpoint for endpoint in stack.endpoints if endpoint.exists is not NO and is_gateway(endpoint) is not YES)
    return all(service_is_known(endpoint) and service(endpoint) != "s3" for endpoint in made)


def _is_own_group(stack: Stack, peer: Peer) -> bool:
    """Whether a rule is for a security group that only what is made here can be in: not for the default one of a VPC."""
    group = stack.network.groups.get(peer.name) if peer.kind == "group" else None
    if group is None or group.address.endswith(_DEFAULT_GROUPS):
        return False
    return not group.ingress.open and not group.egress.open


def _is_inside(rule: SecurityGroupRule) -> bool:
    return all(peer.kind == "group" or (peer.kind == "cidr" and _is_private(peer.name)) for peer in rule.peers)


def _is_private(block: str) -> bool:
    import ipaddress

    try:
        found = ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False
    return found.version == 4 and found.is_private
