"""YAML text to nodes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ecrlint.model.node import Node
from ecrlint.model.source import Source
from ecrlint.parse.yaml import MAX_NODES, parse

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]))
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner) | st.dictionaries(words, inner),
)


def read(text: str) -> tuple[list[Node], list[tuple[str, int, int]]]:
    nodes, problems = parse(Source("t.yaml", text))
    return nodes, [(p.message, p.span.line, p.span.column) for p in problems if p.span is not None]


def only(text: str) -> Node:
    nodes, problems = read(text)
    assert problems == []
    assert len(nodes) == 1
    return nodes[0]


def at(node: Node, *steps: str | int) -> Node:
    for step in steps:
        if node.tag.startswith("!"):
            node = node.value
        node = node.value[step] if isinstance(step, int) else next(item for key, item in node.value if key.value == step)
    return node


def plain(node: Node) -> Any:
    if node.tag == "map":
        return {key.value: plain(item) for key, item in node.value}
    if node.tag == "list":
        return [plain(item) for item in node.value]
    return node.value


@given(documents, st.booleans())
def test_what_the_library_writes_is_read_back(value: Any, flow: bool) -> None:
    text = yaml.safe_dump({"k": value}, allow_unicode=True, default_flow_style=flow)
    assert plain(only(text)) == {"k": value}


@given(words, words)
def test_spans_count_characters(before: str, text: str) -> None:
    node = at(only(yaml.safe_dump([before, {"k": text}], allow_unicode=True, width=10_000)), 1, "k")
    assert yaml.safe_load(node.span.text) == text


@pytest.mark.parametrize(
    ("text", "tag", "value"),
    [
        ("true", "bool", True),
        ("No", "bool", False),
        ("12", "number", 12),
        ("-1.5", "number", -1.5),
        ("~", "null", None),
        ("", "null", None),
        ("2012-10-17", "string", "2012-10-17"),
        ("012345678901", "string", "012345678901"),
        ("22:22", "string", "22:22"),
        ('"true"', "string", "true"),
        ("!!str 12", "string", "12"),
        ("1" * 5000, "string", "1" * 5000),
    ],
)
def test_a_plain_scalar_has_the_type_that_templates_mean(text: str, tag: str, value: object) -> None:
    node = at(only(f"k: {text}\n"), "k")
    assert (node.tag, node.value) == (tag, value)


def test_a_local_tag_is_a_node_around_the_untagged_one() -> None:
    node = only('a: !Sub "x"\nb: !If\n  - c\n  - !Ref d\n  # why\n\ne: !Ref f\n')
    sub, choice = at(node, "a"), at(node, "b")
    assert (sub.tag, sub.span.text, sub.value.tag, sub.value.span.text) == ("!Sub", '!Sub "x"', "string", '"x"')
    assert (choice.tag, choice.value.tag, choice.value.span.text) == ("!If", "list", "- c\n  - !Ref d")
    assert at(node, "b", 1).tag == "!Ref"


def test_a_block_scalar_begins_at_its_mark_and_ends_with_its_last_line() -> None:
    node = at(only("a: !Sub &x |\n  one\n  two\n\nb: 1\n"), "a").value
    assert (node.value, node.span.text) == ("one\ntwo\n", "|\n  one\n  two")


def test_an_alias_is_the_node_that_it_names_and_merged_keys_give_way_to_own_ones() -> None:
    node = only("a: &a {x: 1, y: 2}\nb: *a\nc:\n  <<: [*a, {z: 4}]\n  y: 3\n")
    assert plain(node) == {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}, "c": {"x": 1, "z": 4, "y": 3}}
    assert at(node, "b").span.line == 1


def test_duplicate_keys_are_kept_in_order() -> None:
    assert [(key.value, item.value) for key, item in only("a: 1\na: 2\n").value] == [("a", 1), ("a", 2)]


def test_a_key_is_a_string_whatever_it_is() -> None:
    assert [key.value for key, _ in only("1: a\ntrue: b\n{x: y}: c\n").value] == ["1", "true", "{x: y}"]


def test_each_document_of_a_file_is_a_node() -> None:
    nodes, problems = read("a: 1\n---\nb: 2\n...\n---\n- c\n")
    assert [plain(node) for node in nodes] == [{"a": 1}, {"b": 2}, ["c"]]
    assert nodes[1].value[0][1].span.line == 3
    assert problems == []


def test_an_empty_file_has_no_documents() -> None:
    assert read("") == ([], [])
    assert read("# nothing\n") == ([], [])


def test_windows_line_ends_do_not_shift_places() -> None:
    node = at(only("a:\r\n  - é😀\r\n  - x\r\n"), "a", 1)
    assert (node.span.line, node.span.column, node.span.text) == (3, 5, "x")


def test_fifty_levels_are_read() -> None:
    value = plain(only("".join("  " * level + "- \n" if level else "-\n" for level in range(50)) + "  " * 50 + "x\n"))
    for _ in range(50):
        value = value[0]
    assert value == "x"


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "a: " + "{b: " * 100_000, "- " * 50_000, "".join(" " * i + "a:\n" for i in range(1_500))]
)
def test_what_nests_too_deep_is_a_problem(text: str) -> None:
    _, problems = read(text)
    assert [message for message, _, _ in problems] == ["this is not valid YAML: it nests more than 200 levels deep"]


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a:\n\tb: 1\n", "a tab cannot indent", 2, 1),
        ("a: b: c\n", "mapping values are not allowed in this context", 1, 5),
        ("a: *b\n", "found undefined alias", 1, 4),
        ("a: !GetAZs !Ref X\n", "a second tag after !GetAZs: write the full name of one of the functions", 1, 12),
        ("a:\n  - !Base64   !Sub x\n", "a second tag after !Base64: write the full name of one of the functions", 2, 15),
        ("%FOO\n---\na: 1\n", "found unknown directive name", 1, 5),
        ("%YAML 3.0\n---\na: 1\n", "found incompatible YAML document", 1, 1),
        ("&a [*a]\n", "an alias names what it stands in", 1, 1),
        ("é😀: [1, 2\nb: 3\n", "did not find expected ',' or ']'", 2, 2),
    ],
)
def test_a_syntax_error_is_a_problem_at_its_place(text: str, message: str, line: int, column: int) -> None:
    _, problems = read(text)
    assert problems == [(f"this is not valid YAML: {message}", line, column)]


def test_a_nul_byte_is_a_problem_and_the_rest_is_read() -> None:
    nodes, problems = read("a: 1\nb: x\0y\nc: 2\n")
    assert plain(nodes[0]) == {"a": 1, "b": "x y", "c": 2}
    assert problems == [('this is not valid YAML: the character "\\x00" is not allowed', 2, 5)]


def test_what_stands_before_an_error_is_read_without_the_item_that_has_it() -> None:
    nodes, problems = read("P: 1\nR:\n  A:\n    T: x\n  B:\n    T: y\n    Q: [1\n  C:\n    T: z\n")
    assert [problem[1] for problem in problems] == [8]
    assert plain(at(nodes[0], "R")) == {"A": {"T": "x"}}
    key, lost = nodes[0].value[-1]
    assert (key.value, lost.tag, lost.span.line) == ("", "unreadable", 5)


def test_an_alias_bomb_is_a_problem() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 30)
    )
    nodes, problems = read(bomb)
    assert nodes == []
    assert problems == [(f"this is not valid YAML: its aliases expand to more than {MAX_NODES} nodes", 6, 5)]


def test_a_chain_of_aliases_counts_as_depth() -> None:
    _, problems = read("a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 1_000)))
    assert [message for message, _, _ in problems] == ["this is not valid YAML: it nests more than 200 levels deep"]
