"""Our `dataclass` makes what the standard one makes."""

from __future__ import annotations

import dataclasses
import pickle
from typing import Any

import pytest

from ecrlint.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    path: str
    line: int = 1
    note: str = dataclasses.field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Other:
    path: str
    line: int = 1


@dataclass(frozen=True)
class Nothing:
    pass


@dataclass(frozen=True, slots=True)
class OfItsOwn:
    value: list[int]

    def __hash__(self) -> int:
        return 7

    def __repr__(self) -> str:
        return "its own"


@dataclass
class Mutable:
    found: list[str] = dataclasses.field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Itself:
    value: int = 1


def test_two_with_the_same_fields_are_equal_and_count_as_one() -> None:
    assert Place("a", note="x") == Place("a", note="y") != Place("b")
    assert len({Place("a"), Place("a"), Place("b")}) == 2
    assert Nothing() == Nothing()
    others: list[object] = [Other("a"), ("a", 1, ""), None]
    assert Place("a") not in others
    assert Itself() != Itself()


def test_it_is_shown_matched_changed_and_pickled_as_the_standard_one() -> None:
    place = Place("a", 3)
    assert repr(place).endswith("Place(path='a', line=3)")
    match place:
        case Place(path, line):
            assert (path, line) == ("a", 3)
    assert dataclasses.replace(place, line=4) == Place("a", 4)
    assert pickle.loads(pickle.dumps(place)) == place
    assert dataclasses.is_dataclass(Place)
    assert [field.name for field in dataclasses.fields(Place)] == ["path", "line", "note"]


def test_what_a_class_says_itself_stays() -> None:
    assert (hash(OfItsOwn([1])), repr(OfItsOwn([1]))) == (7, "its own")
    assert OfItsOwn([1]) == OfItsOwn([1])


def test_one_that_changes_has_no_hash_and_lists_of_its_own() -> None:
    assert Mutable() == Mutable()
    assert Mutable().found is not Mutable().found
    unhashable: Any = Mutable()
    with pytest.raises(TypeError, match="unhashable"):
        hash(unhashable)


def test_slots_leave_no_room_for_another_name() -> None:
    place: Any = Place("a")
    with pytest.raises(AttributeError):
        place.other = 1


@dataclass
class Filled:
    name: str
    parts: tuple[str, ...] = dataclasses.field(init=False)
    length: int = dataclasses.field(default=0, init=False)
    seen: dict[str, int] = dataclasses.field(default_factory=dict, init=False)
    new: list[int] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.parts = tuple(self.name)


def test_every_kind_of_field_is_filled_for_the_first_object_and_for_the_next() -> None:
    first, second = Filled("ab"), Filled("c", new=[1])
    assert (first.parts, first.length, first.seen, first.new) == (("a", "b"), 0, {}, [])
    assert (second.parts, second.length, second.seen, second.new) == (("c",), 0, {}, [1])
    assert first.seen is not second.seen


def test_an_argument_too_many_or_too_few_is_told_as_the_standard_one_tells_it() -> None:
    made: Any = Place
    for _ in range(2):
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'path'"):
            made()
        with pytest.raises(TypeError, match="unexpected keyword argument 'other'"):
            made("a", other=1)
