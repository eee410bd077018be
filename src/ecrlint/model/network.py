"""The way to the registry: VPCs with their subnets, routes, security groups and endpoints, and the tasks placed in them.

Things name each other by address (`aws_vpc.main`, `Stack.Vpc`), or by their id where that is all a file says. What a file
does not tell is None, or a reason in `open`: never the absence of the thing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from ecrlint.model.address import own_name
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.policy import Policy
from ecrlint.model.source import Span
from ecrlint.model.truth import NO, YES, Truth
from ecrlint.model.value import Ref, Scalar, Unknown, Value, boolean, string

_PORT = r"-?\d{1,9}(?:\.\d{1,9})?"

MORE = "there may be more of them"

NetworkPart = Literal["VPCs", "subnets", "route tables", "security groups", "endpoints"]
"""What a unit may look up in another one and add to: endpoints, associations, routes, rules."""

Left: TypeAlias = Callable[[tuple[str, ...]], tuple[str, ...]]
"""Which of the reasons why a set is open are left."""


@dataclass(frozen=True, slots=True)
class Associations:
    """What a resource is tied to, by its own argument (`span`) or by separate resources; `open`: why there may be others.

    `MORE` alone as the reason: some are named, and there may be more, as where their count is not known.
    """

    names: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    span: Span | None = None

    @property
    def none(self) -> bool:
        """Whether there is known to be nothing."""
        return not self.names and not self.open

    @property
    def some(self) -> bool:
        """Whether all that could be looked at are here, be there more of them or not."""
        return bool(self.names) and self.open in ((), (MORE,))


NONE = Associations()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint. `service` is the full service name; `policy` None: the default, which lets everything through.

    `region` is that of the service or of the endpoint where one is stated apart, `deployed` the one that its provider
    states. `groups` none: the VPC's default security group. `body` is the block or map that a setting would be
    added to. `of_any_vpc`: why it may belong to any VPC of the unit.
    """

    address: str
    service: Value
    type: Value | None
    span: Span
    policy: Policy | None = None
    exists: Truth = YES
    vpc: str | None = None
    of_any_vpc: tuple[str, ...] = ()
    private_dns: Value | None = None
    region: Value | None = None
    deployed: Value | None = None
    subnets: Associations = NONE
    groups: Associations = NONE
    tables: Associations = NONE
    body: Span | None = None

    def opened(self, reason: str) -> Endpoint:
        """The endpoint where others may have tied something to it, turned its private DNS on or given it a policy."""
        parts = (replace(names, open=(*names.open, reason)) for names in (self.subnets, self.groups, self.tables))
        subnets, groups, tables = parts
        policy = None if self.policy is None else replace(self.policy, open=(*self.policy.open, reason))
        dns = self.private_dns if boolean(self.private_dns, NO) is YES else Unknown(reason, self.span)
        return replace(self, subnets=subnets, groups=groups, tables=tables, policy=policy, private_dns=dns)

    def closed(self, left: Left) -> Endpoint:
        """The endpoint with the reasons that are left."""
        subnets, groups, tables = (replace(names, open=left(names.open)) for names in (self.subnets, self.groups, self.tables))
        return replace(self, subnets=subnets, groups=groups, tables=tables, of_any_vpc=left(self.of_any_vpc))

    @property
    def label(self) -> str:
        return own_name(self.address)

    @property
    def id(self) -> Ref:
        """Its id, as Terraform or CloudFormation refers to it."""
        return Ref(self.address, "id" if self.span.source.is_terraform else "Ref", self.span)


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC of the unit. `table` and `group` name its main route table and its default security group.

    `dns_support` and `dns_hostnames` are as stated, None where they are not; `summarised`: it is made by a module that is
    not here and was read from the module's arguments. `open`: why something may be added to it that is not here.
    """

    address: str
    span: Span
    table: str
    group: str
    dns_support: Value | None = None
    dns_hostnames: Value | None = None
    open: tuple[str, ...] = ()
    summarised: bool = False

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet of the unit; `table` is the route table that it is associated with, none: the main one of its VPC.

    `stated_way_out`: the user says that something leads out of it, whatever the files show.
    """

    address: str
    span: Span
    vpc: str | None
    cidr: Value | None = None
    zone: Value | None = None
    table: Associations = NONE
    stated_way_out: bool = False

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class Route:
    """A route to what lies outside of the VPC. `via`: a gateway for all addresses, or whatever else may lead to a registry."""

    destination: Value | None
    via: Literal["internet gateway", "NAT gateway", "other"]
    span: Span
    exists: Truth = YES


@dataclass(frozen=True, slots=True)
class RouteTable:
    """A route table with the routes that lead out of its VPC, or may; those to gateway endpoints are none of them."""

    address: str
    span: Span
    vpc: str | None
    routes: tuple[Route, ...] = ()
    open: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return own_name(self.address)


@dataclass(frozen=True, slots=True)
class Peer:
    """The other side of a security group's rule: a CIDR block, a security group, a prefix list; `unknown` for the rest."""

    kind: Literal["cidr", "group", "prefix list", "unknown"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class SecurityGroupRule:
    """A rule of a security group, for one direction."""

    protocol: Value | None
    from_port: Value | None
    to_port: Value | None
    peers: tuple[Peer, ...]
    span: Span
    exists: Truth = YES

    def covers(self, port: int) -> Truth:
        """Whether it is for this TCP port."""
        protocol = _word(self.protocol)
        if protocol is None:
            return Truth.MAYBE
        if protocol in ("-1", "all"):
            return YES
        if protocol not in ("tcp", "6"):
            return NO
        low, high = _number(self.from_port), _number(self.to_port)
        if low is None or high is None:
            return Truth.MAYBE
        return YES if low <= port <= high or (low == high == -1) else NO


def _word(value: Value | None) -> str | None:
    if isinstance(value, Scalar) and isinstance(value.value, (str, int, float)):
        return str(value.value).lower()
    return None


def _number(value: Value | None) -> int | None:
    text = _word(value)
    return int(float(text)) if text is not None and re.fullmatch(_PORT, text, re.ASCII) else None


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a security group for one direction; `open`: why there may be more."""

    rules: tuple[SecurityGroupRule, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A security group of the unit."""

    address: str
    span: Span
    vpc: str | None
    ingress: Rules
    egress: Rules

    @property
    def label(self) -> str:
        return own_name(self.address)


PlacementGuess = Literal["queue", "export", "count"]
"""Why something is only taken to be so: nothing submits a job to this queue, an import is of the export that is alike, or a
service wants no tasks until somebody raises its count."""

PlacementNoun = Literal["service", "rule", "schedule", "pipe", "state machine", "job", "instances"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where something that runs tasks of ECS (a service, a rule, a state machine) puts those with interfaces of their own.

    `tasks` are the addresses of the task definitions that it surely starts. `launch` is its launch type (`FARGATE`), None
    where it states none. `groups` none: the VPC's default security group. Of an instance, or of what makes instances, it is
    where they have their first interfaces, and `hosts` are the addresses of what they are made from; `of_any`: they are made from
    something that is not known, which may be any of these. `public_ip` is not told.
    `assumed`: why it is not sure that the tasks are started here, though nowhere else in these files can they be.
    """

    address: str
    span: Span
    tasks: tuple[str, ...]
    launch: Value | None
    subnets: Associations
    groups: Associations
    public_ip: Value | None
    exists: Truth = YES
    hosts: tuple[str, ...] = ()
    of_any: bool = False
    noun: PlacementNoun = "service"
    assumed: PlacementGuess | None = None

    @property
    def label(self) -> str:
        return own_name(self.address)

    @property
    def has_public_ip(self) -> Truth:
        """Whether its tasks get public addresses, which by default they do not."""
        word = (string(self.public_ip) or "").upper()
        return {"ENABLED": YES, "DISABLED": NO}.get(word, boolean(self.public_ip, NO))


@dataclass(frozen=True, slots=True)
class Network:
    """All of a unit's network but the endpoints, by address. `zones` are the names of its private DNS zones.

    `open`: why there may be more private zones. `extends` are the kinds of things of other units that this unit looks up and
    adds to.
    """

    vpcs: Mapping[str, Vpc] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    tables: Mapping[str, RouteTable] = field(default_factory=dict)
    groups: Mapping[str, SecurityGroup] = field(default_factory=dict)
    placements: tuple[Placement, ...] = ()
    zones: tuple[Value, ...] = ()
    open: tuple[str, ...] = ()
    extends: frozenset[NetworkPart] = frozenset()

    def opened(self, reasons: Mapping[NetworkPart, str]) -> Network:
        """The network where others may have added to each of its things of some kinds."""

        def more(kind: NetworkPart, old: tuple[str, ...]) -> tuple[str, ...]:
            return (*old, reasons[kind]) if kind in reasons else old

        def rules(rules: Rules) -> Rules:
            return replace(rules, open=more("security groups", rules.open))

        def subnet(one: Subnet) -> Subnet:
            """A subnet has one route table."""
            return one if one.table.names else replace(one, table=replace(one.table, open=more("subnets", one.table.open)))

        return replace(
            self,
            vpcs={name: replace(vpc, open=more("VPCs", vpc.open)) for name, vpc in self.vpcs.items()},
            subnets={name: subnet(one) for name, one in self.subnets.items()},
            tables={name: replace(table, open=more("route tables", table.open)) for name, table in self.tables.items()},
            groups={
                name: replace(group, ingress=rules(group.ingress), egress=rules(group.egress))
                for name, group in self.groups.items()
            },
        )

    def closed(self, left: Left) -> Network:
        """The network with the reasons that are left."""
        return replace(
            self,
            vpcs={name: replace(vpc, open=left(vpc.open)) for name, vpc in self.vpcs.items()},
            subnets={
                name: replace(subnet, table=replace(subnet.table, open=left(subnet.table.open)))
                for name, subnet in self.subnets.items()
            },
            tables={name: replace(table, open=left(table.open)) for name, table in self.tables.items()},
            groups={
                name: replace(
                    group,
                    ingress=replace(group.ingress, open=left(group.ingress.open)),
                    egress=replace(group.egress, open=left(group.egress.open)),
                )
                for name, group in self.groups.items()
            },
        )
