"""Where a root is deployed, as far as its AWS providers say."""

from __future__ import annotations

import re

from ecrlint.adapt.table import Entries, ReadingPhase, ResourceType
from ecrlint.adapt.terraform.root import TerraformRoot
from ecrlint.model.stack import Resource
from ecrlint.model.value import List, Map, Scalar, Value, string

# What is no region and no account (`YOUR_REGION`, `UNKNOWN`) stands in for one, and nothing is known by it.
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+")
_ACCOUNT = re.compile(r"\d{12}")


def provider(unit: TerraformRoot, resource: Resource) -> None:
    """Region and account that a provider states; nothing where two have the same name, of which one cannot be."""
    if resource.provider in unit.providers:
        unit.places[resource.provider] = {}
        return
    unit.providers.add(resource.provider)
    place = unit.places.setdefault(resource.provider, {})
    region = resource.attributes.get("region")
    if region is not None and _REGION.fullmatch(string(region) or ""):
        place["region"] = region
    account = _account(resource)
    if account is not None:
        place["account_id"] = account


def _account(resource: Resource) -> Value | None:
    """The account that a plan was made in, the only one that is allowed, or that of the role that the provider assumes."""
    met = resource.attributes.get("account_id")
    if met is not None and _ACCOUNT.fullmatch(string(met) or ""):
        return met
    allowed = resource.attributes.get("allowed_account_ids")
    if isinstance(allowed, List) and allowed.complete and len(allowed.items) == 1:
        return allowed.items[0] if _ACCOUNT.fullmatch(string(allowed.items[0]) or "") else None
    assumed = resource.attributes.get("assume_role")
    block = assumed.items[0] if isinstance(assumed, List) and assumed.items else None
    role = block.get("role_arn") if isinstance(block, Map) else None
    found = re.match(r"arn:[\w-]+:iam::(\d{12}):role/", string(role) or "")
    return Scalar(found.group(1), role.span) if found and role is not None else None


ENTRIES: Entries[TerraformRoot] = (ResourceType("provider", provider, ReadingPhase.PLACE),)
