"""Type conversion: https://developer.hashicorp.com/terraform/language/functions (Type Conversion Functions)."""

from __future__ import annotations

from ecrlint.evaluate.terraform.conversion import Wrong, because, is_input
from ecrlint.evaluate.terraform.functions.signature import partial
from ecrlint.evaluate.terraform.kinds import Type, as_type, type_of
from ecrlint.evaluate.terraform.operators import equality, select
from ecrlint.model.source import Span
from ecrlint.model.value import Ref, Scalar, Text, Unknown, Value


def _to(name: str, wanted: Type) -> None:
    def convert(span: Span, value: Value) -> Value:
        if isinstance(value, Ref) and is_input(value):
            # What the variable holds is converted, so the result need not be what the reference stands for.
            if wanted != "string":
                return Unknown(because(value, ""), span)
            nothing = Scalar(None, span)
            return select(equality(value, nothing, span), nothing, Text((value,), span), span)
        if isinstance(value, Ref) and type_of(value) == "string" and wanted != "string":
            if not isinstance(wanted, str):
                raise Wrong("a string is no list or map")
            return Unknown(because(value, ""), span)
        return as_type(value, wanted)

    partial(name)(convert)


_to("tostring", "string")
_to("tonumber", "number")
_to("tobool", "bool")
_to("tolist", ("list", "any"))
_to("toset", ("set", "any"))
_to("tomap", ("map", "any"))


def _same(span: Span, value: Value) -> Value:
    return value


partial("sensitive")(_same)
partial("nonsensitive")(_same)


@partial("list")
def _list(span: Span, *values: Value) -> Value:
    raise Wrong("Terraform has no function list any more")


@partial("map")
def _map(span: Span, *values: Value) -> Value:
    raise Wrong("Terraform has no function map any more")
