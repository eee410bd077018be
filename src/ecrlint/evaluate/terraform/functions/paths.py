"""Paths, and the functions of providers on ARNs.

https://developer.hashicorp.com/terraform/language/functions (Filesystem Functions)
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/functions/arn_parse
"""

from __future__ import annotations

import posixpath
from typing import Any

from ecrlint.evaluate.terraform.conversion import UNKNOWN, Wrong, joined, text, to_python
from ecrlint.evaluate.terraform.functions.signature import known, partial, unknown
from ecrlint.model.address import is_deployment
from ecrlint.model.source import Span
from ecrlint.model.value import Map, Ref, Scalar, Text, Value, string

_PARTS = ("partition", "service", "region", "account_id", "resource")


@known("basename")
def _basename(value: Any) -> str:
    found = text(value)
    if not found:
        return "."
    return found.rstrip("/").rpartition("/")[2] or "/"


@known("dirname")
def _dirname(value: Any) -> str:
    found = posixpath.normpath(text(value).rpartition("/")[0] or ("/" if text(value).startswith("/") else "."))
    return "/" if found == "//" else found


@partial("provider::aws::arn_parse")
def _arn_parse(span: Span, arn: Value) -> Value:
    """The parts of an ARN; of a text with holes as well, where all colons stand in its literal parts."""
    pieces = _split(arn)
    if pieces is None:
        return unknown(span, arn)
    if len(pieces) < 6 or string(joined(pieces[0], span)) != "arn":
        raise Wrong("this is not an ARN")
    rest: list[Value] = list(pieces[5])
    for more in pieces[6:]:
        rest.extend((Scalar(":", span), *more))
    values = [*(joined(piece, span) for piece in pieces[1:5]), joined(rest, span)]
    return Map(dict(zip(_PARTS, values, strict=True)), span, kind="object")


def _split(value: Value) -> list[list[Value]] | None:
    """A string at its colons, into parts. A hole among the first five may hold colons, so then it is not known."""
    known_text = to_python(value)
    if known_text is not UNKNOWN:
        return [[Scalar(piece, value.span)] for piece in text(known_text).split(":")]
    if not isinstance(value, Text):
        return None
    pieces: list[list[Value]] = [[]]
    for part in value.parts:
        literal = string(part)
        if literal is None:
            if len(pieces) < 6 and not _plain(part):
                return None
            pieces[-1].append(part)
            continue
        first, *others = literal.split(":")
        pieces[-1].append(Scalar(first, part.span))
        pieces.extend([Scalar(other, part.span)] for other in others)
    return pieces


def _plain(part: Value) -> bool:
    """Whether a hole is the account, region or partition, which hold no colon."""
    return isinstance(part, Ref) and is_deployment(part.address)


@partial("provider::aws::arn_build")
def _arn_build(span: Span, *parts: Value) -> Value:
    if len(parts) != len(_PARTS):
        raise Wrong("an ARN has five parts")
    pieces: list[Value] = [Scalar("arn", span)]
    for part in parts:
        pieces.extend((Scalar(":", span), part))
    return joined(pieces, span)


@known("provider::aws::trim_iam_role_path")
def _trim_iam_role_path(value: Any) -> str:
    parts = text(value).split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or parts[2] != "iam" or not parts[5].startswith("role/"):
        raise Wrong("this is not the ARN of a role")
    return ":".join([*parts[:5], "role/" + parts[5].rpartition("/")[2]])
