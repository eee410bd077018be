"""Operators. A condition that nobody can know is a choice between true and false, and stays one through `!`, `&&`, `||`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ecrlint.evaluate.terraform.conditions import is_given
from ecrlint.evaluate.terraform.conversion import (
    MANY_DIGITS,
    PARTLY,
    Unsure,
    Wrong,
    because,
    is_exact,
    is_there,
    number,
    parse_number,
    positional,
    spoken,
    to_string,
)
from ecrlint.evaluate.terraform.shape import shape, starts_with
from ecrlint.model.source import Span
from ecrlint.model.value import (
    Choice,
    Condition,
    Equals,
    Flag,
    Json,
    List,
    Map,
    Opaque,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    assume,
    holes,
    key,
    pieces,
    same,
)
from ecrlint.model.value.condition import Literal

MAX_CHOICES = 64
"""How many sides a value may have; past that it is unknown."""

_OWN = frozenset({"arn", "unique_id", "repository_url"})
"""Attributes that no two resources have in common."""

_SET = frozenset(
    {
        "arn", "id", "name", "url", "repository_url", "unique_id", "owner_id", "dns_name", "invoke_arn", "qualified_arn",
        "private_ip", "primary_network_interface_id", "main_route_table_id", "default_route_table_id",
        "default_security_group_id", "default_network_acl_id", "allocation_id",
    }
)  # fmt: skip
"""Attributes that whatever has them has, and not empty."""


def choice(condition: Condition, then: Value, otherwise: Value, span: Span) -> Value:
    """One of two values; the value itself where both sides are the same."""
    if isinstance(then, (Choice, Text)):
        then = assume(then, condition, True)
    if isinstance(otherwise, (Choice, Text)):
        otherwise = assume(otherwise, condition, False)
    if same(then, otherwise) and _kinds(then) == _kinds(otherwise):
        return then
    if _sides(then) + _sides(otherwise) > MAX_CHOICES:
        return Unknown(f"it depends on more than {MAX_CHOICES} combinations of conditions", span)
    return Choice(condition, then, otherwise, span)


def _kinds(value: Value) -> str:
    return value.kind if isinstance(value, (List, Map)) else ""


def _sides(value: Value) -> int:
    return _sides(value.then) + _sides(value.otherwise) if isinstance(value, Choice) else 1


# Conditions


def as_condition(value: Value, opaque: Callable[[], Opaque | None]) -> Value:
    """A value as a condition: true, false, a choice of these, or unknown where it has no value or no words.

    What is not known becomes a choice; `opaque` gives its condition where the value is none of its own. What asks how many
    there are of something that is known in part does not: one of its sides may contradict what is known.
    """
    match value:
        case Unknown(why=why) if why == PARTLY:
            return value
        case Scalar(value=bool()):
            return value
        case Scalar(value="true" | "1" | "false" | "0"):
            return Scalar(value.value in ("true", "1"), value.span)
        case Choice():
            then, otherwise = as_condition(value.then, opaque), as_condition(value.otherwise, opaque)
            return choice(value.condition, then, otherwise, value.span)
        case Ref():
            return opened(Flag(spoken(value), is_given(value)), value.span)
        case Unknown(error=False) | Text():
            condition = opaque()
            return opened(condition, value.span) if condition else Unknown("the condition is not known", value.span)
        case Unknown():
            return value
        case _:
            return Unknown("the condition is not a boolean", value.span, error=True)


def opened(condition: Condition, span: Span) -> Value:
    """A condition as the boolean that nobody can know."""
    return Choice(condition, Scalar(True, span), Scalar(False, span), span)


def select(test: Value, then: Value, otherwise: Value, span: Span) -> Value:
    """The side that a condition picks."""
    match test:
        case Scalar(value=True):
            return then
        case Scalar(value=False):
            return otherwise
        case Choice():
            sides = (select(side, then, otherwise, span) for side in (test.then, test.otherwise))
            return choice(test.condition, next(sides), next(sides), span)
        case _:
            return test


def negation(test: Value, span: Span) -> Value:
    return select(test, Scalar(False, span), Scalar(True, span), span)


def conjunction(left: Value, right: Value, span: Span) -> Value:
    """Both: false as soon as one side is, whatever the other."""
    return _connected(left, right, False, span)


def disjunction(left: Value, right: Value, span: Span) -> Value:
    """Either: true as soon as one side is, whatever the other."""
    return _connected(left, right, True, span)


def _connected(left: Value, right: Value, decides: bool, span: Span) -> Value:
    if isinstance(left, Unknown) and not isinstance(right, Unknown):
        left, right = right, left
    match left:
        case Choice():
            sides = (_connected(side, assume(right, left.condition, then), decides, span) for side, then in _both(left))
            return choice(left.condition, next(sides), next(sides), span)
        case Scalar():
            return Scalar(decides, span) if left.value is decides else right
        case Unknown(error=True) if isinstance(right, Unknown):
            return right
        case _:
            return left


# Equality


def equality(left: Value, right: Value, span: Span) -> Value:
    """Whether two values are equal: true, false, a choice, or unknown."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Choice):
            sides = [equality(side, assume(other, one.condition, then), span) for side, then in _both(one)]
            return choice(one.condition, sides[0], sides[1], span)
        if isinstance(one, Unknown) and (one.error or one.why == PARTLY):
            return one
    known = equal(left, right)
    if known is not None:
        return Scalar(known, span)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Ref) and isinstance(other, Scalar):
            return compared(spoken(one), other, span, is_given(one), one.domain)
    return Unknown("the comparison is not known", span)


def _both(value: Choice) -> tuple[tuple[Value, bool], tuple[Value, bool]]:
    return ((value.then, True), (value.otherwise, False))


def compared(subject: str, literal: Scalar, span: Span, given: bool, domain: tuple[Literal, ...] = ()) -> Value:
    """Whether what the subject stands for is equal to a literal, as the boolean that nobody can know; where the literals that it
    may be are known, it is equal to none but these."""
    if domain and literal.value not in domain:
        return Scalar(False, span)
    if isinstance(literal.value, bool):
        flag = opened(Flag(subject, given), span)
        return flag if literal.value else negation(flag, span)
    return opened(Equals(subject, literal.value, domain, given=given), span)


def equal(left: Value, right: Value) -> bool | None:
    """Whether two values are equal in Terraform; None where it is not known."""
    left, right = _plain(left), _plain(right)
    match left, right:
        case (Scalar(), Scalar()):
            return _equal_scalars(left.value, right.value)
        case (List(), List()):
            return _equal_lists(left, right)
        case (Map(), Map()):
            return _equal_maps(left, right)
        case (List(), Scalar() | Text() | Json() | Map()) | (Map(), Scalar() | Text() | Json() | List()):
            return False
        case (Scalar() | Text() | Json(), List() | Map()):
            return False
        case (Unknown(), _) | (_, Unknown()):
            return None
    if same(left, right):
        return True
    return _apart(left, right)


def _plain(value: Value) -> Value:
    """JSON text that is known throughout as the string that it is."""
    known = to_string(value) if isinstance(value, Json) else None
    return value if known is None else Scalar(known, value.span)


def _equal_scalars(left: Any, right: Any) -> bool | None:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        if is_exact(left) and is_exact(right):
            return left == right
        return None if left == right or abs(left - right) <= 1e-9 * abs(left + right) else False
    return type(left) is type(right) and bool(left == right)


def _equal_lists(left: List, right: List) -> bool | None:
    known = _equal_items(left, right)
    if known is not True or (left.kind == right.kind and left.kind in ("tuple", "list", "set")):
        # Of two empty lists it is not known whether they have the same type.
        return None if known and not left.items and left.kind != "tuple" else known
    return False if "" not in (left.kind, right.kind) and "bag" not in (left.kind, right.kind) else None


def _equal_items(left: List, right: List) -> bool | None:
    if not (positional(left) and positional(right)):
        if left.kind == right.kind == "set" and left.complete and right.complete:
            return _equal_sets(left, right)
        return None
    if len(left.items) != len(right.items):
        return False
    return _all(equal(a, b) for a, b in zip(left.items, right.items, strict=True))


def _equal_sets(left: List, right: List) -> bool | None:
    """Sets of values that have no order: equal if known throughout and each is in the other."""
    if any(True for side in (left, right) for _ in holes(side)):
        return None
    a, b = {key(item) for item in left.items}, {key(item) for item in right.items}
    return a == b or None


def _equal_maps(left: Map, right: Map) -> bool | None:
    if left.complete and right.complete and left.entries.keys() != right.entries.keys():
        return False
    common = left.entries.keys() & right.entries.keys()
    known = _all(equal(left.entries[name], right.entries[name]) for name in common)
    if known is False:
        return False
    if not (left.complete and right.complete) or "" in (left.kind, right.kind):
        return None
    if left.kind != right.kind:
        return False
    return None if left.kind == "map" and not left.entries else known


def _all(results: Any) -> bool | None:
    """Whether all are true; one that is false decides, one that is not known leaves it open."""
    sure: bool | None = True
    for result in results:
        if result is False:
            return False
        if result is None:
            sure = None
    return sure


def _apart(left: Value, right: Value) -> bool | None:
    """False where two values with holes differ whatever fills the holes; otherwise not known."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Ref) and is_there(one) and one.attribute in _SET:
            if isinstance(other, Scalar) and (other.value in (None, "") or not isinstance(other.value, str)):
                return False
        if isinstance(one, (Ref, Text)) and isinstance(other, Scalar) and isinstance(other.value, str):
            if starts_with(shape(one), other.value) is False:
                return False
        if isinstance(one, (Text, Json)) and isinstance(other, Scalar) and not isinstance(other.value, str):
            return None if isinstance(one, Text) and len(one.parts) == 1 else False
    if isinstance(left, Ref) and isinstance(right, Ref):
        different = left.address != right.address and left.attribute == right.attribute and left.attribute in _OWN
        return False if different and not _is_read(left) and not _is_read(right) else None
    if isinstance(left, (Text, Scalar)) and isinstance(right, (Text, Scalar)):
        return _texts_apart(list(pieces(left)), list(pieces(right)))
    return None


def _is_read(ref: Ref) -> bool:
    """Whether this is of a data source, which may name what another resource is, or of a variable."""
    return "data." in ref.address or not is_there(ref)


def _texts_apart(left: list[Value], right: list[Value]) -> bool | None:
    """False where two strings differ in what is literal at their start or end, once equal holes there are put aside."""
    for _ in range(2):
        while left and right and isinstance(left[0], Ref) and same(left[0], right[0]):
            left, right = left[1:], right[1:]
        a, b = _literal_start(left), _literal_start(right)
        length = min(len(a), len(b))
        if a[:length] != b[:length]:
            return False
        left, right = _reversed(left), _reversed(right)
    if all(isinstance(part, Scalar) for part in left + right):
        return "".join(map(_word, left)) == "".join(map(_word, right))
    known = len("".join(map(_word, left)))
    other = len("".join(map(_word, right)))
    if (known > other and all(isinstance(part, Scalar) for part in right)) or (
        other > known and all(isinstance(part, Scalar) for part in left)
    ):
        return False
    return None


def _word(part: Value) -> str:
    return to_string(part) or ""


def _literal_start(parts: list[Value]) -> str:
    return _word(parts[0]) if parts and isinstance(parts[0], Scalar) else ""


def _reversed(parts: list[Value]) -> list[Value]:
    return [Scalar(_word(part)[::-1], part.span) if isinstance(part, Scalar) else part for part in reversed(parts)]


# Arithmetic


def negate(span: Span, value: Value) -> Value:
    found = _operand(value)
    return found if isinstance(found, Unknown) else Scalar(-found, span)


def _operand(value: Value) -> int | float | Unknown:
    """A value as a number, or why it is none."""
    match value:
        case Scalar():
            return number(value.value)
        case List() | Map():
            raise Wrong("a number is needed")
        case _:
            return Unknown(because(value, "a string with parts that are not known is no number yet"), value.span)


def add(left: int | float, right: int | float) -> int | float:
    return _computed(lambda a, b: a + b, left, right)


def _computed(operation: Callable[[Any, Any], Any], left: int | float, right: int | float) -> int | float:
    """The result of an operation, computed with as many digits as Terraform has where the numbers are not whole."""
    if isinstance(left, int) and isinstance(right, int):
        made = operation(left, right)
        if isinstance(made, int):
            if not is_exact(made):
                raise Unsure(MANY_DIGITS)
            return made
    if not (is_exact(left) and is_exact(right)):
        raise Unsure(MANY_DIGITS)
    from decimal import Context, Decimal, localcontext

    with localcontext(Context(prec=170)):
        exact = operation(Decimal(repr(left)), Decimal(repr(right)))
        if exact == exact.to_integral_value() and abs(exact) < Decimal(10) ** 150:
            return int(exact)
        if len(exact.normalize().as_tuple().digits) <= 15:
            return parse_number(format(exact, "f"))
        rounded = float(exact)
        if is_exact(rounded):  # it would look as if no digit had been lost
            raise Unsure(MANY_DIGITS)
        return rounded


def _divide(left: Any, right: Any) -> Any:
    if right == 0:
        raise Unsure("a division by zero has no value that can be written")
    if isinstance(left, int) and isinstance(right, int):
        if left % right == 0:
            return left // right
        from decimal import Decimal

        return Decimal(left) / Decimal(right)
    return left / right


def _remainder(left: Any, right: Any) -> Any:
    if right == 0:
        raise Unsure("a division by zero has no value that can be written")
    if abs(left) >= abs(right) * 10**160:
        raise Unsure(MANY_DIGITS)
    whole = abs(left) // abs(right)
    return left - right * (whole if (left < 0) == (right < 0) else -whole)  # Terraform keeps the sign of the dividend


def _arithmetic(operation: Callable[[Any, Any], Any]) -> Callable[..., Value]:
    return _binary(lambda a, b: _computed(operation, a, b))


def _comparison(operation: Callable[[Any, Any], bool]) -> Callable[..., Value]:
    def compare(left: int | float, right: int | float) -> bool:
        if not (is_exact(left) and is_exact(right)) and _equal_scalars(left, right) is None:
            raise Unsure(MANY_DIGITS)
        return operation(left, right)

    return _binary(compare)


def _binary(operation: Callable[[Any, Any], int | float | bool]) -> Callable[..., Value]:
    def apply(span: Span, left: Value, right: Value) -> Value:
        a, b = _operand(left), _operand(right)
        if isinstance(a, Unknown):
            return a
        if isinstance(b, Unknown):
            return b
        return Scalar(operation(a, b), span)

    return apply


ARITHMETIC: dict[str, Callable[..., Value]] = {
    "+": _arithmetic(lambda a, b: a + b),
    "-": _arithmetic(lambda a, b: a - b),
    "*": _arithmetic(lambda a, b: a * b),
    "/": _arithmetic(_divide),
    "%": _arithmetic(_remainder),
    "<": _comparison(lambda a, b: a < b),
    ">": _comparison(lambda a, b: a > b),
    "<=": _comparison(lambda a, b: a <= b),
    ">=": _comparison(lambda a, b: a >= b),
}


# Counts


MAX_COUNT = 10_000
"""How high a `count` is counted."""


def highest_count(value: Value) -> tuple[int, bool]:
    """How many instances a `count` may make at the most, and whether it cannot make more; 1 stands in for what is not known."""
    match value:
        case Choice():
            (first, all_first), (second, all_second) = highest_count(value.then), highest_count(value.otherwise)
            return max(first, second), all_first and all_second
        case Scalar(value=bool(known)):
            return int(known), True
        case _:
            found = _count(value)
            return (1, False) if found is None else (min(max(int(found), 0), MAX_COUNT), True)


def _count(value: Value) -> int | float | None:
    try:
        found = _operand(value)
    except (Wrong, Unsure):
        return None
    return None if isinstance(found, Unknown) else found


def more_than(value: Value, at: int, span: Span) -> Value:
    """The condition under which a `count` makes an instance with this index."""
    match value:
        case Choice():
            sides = (more_than(side, at, span) for side in (value.then, value.otherwise))
            return choice(value.condition, next(sides), next(sides), span)
        case Scalar(value=bool(known)):
            return Scalar(known and at == 0, span)
        case _:
            found = _count(value)
            return Unknown("how many there are is not known", span) if found is None else Scalar(found > at, span)
