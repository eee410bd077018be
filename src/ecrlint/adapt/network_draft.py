"""A unit's network put together, from resources that each say a part of it and name each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Literal

from ecrlint.adapt.identity_draft import parts
from ecrlint.adapt.policy import why
from ecrlint.model.address import from_outside, is_looked_up, type_of
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.network import (
    MORE,
    NONE,
    Associations,
    Endpoint,
    Network,
    NetworkPart,
    Peer,
    Placement,
    Route,
    RouteTable,
    Rules,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Vpc,
)
from ecrlint.model.source import Span
from ecrlint.model.truth import YES, Truth
from ecrlint.model.value import List, Map, Ref, Scalar, Unknown, Value, is_null, string

Name = Callable[[Value | None], "str | None"]
"""Gives the name of the thing that a value refers to: its address, or its id; None where that is not known."""

Direction = Literal["ingress", "egress"]
EndpointPart = Literal["subnets", "groups", "tables"]
ANYTHING = "*"
"""What an outsider mentions that is given something of a network, and nobody knows what."""

_ID = re.compile(r"[a-z]+-[0-9a-f]{8,17}")
ANY_GROUP = "sg-*"
"""What an outsider mentions that is given a security group, and nobody knows which."""

_OF_NETWORKS = re.compile("vpc|subnet|route|network", re.IGNORECASE)
_OF_GROUPS = re.compile("security_group|SecurityGroup|sg_id")


@dataclass(frozen=True, slots=True)
class Tie:
    """What a separate resource says: that `one` (an endpoint, a subnet) has `other`; None for what is not known."""

    one: str | None
    other: str | None
    by: str
    exists: Truth = YES


@dataclass
class NetworkDraft:
    """The parts of a network as its resources state them.

    `same` gives, for another name of a thing, the name that it has here. `outsiders` are what may add to the things
    that they mention, unseen: a reason, and the names; `given_out` are the things whose id leaves the unit, each after what
    gives it. `outside` are the reasons that rest on an id which the unit is given, or which it gives to others, each with what
    would have to be so. `looked_up` are the kinds of things of which the unit looks some up,
    `settings` what separate resources set of endpoints.
    """

    vpcs: dict[str, Vpc] = field(default_factory=dict)
    subnets: dict[str, Subnet] = field(default_factory=dict)
    tables: dict[str, RouteTable] = field(default_factory=dict)
    groups: dict[str, SecurityGroup] = field(default_factory=dict)
    placements: list[Placement] = field(default_factory=list)
    zones: list[Value] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    same: dict[str, str] = field(default_factory=dict)
    associations: list[Tie] = field(default_factory=list)
    mains: list[Tie] = field(default_factory=list)
    routes: list[tuple[str | None, Route]] = field(default_factory=list)
    rules: list[tuple[str | None, Direction, SecurityGroupRule]] = field(default_factory=list)
    of_endpoints: dict[EndpointPart, list[Tie]] = field(default_factory=dict)
    settings: list[Tie] = field(default_factory=list)
    outsiders: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    given_out: list[tuple[str, str]] = field(default_factory=list)
    outside: dict[str, str] = field(default_factory=dict)
    looked_up: set[NetworkPart] = field(default_factory=set)

    def real(self, name: str | None) -> str | None:
        """The name that a thing has here; None for one that is looked up, which may be any of those that are here."""
        return None if name is None or is_looked_up(name) else self._here(name)

    def _open_tie(self, tie: Tie, kind: str, things: Mapping[str, object]) -> Tie:
        """A tie to the name that a thing has here; to None where it may be to any of the things."""
        real = self.real(tie.one)
        if not _is_unknown(real, things):
            return replace(tie, one=real)
        if real is not None and from_outside(real):
            self.outside[_unsure(tie)] = f"{real} is this {kind}"
        return replace(tie, one=None)

    def _may_be(self, name: str | None, kind: str, things: Mapping[str, object]) -> tuple[str, ...]:
        """Why what names something that is not here may mean each of these; nothing where it is one of them, or another's id."""
        real = self.real(name)
        if real is None:
            return (f"something is added to a {kind} that is not known",)
        if not _is_unknown(real, things):
            return ()
        reason = f"something is added to {kind} {real}, which may be one of these"
        if from_outside(real):
            self.outside[reason] = f"{real} is this {kind}"
        return (reason,)

    def _here(self, name: str) -> str:
        """A name as things have it here; one of several that stand for each other is all of them."""
        kind, _, index = name.rpartition(".")
        if not index.isdecimal():
            kind = name
        return kind if kind in self.subnets or kind in self.tables else self.same.get(name, name)

    def network(self) -> Network:
        """The network, with what its separate resources add to its parts."""
        vpcs = self._vpcs()
        for vpc in vpcs.values():
            lost = tuple(_unsure(tie) for tie in self.mains if tie.by == vpc.table)
            self.tables.setdefault(vpc.table, RouteTable(vpc.table, vpc.span, vpc.address, open=lost))
            self.groups.setdefault(vpc.group, default_group(vpc))
        subnets = self._subnets()
        return Network(
            vpcs=self._opened(vpcs, subnets),
            subnets=subnets,
            tables=self._tables(),
            groups=self._groups(),
            placements=tuple(
                replace(one, subnets=self._real(one.subnets), groups=self._real(one.groups)) for one in self.placements
            ),
            zones=tuple(self.zones),
            open=tuple(self.open),
            extends=frozenset(self._extends()),
        )

    def _extends(self) -> Iterator[NetworkPart]:
        """The kinds of things that are looked up and added to. An id that is not known may be of one that is looked up."""
        of_endpoints = (tie.one for ties in (*self.of_endpoints.values(), self.settings) for tie in ties)
        added: tuple[tuple[NetworkPart, Iterable[str | None], Mapping[str, object]], ...] = (
            ("security groups", (group for group, _, _ in self.rules), self.groups),
            ("route tables", (table for table, _ in self.routes), self.tables),
            ("subnets", (tie.one for tie in self.associations), self.subnets),
            ("VPCs", (tie.one for tie in self.mains), self.vpcs),
            ("endpoints", of_endpoints, {}),
        )
        for kind, names, things in added:
            if kind in self.looked_up and any(_is_unknown(self.real(name), things) for name in names):
                yield kind

    def endpoints(self, endpoints: Iterable[Endpoint]) -> Iterator[Endpoint]:
        """The endpoints, with what separate resources tie to them."""
        found = {endpoint.address: endpoint for endpoint in endpoints}
        ties = {
            part: _by_one(self._open_tie(tie, "endpoint", found) for tie in stated) for part, stated in self.of_endpoints.items()
        }
        nothing: dict[str | None, list[Tie]] = {}
        outside = self._outside_of_each(found)
        for endpoint in found.values():
            tables = self._tied(endpoint.tables, ties.get("tables", nothing), endpoint.address)
            yield replace(
                endpoint,
                vpc=None if endpoint.vpc is None else self._here(endpoint.vpc),
                of_any_vpc=self._may_be(endpoint.vpc, "VPC", self.vpcs),
                subnets=self._tied(endpoint.subnets, ties.get("subnets", nothing), endpoint.address),
                groups=self._tied(endpoint.groups, ties.get("groups", nothing), endpoint.address),
                tables=replace(tables, open=(*tables.open, *outside.get(endpoint.address, ()))),
            )

    def _real(self, names: Associations) -> Associations:
        """Names as things have them here; what is neither here nor an id may be anything."""
        found = tuple(dict.fromkeys(map(self._here, names.names)))
        here = (self.subnets, self.groups, self.tables)
        lost = [one for one in found if not any(one in things for things in here) and not _ID.fullmatch(one)]
        return replace(names, names=found, open=(*names.open, *(f"{one} is not here" for one in lost)))

    def _tied(self, names: Associations, ties: Mapping[str | None, list[Tie]], address: str) -> Associations:
        """Names with those that separate resources add for a thing, or may add."""
        added: list[str] = []
        reasons: list[str] = []
        for tie in (*ties.get(address, ()), *ties.get(None, ())):
            other = self.real(tie.other)
            if tie.one is None or other is None or tie.exists is not YES:
                reasons.append(_unsure(tie))
            else:
                added.append(other)
        if added or reasons:
            names = replace(names, names=(*names.names, *added), open=(*names.open, *dict.fromkeys(reasons)))
        return self._real(names)

    def _vpcs(self) -> dict[str, Vpc]:
        found = dict(self.vpcs)
        for tie in self.mains:
            vpc, table = self._open_tie(tie, "VPC", found).one, self.real(tie.other)
            for address in [vpc] if vpc is not None else list(found):
                if address in found:
                    is_here = table in self.tables or table == found[address].table
                    sure = vpc is not None and table is not None and is_here and tie.exists is YES
                    found[address] = replace(found[address], table=table if sure and table is not None else tie.by)
        return found

    def _subnets(self) -> dict[str, Subnet]:
        ties = _by_one(self._open_tie(tie, "subnet", self.subnets) for tie in self.associations)
        found = {
            address: replace(subnet, vpc=self.real(subnet.vpc), table=self._tied(subnet.table, ties, address))
            for address, subnet in self.subnets.items()
        }
        for address, reasons in self._known_outside("subnet", found):
            if found[address].table.none:  # a subnet has one table
                found[address] = replace(found[address], table=Associations((), reasons))
        return found

    def _known_outside(self, kind: str, things: Mapping[str, object]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The things of a kind whose id leaves the unit so that others use them: these may add to the thing itself as well."""
        for giver, address in self._given_out(things):
            reason = f"{giver} gives its id to others"
            self.outside[reason] = f"a reader of {giver} adds to this {kind}"
            yield address, (reason,)

    def _given_out(self, things: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """What gives out a thing of a kind, and that thing; a module which is not here gives out all that it makes."""
        for giver, name in self.given_out if things else ():
            real = self.real(name)
            if real is not None and real in things:
                yield giver, real
            elif type_of(name) == "module":
                yield from ((giver, address) for address in things if address.startswith(f"{name}."))

    def _tables(self) -> dict[str, RouteTable]:
        routes: dict[str | None, list[Route]] = {}
        for name, route in self.routes:
            routes.setdefault(self.real(name), []).append(route)
        lost = tuple(reason for name in routes for reason in self._may_be(name, "route table", self.tables))
        outside = self._outside_of_each(self.tables)
        return {
            address: replace(
                table,
                vpc=self.real(table.vpc),
                routes=(*table.routes, *routes.get(address, ())),
                open=(*table.open, *lost, *outside.get(address, ())),
            )
            for address, table in self.tables.items()
        }

    def _groups(self) -> dict[str, SecurityGroup]:
        rules: dict[tuple[str | None, Direction], list[SecurityGroupRule]] = {}
        lost: dict[Direction, list[str]] = {"ingress": [], "egress": []}
        for name, direction, rule in self.rules:
            rules.setdefault((self.real(name), direction), []).append(rule)
            lost[direction].extend(self._may_be(name, "security group", self.groups))
        outside = self._outside_of_each(self.groups)

        def all_of(group: SecurityGroup, direction: Direction, own: Rules) -> Rules:
            more = rules.get((group.address, direction), ())
            peers = (self._with_real_peers(rule) for rule in (*own.rules, *more))
            return Rules(tuple(peers), (*own.open, *dict.fromkeys(lost[direction]), *outside.get(group.address, ())))

        return {
            address: replace(
                group,
                vpc=self.real(group.vpc),
                ingress=all_of(group, "ingress", group.ingress),
                egress=all_of(group, "egress", group.egress),
            )
            for address, group in self.groups.items()
        }

    def _with_real_peers(self, rule: SecurityGroupRule) -> SecurityGroupRule:
        if not self.same:
            return rule
        return replace(rule, peers=tuple(replace(peer, name=self.same.get(peer.name, peer.name)) for peer in rule.peers))

    def _opened(self, vpcs: dict[str, Vpc], subnets: Mapping[str, Subnet]) -> dict[str, Vpc]:
        """The VPCs, open where something not seen is given them or a part of them."""
        owner = {address: address for address in vpcs} | {vpc.table: address for address, vpc in vpcs.items()}
        within = [(address, one.vpc) for address, one in subnets.items()]
        within += [(address, one.vpc) for address, one in self.tables.items()]
        owner |= {address: real for address, vpc in within if (real := self.real(vpc)) is not None}
        found = dict(vpcs)
        for reason, mentioned in self.outsiders:
            given = found if ANYTHING in mentioned else {owner.get(self.real(name) or "") for name in mentioned}
            for address in given:
                if address is not None and address in found:
                    found[address] = replace(found[address], open=(*found[address].open, reason))
        for address, reasons in self._known_outside("VPC", found):
            found[address] = replace(found[address], open=(*found[address].open, *reasons))
        return found

    def _outside_of_each(self, things: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for reason, mentioned in self.outsiders:
            names = [*mentioned, *(things if ANY_GROUP in mentioned and things is self.groups else ())]
            for name in names:
                real = self.real(name)
                if real is not None and real in things:
                    found[real] = (*found.get(real, ()), reason)
        for giver, address in self._given_out(things):
            found[address] = (*found.get(address, ()), f"{giver} gives its id to others")
        return found


def _unsure(tie: Tie) -> str:
    return f"whether {tie.by} says so is not known"


def _is_unknown(name: str | None, things: Mapping[str, object]) -> bool:
    """Whether a name may be that of each of these: it is neither one of them nor the id or the address of something else."""
    return name is None or not (name in things or _ID.fullmatch(name) or _is_declared(name))


def _is_declared(name: str) -> bool:
    """Whether a name is the address of a resource of Terraform, whatever that is."""
    return type_of(name).startswith("aws_")


def _by_one(ties: Iterable[Tie]) -> dict[str | None, list[Tie]]:
    found: dict[str | None, list[Tie]] = {}
    for tie in ties:
        found.setdefault(tie.one, []).append(tie)
    return found


def default_group(vpc: Vpc) -> SecurityGroup:
    """The default security group as AWS makes it: all traffic in from its own members, all traffic out.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    own, everywhere = Peer("group", vpc.group), Peer("cidr", "0.0.0.0/0")
    return SecurityGroup(
        vpc.group, vpc.span, vpc.address, Rules((all_traffic(vpc.span, own),)), Rules((all_traffic(vpc.span, everywhere),))
    )


def all_traffic(span: Span, peer: Peer) -> SecurityGroupRule:
    return SecurityGroupRule(Scalar("-1", span), None, None, (peer,), span)


def names(value: Value | None, name: Name) -> Associations:
    """The things that a list of ids names, each by its name."""
    if value is None or is_null(value):
        return NONE
    found: list[str] = []
    reasons: list[str] = []
    items = value.items if isinstance(value, List) else (value,)
    for item in items:
        one = name(item)
        if one is not None:
            found.append(one)
        elif not is_null(item):
            reasons.append(why(item))
    if isinstance(value, List) and not value.complete:
        reasons.append(MORE)
    return Associations(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(reasons)), value.span)


def mentioned(value: Map, name: Name, gives_any_name: Callable[[str], bool]) -> frozenset[str]:
    """The names of everything that the arguments of a module or nested stack mention. `gives_any_name`: whether what has an
    address may give out the id of anything."""
    found: set[str] = set()
    for argument in value.entries:
        for part in parts(value.entries[argument]):
            one = name(part)
            if one is not None:
                found.add(one)
            if isinstance(part, Ref):
                found.add(part.address)
            is_given = isinstance(part, Ref) and (
                from_outside(part.address, part.attribute)
                or (gives_any_name(part.address) and type_of(part.address) != "module")  # that gives what it is given
            )
            if _OF_NETWORKS.search(argument) and (is_given or (one is None and isinstance(part, Unknown))):
                found.add(ANYTHING)
            if _OF_GROUPS.search(argument) and (is_given or isinstance(part, Unknown)):
                found.add(ANY_GROUP)
    return frozenset(found)


def blocks(value: Value | None) -> Iterator[Peer]:
    """The CIDR blocks of a list, or a single one."""
    if value is None or is_null(value):
        return
    for item in value.items if isinstance(value, List) else (value,):
        text = string(item)
        yield Peer("unknown") if text is None else Peer("cidr", text)
    if isinstance(value, List) and not value.complete:
        yield Peer("unknown")


def peers(kind: Literal["group", "prefix list"], value: Value | None, name: Name) -> Iterator[Peer]:
    """The security groups or prefix lists of a list, or a single one."""
    found = names(value, name)
    yield from (Peer(kind, one) for one in found.names)
    if found.open:
        yield Peer("unknown")


def route(
    destination: Value | None, target: Value | None, to_internet: bool, nat: Value | None, span: Span, exists: Truth
) -> Route | None:
    """A route by where it leads; None for one that leads nowhere outside of the VPC. `nat` is the NAT gateway it names."""
    if string(target) == "local":
        return None
    if string(destination) != "0.0.0.0/0":
        return Route(destination, "other", span, exists)
    by_nat = not is_null(nat) and string(nat) != ""
    return Route(destination, "internet gateway" if to_internet else "NAT gateway" if by_nat else "other", span, exists)
