"""Addresses of resources, and how people speak of them."""

from __future__ import annotations

import re

_LAST = r"([^.\[\]]+)(\[[^\]]*\])?$"


def own_name(address: str) -> str:
    """The name by which its author knows a resource: without type and module, the key of an instance without quotes."""
    found = re.search(_LAST, address)
    return found.group().replace('"', "") if found else address
