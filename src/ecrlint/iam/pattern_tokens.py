"""A value as a row of tokens: characters, wildcards and holes. What is known of a hole is what kind of string fills it."""

from __future__ import annotations

import enum
import itertools
import re
from collections.abc import Iterator
from typing import TypeAlias

from ecrlint.model.address import GIT, is_deployment, type_of
from ecrlint.model.dataclass import dataclass
from ecrlint.model.value import Choice, Ref, Scalar, Text, Value


class Wildcard(enum.Enum):
    STAR = "*"
    ONE = "?"


class Chars(enum.Enum):
    """The characters that a hole's filling may have."""

    FREE = 0
    NO_WILDCARD = 1  # anything but * and ?
    PLAIN = 2  # no wildcard, no colon, no slash
    NAME = 3  # those of an ECR repository's name
    DIGITS = 4
    REFERENCE = 5  # those of a Git reference: no wildcard, no colon


@dataclass(frozen=True, slots=True)
class Hole:
    """Any string of these characters. Two holes with the same key (None: no key) are filled by the same string."""

    key: tuple[str, str] | None
    chars: Chars
    nonempty: bool = False

    @property
    def wild(self) -> bool:
        """Whether a filling may hold wildcards, so that in a pattern it stands for more than itself."""
        return self.chars is Chars.FREE


Token: TypeAlias = str | Wildcard | Hole
Tokens: TypeAlias = tuple[Token, ...]

STAR, ONE = Wildcard.STAR, Wildcard.ONE
ANYTHING = Hole(None, Chars.FREE)

_MOST_ALTERNATIVES = 16
_NAME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-/")
_IDENTITIES = frozenset(
    {"id", "name", "account_id", "region", "partition", "dns_suffix", "url", "repository_url", "registry_id", "bucket"}
    | {"unique_id", "role_id", "user_id", "key_id", "repository_name", "function_name", "RepositoryUri", "RoleId"}
)
_ARNS = frozenset({"arn", "Arn"})
# Nobody promises that a variable's or an output's `arn` is one; and some names and ARNs of things hold wildcards after
# all: `*.example.com`, and `...:log-group:x:*` in old providers.
_UNLIKE_IDENTITIES = re.compile(
    r"(^|\.)((var|local|each|output|aws_route53_record|aws_cloudwatch_log_group)\.|module\.[\w-]+(\[[^\]]*\])?$)"
)
_PLACE = ("partition", "region")
_ECR_REPOSITORY = re.compile(r"(^|\.)aws_ecr_repository\.")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
_PATTERN_SYNTAX = re.compile(r"\$\{([*?$])\}|\$\{[^}]*\}|[*?]")


def permits(chars: Chars, character: str) -> bool:
    """Whether a filling may hold this character."""
    match chars:
        case Chars.FREE:
            return True
        case Chars.NO_WILDCARD:
            return character not in "*?"
        case Chars.PLAIN:
            return character not in "*?:/"
        case Chars.NAME:
            return character in _NAME
        case Chars.DIGITS:
            return character in "0123456789"
        case Chars.REFERENCE:
            return character not in "*?:"


def of_pattern(value: Value, *, ignore_case: bool = False) -> list[Tokens]:
    """The rows of tokens that a pattern may be, one for each way to settle its choices."""
    return _of(value, True, ignore_case)


def of_text(value: Value, *, ignore_case: bool = False) -> list[Tokens]:
    """The rows of tokens that a text may be; there, `*` and `?` are characters like others."""
    return _of(value, False, ignore_case)


_KEPT: dict[tuple[int, bool, bool], tuple[Value, list[Tokens]]] = {}
"""What has been taken apart before, by the identity of the value, which is kept with it so that it stays its own."""

_MOST_KEPT = 1 << 13


def _of(value: Value, wildcards: bool, ignore_case: bool) -> list[Tokens]:
    place = (id(value), wildcards, ignore_case)
    found = _KEPT.get(place)
    if found is None:
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        found = _KEPT[place] = value, [tuple(row) for row in _rows(value, wildcards, ignore_case)]
    return found[1]


def of_string(string: str, *, wildcards: bool) -> Tokens:
    """The tokens of a known string."""
    return tuple(_of_pattern_string(string)) if wildcards else tuple(string)


def _rows(value: Value, wildcards: bool, ignore_case: bool) -> list[list[Token]]:
    match value:
        case Scalar(value=bool() | float() | None):
            return [[ANYTHING]]
        case Scalar(value=scalar):
            string = str(scalar).lower() if ignore_case else str(scalar)
            return [list(_of_pattern_string(string)) if wildcards else list(string)]
        case Text(parts=parts):
            sides = [_rows(part, wildcards, ignore_case) for part in parts]
            if _product(len(side) for side in sides) > _MOST_ALTERNATIVES:
                sides = [side if len(side) == 1 else [[ANYTHING]] for side in sides]
            return [list(itertools.chain.from_iterable(row)) for row in itertools.product(*sides)]
        case Choice(then=then, otherwise=otherwise):
            rows = _rows(then, wildcards, ignore_case) + _rows(otherwise, wildcards, ignore_case)
            return rows if len(rows) <= _MOST_ALTERNATIVES else [[ANYTHING]]
        case Ref():
            return [of_ref(value)]
        case _:
            return [[ANYTHING]]


def _product(numbers: Iterator[int]) -> int:
    result = 1
    for number in numbers:
        result = min(result * number, _MOST_ALTERNATIVES + 1)
    return result


def _of_pattern_string(string: str) -> Iterator[Token]:
    """Policy variables (`${aws:username}`) are holes: only the request has their value."""
    at = 0
    for found in _PATTERN_SYNTAX.finditer(string):
        yield from string[at : found.start()]
        at = found.end()
        match found[0], found[1]:
            case "*", _:
                yield STAR
            case "?", _:
                yield ONE
            case _, None:
                yield ANYTHING
            case _, escaped:
                yield escaped
    yield from string[at:]


def of_ref(ref: Ref) -> list[Token]:
    """The tokens of a reference: a hole, or what is known around one."""
    if is_deployment(ref.address):
        return [_of_place(ref)]
    if ref.address == GIT:
        chars = Chars.PLAIN if ref.attribute in ("owner", "name") else Chars.REFERENCE
        return [Hole((ref.address, ref.attribute), chars, nonempty=True)]
    if _UNLIKE_IDENTITIES.search(ref.address):
        return [Hole((ref.address, ref.attribute), Chars.FREE)]
    if _ECR_REPOSITORY.search(ref.address) and ref.attribute in {"arn", "name", "id", "registry_id", *_PLACE}:
        return _of_repository(ref)
    if ref.attribute in _ARNS:
        return [*"arn:", Hole((ref.address, "arn"), Chars.NO_WILDCARD, nonempty=True)]
    known = ref.attribute in _IDENTITIES
    return [Hole((ref.address, ref.attribute), Chars.NO_WILDCARD if known else Chars.FREE, nonempty=known)]


def kind_of_name(key: tuple[str, str]) -> str | None:
    """What the name of a resource that is declared here fills a hole: one that CloudFormation makes up (`Ref`), or one of a
    type of Terraform; None for every other hole."""
    address, attribute = key
    if attribute == "Ref":
        return attribute
    kind = type_of(address)
    return kind if attribute == "name" and kind.startswith("aws_") else None


def _of_place(ref: Ref) -> Hole:
    """What depends only on where the stack is deployed."""
    match ref.attribute:
        case "account_id":
            chars = Chars.DIGITS
        case "stack_id":
            chars = Chars.NO_WILDCARD
        case _:
            chars = Chars.PLAIN
    return Hole((ref.address, ref.attribute), chars, nonempty=True)


def _of_repository(ref: Ref) -> list[Token]:
    """A repository's ARN ends with its name, whatever that is; its `id` is its name."""
    name = Hole((ref.address, "name"), Chars.NAME, nonempty=True)
    registry = Hole((ref.address, "registry_id"), Chars.DIGITS, nonempty=True)
    match ref.attribute:
        case "registry_id":
            return [registry]
        case "partition" | "region" as place:
            return [Hole((ref.address, place), Chars.PLAIN, nonempty=True)]
        case "arn":
            partition, region = (Hole((ref.address, place), Chars.PLAIN, nonempty=True) for place in _PLACE)
            return [*"arn:", partition, *":ecr:", region, ":", registry, *":repository/", name]
        case _:
            return [name]
