"""What pulls images beside ECS, as CloudFormation has it: functions, builds, App Runner, Batch, EKS."""

from __future__ import annotations

from ecrlint.adapt.cloudformation.unit import Unit, present
from ecrlint.model.address import DEPLOYMENT
from ecrlint.model.stack import Resource
from ecrlint.model.value import Map, Ref
from ecrlint.model.workload import Function


def function(unit: Unit, resource: Resource) -> None:
    code = resource.attributes.get("Code")
    image = present(code.get("ImageUri") if isinstance(code, Map) else resource.attributes.get("ImageUri"))
    if image is not None:
        region, account = (Ref(DEPLOYMENT, part, resource.span) for part in ("region", "account_id"))
        made = Function(resource.address, resource.span, unit.expand(image), region, account, resource.exists)
        unit.functions.append(made)
