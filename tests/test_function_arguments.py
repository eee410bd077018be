"""Whatever a function or an operator of Terraform is given, it gives a value: what does not fit has none, and nothing fails."""

from __future__ import annotations

from itertools import product

import pytest

from ecrlint.evaluate.budget import Budget, Exceeded
from ecrlint.evaluate.terraform.functions import FUNCTIONS, lift
from ecrlint.evaluate.terraform.operators import ARITHMETIC
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Choice, Flag, Json, List, Map, Ref, Scalar, Text, Unknown, Value

SPAN = Span(Source("main.tf", "x = 1\n"), 0, 5)


def scalar(value: str | int | float | bool | None) -> Scalar:
    return Scalar(value, SPAN)


ARN = Ref("aws_x.y", "arn", SPAN)
HOLE = Unknown("it is not known", SPAN)
ONE = scalar(1)
VALUES: list[Value] = [
    *map(scalar, (None, True, 0, -1, 1.5, 10**149, 1e300, float("inf"), "", "abc", "10.0.0.0/8", "2020-01-01T00:00:00Z")),
    *map(scalar, ('{"a": [1]}', "%d %s %v %5.3q", "e\u0301\r\n", "\ud800", "1" * 5000)),
    List((), SPAN),
    List((scalar("a"), ONE), SPAN, kind="tuple"),
    List((scalar("b"), scalar(None)), SPAN, kind="list"),
    List((List((ONE,), SPAN), Map({}, SPAN)), SPAN, complete=False),
    List((ARN, HOLE), SPAN, kind="set"),
    List((scalar("b"),), SPAN, kind="bag"),
    Map({}, SPAN),
    Map({"a": List((scalar("x"),), SPAN)}, SPAN, kind="map"),
    Map({"a": HOLE, "b": Map({"c": scalar(None)}, SPAN)}, SPAN, complete=False),
    Text((scalar("arn:"), ARN, scalar(":x")), SPAN),
    Json(Map({"a": ONE}, SPAN), SPAN),
    Json(List((ARN,), SPAN), SPAN, "yaml"),
    *(ARN, Ref("var.v", "", SPAN), HOLE, Unknown("Terraform would stop", SPAN, error=True)),
    Choice(Flag("var.c"), List((scalar("a"),), SPAN), ONE, SPAN),
]


@pytest.mark.parametrize("name", [*FUNCTIONS, *ARITHMETIC])
def test_whatever_it_is_given_it_gives_a_value(name: str) -> None:
    function = ARITHMETIC[name] if name in ARITHMETIC else FUNCTIONS[name]
    lists: list[tuple[Value, ...]] = [*product(VALUES, repeat=2)]
    if name not in ARITHMETIC:
        lists += [(), *((value,) for value in VALUES), *product(VALUES[::4], repeat=3), tuple(VALUES[:12])]
    for arguments in lists:
        try:
            lift(name, function, arguments, SPAN, Budget())
        except Exceeded:
            continue


@pytest.mark.parametrize(("name", "least", "most"), [("lower", 1, 1), ("lookup", 2, 3), ("replace", 3, 3), ("element", 2, 2)])
def test_another_number_of_arguments_has_no_value(name: str, least: int, most: int) -> None:
    for count in {least - 1, most + 1}:
        made = lift(name, FUNCTIONS[name], [scalar("a")] * count, SPAN, Budget())
        assert isinstance(made, Unknown)
        assert made.error
