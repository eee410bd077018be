"""Whether the Condition element of a statement holds for a request: every operator of IAM, three-valued.

Several keys and operators are all to hold; of several values of one, any; of a negated operator, none may match.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Literal

from ecrlint.iam import patterns
from ecrlint.iam.owners import matches_aws
from ecrlint.iam.policy_variables import filled, has_variables, unescaped
from ecrlint.iam.request import Fact, Request
from ecrlint.model.dataclass import dataclass, replace
from ecrlint.model.policy import PolicyCondition, PolicyKind, Statement
from ecrlint.model.truth import MAYBE, NO, YES, Truth, all_of, any_of, truth
from ecrlint.model.value import Scalar, Value, string

_Test = Callable[[Value, Value], Truth]


@dataclass(frozen=True, slots=True)
class _Operator:
    """`test` compares a value of the policy with one of the request; None for `Null`, which asks whether there is any."""

    test: _Test | None
    negated: bool = False
    every: Literal["one", "all", "any"] = "one"
    if_exists: bool = False

    @property
    def without_key(self) -> Truth:
        """What it says of a request that does not have the key."""
        if self.every == "one":
            return truth(self.negated or self.if_exists)
        return truth(self.every == "all")


def hold(statement: Statement, request: Request, kind: PolicyKind) -> Truth:
    """Whether all conditions of a statement, in a policy of this kind, hold for a request."""
    return all_of(holds(condition, request, kind, statement.variables) for condition in statement.conditions)


def holds(condition: PolicyCondition, request: Request, kind: PolicyKind, variables: Truth = YES) -> Truth:
    """Whether one condition holds for a request.

    `MAYBE` too for what AWS does not define: an operator that does not exist, an empty list of values, an operator for
    one value on a key of several.
    """
    operator = _operator(condition.operator)
    if operator is None or not condition.values:
        return MAYBE
    fact = request.fact(condition.key, kind)
    filled_in = (filled(one, request, kind, variables) if has_variables(one) else one for one in condition.values)
    wanted = tuple(one for one in filled_in if one is not None)
    if operator.test is None:
        return any_of(_is_null(one, fact) for one in wanted)
    if fact.present is NO:
        return operator.without_key
    result = _compared(operator, wanted, fact)
    return result if fact.present is YES or result is operator.without_key else MAYBE


def needs_value(condition: PolicyCondition) -> bool:
    """Whether a condition holds only for a request that has its key, with a value of the policy: not negated, not `IfExists`."""
    operator = _operator(condition.operator)
    return operator is not None and operator.test is not None and operator.without_key is NO and bool(condition.values)


def _compared(operator: _Operator, wanted: tuple[Value, ...], fact: Fact) -> Truth:
    """What an operator says of a request that has the key."""
    each = [_matches(operator, wanted, one, fact.foreign) for one in fact.values]
    match operator.every:
        case "all":
            return all_of(each) & (YES if fact.complete else MAYBE)
        case "any":
            return any_of(each) | (NO if fact.complete else MAYBE)
        case "one":
            return each[0] if len(each) == 1 and fact.complete else MAYBE


def _matches(operator: _Operator, wanted: tuple[Value, ...], value: Value, foreign: bool) -> Truth:
    assert operator.test is not None
    if foreign:
        found = matches_aws(wanted)
    else:
        found = any_of(operator.test(one, value) for one in wanted)
    return ~found if operator.negated else found


def _is_null(wanted: Value, fact: Fact) -> Truth:
    """`Null` with `true` holds where the key is absent. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Null"""
    match (string(_as_text(wanted)) or "").lower():
        case "true":
            return ~fact.present
        case "false":
            return fact.present
        case _:
            return MAYBE


# --- operators -----------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=256)
def _operator(name: str) -> _Operator | None:
    """The operator of this name; None where there is none."""
    quantifier, _, rest = name.lower().rpartition(":")
    if quantifier not in _QUANTIFIERS:
        return None
    if rest == "null" and not quantifier:
        return _Operator(None)
    bare = rest.removesuffix("ifexists")
    found = _OPERATORS.get(bare)
    return None if found is None else replace(found, every=_QUANTIFIERS[quantifier], if_exists=bare != rest)


_QUANTIFIERS: dict[str, Literal["one", "all", "any"]] = {"": "one", "forallvalues": "all", "foranyvalue": "any"}


def _as_text(value: Value) -> Value:
    """A number or boolean as the string that IAM reads."""
    match value:
        case Scalar(value=bool(known), span=span):
            return Scalar("true" if known else "false", span)
        case Scalar(value=int() | float() as number, span=span):
            return Scalar(str(number), span)
        case _:
            return value


def _equals(wanted: Value, value: Value) -> Truth:
    return patterns.equals(unescaped(_as_text(wanted)), _as_text(value))


def _equals_ignoring_case(wanted: Value, value: Value) -> Truth:
    return patterns.equals(unescaped(_as_text(wanted)), _as_text(value), ignore_case=True)


def _like(wanted: Value, value: Value) -> Truth:
    return patterns.matches(_as_text(wanted), _as_text(value))


def _arn_like(wanted: Value, value: Value) -> Truth:
    """`ArnEquals` too takes wildcards, which stay in their segment."""
    return patterns.matches_by_segment(_as_text(wanted), _as_text(value))


_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)


def _number(value: Value) -> float | None:
    text = string(_as_text(value))
    return float(text) if text is not None and _NUMBER.fullmatch(text) else None


def _moment(value: Value) -> float | None:
    """Seconds since 1970, from them or from a date of ISO 8601; a year alone may be either."""
    text = string(_as_text(value))
    if text is None or re.fullmatch(r"\d{4}", text):
        return None
    if (seconds := _number(value)) is not None:
        return seconds
    from datetime import datetime, timezone  # only where there is a date

    text = f"{text}-01" if re.fullmatch(r"\d{4}-\d{2}", text) else re.sub(r"[zZ]$", "+00:00", text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()


def _by(measure: Callable[[Value], float | None], compare: Callable[[float, float], bool]) -> _Test:
    """A test that compares the request's value, first, with the policy's; what cannot be measured is not known."""

    def test(wanted: Value, value: Value) -> Truth:
        limit, given = measure(wanted), measure(value)
        return MAYBE if limit is None or given is None else truth(compare(given, limit))

    return test


def _in_network(wanted: Value, value: Value) -> Truth:
    network, address = string(wanted), string(value)
    if network is None or address is None:
        return MAYBE
    import ipaddress  # only where there is an address

    try:
        return truth(ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False))
    except ValueError:
        return MAYBE


def _measured(name: str, measure: Callable[[Value], float | None]) -> dict[str, _Operator]:
    return {
        f"{name}equals": _Operator(_by(measure, lambda given, limit: given == limit)),
        f"{name}notequals": _Operator(_by(measure, lambda given, limit: given == limit), negated=True),
        f"{name}lessthan": _Operator(_by(measure, lambda given, limit: given < limit)),
        f"{name}lessthanequals": _Operator(_by(measure, lambda given, limit: given <= limit)),
        f"{name}greaterthan": _Operator(_by(measure, lambda given, limit: given > limit)),
        f"{name}greaterthanequals": _Operator(_by(measure, lambda given, limit: given >= limit)),
    }


_OPERATORS: dict[str, _Operator] = {
    "stringequals": _Operator(_equals),
    "stringnotequals": _Operator(_equals, negated=True),
    "stringequalsignorecase": _Operator(_equals_ignoring_case),
    "stringnotequalsignorecase": _Operator(_equals_ignoring_case, negated=True),
    "stringlike": _Operator(_like),
    "stringnotlike": _Operator(_like, negated=True),
    **_measured("numeric", _number),
    **_measured("date", _moment),
    "bool": _Operator(_equals_ignoring_case),
    "binaryequals": _Operator(_equals),
    "ipaddress": _Operator(_in_network),
    "notipaddress": _Operator(_in_network, negated=True),
    "arnequals": _Operator(_arn_like),
    "arnlike": _Operator(_arn_like),
    "arnnotequals": _Operator(_arn_like, negated=True),
    "arnnotlike": _Operator(_arn_like, negated=True),
}
