"""What the user states of a network because no file can: that something leads out of a subnet, or of a whole VPC."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from ecrlint.boundary.repository import is_in
from ecrlint.config import Config
from ecrlint.model.dataclass import replace
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.source import Source, Span
from ecrlint.model.stack import Stack
from ecrlint.run.scan_state import ScanState

if TYPE_CHECKING:
    from ecrlint.model.network import Network

IN_VAIN = "fact-matches-nothing"
KEY = "has-way-out"


def state(run: ScanState) -> None:
    """Give the stack of each unit what the configuration nearest to it states."""
    for number, unit in enumerate(run.units):
        stack, _ = unit.open
        if stack.own_network is not None and (stated := _config(run, stack.name).has_way_out):
            run.units[number] = unit.with_joined(partial(_with_ways_out, stated))


def _config(run: ScanState, unit: str) -> Config:
    """The configuration of a unit, whose name is its folder or its file, with a number for a document in it."""
    path = unit.partition("#")[0]
    return run.configs.of(path) if path in run.statuses else run.configs.above(path)


def _with_ways_out(stated: tuple[str, ...], stack: Stack) -> Stack:
    network = stack.network
    subnets = {
        address: replace(subnet, stated_way_out=True) if _matches(stated, address, subnet.vpc) else subnet
        for address, subnet in network.subnets.items()
    }
    return replace(stack, own_network=replace(network, subnets=subnets))


def _matches(patterns: Iterable[str], *addresses: str | None) -> bool:
    """Whether a pattern names one of the addresses, `*` standing for anything; without an index it names every instance."""
    for pattern in patterns:
        wanted = re.compile(r".*".join(re.escape(part) for part in pattern.split("*")) + r"(\[[^\[\]]*\])?")
        if any(address is not None and wanted.fullmatch(address) for address in addresses):
            return True
    return False


def in_vain(run: ScanState) -> Iterator[Finding]:
    """What is said of the facts that are about nothing, by the configurations below which everything has been read."""
    configs = {config.path: config for path in run.statuses if (config := run.configs.of(path)).has_way_out}
    for config in configs.values():
        if not any(is_in(config.folder, folder) for folder in run.whole):
            continue
        source = run.tree.source(run.tree.boundary.inside(config.path))
        networks = [stack.network for unit in run.units if _config(run, (stack := unit.open[0]).name) is config]
        names = list(dict.fromkeys(name for network in networks for name in _addresses(network)))
        for stated in config.has_way_out:
            if source is not None and not any(_matches((stated,), name) for name in names):
                yield _said(source, config, stated, names)


def _addresses(network: Network) -> Iterator[str]:
    for subnet in network.subnets.values():
        yield from filter(None, (subnet.address, subnet.vpc))
    yield from network.vpcs


def _said(source: Source, config: Config, stated: str, names: list[str]) -> Finding:
    from difflib import get_close_matches

    nearest = "".join(f'; nearest: "{name}"' for name in get_close_matches(stated, names, n=1, cutoff=0.4))
    return Finding(
        span=_place(source, config.lines.get((KEY,), 1), stated),
        message=f'"{stated}" is said to have a way out, but no subnet or VPC has this address{nearest}',
        help="write the address of a subnet or a VPC, or remove it",
        address="",
        cause=stated,
        severity=Severity.WARNING,
        rule=IN_VAIN,
        family="configuration",
    )


def _place(source: Source, line: int, stated: str) -> Span:
    """Where a fact stands, by the line of its key."""
    start = source.line_starts[line - 1]
    at = source.text.find(stated, start)
    return source.span(at, at + len(stated)) if at >= 0 else source.span(start, start + len(KEY))
