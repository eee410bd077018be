"""A decoded policy document to a Policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from ecrlint.model.dataclass import replace
from ecrlint.model.policy import Policy, PolicyCondition, PolicyKind, Principal, Statement
from ecrlint.model.source import Span
from ecrlint.model.truth import MAYBE, NO, YES, Truth, truth
from ecrlint.model.value import (
    Choice,
    Json,
    List,
    Map,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    alternatives,
    is_null,
    pieces,
    string,
    suffix,
)
from ecrlint.model.value.condition import expression

MAX_STATEMENTS = 400
"""A policy with more is none that AWS takes: its longest are of 20,480 characters, and a statement of some 50 at least.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

MAX_NAMES = 5_000
"""How many actions, resources and principals the statements of a policy may have, for the same reason."""

Expand = Callable[[Value], Value]
"""Replaces references to resources of the stack by what is known of them."""


def policy(value: Value, kind: PolicyKind, name: str, expand: Expand, span: Span | None = None) -> Policy:
    """The policy that a document value holds. What cannot be read makes it open, never empty."""
    place = span or value.span
    if isinstance(value, Json):
        value = value.value
    if not isinstance(value, Map):
        return Policy(kind, name, (), place, (f"{name}: {why(value)}",))
    document = {key.lower(): item for key, item in value.entries.items()}
    found = document.get("statement")
    if found is None:
        empty = value.complete and string(document.get("version")) is not None
        return Policy(kind, name, (), place, () if empty else (f"{name} has no statements that can be read",))
    items = found.items if isinstance(found, List) else (found,)
    statements: list[Statement] = []
    reasons: tuple[str, ...] = ()
    if not value.complete or (isinstance(found, List) and not found.complete):
        reasons = (f"{name} may have more statements",)
    if len(items) > MAX_STATEMENTS:
        reasons = (*reasons, f"{name} has more than {MAX_STATEMENTS} statements, which are not read")
    variables = _has_variables(document.get("version"), value.complete)
    left = MAX_NAMES
    for item in items[:MAX_STATEMENTS]:
        left -= _names(item)
        if left < 0:
            reasons = (*reasons, f"{name} has more than {MAX_NAMES} actions, resources and principals, which are not read")
            break
        if isinstance(item, Map):
            statements.append(statement(item, expand, variables))
        elif kind == "identity" and (may_be_there := _of_either_side(item, expand, variables)) is not None:
            statements += may_be_there
        elif not is_null(item):
            reasons = (*reasons, f"{name}: {why(item)}")
    return Policy(kind, name, tuple(statements), place, reasons)


def _names(statement: Value) -> int:
    """How many names the lists of a statement have, those of a map of principals too."""
    values = list(statement.entries.values()) if isinstance(statement, Map) else []
    values += [inner for value in values if isinstance(value, Map) for inner in value.entries.values()]
    return sum(len(value.items) for value in values if isinstance(value, List))


def _of_either_side(value: Value, expand: Expand, variables: Truth) -> list[Statement] | None:
    """The statements that a condition decides between, or none; None where one of them may be about ECR."""
    if not isinstance(value, Choice):
        return None
    sides = [side for side in alternatives(value) if not is_null(side)]
    return perhaps([statement(side, expand, variables) for side in sides if isinstance(side, Map)], len(sides))


def perhaps(statements: Sequence[Statement], count: int | None = None) -> list[Statement] | None:
    """Statements that may not be there: what they allow or deny is not known. None where not all of these, of which there are
    so many, are known to be about other services than ECR: with one of ECR nobody knows what else it is there for."""
    if count not in (None, len(statements)) or not all(map(_is_of_other_services, statements)):
        return None
    return [replace(one, effect=None) for one in statements]


_OURS = frozenset({"ecr", "ecr-public", "sts"})


def _is_of_other_services(one: Statement) -> bool:
    services = [(string(action) or "*").partition(":")[0].lower() for action in one.actions or ()]
    return bool(services) and not any(service in _OURS or set(service) & set("*?") for service in services)


def why(value: Value) -> str:
    """Why a value cannot be read, for a sentence that begins with what it should have been."""
    match value:
        case Unknown():
            return value.why
        case Ref():
            name = f"{value.address}.{value.attribute}" if value.attribute else value.address
            return f"{name} is known only after deployment"
        case Choice():
            return f"it depends on {expression(value.condition)}"
        case Text():
            return "a part of it is not known"
        case _:
            return "it is not a policy document"


def _has_variables(version: Value | None, complete: bool) -> Truth:
    """Whether policy variables are variables: in version 2012-10-17, which is not the default.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    """
    stated = string(version)
    if stated is not None:
        return truth(stated >= "2012-10-17")
    return MAYBE if not complete or not is_null(version) else NO


def statement(value: Map, expand: Expand, variables: Truth = YES) -> Statement:
    element = {key.lower(): item for key, item in value.entries.items()}
    effect = string(element.get("effect"))
    known: Literal["Allow", "Deny"] | None = "Allow" if effect == "Allow" else "Deny" if effect == "Deny" else None
    return Statement(
        effect=known if value.complete else None,
        span=value.span,
        actions=_patterns(element.get("action"), expand),
        not_actions=_patterns(element.get("notaction"), expand),
        resources=_patterns(element.get("resource"), expand),
        not_resources=_patterns(element.get("notresource"), expand),
        principals=_principals(element.get("principal"), expand),
        not_principals=_principals(element.get("notprincipal"), expand),
        conditions=tuple(_conditions(element.get("condition"), expand)),
        variables=variables,
    )


def _patterns(value: Value | None, expand: Expand) -> tuple[Value, ...] | None:
    """The patterns of an element; what its list may hold beyond these is an `Unknown`."""
    if value is None or is_null(value):
        return None
    return tuple(expand(item) for item in _flat(value))


def _flat(value: Value) -> Iterator[Value]:
    if isinstance(value, List):
        for item in value.items:
            yield from _flat(item)
        if not value.complete:
            yield Unknown("the list may have more items", value.span)
    else:
        yield value


def _principals(value: Value | None, expand: Expand) -> tuple[Principal, ...] | None:
    if value is None or is_null(value):
        return None
    if isinstance(value, Choice) and any(string(side) == "*" for side in alternatives(value)):
        value = Unknown("a condition decides whether it is everyone", value.span)
    if not isinstance(value, Map):
        kinds = ("*",) if string(value) == "*" else ("AWS",) if string(value) is not None else ("AWS", "Service")
        return tuple(Principal(kind, one) for one in map(expand, _flat(value)) for kind in kinds)
    found = [Principal(kind, expand(item)) for kind, items in value.entries.items() for item in _flat(items)]
    if not value.complete:
        more = Unknown("there may be more principals", value.span)
        found += [Principal("AWS", more), Principal("Service", more)]
    return tuple(found)


def _conditions(value: Value | None, expand: Expand) -> Iterable[PolicyCondition]:
    if value is None or is_null(value):
        return
    if not isinstance(value, Map):
        yield PolicyCondition("", "", (value,), value.span)
        return
    for operator, keys in value.entries.items():
        if not isinstance(keys, Map):
            yield PolicyCondition(operator, "", (keys,), keys.span)
            continue
        for name, values in keys.entries.items():
            yield PolicyCondition(operator, name, tuple(map(expand, _flat(values))), values.span)
        if not keys.complete:
            yield PolicyCondition(operator, "", (Unknown("there may be more conditions", keys.span),), keys.span)
    if not value.complete:
        yield PolicyCondition("", "", (Unknown("there may be more conditions", value.span),), value.span)


_AWS_MANAGED = ":iam::aws:policy/"


def aws_managed(arn: Value) -> str | None:
    """The name of the AWS managed policy that an ARN names, whatever its partition; None for everything else."""
    tail = _after_account(arn)
    return None if tail is None else tail.rsplit("/", 1)[-1]


def _after_account(arn: Value) -> str | None:
    """The path and the name of the AWS managed policy that an ARN names."""
    if not all(isinstance(piece, (Ref, Scalar)) for piece in pieces(arn)):
        return None
    _, mark, rest = suffix(arn).partition(_AWS_MANAGED)
    return rest if mark else None


def boundary(arn: Value | None, named: Callable[[Value], Policy]) -> Policy | None:
    """The permissions boundary that an ARN names, where there is one; `named` finds the policy of an ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    if arn is None or is_null(arn) or string(arn) == "":
        return None
    if isinstance(arn, Choice):
        return Policy("boundary", "its permissions boundary", (), arn.span, (f"its permissions boundary: {why(arn)}",))
    return replace(named(arn), kind="boundary", attached=arn.span)


def managed(arn: Value, name: str, attached: Span) -> Policy:
    """An attached AWS managed policy, known by its name."""
    tail = _after_account(arn)
    path = None if tail is None else f"/{tail.removesuffix(name)}"
    return Policy("identity", name, (), arn.span, managed=name, attached=attached, path=path)
