"""HCL text to nodes: shapes and places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ecrlint.model.node import Node
from ecrlint.model.source import Source
from ecrlint.parse import hcl


def read(text: str) -> tuple[Node, list[str]]:
    body, problems = hcl.parse(Source("main.tf", text))
    return body, [f"{p.span.line if p.span else 0}: {p.message}" for p in problems]


def plain(node: Any) -> Any:
    """A node as nested tuples, without places."""
    if isinstance(node, tuple):
        return tuple(plain(part) for part in node)
    if not isinstance(node, Node):
        return node
    return plain(node.value) if node.tag == "lazy" else (node.tag, plain(node.value))


def expression(text: str) -> Any:
    body, problems = read(f"x = {text}\n")
    assert problems == []
    return plain(body.value[0].value[1])


def string(text: str) -> Any:
    found = expression(text)
    assert found[0] == "string"
    return found[1]


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("1", ("number", 1)),
        ("1.5e3", ("number", 1500.0)),
        ("true", ("bool", True)),
        ("null", ("null", None)),
        ("a.b", ("attr", (("name", "a"), "b"))),
        ("a.b[0]", ("index", (("attr", (("name", "a"), "b")), ("number", 0)))),
        ("aws_iam_role.0.arn", ("attr", (("attr", (("name", "aws_iam_role"), "0")), "arn"))),
        ("data.aws_iam_role.0", ("attr", (("attr", (("name", "data"), "aws_iam_role")), "0"))),
        ("a[*].b[0]", ("splat", (("name", "a"), (("attr", "b"), ("index", ("number", 0)))))),
        ("a.*.b[0]", ("index", (("splat", (("name", "a"), (("attr", "b"),))), ("number", 0)))),
        ("!a && b", ("binary", ("&&", ("unary", ("!", ("name", "a"))), ("name", "b")))),
        ("1 + 2 * 3", ("binary", ("+", ("number", 1), ("binary", ("*", ("number", 2), ("number", 3)))))),
        ("a /* why */ + b", ("binary", ("+", ("name", "a"), ("name", "b")))),
        ("f(a, b...)", ("call", ("f", (("name", "a"), ("name", "b")), True))),
        ("{ a = 1, (b) : 2 }", ("map", ((("string", "a"), ("number", 1)), (("parens", ("name", "b")), ("number", 2))))),
        ('"${a}"', ("name", "a")),
        ('"x${a} y"', ("template", (("string", "x"), ("name", "a"), ("string", " y")))),
        ('"x ${~ a ~} y"', ("template", (("string", "x"), ("name", "a"), ("string", "y")))),
        ("a ? b : c", ("conditional", (("name", "a"), ("name", "b"), ("name", "c")))),
    ],
)
def test_an_expression_has_this_shape(text: str, shape: Any) -> None:
    assert expression(text) == shape


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('""', ""),
        (r'"a\n\"b\"\\ A"', 'a\n"b"\\ A'),
        ('"$${a} %%{if}"', "${a} %{if}"),
        ("<<EOF\n  a\n\n  b\nEOF\n", "  a\n\n  b\n"),
        ("<<-EOF\n    a\n\n      b\n    EOF\n", "a\n\n  b\n"),
        ("<<-EOF\n  a \\n $${b}\n  EOF\n", "a \\n ${b}\n"),
    ],
)
def test_a_literal_string_has_this_value(text: str, value: str) -> None:
    assert string(text) == value


def test_template_directives_become_conditionals_and_loops() -> None:
    text = '"%{ if a ~} x %{ else }y%{ endif }"'
    assert expression(text) == ("conditional", (("name", "a"), ("string", "x "), ("string", "y")))


def test_blocks_have_labels_with_and_without_quotes() -> None:
    body, problems = read('resource aws_x "y" {\n  a = 1\n  nested { b = 2 }\n}\n')
    assert problems == []
    kind, labels, inner = body.value[0].value
    assert (kind, labels) == ("resource", ("aws_x", "y"))
    assert [item.tag for item in inner.value] == ["attribute", "block"]


def test_places_are_in_characters_also_after_non_ascii_text() -> None:
    body, _ = read('locals {\n  naïve = "é" # ñ\n  b = "ü${x}"\n}\n')
    inner = body.value[0].value[2]
    template = inner.value[1].value[1].value
    name = template.value[1]
    assert (name.span.line, name.span.column, name.span.text) == (3, 11, "x")


def test_the_place_of_a_string_covers_its_quotes() -> None:
    body, _ = read('a = "b"\n')
    assert body.value[0].value[1].span.text == '"b"'


def test_crlf_line_ends_do_not_shift_places() -> None:
    body, problems = read('a = 1\r\nb = "c"\r\n')
    assert problems == []
    assert body.value[1].value[1].span.line == 2


def test_after_a_syntax_error_the_rest_is_still_read() -> None:
    body, problems = read('resource "a" "b" {\n  x = [1,\n}\n\nlocals {\n  y = 2\n}\n')
    assert len(problems) >= 1
    assert problems[0].split(":")[0] in ("2", "3")
    text = str([plain(item) for item in body.value])
    assert "'y'" in text


def test_a_stray_brace_is_a_problem_at_its_line() -> None:
    _, problems = read("a = 1\n}\nb = 2\n")
    assert [problem.split(":")[0] for problem in problems] == ["2"]


def test_an_empty_file_is_an_empty_body() -> None:
    body, problems = read("")
    assert (body.value, problems) == ((), [])


def test_fifty_levels_of_nesting_are_read() -> None:
    found = expression("[" * 50 + "1" + "]" * 50)
    for _ in range(50):
        assert found[0] == "list"
        (found,) = found[1]
    assert found == ("number", 1)


def test_ten_thousand_levels_of_nesting_do_not_end_the_program() -> None:
    found = expression("[" * 10_000 + "1" + "]" * 10_000)
    assert "unreadable" in str(found)[-400:] or found[0] == "list"


def test_a_template_file_is_read_like_a_heredoc() -> None:
    text = '{"a": "${x}",\n "b": "$${y}"}'
    source = Source("policy.json.tpl", text)
    node = hcl.parse_template(source, text, 0)
    assert plain(node) == ("template", (("string", '{"a": "'), ("name", "x"), ("string", '",\n "b": "${y}"}')))
    assert node.value[1].span.text == "x"


@pytest.mark.parametrize(
    ("text", "number"),
    [("1e3", 1000), ("1E+3", 1000), ("2e-1", 0.2), ("1.5e3", 1500), ("007", 7), ("1.0", 1)],
)  # fmt: skip
def test_a_whole_number_may_have_an_exponent(text: str, number: float) -> None:
    assert expression(text) == ("number", number)


def test_an_exponent_is_told_from_a_name_and_from_text() -> None:
    assert expression("[a-2e1, b1e3, 1e3]") == ("list", (("name", "a-2e1"), ("name", "b1e3"), ("number", 1000)))
    assert expression('"1e3 ${1e3}"') == ("template", (("string", "1e3 "), ("number", 1000)))
    body, problems = read("a = <<E\nE\nb = 1e3 # 1e3\nc = <<E\n1e3\nE\n")
    assert problems == []
    assert [plain(item.value[1]) for item in body.value] == [("string", ""), ("number", 1000), ("string", "1e3\n")]


@pytest.mark.parametrize("text", ["1" * 400, "1" * 5000, "1e999", "0." + "1" * 400])
def test_a_number_that_nobody_counts_with_is_unreadable_and_says_why(text: str) -> None:
    assert expression(text) == ("unreadable", "this number has more digits than are computed")


@pytest.mark.parametrize("opened", ['{"a":', "[", "(", '"${', "f(", "a ? b : ", "<<E\n${", '"%{if a}'])
def test_thousands_of_things_that_are_not_closed_are_problems_at_once(opened: str) -> None:
    _, problems = read("locals {\n  x = " + opened * 5000 + "\n}\n")
    assert problems


def whole(node: object) -> object:
    """A node and all that is in it, with its places."""
    if isinstance(node, Node):
        value = node.value
        return (node.tag, node.span.start, node.span.end, whole(value))
    return tuple(map(whole, node)) if isinstance(node, tuple) else node


def test_what_is_read_once_its_tree_is_gone_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = sorted((Path(__file__).parent / "fixtures").rglob("*.tf"))
    sources = [Source(path.name, path.read_text(errors="replace"), "terraform") for path in paths]
    before = [whole(hcl.parse(source)[0]) for source in sources]
    monkeypatch.setattr(hcl, "recent_trees", hcl.RecentTrees(0))
    late = [hcl.parse(source)[0] for source in sources]
    assert list(map(whole, late)) == before
