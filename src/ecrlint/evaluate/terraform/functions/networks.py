"""Address ranges: https://developer.hashicorp.com/terraform/language/functions (IP Network Functions)."""

from __future__ import annotations

from typing import Any

from ecrlint.evaluate.budget import Exceeded
from ecrlint.evaluate.terraform.conversion import Wrong, text, whole
from ecrlint.evaluate.terraform.functions.signature import known

MAX_SUBNETS = 1_000
"""How many subnets are computed at once."""


def _network(prefix: Any) -> Any:
    import ipaddress

    found = text(prefix)
    address, slash, length = found.partition("/")
    if not slash or not length.isdigit():
        raise Wrong("it is not an address range")
    if ":" not in address:  # Terraform takes leading zeros for nothing
        address = ".".join(part.lstrip("0") or "0" for part in address.split(".") if part) if address else address
    try:
        return ipaddress.ip_network(f"{address}/{length}", strict=False)
    except ValueError:
        raise Wrong("it is not an address range") from None


@known("cidrsubnet")
def _cidrsubnet(prefix: Any, bits: Any, number: Any) -> str:
    network = _network(prefix)
    more, at = whole(bits), whole(number)
    size = network.prefixlen + more
    if more < 0 or size > network.max_prefixlen or not 0 <= at < 2**more:
        raise Wrong("there is no such subnet")
    return _subnet(network, int(network.network_address) + (at << (network.max_prefixlen - size)), size)


def _subnet(network: Any, address: int, size: int) -> str:
    return f"{type(network.network_address)(address)}/{size}"


@known("cidrsubnets")
def _cidrsubnets(prefix: Any, *bits: Any) -> list[str]:
    network = _network(prefix)
    if len(bits) > MAX_SUBNETS:
        raise Exceeded(f"more than {MAX_SUBNETS} subnets are not evaluated")
    at = int(network.network_address)
    end = at + network.num_addresses
    made: list[str] = []
    for one in map(whole, bits):
        size = network.prefixlen + one
        if one < 1 or one > 32 or size > network.max_prefixlen:
            raise Wrong("there is no such subnet")
        step = 1 << (network.max_prefixlen - size)
        at = -(-at // step) * step
        if at + step > end:
            raise Wrong("the range is not that large")
        made.append(_subnet(network, at, size))
        at += step
    return made


@known("cidrhost")
def _cidrhost(prefix: Any, number: Any) -> str:
    network = _network(prefix)
    at = whole(number)
    if not -network.num_addresses <= at < network.num_addresses:
        raise Wrong("the range is not that large")
    return str(network[at])
