"""`format` and `formatlist`: https://developer.hashicorp.com/terraform/language/functions/format"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ecrlint.evaluate.budget import LARGE, SIZE, Exceeded
from ecrlint.evaluate.terraform.conversion import (
    MANY_DIGITS,
    UNKNOWN,
    Unsure,
    Wrong,
    as_text,
    because,
    boolean,
    dump,
    each_side,
    is_exact,
    is_input,
    joined,
    number,
    number_text,
    positional,
    text,
    to_python,
)
from ecrlint.evaluate.terraform.functions.signature import partial, unknown
from ecrlint.evaluate.terraform.functions.strings import bounded, characters
from ecrlint.evaluate.terraform.kinds import type_of
from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Span
from ecrlint.model.value import Choice, Json, List, Map, Ref, Scalar, Unknown, Value, is_null, string

MAX_WIDTH = 10_000
"""How wide a field may be."""

_VERB = r"%([-+ #0]*)(\d*)(\.\d+)?(?:\[(\d+)\])?([A-Za-z%])"


@dataclass(frozen=True)
class _Verb:
    flags: str
    width: int
    precision: int | None
    argument: int
    letter: str


def _verbs(template: str) -> Iterator[str | _Verb]:
    """The literal parts and the verbs of a template, in order."""
    import re

    at = 0
    following = 0
    while True:
        percent = template.find("%", at)
        if percent < 0:
            yield template[at:]
            return
        yield template[at:percent]
        found = re.compile(_VERB).match(template, percent)
        if found is None:
            raise Wrong("a verb is not complete")
        flags, width, precision, index, letter = found.groups()
        if letter == "%":
            yield "%"
        elif letter not in "vtbdoxXeEfgGsq":
            raise Wrong(f"%{letter} is not a verb")
        elif len(width) > 5 or int(width or 0) > MAX_WIDTH or (precision is not None and len(precision) > 4):
            raise Exceeded(f"a field of more than {MAX_WIDTH} characters is not evaluated")
        else:
            chosen = int(index) - 1 if index else following
            following = chosen + 1
            yield _Verb(flags, int(width or -1), int(precision[1:]) if precision else None, chosen, letter)
        at = found.end()


@partial("format")
def _format(span: Span, template: Value, *arguments: Value) -> Value:
    known_template = string(as_text(template))
    if known_template is None:
        return unknown(span, template)
    parts: list[Value] = []
    used = 0
    for piece in _verbs(known_template):
        if isinstance(piece, str):
            parts.append(Scalar(piece, span))
            continue
        if not 0 <= piece.argument < len(arguments):
            raise Wrong("it has too few arguments")
        used = max(used, piece.argument + 1)
        parts.append(_apply(piece, arguments[piece.argument], span))
    if used < len(arguments):
        raise Wrong("it has too many arguments")
    made = joined(parts, span)
    return Scalar(bounded(made.value), span) if isinstance(made, Scalar) and isinstance(made.value, str) else made


def _apply(verb: _Verb, argument: Value, span: Span) -> Value:
    if isinstance(argument, Choice):
        return each_side(argument, lambda side: _apply(verb, side, span))
    if is_null(argument) and verb.letter != "v":
        raise Wrong("null is not formatted by this verb")
    known = to_python(argument)
    if known is UNKNOWN:
        return _hole(verb, argument, span)
    return Scalar(_formatted(verb, known), argument.span if isinstance(argument, Scalar) else span)


def _hole(verb: _Verb, argument: Value, span: Span) -> Value:
    """What stands for a value that is not known: itself where it is written as it is."""
    plain = verb.width < 0 and verb.precision is None
    if isinstance(argument, (List, Map)):
        if verb.letter != "v":
            raise Wrong("a list or map is not formatted by this verb")
        return Json(argument, span) if plain else unknown(span, argument)
    if not plain or "#" in verb.flags or (isinstance(argument, Ref) and is_input(argument) and verb.letter != "s"):
        return unknown(span, argument)
    if verb.letter in "vs" or (verb.letter in "dt" and isinstance(argument, Ref)):
        return argument
    return Unknown(because(argument, "an argument is not known"), span)


def _formatted(verb: _Verb, known: Any) -> str:
    letter = verb.letter
    if letter == "v":
        return _padded(verb, _default(verb, known))
    if letter == "t":
        return "true" if boolean(known) else "false"
    if letter in "sq":
        found = text(known)
        if verb.precision:
            found = "".join(characters(found)[: verb.precision])
        return _padded(verb, dump(found) if letter == "q" else found)
    found_number = number(known)
    return _integer(verb, found_number) if letter in "bdoxX" else _float(verb, found_number)


def _default(verb: _Verb, known: Any) -> str:
    if "#" in verb.flags or known is None or isinstance(known, (bool, list, dict)):
        return dump(known)
    if isinstance(known, str):
        return known
    return _shortest(known)


def _padded(verb: _Verb, found: str) -> str:
    if verb.width < 0:
        return found
    missing = verb.width - len(characters(found))
    filling = ("0" if "0" in verb.flags else " ") * missing
    return found + filling if "-" in verb.flags else filling + found


def _integer(verb: _Verb, value: int | float) -> str:
    if isinstance(value, float):
        if not is_exact(value):
            raise Unsure(MANY_DIGITS)
        if not value.is_integer():
            raise Wrong("a whole number is needed")
        value = int(number_text(value) or 0)
    digits = format(abs(value), verb.letter)
    if verb.precision is not None:
        digits = digits.rjust(verb.precision, "0")
    if "#" in verb.flags:
        digits = {"b": "0b", "o": "0", "x": "0x", "X": "0X"}.get(verb.letter, "") + digits
    return _signed(verb, value < 0, digits, zeros=verb.precision is None)


def _signed(verb: _Verb, negative: bool, digits: str, zeros: bool) -> str:
    sign = "-" if negative else "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    if "-" in verb.flags:
        return (sign + digits).ljust(verb.width)
    if "0" in verb.flags and zeros:
        return sign + digits.rjust(verb.width - len(sign), "0")
    return (sign + digits).rjust(verb.width)


def _float(verb: _Verb, value: int | float) -> str:
    letter = verb.letter.lower()
    if letter == "g" and verb.precision is None:
        digits = _shortest(abs(value))
    else:
        digits = _rounded(letter, 6 if verb.precision is None else verb.precision, abs(value))
    return _signed(verb, value < 0, digits.upper() if verb.letter in "EG" else digits, zeros=True)


def _rounded(letter: str, precision: int, value: int | float) -> str:
    from decimal import Decimal

    if isinstance(value, int) and value > 2**53:
        raise Unsure(MANY_DIGITS)
    exact = Decimal(repr(value))
    if exact != Decimal(value):  # what Terraform rounds is nearer to the decimal number than a float is
        shifted = exact.scaleb(precision if letter == "f" else precision - exact.adjusted())
        if shifted % 1 == Decimal("0.5"):
            raise Unsure("it rounds a number that lies just in the middle")
    return f"%.{precision}{letter}" % value


def _shortest(value: int | float) -> str:
    """A number as Go writes it with `%g`: with an exponent from a million on."""
    if not is_exact(value):
        raise Unsure(MANY_DIGITS)
    plain = number_text(value) or ""
    sign, digits = ("-", plain[1:]) if plain.startswith("-") else ("", plain)
    before, _, after = digits.partition(".")
    significant = (before + after).lstrip("0")
    exponent = len(before) - 1 if before != "0" else -(len(after) - len(after.lstrip("0")) + 1)
    if not significant or -5 < exponent < 6:
        return plain
    significant = significant.rstrip("0")
    mantissa = significant[0] + ("." + significant[1:] if len(significant) > 1 else "")
    return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


@partial("formatlist")
def _formatlist(span: Span, template: Value, *arguments: Value) -> Value:
    for one in arguments:
        if isinstance(one, (Unknown, Ref, Choice)) and type_of(one) is None:
            return unknown(span, one)
    lists = [one for one in arguments if isinstance(one, List)]
    ordered = all(map(positional, lists))
    if not ordered and len(lists) > 1:
        return unknown(span, *lists)
    if ordered and len({len(one.items) for one in lists}) > 1:
        raise Wrong("the lists do not have the same length")
    count = len(lists[0].items) if lists else 1
    if count * max(len(arguments), 1) > SIZE:
        raise Exceeded(LARGE)
    rows = (
        _format(span, template, *(one.items[at] if isinstance(one, List) else one for one in arguments)) for at in range(count)
    )
    complete = all(one.complete for one in lists)
    return List(tuple(rows), span, complete, "list" if ordered else "bag" if complete else "")
