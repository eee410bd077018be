"""One word stands for every filling of a hole that makes the same difference."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrlint.iam import patterns
from ecrlint.iam.fillings import Comparison, TooManyError, words
from ecrlint.iam.tokens import ONE, STAR, Chars, Hole, Token, Tokens
from ecrlint.model.truth import Truth

KEY = ("var.name", "")
FREE, NAMED = Hole(KEY, Chars.FREE), Hole(KEY, Chars.NO_WILDCARD, nonempty=True)


def outcome(one: Comparison, word: str, hole: Hole) -> Truth:
    """What a comparison comes to where the hole is this word."""
    word = word.lower() if one.ignore_case else word
    wildcards = {"*": STAR, "?": ONE} if hole.wild and not one.literal else {}

    def filled(row: Tokens, symbols: list[Token]) -> Tokens:
        return tuple(itertools.chain.from_iterable(symbols if token is hole else [token] for token in row))

    pattern, text = filled(one.pattern, [wildcards.get(sign, sign) for sign in word]), filled(one.text, list(word))
    return patterns.match_arn(pattern, text) if one.arn else patterns.match(pattern, text)


@st.composite
def comparisons(draw: st.DrawFn, hole: Hole) -> Comparison:
    kind = draw(st.sampled_from(["", "ignore_case", "literal", "arn"]))
    signs = ["a", "b", ":"] if kind == "arn" else ["a", "b"]
    wild = [] if kind == "literal" else [STAR, ONE]
    pattern: list[Token] = draw(st.lists(st.sampled_from([*signs, *wild]), max_size=4))
    text: list[Token] = draw(st.lists(st.sampled_from(signs), min_size=1, max_size=4))
    if kind == "arn" and draw(st.booleans()):
        pattern = [*":::::", *pattern]
        text = [*":::::", *text]
    side = draw(st.sampled_from([pattern, pattern, text]))
    for _ in range(draw(st.sampled_from([1, 1, 1, 2]))):
        side.insert(draw(st.integers(0, len(side))), hole)
    return Comparison(tuple(pattern), tuple(text), kind == "ignore_case", kind == "literal", kind == "arn")


@given(st.data(), st.sampled_from([FREE, NAMED]))
def test_every_filling_comes_out_as_one_of_the_words_does(data: st.DataObject, hole: Hole) -> None:
    together = data.draw(st.lists(comparisons(hole), min_size=1, max_size=3))
    try:
        outcomes = {tuple(outcome(one, word, hole) for one in together) for word in words(KEY, together)}
    except TooManyError:
        return
    for length in range(1 if hole.nonempty else 0, 4):
        for word in itertools.product("abA:*?" if hole.wild else "abA:", repeat=length):
            assert tuple(outcome(one, "".join(word), hole) for one in together) in outcomes


def test_as_many_words_as_there_are_answers() -> None:
    app, team = (Comparison(tuple(text) + tail, (NAMED,)) for text, tail in (("app-", (STAR,)), ("app-prod", ())))
    assert list(words(KEY, [app])) == ["-", "app-"]
    assert list(words(KEY, [app, team])) == ["-", "app-", "app-prod"]


def test_what_two_unknowns_decide_together_is_not_told_by_one() -> None:
    with pytest.raises(TooManyError):
        list(words(KEY, [Comparison((FREE, "a"), (Hole(None, Chars.FREE), "a", "b"))]))
