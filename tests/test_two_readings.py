"""HCL read twice, by tree-sitter and by python-hcl2, is the same; where it is not, which is right and why.

What is right is what hashicorp/hcl does: https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md and, where the
specification is silent, its parser and the tests of it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecrlint.model.node import Node
from ecrlint.model.source import Source
from ecrlint.parse import hcl

pytest.importorskip("hcl2.api", reason="the extra hcl2 is not installed")

from ecrlint.parse import hcl_python

ROOT = Path(__file__).parent.parent


def differences(ours: Any, theirs: Any, at: str = "") -> Iterator[str]:
    """Where two trees differ, in tag, value or the line on which they start; at most one for each branch."""
    if isinstance(ours, Node) and isinstance(theirs, Node):
        place = f"{at}/{ours.tag}@{ours.span.line}"
        if (ours.tag, ours.span.line) != (theirs.tag, theirs.span.line):
            yield f"{place}: {ours.tag} at line {ours.span.line}, but {theirs.tag} at line {theirs.span.line}"
        else:
            yield from differences(ours.value, theirs.value, place)
    elif isinstance(ours, tuple) and isinstance(theirs, tuple):
        if len(ours) != len(theirs):
            yield f"{at}: {len(ours)} parts, but {len(theirs)}: {ours!r:.300}, but {theirs!r:.300}"
        for i, (one, other) in enumerate(zip(ours, theirs, strict=False)):
            yield from differences(one, other, f"{at}.{i}")
    elif (type(ours), ours) != (type(theirs), theirs):
        yield f"{at}: {ours!r:.300}, but {theirs!r:.300}"


def compare(text: str, name: str = "main.tf") -> list[str]:
    source = Source(name, text)
    ours, our_problems = hcl.parse(source)
    theirs, their_problems = hcl_python.parse(source)
    said = [(p.span.line if p.span else 0, p.message) for p in (*our_problems, *their_problems)]
    if bool(our_problems) != bool(their_problems):
        return [f"only {'tree-sitter' if our_problems else 'python-hcl2'} refuses it: {said}"]
    return [] if our_problems else list(differences(ours, theirs))


FILES = sorted(path for folder in ("tests/fixtures", "examples") for path in (ROOT / folder).rglob("*.tf"))


def test_every_fixture_and_example_is_read_the_same() -> None:
    found = {path.relative_to(ROOT).as_posix(): compare(path.read_bytes().decode()) for path in FILES}
    assert {path: said for path, said in found.items() if said} == {}


# Text that is HCL: what is generated is the text, so that no tree of ours decides what it says.

WORDS = st.sampled_from(["a", "b1", "x-y", "_z", "naïve", "for_each", "iffy", "endpoint", "null_resource", "truth", "data"])
NUMBERS = st.one_of(st.integers(0, 10**12).map(str), st.sampled_from(["0.5", "10.25", "1.5e3", "2.0E-2", "1e5", "2E-2", "007"]))
CHARACTERS = st.sampled_from([*"ab{}~'#/ ", "é", "→", "$ ", "% ", "$${", "%%{", "//", "/*", "<<E ", "\t"])
ESCAPED = st.sampled_from([r"\n", r"\"", r"\\", r"\t", r"\r", r"\u00e9", r"\U0001F600"])
INLINE = st.sampled_from(["", "", "", " ", "  ", "\t", " /* c */ "])
BREAKS = st.sampled_from(["", "", " ", "\n", "\n  ", " # c }\n", " // c ]\n", "/* c\n */", "\n\n\t"])
OPERATORS = st.sampled_from(["||", "&&", "==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%"])


@cache
def gap(multi: bool) -> st.SearchStrategy[str]:
    """What may stand between two tokens; a line end only inside round and square brackets and sequences."""
    return BREAKS if multi else INLINE


@cache
@st.composite
def expressions(draw: st.DrawFn, depth: int = 3, multi: bool = False) -> str:
    """An expression; a conditional may be its own third part, so that grouping shows."""
    first = draw(operations(depth, multi))
    if depth == 0 or draw(st.integers(0, 4)):
        return first
    then, otherwise = draw(expressions(depth - 1, multi)), draw(expressions(depth - 1, multi))
    blanks = [draw(gap(multi)) for _ in range(4)]
    return f"{first}{blanks[0]}?{blanks[1]}{then}{blanks[2]} :{blanks[3]}{otherwise}"


@cache
@st.composite
def operations(draw: st.DrawFn, depth: int, multi: bool) -> str:
    text = draw(operands(depth, multi))
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2, 3])) if depth else 0):
        before, after = draw(gap(multi)), draw(gap(multi))
        text += f" {before}{draw(OPERATORS)} {after}{draw(operands(depth - 1, multi))}"
    return text


@cache
@st.composite
def operands(draw: st.DrawFn, depth: int, multi: bool) -> str:
    sign = draw(st.sampled_from(["", "", "", "", "-", "!"]))  # one only: see REFUSED_BY_PYTHON_HCL2
    return sign + draw(terms(depth, multi)) + "".join(draw(st.lists(steps(depth), max_size=3 if depth else 0)))


@cache
def steps(depth: int) -> st.SearchStrategy[str]:
    return st.one_of(
        WORDS.map(lambda word: f".{word}"),
        st.sampled_from(["[*]", ".*", ".true", ".if2"]),
        st.sampled_from([".0.x", ".12.y"]),  # a digit is never the last, where a second would make a number of both
        st.tuples(BREAKS, expressions(max(depth - 2, 0), True), BREAKS).map(lambda parts: "[{}{}{}]".format(*parts)),
    )


@cache
def terms(depth: int, multi: bool) -> st.SearchStrategy[str]:
    simple = st.one_of(NUMBERS.map(lambda text: f"({text})"), WORDS, st.sampled_from(["true", "false", "null"]), quoted(0))
    if depth == 0:
        return simple
    wrapped = st.tuples(BREAKS, expressions(depth - 1, True), BREAKS).map(lambda parts: "({}{}{})".format(*parts))
    return st.one_of(simple, quoted(depth), wrapped, lists(depth), objects(depth), calls(depth), fors(depth))


@cache
@st.composite
def lists(draw: st.DrawFn, depth: int) -> str:
    items = draw(st.lists(items_of(depth), max_size=3))
    text = "".join(f"{draw(BREAKS)}{item}{draw(BREAKS)}," for item in items)
    return f"[{text if draw(st.booleans()) else text[:-1]}{draw(BREAKS)}]"


@cache
def items_of(depth: int) -> st.SearchStrategy[str]:
    return st.one_of(expressions(depth - 1, True), heredocs(depth - 1))


@cache
@st.composite
def objects(draw: st.DrawFn, depth: int) -> str:
    odd = st.sampled_from(["true", "null", "if", "in", "for1", "4"])
    key = st.one_of(WORDS, quoted(depth - 1), WORDS.map("({})".format), odd)
    text = draw(st.sampled_from(["", "\n", " # c\n", "\n\n  "]))
    for _ in range(draw(st.integers(0, 3))):
        value = draw(st.one_of(expressions(depth - 1), heredocs(depth - 1)))
        text += f"{draw(key)} {draw(st.sampled_from(['=', ':']))} {value}"
        # python-hcl2's heredoc takes its line end with it, and HCL wants that or a comma after the value
        text += draw(st.sampled_from(["\n", ",\n", ", ", " # c\n", "\n# c\n\n"])) if not value.endswith("\n") else ""
    return f"{{{text}}}"


@cache
@st.composite
def calls(draw: st.DrawFn, depth: int) -> str:
    name = draw(st.sampled_from(["f", "jsonencode", "provider::aws::arn_parse"]))
    arguments = draw(st.lists(items_of(depth), max_size=3))
    last = draw(st.sampled_from(["", ",", "..."])) if arguments else ""
    between = f"{draw(BREAKS)},{draw(BREAKS)}"
    return f"{name}({draw(BREAKS)}{between.join(arguments)}{last}{draw(BREAKS)})"


@cache
@st.composite
def fors(draw: st.DrawFn, depth: int) -> str:
    names = draw(st.sampled_from(["v", "k, v", "_, v"]))
    inner = expressions(depth - 1, True)
    condition = f"\n if {draw(inner)}" if draw(st.booleans()) else ""
    intro = f"for {names} in {draw(inner)} :{draw(BREAKS)}"
    if draw(st.booleans()):
        return f"[{draw(BREAKS)}{intro}{draw(inner)}{condition}{draw(BREAKS)}]"
    return f"{{{draw(BREAKS)}{intro}{draw(inner)} => {draw(inner)}{draw(st.sampled_from(['', '...']))}{condition}{draw(BREAKS)}}}"


@cache
@st.composite
def sequences(draw: st.DrawFn, depth: int, literal: st.SearchStrategy[str]) -> str:
    """A `${ }`, or a directive with what is in it, each with or without `~`."""

    def mark(sign: str, inner: str) -> str:
        before, after = draw(st.sampled_from(["", "", "~"])), draw(st.sampled_from(["", "", "~"]))
        return f"{sign}{{{before} {inner} {after}}}"

    kind = draw(st.sampled_from(["value", "value", "value", "if", "if-else", "for"])) if depth else "value"
    # A quoted string cannot hold a line end, nor does a directive's condition, so nothing inside has any.
    subject = draw(expressions(max(depth - 1, 0)))
    if kind == "value":
        return mark("$", subject)
    body = draw(templates(depth - 1, literal))
    if kind == "for":
        return mark("%", f"for {draw(st.sampled_from(['v', 'k, v']))} in {subject}") + body + mark("%", "endfor")
    other = mark("%", "else") + draw(templates(depth - 1, literal)) if kind == "if-else" else ""
    return mark("%", f"if {subject}") + body + other + mark("%", "endif")


@cache
def templates(depth: int, literal: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.one_of(literal, sequences(depth, literal)) if depth >= 0 else literal
    return st.lists(parts, max_size=4).map("".join)


@cache
def quoted(depth: int) -> st.SearchStrategy[str]:
    return templates(depth - 1, st.one_of(CHARACTERS, ESCAPED)).map('"{}"'.format)


@cache
@st.composite
def heredocs(draw: st.DrawFn, depth: int) -> str:
    literal = st.one_of(CHARACTERS, st.sampled_from(["\n", "\n  ", "\n\t", "\\n", '"']))
    body = draw(templates(depth, literal))
    flush, indent = draw(st.sampled_from(["", "-"])), draw(st.sampled_from(["", "  ", "      "]))
    marker = f"E{max(depth, 0)}"  # not that of a heredoc around it, whose end python-hcl2 would take it for
    return f"<<{flush}{marker}\n{indent}{body}\n{indent}{marker}\n"


@cache
@st.composite
def files(draw: st.DrawFn, depth: int = 2) -> str:
    text = draw(st.sampled_from(["", "\n", "# c\n", "// c\n", "/* c\n */\n"]))
    for _ in range(draw(st.integers(1, 3))):
        if depth and draw(st.integers(0, 2)) == 0:
            labels = " ".join(draw(st.lists(st.one_of(WORDS, st.sampled_from(['"x"', '"x.y"', r'"\"q\""'])), max_size=2)))
            inner = draw(st.one_of(st.just(""), files(depth - 1).map("\n{}".format)))
            text += f"{draw(WORDS)} {labels} {{{inner}}}\n"
        else:
            name = draw(st.one_of(WORDS, st.sampled_from(["in", "if", "for", "endif"])))
            value = draw(st.one_of(expressions(3), heredocs(2)))
            text += f"{name}{draw(INLINE)}={draw(INLINE)}{value}" + ("" if value.endswith("\n") else draw(ENDS))
    return text


ENDS = st.sampled_from(["\n", " # c\n", "  // c\n", " /* c */\n", "\n\n"])


@settings(suppress_health_check=list(HealthCheck))
@given(files())
def test_a_generated_text_is_read_the_same(text: str) -> None:
    assert hcl.parse(Source("main.tf", text))[1] == []  # what is generated is HCL
    assert compare(text) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(templates(2, st.one_of(CHARACTERS, st.sampled_from(["\n", "\n  ", '"', "\\"]))))
def test_a_generated_template_file_is_read_the_same(text: str) -> None:
    source = Source("file.tpl", text)
    assert list(differences(hcl.parse_template(source, text, 0), hcl_python.parse_template(source, text, 0))) == []


# What both get from `ecrlint.parse.hcl_template`, so that the two readings cannot check each other.


def written(node: Node) -> str:
    """A template as text: `<a>` where a value is put in, `[if a: then | else]`, `[for a: body]`."""
    if node.tag == "lazy":
        return written(node.value)
    if node.tag == "string":
        return str(node.value)
    if node.tag == "template":
        return "".join(written(part) for part in node.value)
    if node.tag == "conditional":
        return f"[if {node.value[0].value}: {written(node.value[1])} | {written(node.value[2])}]"
    if node.tag == "for":
        return f"[for {node.value[2].value}: {written(node.value[4])}]"
    return f"<{node.value}>"


@pytest.mark.parametrize("parse", [hcl.parse, hcl_python.parse])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # `~` takes blanks after escapes are read, and in a heredoc those of its own line: one literal token a line
        ('"a ${~ x ~} b"', "a<x>b"),
        (r'"a\n ${~ x ~} \n b"', "a<x>b"),
        ("<<E\ntrim\n${~ x ~}\ntrim\nE\n", "trim<x>trim\n"),
        ("<<E\nfoo\n  ${~ x ~}  \n  bar\nE\n", "foo\n<x>  bar\n"),
        ("<<E\n%{ if x ~}\n  foo\n%{ endif ~}\nE\n", "[if x:   foo\n | ]"),
        ('"%{ if x ~} a %{~ else ~} b %{~ endif }"', "[if x: a | b]"),
        # `<<-` takes the least indentation of the lines that are not blank; a blank one stays as it is
        ("<<-E\n  foo\n\n  bar\n  E\n", "foo\n\nbar\n"),
        ("<<-E\n  foo\n \n   bar\n  E\n", "foo\n \n bar\n"),
        ("<<-E\n    foo\n  ${x}\n    bar\n    E\n", "  foo\n<x>\n  bar\n"),
        ("<<-E\n    foo\n${x}\n    E\n", "    foo\n<x>\n"),
        ("<<-E\n  ${x} a\n  b ${x}\n  E\n", "<x> a\nb <x>\n"),
        ("<<E\n  foo\n  E\n", "  foo\n"),
        ("<<-E\n\t\tfoo\r\n\tbar\r\n\tE\r\n", "\tfoo\r\nbar\r\n"),
        # https://github.com/hashicorp/terraform/issues/23710: a line that `~` joins to the one before is not a line's start
        ("<<-E\n  %{ for v in x }\n  foo\n  %{ endfor ~}\n  E\n", "[for x: \nfoo\n]"),
        ("<<-E\n  %{ for v in x ~}\n  foo\n  %{ endfor ~}\n  E\n", "[for x:   foo\n]"),
        # `$${` and `%%{`, after however many signs; the text up to the brace is a template like any other
        ('"$${a ${x} }"', "${a <x> }"),
        ('"$$${x}"', "$${x}"),
        ('"$$$${x}"', "$$${x}"),
        ('"%%{ if x }$%{ if x }a%{ endif }"', "%{ if x }$[if x: a | ]"),
        ("<<E\n$${a} \\n ${x}\nE\n", "${a} \\n <x>\n"),
        # a character that UTF-8 cannot hold is no escape
        (r'"\u00e9\U0001F600\ud800"', "é😀\\ud800"),
    ],
)
def test_a_template_says_this(parse: Any, text: str, expected: str) -> None:
    body, problems = parse(Source("main.tf", f"a = {text}\n"))
    assert problems == []
    assert written(body.value[0].value[1]) == expected


@pytest.mark.parametrize("parse", [hcl.parse, hcl_python.parse])
def test_blanks_that_are_taken_away_still_make_it_a_string(parse: Any) -> None:
    body, _ = parse(Source("main.tf", 'a = " ${~ true ~} "\nb = "${true}"\n'))
    assert [item.value[1].value.tag for item in body.value] == ["template", "bool"]


@pytest.mark.parametrize("parse", [hcl.parse, hcl_python.parse])
def test_text_after_a_tilde_is_placed_where_it_begins(parse: Any) -> None:
    body, _ = parse(Source("main.tf", "a = <<E\n%{ if x ~}\n  foo\n%{ endif ~}\nE\n"))
    (choice,) = body.value[0].value[1].value.value
    assert choice.value[1].span.line == 3


# Where the two differ, or differed.


@pytest.mark.parametrize(
    "text",
    [
        "x = a ? b : c ? d : e",  # tree-sitter groups it from the left; 20 of 2,275 real files have one
        'x = a == b ? "c" : !d && e ? f : g ? h : i',
        "x = a.*.b.0.c",  # after `.*` a number goes on, brackets do not
        "x = a.*.b[0].c",
        "x = a[*].b[*].c[0]",
        "x = { true = 1, null = 2, in = 3 }",  # keys that are words of the language
        "x = {\n  a = b\n  (c) = d # e\n}",  # tree-sitter takes `b\n(c)` for a call
        "x = {\n  a = b\n  -1 = c\n}",
        "x = {\n  a = b # (\n  # c\n  (d) : e\n\n  (f) = g\n}",
        'x "\\"y\\"" {}',  # labels have escapes too
        'x = "$${a ${b} }"',  # python-hcl2 takes all up to the first `}` for literal text
        'x = "a ${~ b ~} c"',  # python-hcl2 refuses `~` at a `${`
        'x = "${\n  a\n}"',  # and a line end in it
        "x = (a\n  - b)",  # and one before a minus
        "x = f( # c\n  a)",
        "x = a /* c */ + b",
        "naïve = é",  # and letters that are not ASCII
        "\ufeffx = 1",
        "x = <<E\ny\n  E  \nz = 1",
        "x = -12 - 1.5",
    ],
)
def test_this_is_read_the_same(text: str) -> None:
    assert hcl.parse(Source("main.tf", text + "\n"))[1] == []
    assert compare(text + "\n") == []


@pytest.mark.parametrize(
    ("text", "who"),
    [
        # python-hcl2 8.1.4 is wrong
        ("x = !!a", "python-hcl2"),  # its grammar has one sign only
        ("x = -(-a) - -b - - -c", "python-hcl2"),
        ("x = a -12", "python-hcl2"),  # its number of two digits or more has the sign
        ("x = core::max(1, 2)", "python-hcl2"),  # its function has no namespace or two
        ("x = <<_E\ny\n_E\n", "python-hcl2"),  # its heredoc's mark begins with an ASCII letter
        ("x = <<E\n${f(<<E\ny\nE\n)}\nE\n", "python-hcl2"),  # its heredoc ends at the first line that is its mark
        # tree-sitter-hcl 1.2 is wrong
        ('x = "%%%{a}"', "tree-sitter"),
        # it is not HCL, and tree-sitter says so
        (r'x = "\d"', "tree-sitter"),
        ("x = <<E\ny\nE", "tree-sitter"),  # the mark needs a line end
        # it is not HCL, and python-hcl2 says so
        ("x = 0x10", "python-hcl2"),  # ours is `unreadable`, without a problem
        ("x = a\n.b", "python-hcl2"),
    ],
)
def test_only_one_refuses_this(text: str, who: str) -> None:
    (said,) = compare(text if "E" in text else text + "\n")
    assert said.startswith(f"only {who} refuses it")


# The fallback.

RUN = """
import sys
sys.modules.update(dict.fromkeys(sys.argv.pop(1).split(",")))  # an import of what is None here fails
from ecrlint.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run(without: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", RUN, without, *words], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["execution-role-cannot-pull", "layers-blocked"])
def test_without_the_compiled_parser_a_run_finds_the_same(name: str) -> None:
    place = ROOT / "tests" / "fixtures" / name / "fires"
    usual, other = (run(without, "--format", "json", "--root", ".", ".", cwd=place) for without in ("nothing", "tree_sitter_hcl"))
    assert json.loads(usual.stdout)["findings"] != []
    assert (json.loads(other.stdout), other.returncode) == (json.loads(usual.stdout), usual.returncode)


def test_without_any_parser_each_file_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('resource "aws_ecr_repository" "app" {\n  name = "app"\n}\n')
    done = run("tree_sitter_hcl,hcl2", ".", cwd=tmp_path)
    assert done.returncode == 3
    assert "main.tf: problem: no parser for HCL" in done.stdout + done.stderr
    assert "pip install 'ecrlint[hcl2]'" in done.stdout + done.stderr


def test_an_error_costs_only_the_item_that_has_it() -> None:
    text = 'a = 1\nresource "b" "c" {\n  x = [1,\n}\n\nlocals {\n  y = <<E\n}{\nE\n}\nd = = 2\ne = "${f}"\n'
    body, problems = hcl_python.parse(Source("main.tf", text))
    assert [item.value[0] for item in body.value] == ["a", "locals", "e"]
    assert [problem.span.line for problem in problems if problem.span] == [4, 11]
    assert {problem.message for problem in problems} == {
        'this is not valid HCL: unexpected "}"',
        'this is not valid HCL: unexpected "= 2"',
    }


def test_an_error_in_a_heredoc_is_a_problem_at_its_line() -> None:
    body, problems = hcl_python.parse(Source("main.tf", "a = <<E\nx\n  ${b c}\nE\nd = 1\n"))
    assert [item.value[0] for item in body.value] == ["a", "d"]
    assert [(problem.span.line, problem.span.column) for problem in problems if problem.span] == [(3, 7)]


HEREDOCS = "".join(f"<<E{i}\n${{" for i in range(200)) + "".join(f"}}\nE{i}\n" for i in reversed(range(200)))
NESTED = [
    "x = " + HEREDOCS + "1",
    'x = "' + '${"' * 300 + '"}' * 300 + '"',
    "x = " + "[" * 10_000 + "]" * 10_000,
    "x = 1" + " + 1" * 2_000,
    'x = "' + "%{ if a }" * 1_000 + '"',
]


@pytest.mark.parametrize("text", NESTED)
@pytest.mark.parametrize("parse", [hcl.parse, hcl_python.parse])
def test_deep_nesting_does_not_end_the_program(parse: Any, text: str) -> None:
    body, problems = parse(Source("main.tf", text + "\n"))
    assert problems or "unreadable" in repr(body)
