"""What a store holds, as a summary, rows, a page, and against another store."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from ecrlint.bulk.report import html
from ecrlint.bulk.report.totals import (
    FindingRow,
    RepositoryTotals,
    RuleTotals,
    RunTotals,
    StoreTotals,
    read_findings,
    read_totals,
)
from ecrlint.bulk.store import Store, opened, opened_for_run
from ecrlint.bulk.task import ScanResult, ScanStatus
from ecrlint.cli import main

EMPTY: dict[str, Any] = {"schema": 1, "files": [], "findings": [], "problems": [], "open": []}


def finding(rule: str = "broad-push", mark: str = "a", severity: str = "warning", **fields: Any) -> dict[str, Any]:
    place = {"path": "infra/main.tf", "line": 3, "column": 1, "end_line": 3, "end_column": 9}
    texts = {"address": "aws_iam_policy.push", "message": "the policy is broad", "aws": "denied", "help": "narrow it"}
    return {
        "rule": rule,
        "family": "identity",
        "severity": severity,
        **place,
        **texts,
        "fingerprint": mark,
        "related": [],
        **fields,
    }


def result(name: str, *findings: dict[str, Any], status: ScanStatus = "scanned") -> ScanResult:
    severities = [one["severity"] for one in findings]
    files = {"analysed": 2, "partial": 1, "skipped": 4, "failed": 0}
    counts = {f"{one}s": severities.count(one) for one in ("error", "warning", "note")}
    report = {**EMPTY, "findings": list(findings), "summary": {**counts, "problems": 0, "suppressed": 3, "files": files}}
    given: dict[str, Any] = {"commit": "c" * 40, "tree": "t" * 40, "report": report}
    if status != "scanned":
        given = {"reason": "it took longer than 9 s"}
    causes = tuple(f"cause of {one['rule']}" for one in findings)
    owners = (("@acme/x",),) * len(findings)
    return ScanResult(name=name, ref="HEAD", status=status, causes=causes, owners=owners, **given)


def put(store: Store, *results: ScanResult) -> None:
    store.begin("1.2.3", "settings", "")
    for one in results:
        store.put(one, f"/srv/{one.name}", one.name, "", "settings")
    store.end()


@pytest.fixture
def two_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with two runs: one finding is new, one is gone, one repository took too long."""
    monkeypatch.chdir(tmp_path)
    with opened_for_run("scan.db") as store:
        old = (finding(), finding("token-on-repository", "b", "error"))
        put(store, result("github.com/acme/shop", *old), result("github.com/acme/web", finding(mark="w")))
        new = (finding(), finding("imdsv1-allowed", "c", "note"))
        slow = result("slow", status="timeout")
        put(store, result("github.com/acme/shop", *new), result("github.com/acme/web", finding(mark="w")), slow)
    return tmp_path / "scan.db"


def report(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["bulk", "report", "--store", "scan.db", *words]) == 0
    return capsys.readouterr().out


def test_the_summary_says_what_was_read_and_found_and_what_is_new(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = report(capsys).splitlines()
    assert lines[0].startswith("Run 2 of 20")
    assert lines[1:5] == [
        "repositories  3: 2 scanned, 1 timeout",
        "files         4 analysed, 2 partial, 8 skipped, 0 failed; 0 sets are open",
        "findings      0 errors, 2 warnings, 1 notes; 6 suppressed",
        "since before  1 new, 1 gone",
    ]
    assert "         2             2    0  broad-push" in lines
    assert "  timeout  slow: it took longer than 9 s" in lines
    assert "             2  the policy is broad [broad-push]" in lines


def test_rows_have_what_a_finding_is_and_since_when(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(report(capsys, "--format", "csv"))))
    assert [(row["repository"], row["rule"], row["new"], row["first_run"]) for row in rows] == [
        ("github.com/acme/shop", "broad-push", "0", "1"),
        ("github.com/acme/shop", "imdsv1-allowed", "1", "2"),
        ("github.com/acme/web", "broad-push", "0", "1"),
    ]
    objects = [json.loads(line) for line in report(capsys, "--format", "jsonl").splitlines()]
    assert [one["owners"] for one in objects] == [["@acme/x"]] * 3
    assert [{key: str(value) for key, value in one.items() if key != "owners"} for one in objects] == [
        {key: value for key, value in row.items() if key != "owners"} for row in rows
    ]


def test_no_cell_is_a_formula(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    with opened_for_run("scan.db") as store:
        put(store, result("r", finding(path="=cmd()", message='+1,"\n\x1b[31m', address="@x")))
    (row,) = csv.DictReader(io.StringIO(report(capsys, "--format", "csv")))
    assert (row["path"], row["address"]) == ("'=cmd()", "'@x")
    assert row["message"].startswith("'+1")
    assert "\x1b" not in row["message"]


def test_parquet_has_the_rows(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    report(capsys, "--format", "parquet", "--output", "rows.parquet")
    table = parquet.read_table("rows.parquet").to_pylist()
    assert [(row["rule"], row["line"], row["owners"]) for row in table][1] == ("imdsv1-allowed", 3, ["@acme/x"])
    assert main(["bulk", "report", "--store", "scan.db", "--format", "parquet"]) == 2


def page_data(page: str) -> dict[str, Any]:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert match
    found: dict[str, Any] = json.loads(match[1])
    return found


def test_the_page_answers_first_what_a_reader_asks_first(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = report(capsys, "--format", "html")
    boxes = re.findall(r"<div><span>(.*?)</span><b>(.*?)</b><span>(.*?)</span></div>", page)
    assert boxes == [
        ("Findings", "3", "0 errors, 2 warnings, 1 note"),
        ("Worst repository", "github.com/acme/shop", "0 errors, 1 warning, 1 note"),
        ("Most common rule", "broad-push", "2 findings in 2 repositories"),
        ("New since the last run", "1", "and 1 gone"),
        ("Not scanned", "1 repository", "see their status below"),
    ]
    data = page_data(page)
    assert data["repositories"][0]["link"] == f"https://github.com/acme/shop/blob/{'c' * 40}/{{path}}#L{{line}}"
    assert [row[7] for row in data["findings"]] == [0, 0, 1]
    page = report(capsys, "--format", "html", "--link", "https://git.example.com/{name}/{ref}/{path}:{line}")
    assert page_data(page)["repositories"][2]["link"] == "https://git.example.com/slow/HEAD/{path}:{line}"


def test_nothing_of_a_repository_is_markup_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    evil = "</script><script>alert(1)</script><!-- @DATA@"
    with opened_for_run("scan.db") as store:
        put(store, result(f"x/{evil}", finding(path=evil, message=evil, address=evil)))
    page = report(capsys, "--format", "html", "--link", "javascript:alert(1)")
    assert "<script>alert" not in page
    assert page.count("<script") == 2
    assert page.count('"messages":') == 1
    data = page_data(page)
    assert data["messages"] == [evil]
    assert data["repositories"][0]["link"] == ""
    assert 'http-equiv="Content-Security-Policy" content="default-src \'none\'' in page
    assert re.findall(r'(?:src|href)="', page.partition("<script")[0]) == []


def test_a_page_of_many_findings_is_made_in_seconds_and_is_small() -> None:
    run = (1, "2026-01-01T00:00:00+00:00", 0, 100_000, 0)
    repositories = [RepositoryTotals(f"r{number}", "HEAD", "c", "scanned", "", "", *[0] * 12) for number in range(10_000)]
    rules = [RuleTotals(f"rule-{number}", "identity", 10, 10, 0, 10, 0, 0) for number in range(50)]
    totals = StoreTotals(
        run=RunTotals(*run),
        version="1",
        is_ended=True,
        runs=(RunTotals(*run),),
        statuses={"scanned": 10_000},
        files={"analysed": 1},
        **dict.fromkeys(("suppressed", "problems", "open", "new", "gone"), 0),
        rules=tuple(rules),
        repositories=tuple(repositories),
        causes=(),
    )
    texts = ("infra/main.tf", 1, 1, "a", "the policy is broad", "", "", "", "f", "c", 0, 1, "", "")
    rows = (FindingRow(f"r{n % 10_000}", "HEAD", "c", "warning", f"rule-{n % 50}", "identity", *texts) for n in range(100_000))
    started = time.process_time()
    page = html.render(totals, rows)
    assert time.process_time() - started < 20
    assert len(page) < 12_000_000


DOCS = Path(__file__).resolve().parent.parent / "docs"


def test_the_queries_of_the_documentation_are_answered(two_runs: Path) -> None:
    (block,) = re.findall(r"```sql\n(.*?)```", (DOCS / "bulk.md").read_text(encoding="utf-8"), re.DOTALL)
    queries = re.findall(r"^SELECT .*?;$", block, re.MULTILINE)
    assert len(queries) == 10
    with opened("scan.db") as store:
        answers = {query: store.rows(query) for query in queries}
    empty = [query for query, rows in answers.items() if not rows]
    assert empty == [query for query in queries if "@acme/infra" in query or "partial" in query]


def test_a_store_without_a_run_or_without_a_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["bulk", "report", "--store", "scan.db"]) == 2
    assert not Path("scan.db").exists()
    with opened_for_run("scan.db"):
        pass
    assert main(["bulk", "report", "--store", "scan.db"]) == 2


def test_two_stores_differ_by_their_findings(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with opened_for_run("other.db") as store:
        old = (finding(), finding("token-on-repository", "b", "error"))
        put(store, result("github.com/acme/shop", *old, finding()), result("unknown", finding(mark="u")))
    assert main(["bulk", "diff", "other.db", "scan.db"]) == 1
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "new:  github.com/acme/shop: infra/main.tf:3: note: the policy is broad [imdsv1-allowed]",
        "gone: github.com/acme/shop: infra/main.tf:3: warning: the policy is broad [broad-push]",
        "gone: github.com/acme/shop: infra/main.tf:3: error: the policy is broad [token-on-repository]",
    ]
    assert err == "1 finding new, 2 gone; 2 of repositories that only one store has scanned\n"
    assert main(["bulk", "diff", "scan.db", "scan.db"]) == 0


def all_of(path: str) -> tuple[StoreTotals | None, list[FindingRow]]:
    with opened(path) as store:
        return read_totals(store), list(read_findings(store))


def test_the_stores_of_shards_are_merged_into_what_one_run_gives(two_runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, names in {"1.db": ["a", "b"], "2.db": ["c"], "whole.db": ["a", "b", "c"]}.items():
        with opened_for_run(path) as store:
            put(store, *(result(name, finding(mark=name), finding(mark=f"{name}2")) for name in names))
            put(store, *(result(name, finding(mark=name)) for name in names))
    assert main(["bulk", "merge", "--store", "all.db", "1.db", "2.db"]) == 0
    assert capsys.readouterr().err == "3 repositories in all.db\n"

    def without_times(path: str) -> str:
        return re.sub(r"\d{4}-\d\d-\d\dT[\d:+]+", "", repr(all_of(path)))

    assert without_times("all.db") == without_times("whole.db")
    assert main(["bulk", "merge", "--store", "all.db", "1.db"]) == 2


def test_a_shard_with_fewer_runs_is_of_the_same_last_run(two_runs: Path) -> None:
    with opened_for_run("late.db") as store:
        put(store, result("late", finding(mark="l")))
    assert main(["bulk", "merge", "--store", "all.db", "scan.db", "late.db", "scan.db"]) == 0
    totals, findings = all_of("all.db")
    assert totals is not None
    assert {one.name for one in totals.repositories} == {"github.com/acme/shop", "github.com/acme/web", "slow", "late"}
    assert [one.first_run for one in findings if one.repository == "late"] == [2]
    assert len(findings) == 4
