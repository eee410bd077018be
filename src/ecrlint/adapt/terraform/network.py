"""VPC endpoints and their policies."""

from __future__ import annotations

from dataclasses import replace

from ecrlint.adapt.policy import policy
from ecrlint.adapt.terraform.unit import Unit
from ecrlint.model.network import Endpoint
from ecrlint.model.stack import Resource
from ecrlint.model.value import Ref, Unknown, is_null


def endpoint(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    document = get("policy")
    made = None
    if document is not None and not is_null(document):
        made = policy(document, "endpoint", resource.address, unit.expand)
    service = unit.expand(get("service_name") or Unknown("it names no service", resource.span))
    unit.endpoints[resource.address] = Endpoint(
        resource.address, service, get("vpc_endpoint_type"), resource.span, made, resource.exists
    )


def endpoint_policy(unit: Unit, resource: Resource) -> None:
    target = resource.attributes.get("vpc_endpoint_id")
    document = resource.attributes.get("policy")
    if isinstance(target, Ref) and target.address in unit.endpoints and document is not None and not is_null(document):
        made = policy(document, "endpoint", resource.address, unit.expand)
        unit.endpoints[target.address] = replace(unit.endpoints[target.address], policy=made)
