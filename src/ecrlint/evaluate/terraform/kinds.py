"""Terraform's types: what type a value has, the type that several have in common, and conversion to a type.

A type is "string", "number", "bool", "null" (of no type yet), "any", or a tuple: ("list" | "set" | "map", type),
("tuple", (type, ...)), ("object", {name: type}). None is a type that is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from ecrlint.evaluate.terraform.conversion import (
    Wrong,
    as_text,
    boolean,
    each_side,
    is_there,
    number,
    positional,
)
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, key

Type: TypeAlias = Any

_TEXTS = frozenset({"arn", "id", "name", "unique_id", "url", "repository_url", "account_id", "region", "partition", "json"})
"""Attributes that are strings on whatever has them."""


def type_of(value: Value) -> Type:
    """The type of a value."""
    match value:
        case Scalar():
            return _scalar_type(value.value)
        case Text() | Json():
            return "string"
        case Ref():
            return "string" if value.attribute in _TEXTS and is_there(value) else None
        case Choice():
            then, otherwise = type_of(value.then), type_of(value.otherwise)
            return then if then == otherwise else None
        case List():
            return _list_type(value)
        case Map():
            return _map_type(value)
        case Unknown():
            return None


def _scalar_type(value: object) -> Type:
    match value:
        case None:
            return "null"
        case bool():
            return "bool"
        case str():
            return "string"
        case _:
            return "number"


def _list_type(value: List) -> Type:
    if value.kind == "tuple":
        return ("tuple", tuple(map(type_of, value.items))) if value.complete else None
    if value.kind in ("list", "set"):
        return (value.kind, _element_type(value.items))
    return None


def _map_type(value: Map) -> Type:
    if value.kind == "object":
        return ("object", {name: type_of(item) for name, item in value.entries.items()}) if value.complete else None
    if value.kind == "map":
        return ("map", _element_type(value.entries.values()))
    return None


def _element_type(items: Any) -> Type:
    """All items of a list or map have one type, so the first that is known says it."""
    return next((found for found in map(type_of, items) if found not in (None, "null")), None)


def unify(types: Sequence[Type]) -> Type:
    """The type that values of these types can all be converted to; None where it is not known."""
    types = [one for one in types if one != "null"]
    if not types:
        return "null"
    if all(one == types[0] for one in types):
        return types[0]
    if any(one is None for one in types):
        return None
    kinds = {one if isinstance(one, str) else one[0] for one in types}
    if kinds <= {"string", "number", "bool"}:
        if "string" in kinds:
            return "string"
    elif kinds <= {"map", "object"}:
        return _unify_maps(types, kinds)
    elif kinds <= {"list", "tuple"}:
        return _unify_lists(types, kinds)
    elif kinds == {"set"}:
        return ("set", unify([one[1] for one in types]))
    elif kinds <= {"list", "set", "tuple"}:
        return next(one for one in types if one[0] == ("list" if "list" in kinds else "set"))
    raise Wrong("the types do not fit together")


def _unify_maps(types: Sequence[Type], kinds: set[str]) -> Type:
    if kinds == {"object"} and all(one[1].keys() == types[0][1].keys() for one in types):
        return ("object", {name: unify([one[1][name] for one in types]) for name in types[0][1]})
    elements: list[Type] = []
    for kind, inner in types:
        elements.extend(inner.values() if kind == "object" else [inner])
    return ("map", unify(elements))


def _unify_lists(types: Sequence[Type], kinds: set[str]) -> Type:
    if kinds == {"tuple"} and all(len(one[1]) == len(types[0][1]) for one in types):
        return ("tuple", tuple(unify(column) for column in zip(*(one[1] for one in types), strict=True)))
    elements: list[Type] = []
    for kind, inner in types:
        elements.extend(inner if kind == "tuple" else [inner])
    return ("list", unify(elements))


def solid(value: Value) -> bool:
    """Whether nothing in a value may turn out to be of another type, or null."""
    match value:
        case List():
            return positional(value) and all(map(solid, value.items))
        case Map():
            return value.complete and all(map(solid, value.entries.values()))
        case Text():
            return all(map(solid, value.parts))
        case Json():
            return solid(value.value)
        case Choice():
            kind = type_of(value)
            return kind in ("string", "number", "bool") and solid(value.then) and solid(value.otherwise)
        case Ref():
            return is_there(value) and type_of(value) == "string"
        case Unknown():
            return value.error
        case Scalar():
            return True


def weaken(value: Value) -> Value:
    """A value where it is not known whether it is converted: a number may become a string, a tuple a list."""
    match value:
        case Scalar(value=int() | float()):
            return Unknown("whether it is a string is not known", value.span)
        case List():
            kind = "" if positional(value) or not value.complete else "bag"
            return List(tuple(map(weaken, value.items)), value.span, value.complete, kind)
        case Map():
            return Map({name: weaken(item) for name, item in value.entries.items()}, value.span, value.complete)
        case Choice():
            return Choice(value.condition, weaken(value.then), weaken(value.otherwise), value.span)
        case _:
            return value


def as_type(value: Value, wanted: Type) -> Value:
    """A value converted to a type."""
    if wanted is None:
        return weaken(value)
    if wanted in ("any", "null") or (isinstance(value, Scalar) and value.value is None):
        return value
    match value:
        case Choice():
            return each_side(value, lambda side: as_type(side, wanted))
        case Unknown() | Ref():  # a reference stays the same one, whatever type it is given
            return value
    if isinstance(wanted, str):
        return _as_primitive(value, wanted)
    kind, inner = wanted
    if kind in ("list", "set", "tuple") and isinstance(value, List):
        return _as_tuple(value, inner) if kind == "tuple" else as_collection(value, kind, inner)
    if kind in ("map", "object") and isinstance(value, Map):
        return _as_object(value, inner) if kind == "object" else as_map(value, inner)
    raise Wrong(f"a {kind} is needed")


def _as_primitive(value: Value, wanted: str) -> Value:
    match value:
        case Scalar() if wanted == "string":
            return as_text(value)
        case Scalar(value=found):
            return Scalar(number(found) if wanted == "number" else boolean(found), value.span)
        case Json() if wanted == "string":
            return value
        case Text() | Json() if wanted == "string":
            return value
        case Text() | Json():
            return Unknown("a string with parts that are not known stands for a value", value.span)
        case _:
            raise Wrong(f"a {wanted} is needed")


def as_collection(value: List, kind: str, inner: Type) -> List:
    """A list, set or tuple as a list or set whose items have one type; `inner` "any" is the type that they have in common."""
    if inner == "any":
        inner = unify([*map(type_of, value.items), *_others(value)])
    items = tuple(as_type(item, inner) for item in value.items)
    if kind == "set":
        return as_set(List(items, value.span, value.complete))
    made = kind if value.complete and positional(value) else "bag" if value.complete else ""
    return List(items, value.span, value.complete, made)


def _others(value: List | Map) -> list[Type]:
    """The types of items that are not here: any type."""
    return [] if value.complete else [None]


def as_set(value: List) -> List:
    """The set of some items, in Terraform's order where all are known."""
    unique = list({key(item): item for item in value.items}.values())
    if all(isinstance(item, Scalar) for item in unique):
        unique.sort(key=_rank)
    return List(tuple(unique), value.span, value.complete, "set")


def _rank(item: Value) -> tuple[int, Any]:
    known = item.value if isinstance(item, Scalar) else None
    if known is None:
        return (2, 0)
    return (0, known) if isinstance(known, (int, float)) else (1, known)


def as_map(value: Map, inner: Type) -> Map:
    """A map or object as a map whose values have one type."""
    if inner == "any":
        inner = unify([*map(type_of, value.entries.values()), *_others(value)])
    return Map({name: as_type(item, inner) for name, item in value.entries.items()}, value.span, value.complete, "map")


def _as_object(value: Map, inner: dict[str, Type]) -> Map:
    entries: dict[str, Value] = {}
    for name, wanted in inner.items():
        found = value.get(name)
        if found is None:
            raise Wrong(f'the attribute "{name}" is needed')
        entries[name] = as_type(found, wanted)
    return Map(entries, value.span, True, "object")


def _as_tuple(value: List, inner: Sequence[Type]) -> List:
    if not positional(value):
        return List(tuple(map(weaken, value.items)), value.span, value.complete, "bag" if value.complete else "")
    if len(value.items) != len(inner):
        raise Wrong(f"a tuple of {len(inner)} is needed")
    return List(tuple(as_type(item, one) for item, one in zip(value.items, inner, strict=True)), value.span, kind="tuple")
