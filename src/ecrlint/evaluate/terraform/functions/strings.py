"""String functions: https://developer.hashicorp.com/terraform/language/functions (String Functions)."""

from __future__ import annotations

import re
from typing import Any

from ecrlint.evaluate.budget import LARGE, LENGTH, SIZE, Exceeded
from ecrlint.evaluate.terraform.conversion import (
    UNKNOWN,
    Unsure,
    Wrong,
    as_text,
    from_python,
    joined,
    positional,
    text,
    to_python,
    whole,
)
from ecrlint.evaluate.terraform.functions.signature import as_list, known, partial, unknown
from ecrlint.evaluate.terraform.shape import ends_with, shape, split_at, starts_with
from ecrlint.model.address import type_of
from ecrlint.model.source import Span
from ecrlint.model.value import List, Ref, Scalar, Text, Unknown, Value, pieces, same, string

_SPACES = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What Go takes for white space; Python's own list is longer."""


def bounded(value: str) -> str:
    """A string that is not too long to go on with."""
    if len(value) > LENGTH:
        raise Exceeded(LARGE)
    return value


def characters(value: str) -> list[str]:
    """The characters as Terraform counts them: what a reader sees as one is one, such as a line end of two codes."""
    if value.isascii() and "\r" not in value:
        return list(value)
    if any(not _alone(character) for character in value):
        raise Unsure("how its characters combine is not evaluated")
    import re

    return re.findall(r"\r\n|.", value, re.DOTALL)


def _alone(character: str) -> bool:
    """Whether this never combines with the character before or after it, but for line ends."""
    return character < "\u0300" or "\u0370" <= character < "\u0483" or "\u4e00" <= character < "\ua000"


def _upper(character: str) -> str:
    made = character.upper()
    return made if len(made) == 1 else character


def _lower(character: str) -> str:
    made = character.lower()
    return made if len(made) == 1 else character


@known("lower")
def _to_lower(value: Any) -> str:
    found = text(value)
    return found.lower() if found.isascii() else "".join(map(_lower, found))


@known("upper")
def _to_upper(value: Any) -> str:
    found = text(value)
    return found.upper() if found.isascii() else "".join(map(_upper, found))


@known("title")
def _title(value: Any) -> str:
    made: list[str] = []
    inside = False
    for character in text(value):
        made.append(character if inside else _upper(character))
        word = character.isalnum() or character == "_"
        inside = word or (not character.isascii() and character not in _SPACES)
    return "".join(made)


known("trim")(lambda value, cut: text(value).strip(text(cut)))
known("trimspace")(lambda value: text(value).strip(_SPACES))
known("chomp")(lambda value: text(value).rstrip("\r\n"))


@partial("split")
def _split(span: Span, separator: Value, value: Value) -> Value:
    """The pieces of a string. ARNs and URLs of declared resources are cut where no hole can hold the separator."""
    by = string(as_text(separator))
    whole = string(as_text(value))
    if by is not None and whole is not None:
        words = whole.split(by) if by else list(whole)
        return List(tuple(Scalar(word, value.span) for word in words), span, kind="list")
    cut = split_at(shape(value), by) if by and isinstance(value, (Text, Ref)) else None
    if cut is None:
        return unknown(span, separator, value)
    return List(tuple(joined(words, span) for words in cut), span, kind="list")


@known("substr")
def _substr(value: Any, offset: Any, length: Any) -> str:
    found, start, count = characters(text(value)), whole(offset), whole(length)
    if start < 0:
        start = max(start + len(found), 0)
    elif count == 0:
        return ""
    rest = found[start:]
    return "".join(rest if count <= 0 else rest[:count])


@known("indent")
def _indent(spaces: Any, value: Any) -> str:
    count, found = whole(spaces), text(value)
    if count < 0:
        raise Wrong("a number of spaces is not negative")
    if "\n" not in found:
        return found
    if count * found.count("\n") > LENGTH:
        raise Exceeded(LARGE)
    return found.replace("\n", "\n" + " " * count)


# Ends: what is literal at the end of a text with holes can be told


@partial("startswith")
def _startswith(span: Span, value: Value, prefix: Value) -> Value:
    wanted = string(as_text(prefix))
    starts = None if wanted is None else starts_with(shape(value), wanted)
    return _told(span, value, prefix, str.startswith) if starts is None else Scalar(starts, span)


@partial("endswith")
def _endswith(span: Span, value: Value, suffix: Value) -> Value:
    wanted = string(as_text(suffix))
    ends = None if wanted is None else ends_with(shape(value), wanted)
    return _told(span, value, suffix, str.endswith) if ends is None else Scalar(ends, span)


@partial("strcontains")
def _strcontains(span: Span, value: Value, wanted: Value) -> Value:
    part = string(as_text(wanted))
    if part is not None and any(part in literal for literal in map(string, shape(value)) if literal is not None):
        return Scalar(True, span)
    return _told(span, value, wanted, str.__contains__)


@partial("trimprefix")
def _trimprefix(span: Span, value: Value, prefix: Value) -> Value:
    cut = string(as_text(prefix))
    if isinstance(value, Text) and cut is not None:
        first, *rest = pieces(value)
        literal = string(first) or ""
        if not cut:
            return value
        if literal.startswith(cut):
            return joined((Scalar(literal[len(cut) :], first.span), *rest), span)
        if len(literal) >= len(cut) or not cut.startswith(literal):
            return value
    return _told(span, value, prefix, str.removeprefix)


@partial("trimsuffix")
def _trimsuffix(span: Span, value: Value, suffix: Value) -> Value:
    cut = string(as_text(suffix))
    if isinstance(value, Text) and cut is not None:
        *before, last = pieces(value)
        literal = string(last) or ""
        if not cut:
            return value
        if literal.endswith(cut):
            return joined((*before, Scalar(literal[: len(literal) - len(cut)], last.span)), span)
        if len(literal) >= len(cut) or not cut.endswith(literal):
            return value
    if isinstance(value, Ref) and isinstance(suffix, Text):
        first, *rest = pieces(suffix)
        if string(first) == ":" and len(rest) == 1 and same(rest[0], Ref(value.address, "revision", span)):
            return _without_revision(value) or unknown(span, value, suffix)
    return _told(span, value, suffix, str.removesuffix)


def _told(span: Span, value: Value, other: Value, function: Any) -> Value:
    """A function of two strings, where both are known."""
    known_value, known_other = to_python(value), to_python(other)
    if known_value is UNKNOWN or known_other is UNKNOWN:
        return unknown(span, value, other)
    return Scalar(function(text(known_value), text(known_other)), span)


@partial("join")
def _join(span: Span, separator: Value, *lists: Value) -> Value:
    if not lists:
        raise Wrong("it needs a list")
    items: list[Value] = []
    for one in lists:
        found = as_list(one)
        if found is None or not positional(found):
            return unknown(span, one)
        items.extend(found.items)
    if len(items) > SIZE:
        raise Exceeded(LARGE)
    parts: list[Value] = []
    for at, item in enumerate(items):
        made = as_text(item)
        if isinstance(made, Unknown) and made.error:
            return made
        parts.extend((separator, made) if at else (made,))
    return joined(parts, span)


@partial("replace")
def _replace(span: Span, value: Value, old: Value, new: Value) -> Value:
    values = [to_python(one) for one in (value, old, new)]
    if any(one is UNKNOWN for one in values):
        made = _without_revision(value, *values[1:]) if isinstance(value, Ref) else _filled_in(value, string(old), new)
        return made or unknown(span, value, old, new)
    found, pattern, by = map(text, values)
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        from ecrlint.evaluate.terraform.functions import regex

        return Scalar(bounded(regex.replaced(pattern[1:-1], found, by)), span)
    if (found.count(pattern) if pattern else len(found)) * len(by) > LENGTH:
        raise Exceeded(LARGE)
    return Scalar(found.replace(pattern, by), span)


_MARKS = re.compile(r"\$\{[\w.-]+\}|\{\{[ \w.-]+\}\}|%[\w-]+%|<[\w-]+>|__\w+__")
"""Placeholders as people write them into templates. What a reference or a variable stands for is taken to hold none of these."""


_MOST_MARKS = 1000


def _filled_in(template: Value, mark: str | None, given: Value) -> Value | None:
    """A template, parts of which may not be known, with a value in the place of a placeholder."""
    if mark is None or not _MARKS.fullmatch(mark) or not isinstance(template, (Scalar, Text)):
        return None
    parts: list[Value] = []
    for piece in pieces(template):
        words = string(piece)
        if words is None:
            parts.append(piece)
            continue
        if words.count(mark) > _MOST_MARKS:
            raise Exceeded(LARGE)
        for at, between in enumerate(words.split(mark)):
            if at:
                parts.append(given)
            parts.append(Scalar(between, piece.span))
    return joined(parts, template.span)


_WITHOUT_REVISION = {"aws_ecs_task_definition": "arn_without_revision", "aws_batch_job_definition": "arn_prefix"}
"""The types whose ARN ends with a revision, and the attribute that is the ARN without it."""


def _without_revision(arn: Ref, pattern: Any = r"/:\d+$/", by: Any = "") -> Ref | None:
    """The ARN of a definition without its revision; None for another value, or a replacement that leaves something else."""
    attribute = _WITHOUT_REVISION.get(type_of(arn.address).removeprefix("data."))
    is_pattern = isinstance(pattern, str) and len(pattern) > 1 and pattern[0] == pattern[-1] == "/"
    if attribute is None or arn.attribute != "arn" or by != "" or not is_pattern:
        return None
    from ecrlint.evaluate.terraform.functions import regex

    sample = "arn:aws:ecs:eu-west-1:111122223333:task-definition/shop"
    return Ref(arn.address, attribute, arn.span) if regex.replaced(pattern[1:-1], f"{sample}:12", "") == sample else None


_BEGINNING = re.compile(r"\^([\w/:-]+)(?![\w/:-]*[*?{])[^|]*")
"""A pattern that only matches what begins with a word."""


def _never_matches(pattern: Value, value: Value) -> bool:
    """Whether what is known of how a text with holes begins keeps a pattern from it."""
    if not isinstance(value, (Text, Ref)):
        return False
    found = _BEGINNING.fullmatch(string(pattern) or "")
    return found is not None and starts_with(shape(value), found.group(1)) is False


@partial("regex")
def _regex(span: Span, pattern: Value, value: Value) -> Value:
    from ecrlint.evaluate.terraform.functions import regex

    if _never_matches(pattern, value):
        raise Wrong("nothing matches")
    values = [to_python(pattern), to_python(value)]
    if any(one is UNKNOWN for one in values):
        return unknown(span, pattern, value)
    match = regex.first(text(values[0]), text(values[1]))
    if match is None:
        raise Wrong("nothing matches")
    return from_python(match, span, "tuple")


@partial("regexall")
def _regexall(span: Span, pattern: Value, value: Value) -> Value:
    from ecrlint.evaluate.terraform.functions import regex

    if _never_matches(pattern, value):
        return List((), span, kind="list")
    values = [to_python(pattern), to_python(value)]
    if any(one is UNKNOWN for one in values):
        return unknown(span, pattern, value)
    matches = regex.every(text(values[0]), text(values[1]))
    return List(tuple(from_python(match, span, "tuple") for match in matches), span, kind="list")
