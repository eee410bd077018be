"""CloudFormation's VPC endpoints, private zones, and the network of ECS services."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.template import CloudFormationTemplate
from ecrlint.adapt.cloudformation.vpc import name
from ecrlint.adapt.kept import policy_of
from ecrlint.adapt.network_draft import names
from ecrlint.adapt.table import Entries, ResourceType
from ecrlint.model.network import Endpoint
from ecrlint.model.stack import Resource
from ecrlint.model.value import Unknown, present


def endpoint(unit: CloudFormationTemplate, resource: Resource) -> None:
    get = resource.attributes.get
    document = present(get("PolicyDocument"))
    made = None if document is None else policy_of(unit, resource, document, "endpoint")
    unit.draft.endpoints[resource.address] = Endpoint(
        address=resource.address,
        service=unit.expand(get("ServiceName") or Unknown("it names no service", resource.span)),
        type=get("VpcEndpointType"),
        span=resource.span,
        policy=made,
        exists=resource.exists,
        vpc=name(get("VpcId")),
        private_dns=get("PrivateDnsEnabled"),
        region=present(get("ServiceRegion")),
        deployed=unit.place.get("region"),
        subnets=names(get("SubnetIds"), name),
        groups=names(get("SecurityGroupIds"), name),
        tables=names(get("RouteTableIds"), name),
        body=resource.attributes.span if resource.attributes.entries else None,
    )


ENTRIES: Entries[CloudFormationTemplate] = (
    ResourceType(
        "AWS::EC2::VPCEndpoint",
        endpoint,
        documents=frozenset({"PolicyDocument"}),
        gives={"network part": ""},
        asks={"network part": ""},
    ),
)
