"""The JSON document in a string value, with the places of the file that the string stands in."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ecrlint.evaluate.alignment import align
from ecrlint.evaluate.json_document import decode, from_node
from ecrlint.model.source import Source, Span
from ecrlint.model.value import Choice, Flag, Json, List, Map, Ref, Scalar, Text, Unknown, Value
from ecrlint.parse.json import parse


def within(source: Source, words: str) -> Span:
    start = source.text.index(words)
    return Span(source, start, start + len(words))


def get(value: Value, *steps: str | int) -> Value:
    for step in steps:
        if isinstance(step, str):
            assert isinstance(value, Map)
            value = value.entries[step]
        else:
            assert isinstance(value, List)
            value = value.items[step]
    return value


def place(value: Value, *steps: str | int) -> tuple[int, int, str]:
    span = get(value, *steps).span
    return span.line, span.column, span.text


def text_of(source: Source, start: str, *, between: str = "", escaped: bool = False) -> Text:
    """The text at `start` with a hole for each `${name}` in it, as an evaluator would make it."""
    whole = within(source, start)
    parts: list[Value] = []
    at = whole.start + len(between)
    while True:
        found = source.text.find("${", at, whole.end)
        end = found if found >= 0 else whole.end - len(between)
        raw = source.text[at:end]
        parts.append(Scalar(raw.replace('\\"', '"') if escaped else raw, Span(source, at, end)))
        if found < 0:
            return Text(tuple(parts), whole)
        at = source.text.index("}", found) + 1
        parts.append(Ref(source.text[found + 2 : at - 1], "", Span(source, found, at)))


# Known strings


@pytest.mark.parametrize(
    ("raw", "known", "line", "column", "shown"),
    [
        ('<<EOF\n{"A": "x"}\nEOF', '{"A": "x"}\n', 2, 7, '"x"'),
        ('<<-EOF\n    {\n      "A": "x"\n    }\n  EOF', '{\n  "A": "x"\n}\n', 3, 12, '"x"'),
        ('<<-EOF\r\n  {\r\n    "A": "x"\r\n  }\r\n  EOF', '{\n  "A": "x"\n}\n', 3, 10, '"x"'),
        ('"{\\"A\\": \\"x\\"}"', '{"A": "x"}', 1, 10, '\\"x\\"'),
        ('"{\\"A\\":\\n\\t\\"x\\"}"', '{"A":\n\t"x"}', 1, 13, '\\"x\\"'),
        ('\'{"\'\'": 1, "A": "x"}\'', '{"\'": 1, "A": "x"}', 1, 17, '"x"'),
        ('|\n  {"B":\n    1,\n   "A": "x"}\n', '{"B":\n  1,\n "A": "x"}\n', 4, 9, '"x"'),
        ('>-\n  {"B": 1,\n  "A": "x"}\n', '{"B": 1, "A": "x"}', 3, 8, '"x"'),
        ('{"A": "x"}', '{"A": "x"}', 1, 7, '"x"'),
        ('|\n  {"A": "x"}', '{"A": "x"}\n', 2, 9, '"x"'),
        ("'{\"''''\": 1, \"A\": \"x\"}'", '{"\'\'": 1, "A": "x"}', 1, 19, '"x"'),
        ('"{\\"é\\": \\"\\u00e9\\ud83d\\ude00\\", \\"A\\": \\"x\\"}"', '{"é": "é😀", "A": "x"}', 1, 41, '\\"x\\"'),
        ('<<EOF\n{"$${B}": 1, "A": "x"}\nEOF', '{"${B}": 1, "A": "x"}\n', 2, 19, '"x"'),
        ('<<EOF\n{"${a}${b}": 1, "A": "x"}\nEOF', '{"known": 1, "A": "x"}\n', 2, 22, '"x"'),
        ('"{\\"B\\": \\"arn:${var.p}\\", \\"A\\": \\"x\\"}"', '{"B": "arn:aws-cn", "A": "x"}', 1, 35, '\\"x\\"'),
        ('{"${!B}": "${aws:y}", "A": "x"}', '{"${B}": "${aws:y}", "A": "x"}', 1, 28, '"x"'),
    ],
)
def test_a_value_in_a_known_string_has_its_own_place(raw: str, known: str, line: int, column: int, shown: str) -> None:
    source = Source("f", raw)
    value, problems = decode(Scalar(known, source.span(0, len(raw))))
    assert place(value, "A") == (line, column, shown)
    assert get(value, "A") == Scalar("x", get(value, "A").span)
    assert problems == []


def test_where_a_function_made_the_string_every_place_is_the_whole_of_it() -> None:
    source = Source("main.tf", 'replace(file("p.json"), "a", "b")')
    value, _ = decode(Scalar('{"A": "x"}', source.span(0, len(source.text))))
    assert place(value, "A") == (1, 1, source.text)


@example('%{"}')
@example('%{"')
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_json_strings_align_with_what_they_stand_for(text: str) -> None:
    source = Source("f", f" {json.dumps(text)} ")
    locate = align(text, source.span(1, len(source.text) - 1))
    for at in range(len(text)):
        assert json.loads(f'"{locate(at, at + 1).text}"') == text[at]


def test_an_empty_string_is_no_document() -> None:
    source = Source("f", '""')
    assert decode(Scalar("", source.span(0, 2))) == (Scalar(None, source.span(0, 2)), [])


def test_a_syntax_error_is_a_problem_at_its_own_place() -> None:
    source = Source("main.tf", 'policy = <<EOF\n{\n  "A": ]\n}\nEOF\n')
    value, problems = decode(Scalar('{\n  "A": ]\n}\n', source.span(9, len(source.text) - 1)), "policy")
    assert isinstance(value, Unknown)
    assert [(p.message, p.span.line, p.span.column) for p in problems if p.span] == [
        ('this policy is not valid JSON: expected a value, found "]"', 3, 8)
    ]


def test_a_name_that_is_there_twice_is_a_problem_and_the_last_one_counts() -> None:
    source = Source("f", '{"A": 1, "A": 2}')
    value, problems = decode(Scalar(source.text, source.span(0, 16)))
    assert get(value, "A") == Scalar(2, source.span(14, 15))
    assert [(p.message, p.span.column) for p in problems if p.span] == [('"A" is here twice: the last one counts', 10)]


def test_a_comment_is_a_problem_and_the_document_is_read() -> None:
    source = Source("f", '{"A": 1} // x')
    value, problems = decode(Scalar(source.text, source.span(0, 13)))
    assert get(value, "A") == Scalar(1, source.span(6, 7))
    assert [p.message for p in problems] == ["JSON has no comments"]


# Strings with holes


def test_a_hole_in_a_string_makes_it_a_text_whose_parts_have_their_places() -> None:
    source = Source("main.tf", '<<EOF\n{"R": "arn:${p}:s3:::${b}/*"}\nEOF')
    value, problems = decode(text_of(source, '{"R": "arn:${p}:s3:::${b}/*"}\n'))
    found = get(value, "R")
    assert isinstance(found, Text)
    assert [part.span.text for part in found.parts] == ["arn:", "${p}", ":s3:::", "${b}", "/*"]
    assert [part.value if isinstance(part, Scalar) else "" for part in found.parts] == ["arn:", "", ":s3:::", "", "/*"]
    assert place(value, "R") == (2, 7, '"arn:${p}:s3:::${b}/*"')
    assert problems == []


def test_a_string_that_is_one_hole_is_that_value() -> None:
    source = Source("f", '{"R": "${role}"}')
    value, _ = decode(text_of(source, source.text))
    assert get(value, "R") == Ref("role", "", within(source, "${role}"))


def test_holes_between_escaped_quotes_are_inside_the_string() -> None:
    source = Source("f", '"{\\"R\\": \\"${a}-${b}\\", \\"A\\": \\"x\\"}"')
    value, problems = decode(text_of(source, source.text, between='"', escaped=True))
    assert isinstance(get(value, "R"), Text)
    assert place(value, "A") == (1, 32, '\\"x\\"')
    assert problems == []


def test_a_hole_that_is_json_gives_its_value() -> None:
    source = Source("f", '{"R": ${jsonencode(x)}}')
    span = within(source, "${jsonencode(x)}")
    inner = List((Ref("x", "", span),), span)
    value, _ = decode(Text((Scalar('{"R": ', source.span(0, 6)), Json(inner, span), Scalar("}", source.span(22, 23))), span))
    assert get(value, "R") is inner


def test_a_choice_of_fragments_is_a_choice_of_values() -> None:
    source = Source("f", '{"R": ${c ? "[]" : "1"}}')
    span = within(source, '${c ? "[]" : "1"}')
    hole = Choice(Flag("c"), Scalar("[]", within(source, '"[]"')), Scalar("1", within(source, '"1"')), span)
    value, _ = decode(Text((Scalar('{"R": ', source.span(0, 6)), hole, Scalar("}", source.span(23, 24))), span))
    found = get(value, "R")
    assert isinstance(found, Choice)
    assert isinstance(found.then, List)
    assert isinstance(found.otherwise, Scalar)


def test_a_choice_that_decides_the_syntax_makes_two_documents() -> None:
    source = Source("f", '{"R": [1${c ? ",2" : ""}], "S": ${c ? "3" : "4"}}')
    first, second = within(source, '${c ? ",2" : ""}'), within(source, '${c ? "3" : "4"}')
    parts = (
        Scalar('{"R": [1', source.span(0, 8)),
        Choice(Flag("c"), Scalar(",2", within(source, ",2")), Scalar("", within(source, '""')), first),
        Scalar('], "S": ', source.span(first.end, second.start)),
        Choice(Flag("c"), Scalar("3", within(source, "3")), Scalar("4", within(source, "4")), second),
        Scalar("}", source.span(second.end, second.end + 1)),
    )
    value, problems = decode(Text(parts, source.span(0, len(source.text))))
    assert isinstance(value, Choice)
    assert [len(one.items) for one in (get(value.then, "R"), get(value.otherwise, "R")) if isinstance(one, List)] == [2, 1]
    assert [one.value for one in (get(value.then, "S"), get(value.otherwise, "S")) if isinstance(one, Scalar)] == [3, 4]
    assert problems == []


@pytest.mark.parametrize(("then", "otherwise", "broken"), [(",", "", 0), ("]", "}", 1)])
def test_only_what_is_broken_on_both_sides_is_a_problem(then: str, otherwise: str, broken: int) -> None:
    source = Source("f", f'{{"R": [1${{c ? "{then}" : "{otherwise}"}}]}}')
    hole = within(source, f'${{c ? "{then}" : "{otherwise}"}}')
    choice = Choice(Flag("c"), Scalar(then, hole), Scalar(otherwise, hole), hole)
    value, problems = decode(Text((Scalar('{"R": [1', source.span(0, 8)), choice, Scalar("]}", hole)), hole))
    assert isinstance(value, Choice)
    assert len(problems) == broken


def test_a_hole_in_value_position_is_unknown_and_leaves_a_list_open() -> None:
    source = Source("f", '{"R": [${a}], "B": ${b}, "C": [1]}')
    value, problems = decode(text_of(source, source.text))
    inner, closed = get(value, "R"), get(value, "C")
    assert isinstance(inner, List)
    assert isinstance(closed, List)
    assert (inner.complete, closed.complete) == (False, True)
    assert get(value, "B") == Unknown("b is known only after deployment", within(source, "${b}"))
    assert problems == []


def test_a_hole_in_a_name_leaves_the_map_open() -> None:
    source = Source("f", '{"${a}:sub": 1, "B": 2}')
    value, _ = decode(text_of(source, source.text))
    assert isinstance(value, Map)
    assert (list(value.entries), value.complete) == (["B"], False)


def test_a_text_that_a_bare_hole_may_complete_is_unknown_without_a_problem() -> None:
    source = Source("f", '{"A": 1 ${rest}')
    value, problems = decode(text_of(source, source.text))
    assert isinstance(value, Unknown)
    assert problems == []


def test_a_text_that_no_hole_can_mend_is_a_problem() -> None:
    source = Source("f", '{"A": "${x}" ]}')
    value, problems = decode(text_of(source, source.text), "policy")
    assert isinstance(value, Unknown)
    assert [(p.message, p.span.column) for p in problems if p.span] == [
        ('this policy is not valid JSON: expected ",", found "]"', 14)
    ]


# Other values


def test_both_sides_of_a_choice_are_decoded_and_other_values_stay() -> None:
    source = Source("f", '{"A": 1}')
    span = source.span(0, 8)
    known, ref = Scalar(source.text, span), Ref("aws_iam_policy.x", "policy", span)
    value, _ = decode(Choice(Flag("c"), known, ref, span))
    assert isinstance(value, Choice)
    assert isinstance(value.then, Map)
    assert value.otherwise is ref
    assert decode(Json(value.then, span)) == (value.then, [])
    assert decode(value.then) == (value.then, [])


def test_plain_data_becomes_values_with_their_places() -> None:
    source = Source("f", '{"A": [true, null, 1.5], "A": 2}')
    node, _ = parse(source)
    assert node is not None
    problems: list[object] = []
    value = from_node(node, problems)  # type: ignore[arg-type]
    assert get(value, "A") == Scalar(2, source.span(30, 31))
    assert len(problems) == 1
