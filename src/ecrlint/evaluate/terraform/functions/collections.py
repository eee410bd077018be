"""Functions of lists, sets and maps: https://developer.hashicorp.com/terraform/language/functions (Collection Functions).

What is known in part stays so: a list whose items are known here and unknown there is not thrown away. No result says
more than is sure: of a list that may have more items only what is in it can be said, not where, how often or how many.
"""

from __future__ import annotations

from collections.abc import Sequence

from ecrlint.evaluate.budget import LARGE, SIZE, Exceeded
from ecrlint.evaluate.terraform.conversion import (
    PARTLY,
    UNKNOWN,
    Wrong,
    dump,
    is_there,
    positional,
    text,
    to_python,
    to_string,
    whole,
)
from ecrlint.evaluate.terraform.functions.signature import as_list, as_map, partial, unknown
from ecrlint.evaluate.terraform.kinds import Type, as_collection, as_type, type_of, unify
from ecrlint.evaluate.terraform.operators import disjunction, equality, select
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, holes, is_null, key

_NEVER_EMPTY = frozenset({"arn", "id", "name", "url", "repository_url", "unique_id", "account_id", "region", "partition"})
"""Attributes that whatever has them has."""


def kind_of(ordered: bool, complete: bool, kind: str = "list") -> str:
    """The kind of a list that was made of others: a "bag" where the order was lost."""
    return kind if ordered and complete else "bag" if complete else ""


def strings(value: Value) -> List | None:
    """A list of strings, as a parameter of that type takes it."""
    found = as_list(value)
    return None if found is None else as_collection(found, "list", "string")


def converted(value: Value) -> List | None:
    """A list of one type, as a parameter that takes a list of anything does it."""
    found = as_list(value)
    return None if found is None else as_collection(found, "list", "any")


def plain(value: Value) -> bool:
    """Whether a value is known and compared at once."""
    return isinstance(value, Scalar) and not isinstance(value.value, float)


def fixed(value: Value) -> bool:
    """Whether a value is known throughout."""
    return not any(True for _ in holes(value)) and _closed(value)


def _closed(value: Value) -> bool:
    match value:
        case List():
            return positional(value) and all(map(_closed, value.items))
        case Map():
            return value.complete and all(map(_closed, value.entries.values()))
        case Json():
            return _closed(value.value)
        case _:
            return True


# Lists to lists


@partial("concat")
def _concat(span: Span, *lists: Value) -> Value:
    if not lists:
        raise Wrong("it needs a list")
    items: list[Value] = []
    found = [_sequence(one) for one in lists]
    for one in found:
        items.extend(one.items if one is not None else ())
    complete = all(one is not None and one.complete for one in found)
    if not items and not complete:
        return unknown(span, *lists)
    kinds = {one.kind for one in found if one is not None}
    if kinds == {"list"} and complete:
        return as_collection(List(tuple(items), span, kind="list"), "list", "any")
    ordered = all(one is not None and positional(one) for one in found)
    kind = "" if "" in kinds or kinds == {"list"} else "tuple"
    return List(tuple(items), span, complete, kind if ordered else kind_of(False, complete))


def _sequence(value: Value) -> List | None:
    """A list or tuple, not a set."""
    found = as_list(value)
    if found is not None and found.kind == "set":
        raise Wrong("a set has no order")
    return found


@partial("flatten")
def _flatten(span: Span, value: Value) -> Value:
    found = as_list(value)
    if found is None:
        return unknown(span, value)
    items: list[Value] = []
    sure = _flatten_into(items, found, 0)
    if sure is None:
        return List(tuple(items), span, complete=False)
    return List(tuple(items), span, kind="tuple" if sure else "bag")


def _flatten_into(items: list[Value], value: List, depth: int) -> bool | None:
    """Add the items; whether their order is known, None where there may be more."""
    if depth > 100 or len(items) > SIZE:
        raise Exceeded(LARGE)
    complete, ordered = value.complete, positional(value)
    for item in value.items:
        if isinstance(item, List):
            inner = _flatten_into(items, item, depth + 1)
            complete = complete and inner is not None
            ordered = ordered and inner is True
        elif isinstance(item, (Unknown, Ref, Choice)) and not _is_single(type_of(item)):
            complete = False  # it may be a list of any length
        else:
            items.append(item)
    return ordered if complete else None


def _is_single(kind: Type) -> bool:
    """Whether what has this type is surely no list."""
    return isinstance(kind, str) or (kind is not None and kind[0] in ("map", "object"))


@partial("compact")
def _compact(span: Span, value: Value) -> Value:
    found = strings(value)
    if found is None:
        return unknown(span, value)
    kept: list[Value] = []
    complete = found.complete
    for item in found.items:
        there = filled(item)
        if there:
            kept.append(item)
        complete = complete and there is not None
    return List(tuple(kept), span, complete, kind_of(positional(found), complete))


def filled(value: Value) -> bool | None:
    """Whether a string is neither null nor empty; None where it is not known."""
    match value:
        case Scalar():
            return value.value not in (None, "")
        case Text():
            return True if any(isinstance(part, Scalar) and part.value for part in value.parts) else None
        case Json():
            return True
        case Ref():
            return True if is_there(value) and value.attribute in _NEVER_EMPTY else None
        case Choice():
            then, otherwise = filled(value.then), filled(value.otherwise)
            return then if then == otherwise else None
        case _:
            return None


@partial("distinct")
def _distinct(span: Span, value: Value) -> Value:
    found = converted(value)
    if found is None:
        return unknown(span, value)
    first: dict[object, Value] = {}
    for item in found.items:
        first.setdefault(key(item), item)
    items = tuple(first.values())
    sure = positional(found) and (len(items) < 2 or all(map(fixed, items)))
    return List(items, span, found.complete, kind_of(sure, found.complete))


@partial("reverse")
def _reverse(span: Span, value: Value) -> Value:
    found = as_list(value)
    if found is None:
        return unknown(span, value)
    kind = "list" if found.kind == "set" else found.kind
    return List(found.items[::-1], span, found.complete, kind if positional(found) else kind_of(False, found.complete))


@partial("sort")
def _sort(span: Span, value: Value) -> Value:
    found = strings(value)
    if found is None:
        return unknown(span, value)
    if any(is_null(item) for item in found.items):
        raise Wrong("null is not sorted")
    names = [to_string(item) for item in found.items]
    if not positional(found) or (len(names) > 1 and any(name is None for name in names)):
        return List(found.items, span, found.complete, kind_of(False, found.complete))
    order = sorted(range(len(names)), key=lambda at: names[at] or "")
    return List(tuple(found.items[at] for at in order), span, kind="list")


@partial("slice")
def _slice(span: Span, value: Value, first: Value, last: Value) -> Value:
    found = _sequence(value)
    bounds = (to_python(first), to_python(last))
    if found is None or UNKNOWN in bounds or not positional(found):
        return unknown(span, value, first, last)
    start, stop = map(whole, bounds)
    if not 0 <= start <= stop <= len(found.items):
        raise Wrong("the list is not that long")
    return List(found.items[start:stop], span, kind=found.kind)


@partial("matchkeys")
def _matchkeys(span: Span, values: Value, keys: Value, wanted: Value) -> Value:
    found = converted(values)
    known_keys, known_wanted = to_python(keys), to_python(wanted)
    if found is None or known_keys is UNKNOWN or known_wanted is UNKNOWN or not positional(found):
        return unknown(span, values, keys, wanted)
    if not isinstance(known_keys, list) or not isinstance(known_wanted, list):
        raise Wrong("a list is needed")
    if len(known_keys) != len(found.items):
        raise Wrong("the lists do not have the same length")
    both = unify([type_of(item) for one in (keys, wanted) if isinstance(one, List) for item in one.items])
    if both == "string":
        known_keys, known_wanted = ([None if one is None else text(one) for one in some] for some in (known_keys, known_wanted))
    wanted_keys = {dump(name) for name in known_wanted}
    kept = tuple(item for item, name in zip(found.items, known_keys, strict=True) if dump(name) in wanted_keys)
    return List(kept, span, kind="list")


# Lists to one value


@partial("length")
def _length(span: Span, value: Value) -> Value:
    match value:
        case List():
            if positional(value):
                return Scalar(len(value.items), span)
            return Unknown(PARTLY, span) if value.items else unknown(span, value)
        case Map(complete=True):
            return Scalar(len(value.entries), span)
        case Map() if value.entries:
            return Unknown(PARTLY, span)
        case Scalar(value=str(found)):
            from ecrlint.evaluate.terraform.functions.strings import characters

            return Scalar(len(characters(found)), span)
        case Scalar():
            raise Wrong("it has no length")
        case Json():
            found_text = to_string(value)
            return unknown(span, value) if found_text is None else _length(span, Scalar(found_text, span))
        case _:
            return unknown(span, value)


@partial("element")
def _element(span: Span, value: Value, at: Value) -> Value:
    found = _sequence(value)
    index = to_python(at)
    if found is None or index is UNKNOWN or not positional(found):
        return unknown(span, value, at)
    if not found.items:
        raise Wrong("the list is empty")
    return found.items[whole(index) % len(found.items)]


@partial("one")
def _one(span: Span, value: Value) -> Value:
    found = as_list(value)
    if found is None or not found.complete:
        return unknown(span, value)
    if len(found.items) == 1:
        return found.items[0]
    if not found.items:
        return Scalar(None, span)
    if positional(found):
        raise Wrong("it has more than one item")
    return unknown(span, value)


@partial("index")
def _index(span: Span, value: Value, wanted: Value) -> Value:
    found = _sequence(value)
    if found is None:
        return unknown(span, value)
    if not found.items and found.complete:
        raise Wrong("the list is empty")
    if not positional(found):
        return unknown(span, value)
    if plain(wanted) and all(map(plain, found.items)):
        at = next((at for at, item in enumerate(found.items) if key(item) == key(wanted)), None)
        if at is None:
            raise Wrong("it has no such item")
        return Scalar(at, span)
    for at, item in enumerate(found.items):
        same = equality(item, wanted, span)
        if not isinstance(same, Scalar):
            return unknown(span, item, wanted)
        if same.value:
            return Scalar(at, span)
    raise Wrong("it has no such item")


# Maps


@partial("merge")
def _merge(span: Span, *maps: Value) -> Value:
    entries: dict[str, Value] = {}
    complete = True
    kinds: set[str] = set()
    for one in maps:
        if isinstance(one, Scalar) and one.value is None:
            continue
        found = as_map(one)
        if found is None or not found.complete:  # it may have any key, so no earlier value is sure
            complete = False
            entries = {name: Unknown("it may be overridden", span) for name in entries}
        if found is not None:
            entries.update(found.entries)
            kinds.add(found.kind if found.entries or found.kind != "map" else "")  # an empty map has a type too
    if not entries and not complete:
        return unknown(span, *maps)
    return Map(entries, span, complete, _merged(kinds, entries))


def _merged(kinds: set[str], entries: dict[str, Value]) -> str:
    if "" in kinds:
        return ""
    if kinds != {"map"}:
        return "object"
    types = list(map(type_of, entries.values()))
    if any(one is None for one in types):
        return ""
    return "map" if all(one == types[0] for one in types) else "object"


@partial("lookup")
def _lookup(span: Span, value: Value, name: Value, *default: Value) -> Value:
    found = as_map(value)
    if len(default) > 1:
        raise Wrong("it takes one default")
    if found is None or to_python(name) is UNKNOWN:
        return unknown(span, value, name)
    wanted = text(to_python(name))
    there = found.entries.get(wanted)
    if there is not None:
        return there
    if not found.complete:
        return unknown(span, found)
    if not default:
        raise Wrong(f"it has no key {wanted}")
    if found.kind == "object":
        return default[0]
    if found.kind == "map" and found.entries:
        return as_type(default[0], unify([type_of(item) for item in found.entries.values()]))
    return as_type(default[0], None)


@partial("keys")
def _keys(span: Span, value: Value) -> Value:
    found = as_map(value)
    if found is None:
        return unknown(span, value)
    names = tuple(Scalar(name, span) for name in sorted(found.entries))
    return List(names, span, found.complete, _kind_of_parts(found))


@partial("values")
def _values(span: Span, value: Value) -> Value:
    found = as_map(value)
    if found is None:
        return unknown(span, value)
    items = tuple(found.entries[name] for name in sorted(found.entries))
    return List(items, span, found.complete, _kind_of_parts(found))


def _kind_of_parts(value: Map) -> str:
    return {"map": "list", "object": "tuple"}.get(value.kind, "") if value.complete else ""


@partial("zipmap")
def _zipmap(span: Span, names: Value, values: Value) -> Value:
    keys, found = strings(names), _sequence(values)
    if keys is None or found is None or not positional(keys) or not positional(found):
        return unknown(span, names, values)
    if len(keys.items) != len(found.items):
        raise Wrong("the lists do not have the same length")
    entries: dict[str, Value] = {}
    complete = True
    for name, item in zip(keys.items, found.items, strict=True):
        known_name = to_string(name)
        if known_name is not None:
            entries[known_name] = item
        elif is_null(name):
            raise Wrong("null is no key")
        elif isinstance(name, Unknown) and name.error:
            return name
        else:
            complete = False
            entries = {other: Unknown("it may be overridden", span) for other in entries}
    return Map(entries, span, complete, {"list": "map", "tuple": "object"}.get(found.kind, ""))


# The first that is there


@partial("coalesce")
def _coalesce(span: Span, *values: Value) -> Value:
    return _first_filled(span, values, unify([type_of(value) for value in values]))


def _first_filled(span: Span, values: Sequence[Value], wanted: Type) -> Value:
    for at, value in enumerate(values):
        if is_null(value):
            continue
        if isinstance(value, (List, Map)):
            return as_type(value, wanted)
        there = filled(value)
        if there:
            return as_type(value, wanted)
        if there is None:
            empty = disjunction(equality(value, Scalar(None, span), span), equality(value, Scalar("", span), span), span)
            if not isinstance(empty, (Choice, Scalar)):
                return unknown(span, value)
            return select(empty, _rest(span, values[at + 1 :], wanted), as_type(value, wanted), span)
    raise Wrong("every argument is null or empty")


def _rest(span: Span, values: Sequence[Value], wanted: Type) -> Value:
    try:
        return _first_filled(span, values, wanted)
    except Wrong as wrong:
        return Unknown(f"coalesce: {wrong}", span, error=True)


@partial("coalescelist")
def _coalescelist(span: Span, *values: Value) -> Value:
    for value in values:
        if is_null(value):
            raise Wrong("null is no list")
        found = _sequence(value)
        if found is None:
            return unknown(span, value)
        if found.items:
            return found
        if not found.complete:
            return unknown(span, found)
    raise Wrong("every list is empty")
