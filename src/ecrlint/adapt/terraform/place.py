"""Where a root is deployed, as far as its AWS provider says."""

from __future__ import annotations

import re

from ecrlint.adapt.terraform.unit import Unit
from ecrlint.model.stack import Resource
from ecrlint.model.value import List, Map, Scalar, Value, string


def provider(unit: Unit, resource: Resource) -> None:
    """Region and account of the one provider of a root; where there are several, what belongs to which is not told apart."""
    unit.providers += 1
    unit.place = {}
    if unit.providers > 1 or "alias" in resource.attributes.entries:
        return
    region = resource.attributes.get("region")
    if region is not None and string(region):
        unit.place["region"] = region
    account = _account(resource)
    if account is not None:
        unit.place["account_id"] = account


def _account(resource: Resource) -> Value | None:
    """The account of the only one that is allowed, or of the role that the provider assumes."""
    allowed = resource.attributes.get("allowed_account_ids")
    if isinstance(allowed, List) and allowed.complete and len(allowed.items) == 1 and string(allowed.items[0]):
        return allowed.items[0]
    assumed = resource.attributes.get("assume_role")
    block = assumed.items[0] if isinstance(assumed, List) and assumed.items else None
    role = block.get("role_arn") if isinstance(block, Map) else None
    found = re.match(r"arn:[\w-]+:iam::(\d{12}):role/", string(role) or "")
    return Scalar(found.group(1), role.span) if found and role is not None else None
