"""Functions of sets, and whether something is in a list: each item is compared, and what is not known is left open.

https://developer.hashicorp.com/terraform/language/functions (Collection Functions)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ecrlint.evaluate.budget import Exceeded
from ecrlint.evaluate.terraform.conversion import Wrong, boolean, each_side, number, positional
from ecrlint.evaluate.terraform.functions.collections import converted, fixed, kind_of, plain
from ecrlint.evaluate.terraform.functions.signature import as_list, known, partial, unknown
from ecrlint.evaluate.terraform.kinds import Type, as_collection, as_set, type_of, unify
from ecrlint.evaluate.terraform.operators import add, conjunction, disjunction, equality
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, List, Map, Scalar, Unknown, Value, is_null, key

MAX_COMPARED = 32
"""How many items one that is not known is compared with, each comparison a condition of its own."""

MAX_COMPARISONS = 10_000
"""How many comparisons of values that are known in part a set is worth."""

MAX_PRODUCT = 2_000
"""How many items a product may have."""


@partial("contains")
def _contains(span: Span, value: Value, wanted: Value) -> Value:
    found = as_list(value)
    if found is None:
        return unknown(span, value)
    if found.complete and not found.items:
        return Scalar(False, span)
    if is_null(wanted):  # an error before Terraform 1.16
        return Unknown("it looks for null", span)
    if any(_is(equality(item, wanted, span), True) for item in found.items if key(item) == key(wanted)):
        return Scalar(True, span)
    if not found.complete:
        return unknown(span, found)
    if plain(wanted) and all(map(plain, found.items)):
        return Scalar(False, span)
    if len(found.items) > MAX_COMPARED and not (fixed(wanted) and fixed(found)):
        return unknown(span, found, wanted)
    result: Value = Scalar(False, span)
    for item in found.items:
        result = disjunction(result, equality(item, wanted, span), span)
    return result


def _is(value: Value, wanted: bool) -> bool:
    return isinstance(value, Scalar) and value.value is wanted


@partial("alltrue")
def _alltrue(span: Span, value: Value) -> Value:
    return _every(span, value, True)


@partial("anytrue")
def _anytrue(span: Span, value: Value) -> Value:
    return _every(span, value, False)


def _every(span: Span, value: Value, every: bool) -> Value:
    """Whether all items are true, or any is. Null is false."""
    found = as_list(value)
    if found is None:
        return unknown(span, value)
    if len(found.items) > MAX_COMPARED and not fixed(found):
        return unknown(span, found)
    result: Value = Scalar(every, span)
    for item in found.items:
        result = (conjunction if every else disjunction)(result, _truth(item), span)
    if not found.complete and not _is(result, not every):
        return unknown(span, found)
    return result


def _truth(value: Value) -> Value:
    match value:
        case Scalar(value=None):
            return Scalar(False, value.span)
        case Scalar():
            return Scalar(boolean(value.value), value.span)
        case Choice():
            return each_side(value, _truth)
        case List() | Map():
            raise Wrong("true or false is needed")
        case _:
            return unknown(value.span, value)


@known("sum")
def _sum(values: Any) -> Any:
    if not isinstance(values, list) or not values:
        raise Wrong("it needs a list of numbers")
    total: int | float = 0
    for value in values:
        total = add(total, number(value))
    return total


def _sets(values: Sequence[Value]) -> list[List] | None:
    """Sets of one type; None where one is not known at all."""
    lists = [as_list(value) for value in values]
    found = [as_collection(one, "set", "any") for one in lists if one is not None]
    if not lists or len(found) < len(lists):
        return None
    types: list[Type] = [type_of(item) for one in found for item in one.items]
    if any(one is not None and (not one.complete or (not one.items and one.kind != "tuple")) for one in lists):
        types.append(None)  # an empty list has a type too, which is not known here
    return [as_collection(one, "set", unify(types)) for one in found]


@partial("setunion")
def _setunion(span: Span, *values: Value) -> Value:
    found = _sets(values)
    if found is None:
        return unknown(span, *values)
    return as_set(List(tuple(item for one in found for item in one.items), span, all(one.complete for one in found)))


@partial("setsubtract")
def _setsubtract(span: Span, value: Value, less: Value) -> Value:
    found = _sets((value, less))
    if found is None:
        return unknown(span, value, less)
    first, second = found[0], _Members(found[1])
    opposite = {True: False, False: True, None: None}
    return _chosen(span, first, [[opposite[second.has(item)]] for item in first.items])


def _chosen(span: Span, value: List, tests: list[list[bool | None]]) -> Value:
    """The items of a set for which the tests hold; those of which that is not known are left out, and the set is open."""
    complete = value.complete
    kept: list[Value] = []
    for item, test in zip(value.items, tests, strict=True):
        if all(test):
            kept.append(item)
        elif not any(one is False for one in test):
            complete = False
    return as_set(List(tuple(kept), span, complete))


class _Members:
    """What is in a set: whether an item is, or that it is not known."""

    def __init__(self, value: List) -> None:
        self.value = value
        self.keys = {key(item) for item in value.items}
        self.plain = all(map(plain, value.items))
        self.room = MAX_COMPARISONS

    def has(self, item: Value) -> bool | None:
        if key(item) in self.keys:
            return True
        if self.plain and plain(item):
            return False if self.value.complete else None
        self.room -= len(self.value.items)
        if self.room < 0 or not self.value.complete:
            return None
        return False if all(_is(equality(item, other, item.span), False) for other in self.value.items) else None


@partial("setproduct")
def _setproduct(span: Span, *values: Value) -> Value:
    if len(values) < 2:
        raise Wrong("it needs two sets")
    from itertools import product
    from math import prod

    lists = [converted(value) for value in values]
    found = [one for one in lists if one is not None]
    if len(found) < len(lists):
        return unknown(span, *values)
    if prod(len(one.items) for one in found) > MAX_PRODUCT:
        raise Exceeded(f"a product of more than {MAX_PRODUCT} items is not evaluated")
    complete = all(one.complete for one in found)
    ordered = all(map(positional, found))
    rows = tuple(List(row, span, kind="tuple") for row in product(*(one.items for one in found)))
    sets = any(isinstance(value, List) and value.kind == "set" for value in values)
    if sets:
        return List(rows, span, complete, "set")
    return List(rows, span, complete, kind_of(ordered, complete))
