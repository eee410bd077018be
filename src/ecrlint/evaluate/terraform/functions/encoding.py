"""Encodings: https://developer.hashicorp.com/terraform/language/functions (Encoding Functions)."""

from __future__ import annotations

from typing import Any

from ecrlint.evaluate.budget import DEEP, LARGE, LENGTH, Exceeded
from ecrlint.evaluate.terraform.conversion import UNKNOWN, Unsure, Wrong, dump, from_python, text, to_python, to_string
from ecrlint.evaluate.terraform.functions.signature import known, partial, unknown
from ecrlint.model.source import Span
from ecrlint.model.value import Json, List, Map, Scalar, Text, Unknown, Value, string


@partial("jsonencode")
def _jsonencode(span: Span, value: Value) -> Value:
    if isinstance(value, Scalar):
        return Scalar(dump(value.value), span)
    return value if isinstance(value, Unknown) else Json(value, span)


@partial("jsondecode")
def _jsondecode(span: Span, value: Value) -> Value:
    if isinstance(value, Json) and value.language == "json":
        return _decoded(value.value)
    if isinstance(value, Text):
        from ecrlint.evaluate.json_document import decode

        document, problems = decode(value)
        return Unknown("a part of it that is not known decides what it is", span) if problems else _decoded(document)
    found = string(value)
    if found is None:
        if to_python(value) is UNKNOWN:
            return unknown(span, value)
        found = text(to_python(value))
    import json

    try:
        json.loads(found, parse_constant=_no_constant, parse_int=str)
    except RecursionError:
        raise Exceeded(DEEP) from None
    except ValueError:
        raise Wrong("this is not JSON") from None
    from ecrlint.evaluate.json_document import decode

    document, problems = decode(value if string(value) is not None else Scalar(found, span))
    return Unknown("this JSON is not evaluated", span) if isinstance(document, Unknown) else _decoded(document)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _decoded(value: Value) -> Value:
    """A value as it comes out of JSON text: lists are tuples, maps are objects."""
    match value:
        case List():
            from ecrlint.evaluate.terraform.conversion import positional

            kind = "" if not value.complete else "tuple" if positional(value) else "bag"
            return List(tuple(map(_decoded, value.items)), value.span, value.complete, kind)
        case Map():
            entries = {name: _decoded(item) for name, item in value.entries.items()}
            return Map(entries, value.span, value.complete, "object")
        case _:
            return value


@partial("base64encode")
def _base64encode(span: Span, value: Value) -> Value:
    # The base64 of a text or a document with holes stays that: nothing but its words is ever asked of it.
    found = to_string(value)
    if found is None:
        if isinstance(value, (List, Map)) or (isinstance(value, Scalar) and value.value is None):
            raise Wrong("a string is needed")
        return value if isinstance(value, (Text, Json)) else unknown(span, value)
    return Scalar(_encoded(found.encode(errors="replace")), value.span)  # the place of the words, which readers decode


def _encoded(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode()


def _bytes(value: Any) -> bytes:
    import base64

    found = text(value).replace("\n", "").replace("\r", "")
    try:
        return base64.b64decode(found, validate=True)
    except ValueError:
        raise Wrong("this is not base64") from None


@known("base64decode")
def _base64decode(value: Any) -> str:
    found = _bytes(value)
    try:
        return found.decode()
    except UnicodeDecodeError:
        raise Wrong("the bytes are not a string") from None


def utf8(value: str) -> bytes:
    """The bytes of a string. JSON can write half a character, which has none."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise Unsure("a part of a character stands alone in it") from None


@known("urlencode")
def _urlencode(value: Any) -> str:
    import re

    def escape(match: Any) -> str:
        return "".join(f"%{byte:02X}" for byte in utf8(match[0]))

    return re.sub(r"[^A-Za-z0-9._~ -]", escape, text(value)).replace(" ", "+")


@known("csvdecode", maps="object")
def _csvdecode(value: Any) -> list[dict[str, str]]:
    import csv

    lines = text(value).splitlines(keepends=True)
    try:
        rows = [row for row in csv.reader(lines, strict=True) if row]
    except csv.Error:
        raise Wrong("this is not CSV") from None
    if not rows:
        raise Wrong("it has no header")
    header = rows[0]
    if len(set(header)) < len(header) or any(len(row) != len(header) for row in rows):
        raise Wrong("a row does not fit the header")
    return [dict(zip(header, row, strict=True)) for row in rows[1:]]


@partial("yamldecode")
def _yamldecode(span: Span, value: Value) -> Value:
    from ecrlint.evaluate.terraform.functions.yaml import load

    found = to_python(value)
    if found is UNKNOWN:
        return _decoded(value.value) if isinstance(value, Json) else unknown(span, value)
    if len(utf8(text(found))) > LENGTH:
        raise Exceeded(LARGE)
    return from_python(load(text(found)), span, "tuple", "object")


@partial("yamlencode")
def _yamlencode(span: Span, value: Value) -> Value:
    """The text; where it is not known how the text is written, a document of which the content is known."""
    from ecrlint.evaluate.terraform.functions.yaml import write

    found = to_python(value)
    if found is not UNKNOWN:
        try:
            return Scalar(write(found), span)
        except Unsure:
            if not isinstance(value, (List, Map)):
                raise
    return Json(value, span, "yaml") if isinstance(value, (List, Map)) else unknown(span, value)
