"""Addresses of resources, and how people speak of them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecrlint.model.source import Span

DEPLOYMENT = "aws"
"""The address of where a unit is deployed: its account, region and partition."""

GIT = "git"
"""The address of what a Git repository decides: its owner, its name, and the references that pipelines run for."""

SSM = "ssm:"
"""What the address of a parameter of SSM begins with, before its name."""

_STORED = frozenset({"data.aws_ssm_parameter", "data.aws_secretsmanager_secret_version", "data.aws_cloudformation_export"})
"""The data sources that read what somebody has written down for others."""

ADDRESSES = 4096
"""Of how many addresses it is remembered what is in them."""

_MODULES = r"""^(?:module\.[\w-]+(?:\[(?:"[^"]*"|[^\]"]*)\])?\.)+"""
_LAST = r"([^.\[\]]+)(\[[^\]]*\])?$"


def is_deployment(address: str) -> bool:
    """Whether an address stands for a place of deployment: the unit's own, or that of another provider (`aws.west`)."""
    return address == DEPLOYMENT or address.startswith(("aws.", "aws@"))


@lru_cache(maxsize=ADDRESSES)
def from_outside(address: str, attribute: str = "") -> bool:
    """Whether a reference is to what a unit is given: a variable, a parameter without a default, an import, a stored value."""
    words = address.split(".")
    is_variable = len(words) > 1 and words[-2] == "var" and "]" not in words[-1]
    is_parameter = "." not in address and not attribute and not is_deployment(address)
    return is_variable or is_parameter or address.startswith("export:") or type_of(address) in _STORED


def is_of_other_provider(address: str) -> bool:
    """Whether what has an address in Terraform is no resource or data source of AWS; it may give out whatever it is given."""
    return not is_deployment(address) and not type_of(address).startswith(("aws_", "data.aws_"))


@lru_cache(maxsize=ADDRESSES)
def type_of(address: str) -> str:
    """The resource type in an address, after the modules."""
    words = (within_module(address) if address.startswith("module.") else address).split(".")
    return ".".join(words[:2]) if words[0] == "data" else words[0]


def short_name(address: str, place: Span) -> str:
    """The name by which its author knows a resource: its own without type and module, or that of its file."""
    if address == place.path:
        return address.rsplit("/", 1)[-1]
    keyed = re.search(_LAST, address) if address.endswith('"]') else None  # a key may have dots
    return keyed.group() if keyed else address.rsplit(".", 1)[-1]


@lru_cache(maxsize=ADDRESSES)
def within_module(address: str) -> str:
    """The address that a resource of Terraform has in its own module, whoever calls that."""
    return re.sub(_MODULES, "", address)


@lru_cache(maxsize=ADDRESSES)
def without_keys(address: str) -> str:
    """The address that all instances of a resource of Terraform have in common."""
    return re.sub(r"""\[(?:"[^"]*"|[^\]"]*)\]""", "", address)


@lru_cache(maxsize=ADDRESSES)
def own_name(address: str) -> str:
    """The name by which its author knows a resource: without type and module, the key of an instance without quotes."""
    found = re.search(_LAST, address)
    return found.group().replace('"', "") if found else address


def repository_path(url: str) -> str:
    """The host and the path of a Git repository, however its address is written: `github.com/acme/shop`."""
    scheme = re.match(r"(?:[a-z+]+://)?(?:[^@/]*@)?(?P<rest>.*)$", url.strip().lower())
    rest = scheme["rest"] if scheme else url
    host, mark, path = rest.partition("/") if "://" in url else re.sub(r"^([^/:]+):(?!/)", r"\1/", rest).partition("/")
    return f"{host.partition(':')[0]}{mark}{path}".rstrip("/").removesuffix(".git")


@lru_cache(maxsize=ADDRESSES)
def is_looked_up(address: str) -> bool:
    """Whether a data source of Terraform finds the thing: it may be any, also of those that other units make."""
    return address.startswith("data.") or ".data." in address
