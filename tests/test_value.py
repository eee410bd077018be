"""Values have one canonical form: however a string was joined and a condition was written, it is one value."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrlint.model.source import Source
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import (
    Choice,
    Equals,
    Flag,
    List,
    Map,
    Ref,
    Scalar,
    Text,
    Unknown,
    Value,
    assume,
    boolean,
    deployed,
    holes,
    join,
    key,
    pieces,
    prefix,
    same,
    settle,
    suffix,
)

SOURCE = Source("main.tf", "0123456789" * 10)
PLACE = SOURCE.span(0, 1)

known = st.text("ab-", max_size=3).map(lambda text: Scalar(text, PLACE))
refs = st.sampled_from("xyz").map(lambda name: Ref(f"var.{name}", "", PLACE))
choices = st.builds(
    lambda name, then, otherwise: Choice(Flag(name), then, otherwise, PLACE), st.sampled_from("cd"), known, st.one_of(known, refs)
)
parts = st.lists(st.one_of(known, refs, choices), max_size=6)


def grouped(values: Sequence[Value], cuts: Sequence[int]) -> Value:
    """The string of these values, joined in groups first."""
    ends = sorted({cut % (len(values) + 1) for cut in cuts} | {0, len(values)})
    return join([join(values[start:end], PLACE) for start, end in itertools.pairwise(ends)], PLACE)


@given(parts, st.lists(st.integers(0, 6), max_size=4))
def test_joining_in_any_grouping_gives_one_value(values: list[Value], cuts: list[int]) -> None:
    together = join(values, PLACE)
    assert same(grouped(values, cuts), together)
    assert key(grouped(values, cuts)) == key(together)
    assert pieces(grouped(values, cuts)) == pieces(together)


@given(parts)
def test_no_two_known_pieces_stand_side_by_side(values: list[Value]) -> None:
    found = pieces(join(values, PLACE))
    assert not any(isinstance(a, Scalar) and isinstance(b, Scalar) for a, b in itertools.pairwise(found))
    assert len(found) == 1 or all(not isinstance(piece, Scalar) or piece.value for piece in found)


@given(parts, st.sampled_from("cd"))
def test_a_condition_inside_a_string_is_one_around_it(values: list[Value], name: str) -> None:
    text = join(values, PLACE)
    outside = Choice(Flag(name), assume(text, Flag(name), True), assume(text, Flag(name), False), PLACE)
    assert same(text, outside)
    assert same(outside, text)


@given(parts)
def test_a_settled_string_has_no_condition_left(values: list[Value]) -> None:
    text = settle(join(values, PLACE), {Flag("c"): True, Flag("d"): False})
    assert not any(isinstance(piece, Choice) for piece in pieces(text))


@given(parts)
def test_a_string_with_something_unknown_equals_nothing(values: list[Value]) -> None:
    text = join([*values, Unknown("it is not known", PLACE)], PLACE)
    assert not same(text, text)


def test_known_neighbours_in_the_file_become_one_and_others_keep_their_places() -> None:
    first, second, far = SOURCE.span(0, 2), SOURCE.span(2, 4), SOURCE.span(10, 12)
    ref = Ref("var.x", "", SOURCE.span(4, 5))
    text = join([Scalar("01", first), Scalar("23", second), Scalar("ab", far), ref], PLACE)
    assert isinstance(text, Text)
    assert [(part.span.start, part.span.end) for part in text.parts] == [(0, 4), (10, 12), (4, 5)]
    assert pieces(text)[0] == Scalar("0123ab", SOURCE.span(0, 4))


def test_numbers_and_booleans_are_written_and_null_has_no_text() -> None:
    assert join([Scalar(1, PLACE), Scalar(True, PLACE)], PLACE) == Scalar("1true", PLACE)
    text = join(["a", Scalar(None, PLACE)], PLACE)
    assert isinstance(text, Text)
    assert isinstance(text.parts[1], Unknown)


def test_what_a_string_begins_and_ends_with() -> None:
    text = join(["a", "b", Ref("var.x", "", PLACE), "c"], PLACE)
    assert (prefix(text), suffix(text)) == ("ab", "c")
    assert (prefix(Ref("var.x", "", PLACE)), suffix(Scalar("x", PLACE))) == ("", "x")


def test_equality_of_lists_and_maps_stops_at_the_first_difference() -> None:
    asked: list[str] = []

    class Entries(dict[str, Value]):
        def __getitem__(self, name: str) -> Value:
            asked.append(name)
            return super().__getitem__(name)

    a = Map(Entries({"a": Scalar(1, PLACE), "b": Scalar(1, PLACE)}), PLACE)
    b = Map(Entries({"a": Scalar(2, PLACE), "b": Scalar(1, PLACE)}), PLACE)
    assert not same(a, b)
    assert asked == ["a", "a"]
    assert not same(List((), PLACE, complete=False), List((), PLACE, complete=False))
    assert not same(Scalar(True, PLACE), Scalar(1, PLACE))


def test_a_comparison_is_one_condition_whatever_it_is_called() -> None:
    one = Choice(Equals("Env", "prod", ("dev", "prod"), ("IsProd", True)), Scalar("a", PLACE), Scalar("b", PLACE), PLACE)
    assert assume(one, Equals("Env", "prod"), False) == Scalar("b", PLACE)


def test_the_empty_default_of_an_input_decides_and_is_not_what_is_deployed() -> None:
    given_later = Ref("var.name", "", PLACE)
    empty = Scalar("", PLACE, given_later)
    assert same(empty, Scalar("", PLACE))
    assert same(join(["shop-", empty], PLACE), join(["shop-", given_later], PLACE))
    nested = Map({"names": List((Choice(Flag("c"), empty, Scalar("web", PLACE), PLACE),), PLACE)}, PLACE)
    assert list(holes(deployed(nested))) == [Choice(Flag("c"), given_later, Scalar("web", PLACE), PLACE)]
    plain = Map({"names": List((Scalar("", PLACE),), PLACE)}, PLACE)
    assert deployed(plain) is plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Scalar(True, PLACE), YES),
        (Scalar("true", PLACE), YES),
        (Scalar("1", PLACE), YES),
        (Scalar("False", PLACE), NO),
        (Scalar("0", PLACE), NO),
        (Scalar("yes", PLACE), MAYBE),
        (Scalar(None, PLACE), NO),
        (None, NO),
        (Unknown("it is not known", PLACE), MAYBE),
        (Choice(Flag("var.c"), Scalar("true", PLACE), Scalar(True, PLACE), PLACE), YES),
        (Choice(Flag("var.c"), Scalar(True, PLACE), Scalar(None, PLACE), PLACE), MAYBE),
    ],
)
def test_a_boolean_is_converted_where_it_arrives(value: Value | None, expected: Truth) -> None:
    assert boolean(value, NO) is expected
