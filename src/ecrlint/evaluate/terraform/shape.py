"""What is known of a string with holes: how it begins and ends, and where it can be cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ecrlint.model import arn
from ecrlint.model.address import is_deployment, type_of
from ecrlint.model.value import Ref, Scalar, Value, join, pieces, string

_DIGITS_OF_AN_ACCOUNT = 12

_NEVER_IN = {
    "account_id": "-./:,|;_ ",
    "region": "./:,|;_ ",
    "partition": "./:,|;_ ",
    "dns_suffix": "-/:,|;_ ",
}
"""Characters that no account, region, partition or DNS suffix has in it."""


def shape(value: Value) -> tuple[Value, ...]:
    """The pieces of a string, with the ARNs and URLs of declared resources in pieces of their own."""
    return pieces(join(_opened(value), value.span)) if any(isinstance(piece, Ref) for piece in pieces(value)) else pieces(value)


def _opened(value: Value) -> Iterator[Value]:
    for piece in pieces(value):
        form = arn.form(type_of(piece.address), piece) if isinstance(piece, Ref) else None
        yield piece if form is None else form


def starts_with(shaped: Sequence[Value], wanted: str) -> bool | None:
    """Whether a string begins with another; None where a hole decides."""
    for piece in shaped:
        literal = string(piece)
        if literal is None:
            return (
                False if _is_account(piece) and not _may_be_digits(wanted[:_DIGITS_OF_AN_ACCOUNT]) else None if wanted else True
            )
        if len(literal) >= len(wanted) or not wanted.startswith(literal):
            return literal.startswith(wanted)
        wanted = wanted[len(literal) :]
    return not wanted


def ends_with(shaped: Sequence[Value], wanted: str) -> bool | None:
    """Whether a string ends with another; None where a hole decides."""
    for piece in reversed(shaped):
        literal = string(piece)
        if literal is None:
            return None if wanted else True
        if len(literal) >= len(wanted) or not wanted.endswith(literal):
            return literal.endswith(wanted)
        wanted = wanted[: len(wanted) - len(literal)]
    return not wanted


def _may_be_digits(text: str) -> bool:
    return all(character.isdecimal() for character in text)


def _is_account(piece: Value) -> bool:
    return isinstance(piece, Ref) and is_deployment(piece.address) and piece.attribute == "account_id"


def split_at(shaped: Sequence[Value], separator: str) -> list[list[Value]] | None:
    """A string cut at a separator; None where a hole may hold it, except behind the last place where it can be cut."""
    words: list[list[Value]] = [[]]
    for piece in shaped:
        literal = string(piece)
        if literal is not None:
            first, *rest = literal.split(separator)
            words[-1].append(Scalar(first, piece.span))
            words.extend([Scalar(word, piece.span)] for word in rest)
        elif isinstance(piece, Ref) and _never_has(piece, separator):
            words[-1].append(piece)
        else:
            return None
    return words


def _never_has(ref: Ref, separator: str) -> bool:
    """Whether no value of a reference has the separator in it; no name of a repository has a colon."""
    if is_deployment(ref.address):
        return any(character in _NEVER_IN.get(ref.attribute, "") for character in separator)
    return type_of(ref.address) == "aws_ecr_repository" and ref.attribute == "name" and ":" in separator
