"""Terraform's pure functions, on values that may be partly known.

A function that needs whole values is written on Python values (`_known`); one that can say something of lists, maps
and texts with unknown parts is written on values (`_partial`). Both say `_Wrong` where Terraform would stop.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import json
import math
import re
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Text, Unknown, Value, holes, key

Function = Callable[..., Value]

FUNCTIONS: dict[str, Function] = {}
"""By Terraform's name: takes the span of the call and the argument values, gives the value."""


class _Wrong(Exception):
    """Terraform would stop here."""


def lift(name: str, function: Function, arguments: Sequence[Value], span: Span) -> Value:
    """Call a function; where one argument is a choice, once for each of its sides."""
    for at, argument in enumerate(arguments):
        if isinstance(argument, Choice):
            sides = [
                lift(name, function, [*arguments[:at], side, *arguments[at + 1 :]], span)
                for side in (argument.then, argument.otherwise)
            ]
            if all(isinstance(side, Unknown) for side in sides):
                return sides[0]
            return Choice(argument.condition, sides[0], sides[1], span)
    try:
        return function(span, *arguments)
    except _Wrong as wrong:
        return Unknown(f"{name}: {wrong}" if str(wrong) else f"{name} has no value here", span, error=True)
    except TypeError:
        return Unknown(f"{name} is not given what it takes", span, error=True)


def to_string(value: Value | str | int | float | bool | None) -> str | None:
    """A value as Terraform writes it in a string; None where it is not known or cannot stand in one."""
    match value:
        case Scalar():
            return to_string(value.value)
        case Json():
            known = to_python(value.value)
            return None if known is _UNKNOWN else _dump(known)
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e21 else repr(value)
        case str() | int():
            return str(value)
        case _:
            return None


_UNKNOWN = object()


def to_python(value: Value) -> Any:
    """The Python value of what is known throughout, `_UNKNOWN` otherwise."""
    match value:
        case Scalar():
            return value.value
        case List(complete=True):
            items = [to_python(item) for item in value.items]
            return _UNKNOWN if any(item is _UNKNOWN for item in items) else items
        case Map(complete=True):
            entries = {name: to_python(item) for name, item in value.entries.items()}
            return _UNKNOWN if any(item is _UNKNOWN for item in entries.values()) else entries
        case Json():
            inner = to_python(value.value)
            return _UNKNOWN if inner is _UNKNOWN else _dump(inner)
        case _:
            return _UNKNOWN


def from_python(value: Any, span: Span) -> Value:
    match value:
        case list() | tuple():
            return List(tuple(from_python(item, span) for item in value), span)
        case dict():
            return Map({str(name): from_python(item, span) for name, item in value.items()}, span)
        case _:
            return Scalar(value, span)


def _dump(value: Any) -> str:
    text = json.dumps(_numbers(value), separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _numbers(value: Any) -> Any:
    """Whole floats as integers, as Terraform writes them."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    if isinstance(value, dict):
        return {name: _numbers(item) for name, item in value.items()}
    return value


def why(values: Sequence[Value]) -> str:
    """Why a function of these values is not known: the reason of the first part that is not."""
    for value in values:
        for hole in holes(value):
            if isinstance(hole, Unknown):
                return hole.why
            if isinstance(hole, Ref):
                name = f"{hole.address}.{hole.attribute}" if hole.attribute else hole.address
                return f"{name} is known only after deployment"
            return "it depends on a condition that is not known"
        if isinstance(value, (List, Map)) and not value.complete:
            return "a list or map is not known as a whole"
    return "an argument is not known"


def _known(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(span: Span, *arguments: Value) -> Value:
            values = [to_python(argument) for argument in arguments]
            if any(value is _UNKNOWN for value in values):
                return Unknown(why(arguments), span)
            try:
                return from_python(function(*values), span)
            except (ValueError, KeyError, IndexError, AttributeError, ArithmeticError, UnicodeError) as error:
                raise _Wrong(str(error)) from None

        FUNCTIONS[name] = call
        return function

    return register


def _partial(name: str) -> Callable[[Function], Function]:
    def register(function: Function) -> Function:
        FUNCTIONS[name] = function
        return function

    return register


# Strings


def _text(value: Any) -> str:
    text = to_string(value)
    if text is None:
        raise _Wrong("a string is needed")
    return text


_known("lower")(lambda s: _text(s).lower())
_known("upper")(lambda s: _text(s).upper())
_known("title")(lambda s: re.sub(r"(^|\s)(\S)", lambda m: m.group(1) + m.group(2).upper(), _text(s)))
_known("trim")(lambda s, cut: _text(s).strip(cut))
_known("trimspace")(lambda s: _text(s).strip())
_known("chomp")(lambda s: _text(s).rstrip("\r\n"))
_known("strrev")(lambda s: _text(s)[::-1])
_known("split")(lambda by, s: _text(s).split(by) if by else list(_text(s)))
_known("substr")(lambda s, at, n: _text(s)[at:] if n == -1 else _text(s)[at:][:n])
_known("startswith")(lambda s, p: _text(s).startswith(p))
_known("endswith")(lambda s, p: _text(s).endswith(p))
_known("strcontains")(lambda s, p: p in _text(s))
_known("indent")(lambda n, s: _text(s).replace("\n", "\n" + " " * n))


@_partial("trimprefix")
def _trimprefix(span: Span, value: Value, prefix: Value) -> Value:
    cut = _string(prefix)
    if isinstance(value, Text) and cut is not None:
        first = value.parts[0]
        if isinstance(first, Scalar) and isinstance(first.value, str) and len(first.value) >= len(cut):
            return Text((Scalar(first.value.removeprefix(cut), first.span), *value.parts[1:]), span)
    return _whole(span, lambda s, p: _text(s).removeprefix(p), value, prefix)


@_partial("trimsuffix")
def _trimsuffix(span: Span, value: Value, suffix: Value) -> Value:
    cut = _string(suffix)
    if isinstance(value, Text) and cut is not None:
        last = value.parts[-1]
        if isinstance(last, Scalar) and isinstance(last.value, str) and len(last.value) >= len(cut):
            return Text((*value.parts[:-1], Scalar(last.value.removesuffix(cut), last.span)), span)
    return _whole(span, lambda s, p: _text(s).removesuffix(p), value, suffix)


def _whole(span: Span, function: Callable[..., Any], *arguments: Value) -> Value:
    values = [to_python(argument) for argument in arguments]
    if any(value is _UNKNOWN for value in values):
        return Unknown(why(arguments), span)
    return from_python(function(*values), span)


def _string(value: Value) -> str | None:
    return value.value if isinstance(value, Scalar) and isinstance(value.value, str) else None


def joined(parts: Sequence[Value], span: Span) -> Value:
    """The string that the parts make one after the other."""
    flat: list[Value] = []
    for part in parts:
        if isinstance(part, Text):
            flat.extend(part.parts)
        elif isinstance(part, (List, Map)):
            raise _Wrong("a string is needed")
        else:
            text = to_string(part)
            flat.append(part if text is None else Scalar(text, part.span))
    if all(isinstance(part, Scalar) for part in flat):
        return Scalar("".join(_string(part) or "" for part in flat), span)
    return Text(tuple(flat), span)


@_partial("join")
def _join(span: Span, separator: Value, *lists: Value) -> Value:
    items: list[Value] = []
    for one in lists:
        if not isinstance(one, List) or not one.complete:
            return Unknown(why([one]), span)
        items.extend(one.items)
    parts: list[Value] = []
    for at, item in enumerate(items):
        parts.extend((separator, item) if at else (item,))
    return joined(parts, span) if parts else Scalar("", span)


_VERB = re.compile(r"%(%|(\[(\d+)\])?([-+ #0]*)(\d+)?(?:\.(\d+))?([vtbdoxXeEfgGsq]))")


@_partial("format")
def _format(span: Span, template: Value, *arguments: Value) -> Value:
    text = _string(template)
    if text is None:
        return Unknown(why([template]), span)
    parts: list[Value] = []
    at = used = 0
    for found in _VERB.finditer(text):
        parts.append(Scalar(text[at : found.start()], span))
        at = found.end()
        if found.group(1) == "%":
            parts.append(Scalar("%", span))
            continue
        if found.group(3):
            used = int(found.group(3)) - 1
        if used >= len(arguments):
            raise _Wrong("it has too few arguments")
        parts.append(_verb(found, arguments[used], span))
        used += 1
    parts.append(Scalar(text[at:], span))
    return joined([part for part in parts if part != Scalar("", span)], span)


def _verb(found: re.Match[str], argument: Value, span: Span) -> Value:
    flags, width, precision, verb = found.group(4), found.group(5), found.group(6), found.group(7)
    if isinstance(argument, (Ref, Unknown, Choice, Text)):
        plain = verb in "vs" and not width and not precision
        return argument if plain else Unknown(why([argument]), span)
    known = to_python(argument)
    if known is _UNKNOWN:
        return Unknown(why([argument]), span)
    if verb == "q" or (verb == "v" and isinstance(known, (list, dict))):
        text = _dump(known)
    elif verb in "vst":
        text = "null" if known is None else _text(known)
        text = text if precision is None or verb == "v" else text[: int(precision)]
    else:
        number = float(known) if verb in "eEfgG" else int(float(known))
        return Scalar(f"%{flags}{width or ''}{'.' + precision if precision else ''}{verb}" % number, span)
    return Scalar(text.ljust(int(width)) if width and "-" in flags else text.rjust(int(width or 0)), span)


@_partial("formatlist")
def _formatlist(span: Span, template: Value, *arguments: Value) -> Value:
    lists = [one for one in arguments if isinstance(one, List)]
    if any(isinstance(one, (Unknown, Ref)) for one in arguments) or any(not one.complete for one in lists):
        return Unknown(why(arguments), span)
    count = max((len(one.items) for one in lists), default=1)
    rows = []
    for at in range(count):
        row = [one.items[at] if isinstance(one, List) else one for one in arguments]
        rows.append(_format(span, template, *row))
    return List(tuple(rows), span)


@_partial("replace")
def _replace(span: Span, value: Value, old: Value, new: Value) -> Value:
    pattern = _string(old)
    if pattern is None or to_python(value) is _UNKNOWN or to_python(new) is _UNKNOWN:
        return Unknown(why([value, old, new]), span)
    text, by = _text(to_python(value)), _text(to_python(new))
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        compiled = _regex(pattern[1:-1], text)
        return Scalar(compiled.sub(re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", by.replace("\\", r"\\")), text), span)
    return Scalar(text.replace(pattern, by), span)


def _regex(pattern: str, text: str) -> re.Pattern[str]:
    """A compiled pattern that is safe to run: Go's engine is linear and Python's is not, so what may explode is refused."""
    if len(text) > 10_000 or len(pattern) > 500 or re.search(r"[+*}]\)?[+*{]|\([^()]*[+*][^()]*\)[+*{]", pattern):
        raise _Wrong("the pattern is not tried")
    return re.compile(re.sub(r"\(\?P?<(\w+)>", r"(?P<\1>", pattern))


def _matched(found: re.Match[str]) -> Any:
    if found.re.groupindex:
        return found.groupdict()
    return list(found.groups()) if found.re.groups else found.group()


@_known("regex")
def _regex_one(pattern: str, text: str) -> Any:
    found = _regex(pattern, text).search(text)
    if found is None:
        raise _Wrong("nothing matches")
    return _matched(found)


_known("regexall")(lambda pattern, text: [_matched(found) for found in _regex(pattern, text).finditer(text)])


# Encodings


@_partial("jsonencode")
def _jsonencode(span: Span, value: Value) -> Value:
    if isinstance(value, Scalar):
        return Scalar(_dump(value.value), span)
    return value if isinstance(value, Unknown) else Json(value, span)


@_partial("jsondecode")
def _jsondecode(span: Span, value: Value) -> Value:
    if isinstance(value, Json):
        return value.value
    text = _string(value)
    if text is None:
        return Unknown(why([value]), span)
    try:
        return from_python(json.loads(text), span)
    except ValueError:
        raise _Wrong("this is not JSON") from None


@_partial("base64encode")
def _base64encode(span: Span, value: Value) -> Value:
    # The base64 of a text with holes stays the text: nothing but its words is ever asked of it.
    text = to_string(value)
    if text is None:
        return value if isinstance(value, Text) else Unknown(why([value]), span)
    return Scalar(base64.b64encode(text.encode()).decode(), span)


_known("base64decode")(lambda s: base64.b64decode(_text(s), validate=True).decode())
_known("urlencode")(lambda s: re.sub(r"[^A-Za-z0-9._~-]", lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), _text(s)))
FUNCTIONS["textencodebase64"] = FUNCTIONS["base64encode"]
_known("md5")(lambda s: hashlib.md5(_text(s).encode(), usedforsecurity=False).hexdigest())
_known("sha1")(lambda s: hashlib.sha1(_text(s).encode(), usedforsecurity=False).hexdigest())
_known("sha256")(lambda s: hashlib.sha256(_text(s).encode()).hexdigest())
_known("sha512")(lambda s: hashlib.sha512(_text(s).encode()).hexdigest())
_known("basename")(lambda s: _text(s).rstrip("/").rsplit("/", 1)[-1])
_known("dirname")(lambda s: _text(s).rpartition("/")[0] or ".")
_known("abspath")(_text)


# Numbers


def _num(value: Any) -> int | float:
    if isinstance(value, str):
        value = float(value)
        return int(value) if value.is_integer() else value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _Wrong("a number is needed")
    return value


_known("abs")(lambda n: abs(_num(n)))
_known("ceil")(lambda n: math.ceil(_num(n)))
_known("floor")(lambda n: math.floor(_num(n)))
_known("max")(lambda *n: max(map(_num, n)))
_known("min")(lambda *n: min(map(_num, n)))
_known("pow")(lambda a, b: _num(a) ** _num(b) if abs(_num(b)) < 1000 else _fail("the power is too large"))
_known("signum")(lambda n: (_num(n) > 0) - (_num(n) < 0))
_known("parseint")(lambda s, b: int(str(s), int(b)))
_known("log")(lambda n, b: math.log(_num(n), _num(b)))


def _fail(message: str) -> Any:
    raise _Wrong(message)


@_known("range")
def _range(*bounds: Any) -> list[Any]:
    first, last, step = {1: (0, bounds[0], 1), 2: (*bounds[:2], 1)}.get(len(bounds), bounds)
    if step == 0 or abs((last - first) / step) > 1024:  # Terraform's own limit
        raise _Wrong("more than 1024 values")
    if len(bounds) < 3 and last < first:
        step = -1
    result = []
    while (step > 0 and first < last) or (step < 0 and first > last):
        result.append(first)
        first += step
    return result


# Conversions


@_partial("tostring")
def _tostring(span: Span, value: Value) -> Value:
    if isinstance(value, (Text, Ref, Json)):
        return value
    if isinstance(value, Scalar):
        return value if value.value is None else Scalar(_text(value.value), value.span)
    return Unknown(why([value]), span)


_known("tonumber")(lambda n: None if n is None else _num(n))
_known("tobool")(lambda b: b if isinstance(b, bool) or b is None else {"true": True, "false": False}[b])


def _listlike(span: Span, value: Value) -> Value:
    return value if isinstance(value, (List, Unknown, Ref)) else Unknown("not a list", span, error=True)


_partial("tolist")(_listlike)
_partial("sensitive")(lambda span, value: value)
_partial("nonsensitive")(lambda span, value: value)
_partial("ephemeralasnull")(lambda span, value: value)
_partial("tomap")(lambda span, value: value if isinstance(value, (Map, Unknown, Ref)) else Unknown("not a map", span, error=True))


@_partial("toset")
def _toset(span: Span, value: Value) -> Value:
    if not isinstance(value, List):
        return _listlike(span, value)
    unique = {key(item): item for item in value.items}
    items = sorted(unique.values(), key=lambda item: to_string(item) or "~")
    return List(tuple(items), value.span, value.complete)


# Collections


@_partial("concat")
def _concat(span: Span, *lists: Value) -> Value:
    items: list[Value] = []
    complete = True
    for one in lists:
        if isinstance(one, List):
            items.extend(one.items)
            complete = complete and one.complete
        elif isinstance(one, (Unknown, Ref)):
            complete = False
        else:
            raise _Wrong("a list is needed")
    if not items and not complete:
        return Unknown(why(lists), span)
    return List(tuple(items), span, complete)


@_partial("flatten")
def _flatten(span: Span, value: Value) -> Value:
    if not isinstance(value, List):
        return _listlike(span, value)
    items: list[Value] = []
    complete = value.complete
    for item in value.items:
        if isinstance(item, List):
            inner = _flatten(span, item)
            assert isinstance(inner, List)
            items.extend(inner.items)
            complete = complete and inner.complete
        elif isinstance(item, (Unknown, Ref, Choice)):
            complete = False  # it may be a list of any length
            items.append(item) if isinstance(item, Ref) and item.attribute else None
        else:
            items.append(item)
    return List(tuple(items), span, complete)


@_partial("compact")
def _compact(span: Span, value: Value) -> Value:
    if not isinstance(value, List):
        return _listlike(span, value)
    kept = tuple(item for item in value.items if not (isinstance(item, Scalar) and item.value in (None, "")))
    unsure = any(isinstance(item, (Unknown, Choice)) for item in kept)
    return List(kept, span, value.complete and not unsure)


@_partial("distinct")
def _distinct(span: Span, value: Value) -> Value:
    if not isinstance(value, List):
        return _listlike(span, value)
    return List(tuple({key(item): item for item in value.items}.values()), span, value.complete)


@_partial("merge")
def _merge(span: Span, *maps: Value) -> Value:
    entries: dict[str, Value] = {}
    complete = True
    for one in maps:
        if isinstance(one, Map):
            if not one.complete:  # it may have any key, so no earlier value is sure
                complete = False
                entries = {name: Unknown("it may be overridden", span) for name in entries}
            entries.update(one.entries)
        elif isinstance(one, Scalar) and one.value is None:
            continue
        elif isinstance(one, (Unknown, Ref)):
            complete = False
            entries = {name: Unknown("it may be overridden", span) for name in entries}
        else:
            raise _Wrong("a map is needed")
    return Map(entries, span, complete) if entries or complete else Unknown(why(maps), span)


@_partial("lookup")
def _lookup(span: Span, value: Value, name: Value, *default: Value) -> Value:
    wanted = to_string(name)
    if not isinstance(value, Map) or wanted is None:
        return Unknown(why([value, name]), span)
    found = value.entries.get(wanted)
    if found is not None:
        return found
    if not value.complete:
        return Unknown("a map is not known as a whole", span)
    if default:
        return default[0]
    raise _Wrong(f"it has no key {wanted}")


@_partial("keys")
def _keys(span: Span, value: Value) -> Value:
    if not isinstance(value, Map):
        return Unknown(why([value]), span)
    return List(tuple(Scalar(name, span) for name in sorted(value.entries)), span, value.complete)


@_partial("values")
def _values(span: Span, value: Value) -> Value:
    if not isinstance(value, Map):
        return Unknown(why([value]), span)
    return List(tuple(item for _, item in sorted(value.entries.items())), span, value.complete)


@_partial("element")
def _element(span: Span, value: Value, at: Value) -> Value:
    if not isinstance(value, List) or not value.items:
        return Unknown(why([value]), span)
    index = to_python(at)
    if len(value.items) == 1 and value.complete:
        return value.items[0]
    if index is _UNKNOWN or not value.complete:
        return Unknown(why([value, at]), span)
    return value.items[int(_num(index)) % len(value.items)]


@_partial("index")
def _index_of(span: Span, value: Value, wanted: Value) -> Value:
    return _whole(span, lambda items, one: items.index(one), value, wanted)


@_partial("length")
def _length(span: Span, value: Value) -> Value:
    match value:
        case List(complete=True):
            return Scalar(len(value.items), span)
        case Map(complete=True):
            return Scalar(len(value.entries), span)
        case Scalar(value=str(text)):
            return Scalar(len(text), span)
        case Scalar():
            raise _Wrong("it has no length")
        case _:
            return Unknown(why([value]), span)


@_partial("contains")
def _contains(span: Span, value: Value, wanted: Value) -> Value:
    if not isinstance(value, List):
        return Unknown(why([value]), span)
    if any(key(item) == key(wanted) for item in value.items):
        return Scalar(True, span)
    return _whole(span, lambda items, one: one in items, value, wanted)


@_partial("zipmap")
def _zipmap(span: Span, names: Value, values: Value) -> Value:
    known = to_python(names)
    if known is _UNKNOWN or not isinstance(values, List) or not values.complete:
        return Unknown(why([names, values]), span)
    return Map(dict(zip(map(_text, known), values.items, strict=False)), span)


@_partial("coalesce")
def _coalesce(span: Span, *values: Value) -> Value:
    for value in values:
        if isinstance(value, Scalar) and value.value in (None, ""):
            continue
        if isinstance(value, (Scalar, List, Map, Json)) or _is_text(value):
            return value
        return value if len(values) == 1 else Unknown(why([value]), span)
    raise _Wrong("every argument is null or empty")


def _is_text(value: Value) -> bool:
    return isinstance(value, Text) and any(isinstance(part, Scalar) and part.value for part in value.parts)


@_partial("coalescelist")
def _coalescelist(span: Span, *values: Value) -> Value:
    for value in values:
        if isinstance(value, List) and value.items:
            return value
        if not isinstance(value, List) or not value.complete:
            return Unknown(why([value]), span)
    raise _Wrong("every list is empty")


@_partial("one")
def _one(span: Span, value: Value) -> Value:
    if isinstance(value, List) and value.complete:
        if len(value.items) > 1:
            raise _Wrong("it has more than one item")
        return value.items[0] if value.items else Scalar(None, span)
    if isinstance(value, List) and len(value.items) == 1:
        return value.items[0]
    return Unknown(why([value]), span)


@_partial("reverse")
def _reverse(span: Span, value: Value) -> Value:
    return List(value.items[::-1], span, value.complete) if isinstance(value, List) else Unknown(why([value]), span)


@_partial("slice")
def _slice(span: Span, value: Value, first: Value, last: Value) -> Value:
    start, stop = to_python(first), to_python(last)
    if not isinstance(value, List) or not value.complete or start is _UNKNOWN or stop is _UNKNOWN:
        return Unknown(why([value, first, last]), span)
    return List(value.items[int(_num(start)) : int(_num(stop))], span)


@_partial("chunklist")
def _chunklist(span: Span, value: Value, size: Value) -> Value:
    return _whole(span, lambda items, n: [items[at : at + n] for at in range(0, len(items), n)], value, size)


_known("sort")(lambda items: sorted(map(_text, items)))
_known("sum")(lambda items: sum(map(_num, items)))
_known("alltrue")(lambda items: all(item in (True, "true") for item in items))
_known("anytrue")(lambda items: any(item in (True, "true") for item in items))
_known("transpose")(lambda m: {v: sorted(k for k in m if v in m[k]) for vs in m.values() for v in vs})


def _setmath(name: str, combine: Callable[[list[Any], list[Any]], list[Any]]) -> None:
    def apply(*sets: Any) -> list[Any]:
        result = list(dict.fromkeys(map(_text, sets[0])))
        for other in sets[1:]:
            result = combine(result, list(map(_text, other)))
        return sorted(result)

    _known(name)(apply)


_setmath("setunion", lambda a, b: list(dict.fromkeys([*a, *b])))
_setmath("setintersection", lambda a, b: [item for item in a if item in b])
_setmath("setsubtract", lambda a, b: [item for item in a if item not in b])


@_partial("setproduct")
def _setproduct(span: Span, *sets: Value) -> Value:
    if not all(isinstance(one, List) and one.complete for one in sets):
        return Unknown(why(sets), span)
    lists = [one.items for one in sets if isinstance(one, List)]
    if math.prod(map(len, lists)) > 2_000:
        return Unknown("a product of more than 2000 items is not evaluated", span)
    return List(tuple(List(row, span) for row in product(*lists)), span)


# Networks


@_known("cidrsubnet")
def _cidrsubnet(prefix: str, bits: int, number: int) -> str:
    network = ipaddress.ip_network(prefix, strict=False)
    size = network.prefixlen + int(bits)
    if size > network.max_prefixlen or not 0 <= int(number) < 2 ** int(bits):
        raise _Wrong("there is no such subnet")
    address = int(network.network_address) + (int(number) << (network.max_prefixlen - size))
    return f"{type(network.network_address)(address)}/{size}"


_known("cidrhost")(lambda prefix, n: str(ipaddress.ip_network(prefix, strict=False)[int(n)]))
_known("cidrnetmask")(lambda prefix: str(ipaddress.ip_network(prefix, strict=False).netmask))
_known("cidrsubnets")(
    lambda prefix, *bits: [_cidrsubnet(prefix, b, n) for n, b in enumerate(bits)] if len(set(bits)) == 1 else _fail("mixed sizes")
)


@_known("provider::aws::arn_parse")
def _arn_parse(arn: str) -> dict[str, str]:
    _, partition, service, region, account, resource = arn.split(":", 5)
    return {"partition": partition, "service": service, "region": region, "account_id": account, "resource": resource}


@_partial("provider::aws::arn_build")
def _arn_build(span: Span, *parts: Value) -> Value:
    joint = Scalar(":", span)
    pieces: list[Value] = [Scalar("arn", span)]
    for part in parts:
        pieces.extend((joint, part))
    return joined(pieces, span)
