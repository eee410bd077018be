"""Decisions where several statements hang on one unknown: settled in every way that it can turn out, and compared.

Each statement for itself may or may not speak, and yet what comes of all of them may be certain: an Allow and a Deny of
the same variable. What can turn out is never sampled: `fillings.words` has one word for every way in which a hole makes
a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from functools import partial

from ecrlint.iam import conditions, patterns, tokens
from ecrlint.iam.context import OF_AWS, Fact, Request
from ecrlint.iam.decide import Applied, Decision, applies, everyone_in
from ecrlint.iam.fillings import Comparison, Key, TooManyError, words
from ecrlint.iam.managed import NOWHERE
from ecrlint.iam.tokens import Hole
from ecrlint.iam.variables import filled, has_variables
from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import Principal, Statement
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Choice, Condition, Ref, Scalar, Text, Unknown, Value, assume, key, pieces, same

Judge = Callable[[list[Applied], Request], Decision]
"""The decision that follows from the statements that may speak."""

_MOST_DECISIONS = 300
_REQUEST = "request"
"""The address of what is not known of the request, which is one request for all statements."""


class _EnoughError(Exception):
    """There are more combinations than are looked at."""


def decided(found: list[Applied], request: Request, judge: Judge) -> Decision | None:
    """The decision that all ways to settle what statements share have in common; None where they differ, or are too many."""
    request = _named(found, request)
    left = iter(range(_MOST_DECISIONS))

    def counted(statements: list[Applied], asked: Request) -> Decision:
        if next(left, None) is None:
            raise _EnoughError
        return judge(statements, asked)

    try:
        decision = _settled(_Question(found, request).again(_unchanged), counted)
    except _EnoughError:
        return None
    return None if decision.truth is MAYBE else decision


@dataclass(frozen=True, slots=True)
class _Question:
    """The statements that may speak about a request."""

    found: list[Applied]
    request: Request

    @property
    def open(self) -> list[Applied]:
        return [one for one in self.found if one.truth is MAYBE]

    def again(self, change: Callable[[Value], Value], entry: Callable[[str, Value], Value] | None = None) -> _Question:
        """The same question with every value changed; `entry` changes one of a list of actions or resources as a whole."""
        request = _of_request(self.request, change)
        found: list[Applied] = []
        for one in self.found:
            if one.truth is MAYBE:
                statement = _of_statement(one.statement, change, entry or (lambda _, value: change(value)))
                one = Applied(one.policy, statement, applies(statement, request, one.policy.kind))
            if one.truth is not NO:
                found.append(one)
        return _Question(found, request)


def _settled(question: _Question, judge: Judge) -> Decision:
    decision = judge(question.found, question.request)
    if decision.truth is not MAYBE:
        return decision
    for ways in _ways(question):
        try:
            return _common(ways, judge) or decision
        except TooManyError:
            continue
    return decision


def _common(ways: Iterable[_Question], judge: Judge) -> Decision | None:
    """The decision that all these questions have in common."""
    made: list[Decision] = []
    for question in ways:
        decision = _settled(question, judge)
        if decision.truth is MAYBE or (made and made[0].truth is not decision.truth):
            return None
        made.append(decision)
    return Decision(
        made[0].truth,
        tuple(dict.fromkeys(span for one in made for span in one.by)),
        tuple(dict.fromkeys(reason for one in made for reason in one.because)),
        denied=all(one.denied for one in made),
    )


# --- what is shared ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Unknowns:
    """How often each unknown occurs in the comparisons whose outcome is open, and those in which each hole occurs."""

    choices: Counter[Condition] = field(default_factory=Counter)
    presences: Counter[str] = field(default_factory=Counter)
    wholes: Counter[object] = field(default_factory=Counter)
    holes: Counter[Key] = field(default_factory=Counter)
    comparisons: dict[Key, list[Comparison]] = field(default_factory=dict)
    opaque: set[Key] = field(default_factory=set)


def _ways(question: _Question) -> Iterator[Iterator[_Question]]:
    """For each unknown that occurs more than once: the question in every way in which it can turn out."""
    unknowns = _unknowns(question)
    for condition in _shared(unknowns.choices):
        yield (question.again(partial(assume, condition=condition, side=side)) for side in (True, False))
    for name in _shared(unknowns.presences):
        yield (_present(question, name, present).again(_unchanged) for present in (YES, NO))
    if len({one.statement.variables for one in question.open}) > 1:
        return  # what one reads as a variable is text for another
    for hole in _shared(unknowns.holes):
        if hole not in unknowns.opaque:
            yield map(
                question.again, (partial(_filled, hole=hole, word=word) for word in words(hole, unknowns.comparisons[hole]))
            )
    for whole in _shared(unknowns.wholes):
        yield (question.again(_unchanged, partial(_replaced, whole, pattern)) for pattern in ("*", "-"))


def _shared(counted: Counter) -> list:  # type: ignore[type-arg]
    return [one for one, count in counted.most_common() if count > 1]


def _unknowns(question: _Question) -> _Unknowns:
    result = _Unknowns()
    request = question.request
    for one in question.open:
        statement = one.statement
        for condition in statement.conditions:
            if conditions.holds(condition, request, one.policy.kind, statement.variables) is MAYBE:
                result.presences[condition.key.lower()] += request.fact(condition.key, one.policy.kind).present is MAYBE
        for pair in _pairs(one, request):
            if pair.truth is not MAYBE:
                continue
            result.choices.update({*_conditions(pair.pattern), *_conditions(pair.text)})
            if pair.whole is not None:
                result.wholes[pair.whole] += 1
            _add_holes(result, pair)
    return result


def _add_holes(result: _Unknowns, pair: _Pair) -> None:
    for comparison in pair.comparisons():
        held = [token.key for token in (*comparison.pattern, *comparison.text) if isinstance(token, Hole)]
        for hole in filter(None, held):
            result.holes[hole] += 1
            result.comparisons.setdefault(hole, []).append(comparison)
            if pair.how == "":
                result.opaque.add(hole)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A pattern of a statement and what of the request it is compared with, and how. `whole`: what it has in common with
    the same pattern in other lists of actions or resources."""

    pattern: Value
    text: Value
    how: conditions.How
    whole: object = None

    @property
    def truth(self) -> Truth:
        match self.how:
            case "same" | "same ignoring case":
                return patterns.equals(self.pattern, self.text, ignore_case=self._ignores_case)
            case "like" | "like ignoring case":
                return patterns.matches(self.pattern, self.text, ignore_case=self._ignores_case)
            case "arn":
                return patterns.matches_arn(self.pattern, self.text)
            case _:
                return MAYBE

    @property
    def _ignores_case(self) -> bool:
        return self.how.endswith("ignoring case")

    def comparisons(self) -> Iterator[Comparison]:
        literal, arn, ignore_case = self.how.startswith("same"), self.how == "arn", self._ignores_case
        rows = (tokens.of_text if literal else tokens.of_pattern)(self.pattern, ignore_case=ignore_case)
        for text in tokens.of_text(self.text, ignore_case=ignore_case):
            for row in rows:
                yield Comparison(row, patterns.as_repository(text) if arn else text, ignore_case, literal, arn)


def _pairs(one: Applied, request: Request) -> Iterator[_Pair]:
    statement, kind = one.statement, one.policy.kind
    action = Scalar(request.action, NOWHERE)
    for entry in (*(statement.actions or ()), *(statement.not_actions or ())):
        yield _Pair(entry, action, "like ignoring case", ("action", key(entry)))
    for entry in (*(statement.resources or ()), *(statement.not_resources or ())):
        pattern = filled(entry, request, kind, statement.variables) if has_variables(entry) else entry
        yield _Pair(pattern, request.resource, "arn", ("resource", key(entry)))
    who = request.principal
    if who is not None and who is not OF_AWS:
        for named in (*(statement.principals or ()), *(statement.not_principals or ())):
            if named.kind == who.kind:
                yield _Pair(named.value, who.value, "same")
                everyone = everyone_in(named.value) if named.kind == "AWS" else None
                if everyone is not None:
                    yield _Pair(everyone, who.value, "like")
    for condition in statement.conditions:
        for wanted, value, how in conditions.compared(condition, request, kind, statement.variables):
            yield _Pair(wanted, value, how)


def _conditions(value: Value) -> Iterator[Condition]:
    match value:
        case Choice(condition=condition, then=then, otherwise=otherwise):
            yield condition
            yield from (*_conditions(then), *_conditions(otherwise))
        case Text(parts=parts):
            for part in parts:
                yield from _conditions(part)


# --- values, settled -----------------------------------------------------------------------------------------------


def _filled(value: Value, hole: Key, word: str) -> Value:
    match value:
        case Ref():
            row = tokens.of_ref(value)
            if not any(isinstance(token, Hole) and token.key == hole for token in row):
                return value
            return _text((_part(token, hole, word, value) for token in row), value)
        case Choice():
            then, otherwise = (_filled(one, hole, word) for one in (value.then, value.otherwise))
            return Choice(value.condition, then, otherwise, value.span)
        case Text():
            return _text((_filled(part, hole, word) for part in value.parts), value)
        case _:
            return value


def _part(token: tokens.Token, hole: Key, word: str, value: Value) -> Value:
    if isinstance(token, Hole) and token.key is not None and token.key != hole:
        return Ref(*token.key, value.span)
    return Scalar(word if isinstance(token, Hole) else str(token), value.span)


def _text(parts: Iterable[Value], value: Value) -> Value:
    """Parts as one string, and as a plain one where all of them are known."""
    flat = [piece for part in parts for piece in (pieces(part))]
    if all(isinstance(part, Scalar) and isinstance(part.value, (str, int)) for part in flat):
        return Scalar("".join(str(part.value) for part in flat if isinstance(part, Scalar)), value.span)
    return flat[0] if len(flat) == 1 else Text(tuple(flat), value.span)


def _replaced(whole: object, pattern: str, element: str, value: Value) -> Value:
    return Scalar(pattern, value.span) if (element, key(value)) == whole else value


def _unchanged(value: Value) -> Value:
    return value


def _of_statement(statement: Statement, change: Callable[[Value], Value], entry: Callable[[str, Value], Value]) -> Statement:
    def entries(element: str, listed: tuple[Value, ...] | None) -> tuple[Value, ...] | None:
        return None if listed is None else tuple(entry(element, one) for one in listed)

    def named(listed: tuple[Principal, ...] | None) -> tuple[Principal, ...] | None:
        return None if listed is None else tuple(Principal(one.kind, change(one.value)) for one in listed)

    return replace(
        statement,
        actions=entries("action", statement.actions),
        not_actions=entries("action", statement.not_actions),
        resources=entries("resource", statement.resources),
        not_resources=entries("resource", statement.not_resources),
        principals=named(statement.principals),
        not_principals=named(statement.not_principals),
        conditions=tuple(replace(one, values=tuple(map(change, one.values))) for one in statement.conditions),
    )


def _of_request(request: Request, change: Callable[[Value], Value]) -> Request:
    who = request.principal
    keys = {name: replace(fact, values=tuple(map(change, fact.values))) for name, fact in request.context.keys.items()}
    return replace(
        request,
        resource=change(request.resource),
        principal=who if who is None or who is OF_AWS else Principal(who.kind, change(who.value)),
        context=replace(request.context, keys=keys),
    )


def _present(question: _Question, name: str, present: Truth) -> _Question:
    request = question.request
    fact = request.context.keys.get(name)
    if fact is None:
        raise TooManyError  # it is not the same for every policy
    keys = {**request.context.keys, name: replace(fact, present=present)}
    return _Question(question.found, replace(request, context=replace(request.context, keys=keys)))


def _named(found: list[Applied], request: Request) -> Request:
    """The request with a name for each of its unknowns, so that all statements speak of the same."""
    keys = dict(request.context.keys)
    asked = {(condition.key.lower(), one.policy.kind) for one in found for condition in one.statement.conditions}
    for name in {name for name, _ in asked}:
        facts = [request.fact(name, kind) for key, kind in asked if key == name]
        if not facts[0].foreign and all(_alike(one, facts[0]) for one in facts):
            keys[name] = replace(facts[0], values=tuple(_with_names(value, name) for value in facts[0].values))
    who = request.principal
    if who is not None and who is not OF_AWS:
        who = Principal(who.kind, _with_names(who.value, "principal"))
    resource = _with_names(request.resource, "resource")
    return replace(request, resource=resource, principal=who, context=replace(request.context, keys=keys))


def _alike(one: Fact, other: Fact) -> bool:
    """Whether what is known of a key is the same for two kinds of policies."""
    return (one.present, one.complete, one.foreign, len(one.values)) == (
        other.present,
        other.complete,
        False,
        len(other.values),
    ) and all(
        same(a, b) or (isinstance(a, Unknown) and isinstance(b, Unknown)) for a, b in zip(one.values, other.values, strict=True)
    )


def _with_names(value: Value, name: str) -> Value:
    """A value of the request whose unknown parts are the same wherever it is looked at."""
    match value:
        case Unknown():
            return Ref(_REQUEST, name, value.span)
        case Text(parts=parts):
            return Text(tuple(_with_names(part, f"{name} {at}") for at, part in enumerate(parts)), value.span)
        case _:
            return value
