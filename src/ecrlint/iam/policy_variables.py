"""Policy variables (`${aws:PrincipalAccount}`) replaced by what is known of the request.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ecrlint.iam.request import Request
from ecrlint.model.policy import PolicyKind
from ecrlint.model.source import Span
from ecrlint.model.truth import NO, YES, Truth
from ecrlint.model.value import Choice, Scalar, Text, Unknown, Value, join, pieces, string

_VARIABLE = re.compile(r"\$\{(?![*?$]\})([^},]*)(?:,\s*'([^'}]*)'\s*)?[^}]*\}")
_ESCAPE = re.compile(r"\$\{([*?$])\}")
_SPECIAL = re.compile(r"[*?$]")
_OPENING = "${"
_LITERAL = "${$}{"


def has_variables(value: Value) -> bool:
    """Whether a pattern may hold a policy variable, or one of the escapes that look like it."""
    match value:
        case Scalar(value=str(text)):
            return _OPENING in text
        case Text(parts=parts):
            return any(map(has_variables, parts))
        case Choice(then=then, otherwise=otherwise):
            return has_variables(then) or has_variables(otherwise)
        case _:
            return False


def filled(value: Value, request: Request, kind: PolicyKind, variables: Truth) -> Value | None:
    """A pattern with the values of its variables, and a hole for each that is not known.

    None where a variable has no value and no default: such a pattern matches nothing.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value
    `variables`: whether the policy is of the version that has them; without, `${...}` is text like any other.
    """
    match value:
        case Scalar(value=str()) | Text() if has_variables(value):
            found = [piece for part in _whole(pieces(value)) for piece in _pieces(part, request, kind, variables)]
            known = [piece for piece in found if piece is not None]
            return join(known, value.span) if len(known) == len(found) else None
        case Choice():
            then, otherwise = (filled(side, request, kind, variables) for side in (value.then, value.otherwise))
            if then is None or otherwise is None:
                return None if then is otherwise else Unknown("a variable in it may have no value", value.span)
            return Choice(value.condition, then, otherwise, value.span)
        case _:
            return value


def _whole(parts: tuple[Value, ...]) -> Iterator[Value]:
    """The pieces of a pattern up to a variable whose name is not known, and a hole for the rest, which may belong to it."""
    for part in parts:
        text = string(part) or ""
        opening = text.rfind(_OPENING)
        if opening >= 0 and "}" not in text[opening:] and part is not parts[-1]:
            if opening:
                yield Scalar(text[:opening], part.span)
            yield _hole(f"a variable that begins with {text[opening:]}", part.span)
            return
        yield part


def unescaped(value: Value) -> Value:
    """A value that is compared as it stands: `${*}`, `${?}` and `${$}` are these characters."""
    match value:
        case Scalar(value=str(text)) if _OPENING in text:
            return Scalar(_ESCAPE.sub(r"\1", text), value.span)
        case Text(parts=parts):
            return join(map(unescaped, parts), value.span)
        case _:
            return value


def _pieces(part: Value, request: Request, kind: PolicyKind, variables: Truth) -> Iterator[Value | None]:
    """The pieces of a part; None for a variable without a value."""
    text = string(part)
    if text is None or _OPENING not in text:
        yield part
        return
    if variables is NO:
        yield Scalar(text.replace(_OPENING, _LITERAL), part.span)
        return
    at = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > at:
            yield Scalar(text[at : found.start()], part.span)
        at = found.end()
        if variables is YES:
            yield from _value(found[1].strip(), found[2], request, kind, part.span)
        else:
            yield _hole(found[0], part.span)
    if at < len(text):
        yield Scalar(text[at:], part.span)


def _value(key: str, default: str | None, request: Request, kind: PolicyKind, span: Span) -> tuple[Value | None, ...]:
    """The value of a variable, or its default where the key is absent. None: there is neither. A hole: nobody knows."""
    fact = request.fact(key, kind)
    if fact.present is NO and (default is None or not _SPECIAL.search(default)):
        return (None if default is None else Scalar(default, span),)
    if fact.present is not YES or not fact.complete or len(fact.values) != 1 or fact.foreign:
        return (_hole(f"${{{key}}}", span),)
    return pieces(fact.values[0])


def _hole(name: str, span: Span) -> Unknown:
    return Unknown(f"{name} is known only when the call is made", span)
