"""JSON text to nodes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecrlint.model.node import Node
from ecrlint.model.source import Source, Span
from ecrlint.parse.json import MAX_DEPTH, parse, parse_embedded

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


def read(text: str) -> tuple[Node | None, list[tuple[str, int, int]]]:
    node, problems = parse(Source("policy.json", text))
    return node, [(p.message, p.span.line, p.span.column) for p in problems if p.span is not None]


def plain(node: Node | None) -> Any:
    assert node is not None
    if node.tag == "map":
        return {key.value: plain(item) for key, item in node.value if item.tag != "unreadable"}
    if node.tag == "list":
        return [plain(item) for item in node.value if item.tag != "unreadable"]
    return node.value


@given(documents, st.sampled_from([None, 2]), st.booleans())
def test_what_the_standard_library_writes_is_read_back(value: Any, indent: int | None, ascii_only: bool) -> None:
    node, problems = read(json.dumps(value, indent=indent, ensure_ascii=ascii_only))
    assert plain(node) == value
    assert problems == []


@given(documents)
def test_every_span_holds_the_text_of_its_node(value: Any) -> None:
    node, _ = read(json.dumps(value, ensure_ascii=False))

    def check(node: Node) -> None:
        assert json.loads(node.span.text) == plain(node)
        for item in node.value if node.tag in ("list", "map") else ():
            for one in item if isinstance(item, tuple) else (item,):
                check(one)

    assert node is not None
    check(node)


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("", "expected a value, found the end", 1),
        ('{"a": ]}', 'expected a value, found "]"', 7),
        ("[1,,2]", 'expected a value, found ","', 4),
        ('{"a": 1,, "b": 2}', 'expected a name in double quotes, found ","', 9),
        ('{"a" 1}', 'expected ":", found "1"', 6),
        ('{"a": 1 "b": 2}', 'expected ",", found "b"', 9),
        ("{'a': 1}", 'expected a name in double quotes, found "\'"', 2),
        ("{} {}", 'expected the end, found "{"', 4),
        ('{"a": "b', "this string has no end", 7),
        ('{"a": {"b": 2}', 'expected ",", found the end', 15),
        ('{"a": "\\q"}', '"\\q" is not an escape', 8),
        ('{"é😀": }', 'expected a value, found "}"', 8),
    ],
)
def test_a_syntax_error_says_what_was_expected_and_where(text: str, message: str, column: int) -> None:
    _, problems = read(text)
    assert problems == [(f"this is not valid JSON: {message}", 1, column)]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"a": {"x": ]}, "b": 2}', {"a": {}, "b": 2}),
        ('{"a": 1 "b": 2}', {"a": 1, "b": 2}),
        ('{"a": [1, {"b": 2}', {"a": [1, {"b": 2}]}),
        ('{"a": 1, "b": "x', {"a": 1, "b": "x"}),
        ("[1, 2,]", [1, 2]),
    ],
)
def test_what_stands_beside_an_error_is_still_read(text: str, left: Any) -> None:
    node, problems = read(text)
    assert plain(node) == left
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("text", "value", "columns"),
    [
        ("[1,]", [1], [3]),
        ('{"a": [1, 2 , ],}', {"a": [1, 2]}, [13, 16]),
        ('{"a": ",]", "b": 1,\n}', {"a": ",]", "b": 1}, [19]),
    ],
)
def test_a_comma_before_the_end_is_told_and_changes_nothing(text: str, value: Any, columns: list[int]) -> None:
    node, problems = read(text)
    assert plain(node) == value
    assert [(message, column) for message, _, column in problems] == [("JSON has no comma at the end", at) for at in columns]


def test_an_error_leaves_a_mark_in_the_map_or_list_that_it_is_in() -> None:
    node, _ = read('{"a": 1 "b": [2,]}')
    assert node is not None
    assert any(key.value == "" and item.tag == "unreadable" for key, item in node.value)
    node, _ = read("[2,,]")
    assert node is not None
    assert [item.tag for item in node.value] == ["number", "unreadable"]


def test_a_comment_is_a_problem_and_the_rest_is_read() -> None:
    node, problems = read('{\n  // why\n  "a": "http://x", /* because */ "b": 1}')
    assert plain(node) == {"a": "http://x", "b": 1}
    assert problems == [("JSON has no comments", 2, 3)]


def test_duplicate_names_are_kept_in_order() -> None:
    node, _ = read('{"a": 1, "a": 2}')
    assert node is not None
    assert [(key.value, item.value) for key, item in node.value] == [("a", 1), ("a", 2)]


def test_fifty_levels_are_read() -> None:
    node, problems = read("[" * 50 + "1" + "]" * 50)
    value = plain(node)
    for _ in range(50):
        value = value[0]
    assert value == 1
    assert problems == []


def test_what_is_nested_too_deep_is_unreadable_and_a_problem() -> None:
    node, problems = read('{"a": ' * 100_000 + "1" + "}" * 100_000)
    for _ in range(MAX_DEPTH):
        assert node is not None
        node = node.value[0][1]
    assert node is not None
    assert node.tag == "unreadable"
    assert problems == [("what is nested more than 200 levels deep is not read", 1, 6 * MAX_DEPTH + 1)]


def test_a_nul_byte_is_a_problem_at_its_place() -> None:
    _, problems = read('{"a": "\0"}')
    assert problems == [('this is not valid JSON: unexpected "\\x00"', 1, 8)]


def test_windows_line_ends_are_blank() -> None:
    node, problems = read('{\r\n  "a": 1\r\n}\r\n')
    assert node is not None
    assert node.value[0][1].span.line == 2
    assert problems == []


def test_embedded_text_has_the_places_of_its_file() -> None:
    source = Source("main.tf", 'x = "[1, ]"')
    node, problems = parse_embedded("[1, ]", lambda start, end: Span(source, start + 5, end + 5))
    assert node is not None
    assert node.span.text == "[1, ]"
    assert [(p.path, p.span.column) for p in problems if p.span] == [("main.tf", 8)]
