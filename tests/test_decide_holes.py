"""Decisions on policies with holes, against an evaluator that knows none, on every way to fill them that is tried.

`pytest --hypothesis-profile long tests/test_decide_holes.py` tries 10,000 policy sets for each property.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from ecrlint.iam import request
from ecrlint.iam.decide import Decision, decide
from ecrlint.iam.request import RequestContext
from ecrlint.model.policy import Policy, PolicyCondition, PolicyKind, Statement
from ecrlint.model.source import Source, Span
from ecrlint.model.truth import MAYBE, truth
from ecrlint.model.value import Choice, Flag, Ref, Scalar, Text, Unknown, Value

SPAN = Span(Source("policy.json", ""), 0, 0)
ARN = "arn:aws:ecr:us-east-1:111122223333:repository/"
REQUESTS = [("ecr:PutImage", ARN + "app"), ("ecr:PutImage", ARN + "b"), ("ecr:GetAuthorizationToken", "*")]

ACTIONS = ["ecr:PutImage", "ecr:Get*", "ecr:*", "*", "s3:*", "ECR:putimage", "HOLE"]
RESOURCES = ["*", ARN + "app", ARN + "*", ARN + "app/*", ARN + "a?p", "arn:aws:s3:::x", "HOLE", "NAME", "CHOICE"]
VALUES = ["a", "b", "a*", "HOLE"]
OPERATORS = [
    *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists", "Null"),
    *("ForAnyValue:StringEquals", "ForAllValues:StringEquals", "ForAllValues:StringNotLikeIfExists"),
]
FACTS = {
    "aws:known": request.known("a"),
    "aws:absent": request.absent("it is not there"),
    "aws:present": request.present("nobody knows its value"),
    "aws:possible": request.possible("nobody knows whether it is there"),
}

# What a hole may turn out to be. Of the resources' two shared holes, every occurrence turns out to be the same.
FILLINGS: dict[str, list[Any]] = {
    "Action": ["*", "ecr:PutImage", "ecr:Put*", "s3:GetObject", "ecr:GetAuthorizationToken"],
    "Resource": ["*", ARN + "app", ARN + "*", "arn:aws:s3:::x", ARN + "b"],
    "Condition": ["a", "b", "a*", "*", "c", "true", "false"],
    "NAME": ["app", "b", "a/p", "*"],
    "CHOICE": ["*", ARN + "b"],
    "aws:present": ["a", "b", "a*", "ab", "c"],
    "aws:possible": ["a", "b", "a*", "ab", "c", None],
}

Filling = Mapping[object, Any]


@dataclass(frozen=True)
class Plain:
    """A statement as it is written, with words for its holes."""

    effect: str | None
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_actions: bool = False
    not_resources: bool = False
    condition: tuple[str, str, tuple[str, ...]] | None = None
    in_boundary: bool = False

    def spots(self, at: int) -> Iterator[tuple[object, Sequence[Any]]]:
        """Everything about it that is not known, with what it may turn out to be; `at` tells it from other statements."""
        if self.effect is None:
            yield (at, "effect"), ["Allow", "Deny"]
        values = self.condition[2] if self.condition else ()
        for element, entries in (("Action", self.actions), ("Resource", self.resources), ("Condition", values)):
            for index, entry in enumerate(entries):
                if entry == "HOLE":
                    yield (at, element, index), FILLINGS[element]
                elif entry in FILLINGS:
                    yield entry, FILLINGS[entry]
        if self.condition and self.condition[1] in FILLINGS:
            yield self.condition[1], FILLINGS[self.condition[1]]

    def filled(self, at: int, filling: Filling) -> Plain:
        def entry(element: str, index: int, word: str) -> str:
            if word == "NAME":
                return ARN + str(filling["NAME"])
            return str(filling[at, element, index] if word == "HOLE" else filling.get(word, word))

        def entries(element: str, words: Iterable[str]) -> tuple[str, ...]:
            return tuple(entry(element, index, word) for index, word in enumerate(words))

        condition = self.condition and (*self.condition[:2], entries("Condition", self.condition[2]))
        effect = self.effect or str(filling[at, "effect"])
        actions, resources = entries("Action", self.actions), entries("Resource", self.resources)
        return replace(self, effect=effect, actions=actions, resources=resources, condition=condition)


# --- the evaluator that knows no holes, by the words of AWS's pages ---------------------------------------------------


def allowed(statements: Sequence[Plain], limited: bool, request: tuple[str, str], keys: Mapping[str, str | None]) -> bool:
    speaking = [one for one in statements if speaks(one, *request, keys)]
    if any(one.effect == "Deny" for one in speaking):
        return False
    granted = any(not one.in_boundary for one in speaking)
    return granted and (not limited or any(one.in_boundary for one in speaking))


def speaks(one: Plain, action: str, resource: str, keys: Mapping[str, str | None]) -> bool:
    by_action = any(fits(pattern.lower(), action.lower()) for pattern in one.actions) is not one.not_actions
    by_resource = any(fits(pattern, resource) for pattern in one.resources) is not one.not_resources
    return by_action and by_resource and (one.condition is None or met(*one.condition, keys))


def met(operator: str, key: str, wanted: Sequence[str], keys: Mapping[str, str | None]) -> bool:
    value = keys[key]
    if operator == "Null":
        return any({"true": value is None, "false": value is not None}.get(one, False) for one in wanted)
    negated = "Not" in operator
    if value is None:
        if operator.endswith("IfExists") or operator.startswith("ForAllValues"):
            return True
        return negated and not operator.startswith("ForAnyValue")
    matching = any(fits(one, value) if "Like" in operator else one == value for one in wanted)
    return matching is not negated


def fits(pattern: str, text: str) -> bool:
    if not pattern or not text:
        return pattern.strip("*") == text
    if pattern[0] == "*":
        return fits(pattern[1:], text) or fits(pattern, text[1:])
    return pattern[0] in ("?", text[0]) and fits(pattern[1:], text[1:])


def decided(statements: Sequence[Plain], limited: bool, request: tuple[str, str], filling: Filling) -> bool:
    keys = {"aws:known": "a", "aws:absent": None, **{key: filling.get(key) for key in ("aws:present", "aws:possible")}}
    filled = (one.filled(at, filling) for at, one in enumerate(statements))
    return allowed([one for one in filled if limited or not one.in_boundary], limited, request, keys)


# --- the same statements as ecrlint reads them ------------------------------------------------------------------------


def with_holes(statements: Sequence[Plain], limited: bool, request: tuple[str, str], open: tuple[str, ...]) -> Decision:
    kinds: list[PolicyKind] = ["identity", "boundary"] if limited else ["identity"]
    policies = [
        Policy(kind, kind, tuple(map(read, (one for one in statements if one.in_boundary is (kind == "boundary")))), SPAN)
        for kind in kinds
    ]
    return decide(policies, *request, open=open, context=RequestContext(keys=FACTS))


def read(one: Plain) -> Statement:
    actions, resources = tuple(map(value, one.actions)), tuple(map(value, one.resources))
    condition = one.condition and PolicyCondition(one.condition[0], one.condition[1], tuple(map(value, one.condition[2])), SPAN)
    return Statement(
        effect=one.effect,  # type: ignore[arg-type]
        span=SPAN,
        actions=None if one.not_actions else actions,
        not_actions=actions if one.not_actions else None,
        resources=None if one.not_resources else resources,
        not_resources=resources if one.not_resources else None,
        conditions=(condition,) if condition else (),
    )


def value(word: str) -> Value:
    match word:
        case "HOLE":
            return Unknown("nobody knows", SPAN)
        case "NAME":
            return Text((Scalar(ARN, SPAN), Ref("var.name", "", SPAN)), SPAN)
        case "CHOICE":
            then, otherwise = (Scalar(side, SPAN) for side in FILLINGS["CHOICE"])
            return Choice(Flag("IsProd"), then, otherwise, SPAN)
        case _:
            return Scalar(word, SPAN)


# --- what is tried -----------------------------------------------------------------------------------------------------


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str, tuple[str, ...]]:
    operator, key = draw(st.sampled_from(OPERATORS)), draw(st.sampled_from(sorted(FACTS)))
    if operator == "Null":
        return operator, key, (draw(st.sampled_from(["true", "false", "HOLE"])),)
    return operator, key, tuple(draw(st.lists(st.sampled_from(VALUES), min_size=1, max_size=2)))


@st.composite
def plain_statements(draw: st.DrawFn) -> Plain:
    return Plain(
        effect=draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny", None])),
        actions=tuple(draw(st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2))),
        resources=tuple(draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2))),
        not_actions=draw(st.sampled_from([False, False, True])),
        not_resources=draw(st.sampled_from([False, False, True])),
        condition=draw(st.none() | conditions()),
        in_boundary=draw(st.sampled_from([False, False, True])),
    )


SETS = st.lists(plain_statements(), max_size=4)
EVERYTHING = Plain("Allow", ("*",), ("*",))


def spots(statements: Sequence[Plain]) -> list[tuple[object, Sequence[Any]]]:
    return [spot for at, one in enumerate(statements) for spot in one.spots(at)]


@given(SETS, st.booleans(), st.booleans(), st.sampled_from(REQUESTS), st.data())
def test_a_definite_decision_holds_however_the_holes_are_filled(
    made: list[Plain], limited: bool, open: bool, request: tuple[str, str], data: st.DataObject
) -> None:
    decision = with_holes(made, limited, request, ("there may be other policies",) if open else ())
    assert (decision.truth is MAYBE) is (bool(decision.because) and not _is_of_boundary(decision))
    event(str(decision.truth))
    for _ in range(4):
        filling = {spot: data.draw(st.sampled_from(choices)) for spot, choices in spots(made)}
        whole = [*made, EVERYTHING] if open and data.draw(st.booleans()) else made
        assert decision.truth in (MAYBE, truth(decided(whole, limited, request, filling)))


def _is_of_boundary(decision: Decision) -> bool:
    return any(reason.startswith("permissions boundary") for reason in decision.because)


@given(SETS, st.booleans(), st.sampled_from(REQUESTS))
def test_one_hole_leaves_a_decision_unsure_only_where_its_fillings_differ(
    made: list[Plain], limited: bool, request: tuple[str, str]
) -> None:
    known = [one for at, one in enumerate(made) if not list(one.spots(at))]
    for holed in (one for one in made if one not in known):
        whole = [*known, holed]
        found = spots(whole)
        if len(found) != 1:
            continue  # several holes, or one in several places, are each taken by themselves
        decision = with_holes(whole, limited, request, ())
        event(str(decision.truth))
        if decision.truth is MAYBE:
            ((spot, choices),) = found
            results = {decided(whole, limited, request, {spot: choice}) for choice in choices}
            assert results == {True, False}, decision.because


@given(SETS, st.booleans(), st.sampled_from(REQUESTS))
def test_without_holes_every_decision_is_definite_and_right(made: list[Plain], limited: bool, request: tuple[str, str]) -> None:
    known = [one for at, one in enumerate(made) if not list(one.spots(at))]
    decision = with_holes(known, limited, request, ())
    assert decision.truth is truth(decided(known, limited, request, {}))
