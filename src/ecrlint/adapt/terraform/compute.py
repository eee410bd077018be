"""What pulls images beside ECS: functions, builds, App Runner, Batch, EKS."""

from __future__ import annotations

from ecrlint.adapt.terraform.unit import Unit
from ecrlint.model.address import DEPLOYMENT
from ecrlint.model.stack import Resource
from ecrlint.model.value import Ref, is_null
from ecrlint.model.workload import Function


def function(unit: Unit, resource: Resource) -> None:
    image = resource.attributes.get("image_uri")
    if image is not None and not is_null(image):
        region, account = (unit.place(Ref(DEPLOYMENT, part, resource.span), resource) for part in ("region", "account_id"))
        made = Function(resource.address, resource.span, unit.expand(image), region, account, resource.exists)
        unit.functions.append(made)
