"""The network of another unit, where tasks of a unit are placed by the ids that it gives: by a state or by exports.

What is open in the other unit (a group or a table whose id it gives out) stays open here; and where a third unit adds endpoints
to a VPC that is not its own, nobody knows to which. Where an export has the name of its stack in its own, the only one of the
repository that may be meant is taken to be the one, and what that shows is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial

from ecrlint.model.dataclass import replace
from ecrlint.model.network import Associations, Endpoint, Network, Peer, Placement, RouteTable, Rules, SecurityGroup, Subnet, Vpc
from ecrlint.model.stack import Stack
from ecrlint.model.value import List, Ref, Value
from ecrlint.run.join.outputs import OutputsByAddress, alike, given, is_one_name, value_of
from ecrlint.run.read.repositories import repository_of
from ecrlint.run.scan_state import ScanState

_IDS = frozenset({"", "id", "Ref", "VpcId", "SubnetId", "RouteTableId", "GroupId"})
"""The attributes by which a thing of a network is referred to: its id, in either language."""

_ELSEWHERE = "its route table may be associated elsewhere"


def join_networks(run: ScanState) -> None:
    """Give each unit the network of the one other unit that the subnets and groups of its tasks are of.

    These units come last: what is found in the network itself is reported of the unit that makes it.
    """
    joined: set[str] = set()
    adding: list[Stack] | None = None
    of = repository_of(run.tree)
    for at, found in given(run):
        unit = run.units[at]
        stack = unit.open[0]
        names = _named_elsewhere(stack, found) if stack.own_network is not None else {}
        owners = {id(found[address].owner): found[address].owner for address, _ in names.values()}
        if len(owners) != 1:
            continue
        if adding is None:
            adding = [one.open[0] for one in run.units if _adds_endpoints(one.open[0])]
        maker = next(iter(owners.values())).open[0]
        if any(of(one.name) == of(stack.name) and one.name not in (stack.name, maker.name) for one in adding):
            continue
        real = {name: _real(maker, found, *where) for name, where in names.items()}
        known = {name: made for name, made in real.items() if made}
        assumed = any(not name.startswith(f"{names[name][0]}.") or not is_one_name(names[name][0]) for name in known)
        if known:
            joined.add(stack.name)
            run.units[at] = unit.with_joined(partial(_with_network, maker, known, assumed))
    if joined:
        run.units.sort(key=lambda unit: unit.open[0].name in joined)


def _named_elsewhere(stack: Stack, found: OutputsByAddress) -> dict[str, tuple[str, str]]:
    """The names of things of the network that another unit gives, each with the address and the attribute that it is given by."""
    network = stack.network
    listed = {name for one in network.placements for names in (one.subnets, one.groups) for name in names.names}
    listed |= {name for one in stack.endpoints for names in (one.subnets, one.groups, one.tables) for name in names.names}
    listed |= {group.vpc for group in network.groups.values() if group.vpc is not None}
    listed |= {one.vpc for one in stack.endpoints if one.vpc is not None}
    named: dict[str, tuple[str, str]] = {}
    for name in listed:
        address = next((one for one in found if name.startswith(f"{one}.") and is_one_name(one)), None)
        if address is not None:
            named[name] = (address, name.removeprefix(f"{address}."))
        elif name.startswith("export:") and (other := alike(name.removesuffix("."), found)) is not None:
            named[name] = (other, "")
    return named


def _adds_endpoints(stack: Stack) -> bool:
    """Whether a unit has endpoints in a VPC that it does not make."""
    return any(one.vpc is None or one.vpc not in stack.network.vpcs for one in stack.endpoints)


def _real(maker: Stack, found: OutputsByAddress, address: str, attribute: str) -> tuple[str, ...]:
    """The names that things have in the stack that is joined; none where it is not known which they are."""
    value = value_of(found[address], attribute)
    items = value.items if isinstance(value, List) and value.complete else () if value is None else (value,)
    names = [_address(item) for item in items]
    network = maker.network
    things = (network.subnets, network.groups, network.vpcs, network.tables)
    known = [one for one in names if any(one in some for some in things)]
    return tuple(_moved(maker, one) for one in known) if len(known) == len(names) else ()


def _address(value: Value) -> str:
    return value.address if isinstance(value, Ref) and value.attribute in _IDS else ""


def _moved(maker: Stack, name: str) -> str:
    """The name that a thing of a unit has in another unit, where no thing of that is called so."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', maker.name)}.{name}"


def _with_network(maker: Stack, real: Mapping[str, tuple[str, ...]], assumed: bool, stack: Stack) -> Stack:
    theirs, own = _as_theirs(maker), stack.network

    lost = {f"{name} is not here" for name in real}

    def names(listed: Associations) -> Associations:
        made = tuple(dict.fromkeys(other for name in listed.names for other in real.get(name, (name,))))
        return replace(listed, names=made, open=tuple(reason for reason in listed.open if reason not in lost))

    def placed(one: Placement) -> Placement:
        subnets, groups = names(one.subnets), names(one.groups)
        taken = assumed and (subnets, groups) != (one.subnets, one.groups)
        return replace(one, subnets=subnets, groups=groups, assumed=one.assumed or ("export" if taken else None))

    def vpc(name: str | None) -> str | None:
        return next(iter(real.get(name or "", ())), name)

    def endpoint(one: Endpoint) -> Endpoint:
        is_theirs = one.vpc in real
        parts = (names(one.subnets), names(one.groups), names(one.tables))
        of_any = () if is_theirs else one.of_any_vpc
        return replace(one, vpc=vpc(one.vpc), of_any_vpc=of_any, subnets=parts[0], groups=parts[1], tables=parts[2])

    groups = {address: replace(group, vpc=vpc(group.vpc)) for address, group in own.groups.items()}
    placements = tuple(placed(one) for one in own.placements)
    network = replace(
        own,
        vpcs={**own.vpcs, **theirs.vpcs},
        subnets={**own.subnets, **theirs.subnets},
        tables={**own.tables, **theirs.tables},
        groups={**groups, **theirs.groups},
        placements=placements,
        zones=(*own.zones, *theirs.zones),
        open=(*own.open, *theirs.open),
    )
    endpoints = (*map(endpoint, stack.endpoints), *_endpoints_as_theirs(maker))
    return replace(stack, own_network=network, endpoints=endpoints, outside={**stack.outside, **maker.outside})


def _as_theirs(maker: Stack) -> Network:
    """The network of a stack by the names that its things have in another one."""
    move = partial(_moved, maker)

    def maybe(name: str | None) -> str | None:
        return None if name is None else move(name)

    def vpc(one: Vpc) -> Vpc:
        return replace(one, address=move(one.address), table=move(one.table), group=move(one.group))

    def subnet(one: Subnet) -> Subnet:
        table = replace(one.table, names=tuple(map(move, one.table.names)))
        if not one.table.names:  # whoever has the id of the subnet may associate a table with it
            table = Associations((), (_ELSEWHERE,))
        return replace(one, address=move(one.address), vpc=maybe(one.vpc), table=table)

    def table(one: RouteTable) -> RouteTable:
        return replace(one, address=move(one.address), vpc=maybe(one.vpc))

    def peer(one: Peer) -> Peer:
        return replace(one, name=move(one.name)) if one.kind == "group" else one

    def rules(some: Rules) -> Rules:
        return replace(some, rules=tuple(replace(rule, peers=tuple(map(peer, rule.peers))) for rule in some.rules))

    def group(one: SecurityGroup) -> SecurityGroup:
        return replace(one, address=move(one.address), vpc=maybe(one.vpc), ingress=rules(one.ingress), egress=rules(one.egress))

    network = maker.network
    return replace(
        network,
        vpcs={move(address): vpc(one) for address, one in network.vpcs.items()},
        subnets={move(address): subnet(one) for address, one in network.subnets.items()},
        tables={move(address): table(one) for address, one in network.tables.items()},
        groups={move(address): group(one) for address, one in network.groups.items()},
        placements=(),
    )


def _endpoints_as_theirs(maker: Stack) -> Iterator[Endpoint]:
    move = partial(_moved, maker)
    for one in maker.endpoints:
        parts = (replace(names, names=tuple(map(move, names.names))) for names in (one.subnets, one.groups, one.tables))
        subnets, groups, tables = parts
        where = None if one.vpc is None else move(one.vpc)
        yield replace(one, address=move(one.address), vpc=where, subnets=subnets, groups=groups, tables=tables)
