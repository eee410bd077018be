"""What an expression is worth before deployment: known, partly known, a reference, or unknown. Each with its place.

The evaluators produce these values and everything after them only reads them, so no later step can mistake a value
that nobody can know for one that is absent or has a default.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Literal, TypeAlias

from ecrlint.model.dataclass import dataclass
from ecrlint.model.source import Span
from ecrlint.model.value.condition import Condition
from ecrlint.model.value.condition import Literal as Known


@dataclass(frozen=True, slots=True)
class Scalar:
    """A known string, number, boolean or null. The span of a string covers its raw text, quotes or heredoc marks included.

    `input`: this is only the empty default of an input that nobody has set here. Expressions decide by it; what is deployed is
    not known to be empty (`deployed`).
    """

    value: str | int | float | bool | None
    span: Span
    input: Ref | None = None


@dataclass(frozen=True, slots=True)
class List:
    """A list, tuple or set. Not `complete`: there may be items that are not here, and where these stand is not known.

    `kind` is "list", "tuple" or "set" where the language tells these apart and it is known which one this is. A set has
    its items in the order in which it is iterated; while one of them is not known, neither order nor count is. A "bag"
    has these items and no others, each at least once, in an order that is not known.
    """

    items: tuple[Value, ...]
    span: Span
    complete: bool = True
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    """A map, object or block. Not `complete`: there may be entries that are not here.

    `kind` is "map" or "object" where the language tells these apart and it is known which one this is.
    """

    entries: Mapping[str, Value]
    span: Span
    complete: bool = True
    kind: str = ""

    def get(self, key: str) -> Value | None:
        """The value of a key; None where it is absent, and an `Unknown` where an incomplete map may have it."""
        found = self.entries.get(key)
        if found is None and not self.complete:
            return Unknown(f"{key} may be set by something that is not known", self.span)
        return found


@dataclass(frozen=True, slots=True)
class Text:
    """A string with holes: `parts` are known strings (`Scalar`) and holes (`Ref`, `Choice`, `Unknown`), in order."""

    parts: tuple[Value, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Json:
    """A string that is the JSON text of `value`; what is inside keeps its own places.

    With the language "yaml" it is YAML text, of which nothing else is known.
    """

    value: Value
    span: Span
    language: Literal["json", "yaml"] = "json"


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that exists only after deployment and yet is always the same one.

    `address` names what has it, `attribute` which of its values (dots for nesting; empty: the whole). Addresses:
    a Terraform resource or data source (`module.a.aws_iam_role.x`), a variable without a value (`module.a.var.x`), a
    CloudFormation logical id or parameter, `export:NAME`, and `aws` for what depends only on where the stack is
    deployed: `account_id`, `region`, `partition`, `dns_suffix`, `stack_name`, `stack_id`; `aws.west` the same of what
    that provider makes. `domain` are the literals that it may be, where these are known.
    """

    address: str
    attribute: str
    span: Span
    domain: tuple[Known, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of two values; `condition` is true for `then` and cannot be known before deployment."""

    condition: Condition
    then: Value
    otherwise: Value
    span: Span


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value about which nothing is known; `why` ends the sentence "not known: ...".

    `error`: the expression has no value at all, and the user's tool would stop here.
    """

    why: str
    span: Span
    error: bool = False


Value: TypeAlias = Scalar | List | Map | Text | Json | Ref | Choice | Unknown


def string(value: Value | None) -> str | None:
    """The string that this is known to be; None for everything else."""
    return value.value if isinstance(value, Scalar) and isinstance(value.value, str) else None


def is_null(value: Value | None) -> bool:
    """Whether this is known to be absent: not there, or null."""
    return value is None or (isinstance(value, Scalar) and value.value is None)


def is_unknown(value: Value | None) -> bool:
    """Whether not even the kind of this value is known."""
    return isinstance(value, (Unknown, Ref, Choice))


def alternatives(value: Value) -> Iterator[Value]:
    """The values that this may turn out to be: the sides of its choices, outermost first; itself where it has none."""
    if isinstance(value, Choice):
        yield from alternatives(value.then)
        yield from alternatives(value.otherwise)
    else:
        yield value


def holes(value: Value) -> Iterator[Value]:
    """Every part of this value that is not known before deployment, at any depth."""
    match value:
        case List():
            for item in value.items:
                yield from holes(item)
        case Map():
            for item in value.entries.values():
                yield from holes(item)
        case Text():
            for part in value.parts:
                yield from holes(part)
        case Json():
            yield from holes(value.value)
        case Ref() | Unknown() | Choice():
            yield value
        case Scalar():
            pass
