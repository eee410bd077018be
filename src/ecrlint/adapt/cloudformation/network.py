"""CloudFormation's VPC resources."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.unit import Unit, present
from ecrlint.adapt.policy import policy
from ecrlint.model.network import Endpoint
from ecrlint.model.stack import Resource
from ecrlint.model.value import Unknown


def endpoint(unit: Unit, resource: Resource) -> None:
    get = resource.attributes.get
    document = present(get("PolicyDocument"))
    made = None if document is None else policy(document, "endpoint", resource.address, unit.expand)
    service = get("ServiceName") or Unknown("it names no service", resource.span)
    unit.endpoints.append(Endpoint(resource.address, service, get("VpcEndpointType"), resource.span, made, resource.exists))
