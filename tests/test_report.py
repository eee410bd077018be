"""The formats, on a small report made by hand from a real file."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from ecrlint import __version__
from ecrlint.model.finding import FileStatus, Finding, Opening, Problem, Related, Report, Severity
from ecrlint.model.source import Source, Span
from ecrlint.report import json as json_report
from ecrlint.report import text as text_report

MAIN = Source(
    "infra/main.tf",
    'resource "aws_iam_role_policy" "push" {\n'
    "  policy = jsonencode({\n"
    '\tAction = "ecr:GetAuthorizationToken"\n'
    "    Resource = aws_ecr_repository.app.arn\n"
    "  })\n"
    "}\n",
)


def place(part: str) -> Span:
    start = MAIN.text.index(part)
    return MAIN.span(start, start + len(part))


FINDING = Finding(
    span=place("aws_ecr_repository.app.arn"),
    message="the login token is granted on a repository",
    help='give ecr:GetAuthorizationToken a statement of its own with Resource "*"',
    address="aws_iam_role_policy.push",
    cause="resource",
    severity=Severity.ERROR,
    related=(Related(place('"ecr:GetAuthorizationToken"'), "the action"),),
    aws="... is not authorized to perform: ecr:GetAuthorizationToken on resource: *",
    rule="token-on-repository",
    family="identity",
)
PROBLEM = Problem('expected a value, found "}"', "infra/main.tf", place("})"))
REPORT = Report(
    files=(
        FileStatus("infra/main.tf", "terraform", "partial", "var.name has no default"),
        FileStatus("a.json", "iam", "analysed"),
    ),
    findings=(FINDING,),
    problems=(PROBLEM, Problem("not UTF-8", "odd.tf")),
    suppressed=2,
    open=(Opening("aws_iam_role.app", place("resource"), "policies", "output.role gives its name to others"),),
)


def test_piped_each_finding_and_problem_is_one_line() -> None:
    assert text_report.render(REPORT).splitlines() == [
        "infra/main.tf:4:16: error: the login token is granted on a repository [token-on-repository]",
        'infra/main.tf:5:3: problem: expected a value, found "}"',
        "odd.tf: problem: not UTF-8",
    ]


def test_on_a_terminal_a_finding_tells_its_whole_story() -> None:
    assert text_report.render(replace(REPORT, problems=()), full=True) == (
        "infra/main.tf:4:16: error: the login token is granted on a repository [token-on-repository]\n"
        " 4 |     Resource = aws_ecr_repository.app.arn\n"
        "   |                ^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "   = aws:  ... is not authorized to perform: ecr:GetAuthorizationToken on resource: *\n"
        '   = help: give ecr:GetAuthorizationToken a statement of its own with Resource "*"\n'
        "   = note: infra/main.tf:3:11: the action\n"
    )


def test_asked_for_it_says_what_was_not_read_and_what_is_open() -> None:
    *_, partial, opened = text_report.render(REPORT, verbose=True).splitlines()
    assert partial == "infra/main.tf: partial: var.name has no default"
    where = f"infra/main.tf:{place('resource').line}:{place('resource').column}"
    assert opened == f"{where}: open: there may be more policies of aws_iam_role.app: output.role gives its name to others"


def test_a_clean_report_is_empty() -> None:
    assert text_report.render(Report((), (), ())) == ""


def test_a_tab_takes_one_column_so_that_the_marker_stays_under_the_span() -> None:
    found = replace(FINDING, span=place('"ecr:GetAuthorizationToken"'), related=())
    lines = text_report.render(Report((), (found,), ()), full=True).splitlines()
    assert lines[1].index('"ecr:') == lines[2].index("^")


def test_a_wide_character_moves_the_marker_by_two_columns() -> None:
    source = Source("a.tf", '名 = "x"\n')
    found = replace(FINDING, span=source.span(4, 7), related=())
    lines = text_report.render(Report((), (found,), ()), full=True).splitlines()
    assert lines[2] == "   |      ^^^"


def test_a_span_of_several_lines_is_marked_to_the_end_of_its_first() -> None:
    found = replace(FINDING, span=place("jsonencode({\n\tAction"), related=())
    lines = text_report.render(Report((), (found,), ()), full=True).splitlines()
    assert lines[1:3] == [" 2 |   policy = jsonencode({", "   |            ^^^^^^^^^^^^"]


def test_an_empty_span_at_the_end_of_a_file_has_a_marker() -> None:
    found = replace(FINDING, span=MAIN.span(len(MAIN.text), len(MAIN.text)), related=())
    lines = text_report.render(Report((), (found,), ()), full=True).splitlines()
    assert lines[1:3] == [" 7 |", "   | ^"]


@pytest.mark.parametrize("before", [0, 300, 5000])
def test_a_long_line_is_cut_around_the_span(before: int) -> None:
    source = Source("a.json", " " * before + "NEEDLE" + "x" * 5000)
    found = replace(FINDING, span=source.span(before, before + 6), related=())
    lines = text_report.render(Report((), (found,), ()), full=True).splitlines()
    assert all(len(line) < 130 for line in lines)
    assert lines[1].index("NEEDLE") == lines[2].index("^^^^^^")


def test_a_finding_takes_at_most_ten_lines() -> None:
    found = replace(FINDING, related=FINDING.related * 40)
    lines = text_report.render(Report((), (found,), ()), full=True).splitlines()
    assert len(lines) <= 10
    assert lines[-1] == "   = note: and 37 more places"


def test_nothing_that_is_scanned_reaches_the_terminal_as_a_control_character() -> None:
    source = Source("a\x1b[2J.tf", "\x1b]0;owned\x07 = \u202e x\r\n")
    found = replace(FINDING, span=source.span(0, 3), message="role \x1b[31m\nx", help="\x9b2J", related=())
    for full in (False, True):
        shown = text_report.render(Report((), (found,), ()), full=full)
        assert not set(shown) & set("\x1b\x07\x9b\r\u202e")
    assert text_report.render(Report((), (found,), ())).count("\n") == 1


def test_colors_wrap_words_and_change_none() -> None:
    colored = text_report.render(REPORT, full=True, color=True)
    assert "\x1b[1;31merror:\x1b[0m" in colored
    assert re.sub(r"\x1b\[[\d;]*m", "", colored) == text_report.render(REPORT, full=True)


def test_json_holds_the_schema_of_the_readme() -> None:
    found = json.loads(json_report.render(REPORT))
    assert found == {
        "schema": 1,
        "version": __version__,
        "files": [
            {"path": "infra/main.tf", "kind": "terraform", "status": "partial", "reason": "var.name has no default"},
            {"path": "a.json", "kind": "iam", "status": "analysed", "reason": ""},
        ],
        "findings": [
            {
                "rule": "token-on-repository",
                "family": "identity",
                "severity": "error",
                "path": "infra/main.tf",
                "line": 4,
                "column": 16,
                "end_line": 4,
                "end_column": 42,
                "address": "aws_iam_role_policy.push",
                "message": FINDING.message,
                "aws": FINDING.aws,
                "help": FINDING.help,
                "fingerprint": FINDING.fingerprint,
                "related": [{"path": "infra/main.tf", "line": 3, "column": 11, "message": "the action"}],
            }
        ],
        "problems": [
            {"path": "infra/main.tf", "line": 5, "column": 3, "message": PROBLEM.message},
            {"path": "odd.tf", "line": None, "column": None, "message": "not UTF-8"},
        ],
        "open": [
            {
                "path": "infra/main.tf",
                "line": place("resource").line,
                "column": place("resource").column,
                "address": "aws_iam_role.app",
                "set": "policies",
                "reason": "output.role gives its name to others",
            }
        ],
        "summary": {
            "errors": 1,
            "warnings": 0,
            "notes": 0,
            "problems": 2,
            "suppressed": 2,
            "files": {"analysed": 1, "partial": 1, "skipped": 0, "failed": 0},
        },
    }


def test_json_is_ascii() -> None:
    assert json_report.render(replace(REPORT, findings=(replace(FINDING, message="rôle “app”"),))).isascii()


def test_every_format_holds_the_same_findings() -> None:
    object_ = json.loads(json_report.render(REPORT))
    lines = [
        f"{one['path']}:{one['line']}:{one['column']}: {one['severity']}: {one['message']} [{one['rule']}]"
        for one in object_["findings"]
    ]
    assert text_report.render(replace(REPORT, problems=())).splitlines() == lines
