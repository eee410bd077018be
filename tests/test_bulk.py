"""Many repositories: each is scanned as its checkout is, once, whatever happens to the run or to others."""

from __future__ import annotations

import io
import json
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ecrlint.boundary import clone
from ecrlint.boundary.git import find_repositories, head
from ecrlint.boundary.repository import boundary
from ecrlint.bulk import clones
from ecrlint.bulk.executors import in_process, processes
from ecrlint.bulk.owners import parse
from ecrlint.bulk.run import RunProgress
from ecrlint.bulk.sources import SourceError, find_sources
from ecrlint.bulk.task import BulkSettings, ScanLimits, ScanResult, ScanTask
from ecrlint.cli import main
from ecrlint.commands import bulk_progress
from ecrlint.report import json as json_report
from ecrlint.run import pipeline

TOKEN = """resource "aws_iam_policy" "login" {
  policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/app" }] })
}
"""
CLEAN = 'resource "aws_ecr_repository" "app" {\n  name = "app"\n}\n'
FAIL_ON = ("--fail-on", "warning")
WHO = {f"GIT_{role}_{part}": f"{role}@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
OWN = {**os.environ, **WHO, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def git(top: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=top, check=True, capture_output=True, env=OWN, text=True)
    return done.stdout.strip()


def commit(top: Path, files: dict[str, str]) -> Path:
    """Commit files to a repository, which is made where there is none."""
    if not top.exists():
        top.mkdir(parents=True)
        git(top, "init", "-q", "-b", "main")
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    git(top, "add", "-A")
    git(top, "commit", "-q", "-m", "state")
    return top


@pytest.fixture
def estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a checkout, a bare repository and one below a folder, of which two have a finding."""
    monkeypatch.chdir(tmp_path)
    commit(tmp_path / "estate/shop", {"main.tf": TOKEN, ".github/CODEOWNERS": "* @acme/all\n*.tf @acme/infra\n"})
    commit(tmp_path / "other", {"infra/main.tf": TOKEN, "README.md": "text"})
    git(tmp_path, "clone", "-q", "--bare", "other", "estate/team/other.git")
    git(tmp_path / "estate/team/other.git", "remote", "remove", "origin")
    commit(tmp_path / "estate/team/clean", {"main.tf": CLEAN})
    return tmp_path / "estate"


def rows(query: str, store: str = "scan.db") -> list[tuple[Any, ...]]:
    database = sqlite3.connect(store)
    found = database.execute(query).fetchall()
    database.close()
    return found


def contents(store: str = "scan.db") -> dict[str, list[tuple[Any, ...]]]:
    """All that a store holds but for times, memory and the numbers of rows."""
    of = "(SELECT name || ' ' || ref FROM commits JOIN repositories USING (repository) WHERE id = one.\"commit\")"
    return {
        "runs": rows("SELECT run, ended IS NOT NULL, version, settings FROM runs", store),
        "commits": rows(
            'SELECT name, ref, status, reason, "commit", tree, fails, unread, errors, warnings, notes, suppressed, analysed,'
            " partial, skipped, failed, last_run FROM commits JOIN repositories USING (repository) ORDER BY name, ref",
            store,
        ),
        "files": rows(f"SELECT {of}, path, kind, status, reason FROM files one ORDER BY 1, 2", store),
        "findings": rows(
            f"SELECT {of}, fingerprint, number, cause, rule, path, line, message, owners, first_run, gone_run FROM findings one"
            " ORDER BY 1, 2, 3",
            store,
        ),
        "problems": rows(f"SELECT {of}, path, line, message FROM problems one ORDER BY 1, 2, 3", store),
        "counts": rows("SELECT * FROM counts", store),
    }


def bulk(*words: str) -> int:
    return main(["bulk", "--store", "scan.db", "--jobs", "0", *FAIL_ON, *words])


# Sources


def test_repositories_are_found_below_a_folder_and_not_in_each_other(estate: Path) -> None:
    commit(estate / "shop/vendor/sub", {"main.tf": CLEAN})
    (estate / "link").symlink_to(estate / "team")
    found = [os.path.relpath(path, estate) for path in find_repositories(str(estate))]
    assert found == ["shop", "team/clean", "team/other.git"]


def test_a_repository_is_known_by_where_it_is_cloned_from_or_by_its_path(estate: Path) -> None:
    git(estate / "shop", "remote", "add", "origin", "https://token:secret@GitHub.com/Acme/Shop.git")
    assert [source.name for source in find_sources([str(estate)])] == ["github.com/acme/shop", "team/clean", "team/other"]
    line = json.dumps({"path": str(estate / "team/clean"), "name": "clean", "owner": "@acme/x", "ref": "main"})
    (source,) = find_sources([line])
    assert (source.name, source.owner, source.ref) == ("clean", "@acme/x", "main")


@pytest.mark.parametrize("word", ["nothing", "{", '{"name": "x"}', "[]"])
def test_what_is_no_source_is_said(estate: Path, word: str) -> None:
    with pytest.raises(SourceError, match=r"this|there"):
        list(find_sources([word]))


def test_the_commit_at_head_is_read_from_the_files_of_a_repository(estate: Path) -> None:
    shop = estate / "shop"
    for _ in range(2):
        assert head(str(shop)) == git(shop, "rev-parse", "HEAD")
        git(shop, "pack-refs", "--all")
    git(shop, "checkout", "-q", "--detach")
    assert head(str(shop)) == git(shop, "rev-parse", "HEAD")
    assert head(str(estate)) == ""


# A run


def test_a_run_stores_what_a_scan_of_each_checkout_finds(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bulk(str(estate)) == 1
    assert "3 repositories: 3 scanned; 2 open findings in scan.db" in capsys.readouterr().err
    for name, top in {"shop": estate / "shop", "team/clean": estate / "team/clean"}.items():
        report = json_report.as_object(pipeline.scan([str(top)], boundary([str(top)])))
        found = rows(f"SELECT path, line, rule, message, fingerprint FROM open_findings WHERE repository = '{name}'")
        assert found == [
            tuple(one[key] for key in ("path", "line", "rule", "message", "fingerprint")) for one in report["findings"]
        ]
        files = rows(f"SELECT path, files.status FROM files JOIN latest ON id = files.\"commit\" WHERE name = '{name}'")
        assert files == [(file["path"], file["status"]) for file in report["files"]]
    assert rows("SELECT owners FROM open_findings ORDER BY owners") == [("",), ("@acme/infra",)]


def test_one_cause_in_many_repositories_has_one_fingerprint(estate: Path) -> None:
    bulk(str(estate))
    assert rows("SELECT count(DISTINCT cause), count(DISTINCT fingerprint), count(*) FROM open_findings") == [(1, 2, 2)]


def test_what_has_not_changed_is_not_read_again(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bulk(str(estate))
    git(estate / "team/clean", "commit", "-q", "--allow-empty", "-m", "the same tree")
    commit(estate / "shop", {"main.tf": CLEAN})
    assert bulk(str(estate)) == 1
    assert "3 repositories: 2 unchanged, 1 scanned; 1 open finding in" in capsys.readouterr().err
    assert rows("SELECT name, scanned_run, last_run FROM latest ORDER BY name") == [
        ("shop", 2, 2),
        ("team/clean", 1, 2),
        ("team/other", 1, 2),
    ]
    assert rows("SELECT first_run, gone_run FROM findings ORDER BY gone_run") == [(1, None), (1, 2)]
    assert bulk(str(estate), "--again") == 1
    assert "3 scanned" in capsys.readouterr().err
    commit(estate / "shop", {"main.tf": TOKEN})
    bulk(str(estate))
    assert rows("SELECT first_run, gone_run, reopened_run FROM findings ORDER BY reopened_run") == [(1, None, None), (1, None, 4)]


def test_what_a_result_depends_on_beside_the_tree_makes_it_be_read_again(
    estate: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = str(estate / "shop")
    commit(estate / "shop", {"ecrlint.toml": 'exclude = ["*.tf"]\n'})

    def done(*words: str) -> str:
        bulk(shop, *words)
        return capsys.readouterr().err.partition(": ")[2].partition(";")[0]

    assert [done(), done()] == ["1 scanned", "1 unchanged"]
    assert [done("--no-repository-config"), done("--no-repository-config")] == ["1 scanned", "1 unchanged"]
    Path("own.toml").write_text('severity = "error"\n')
    assert [done("--config", "own.toml"), done("--config", "own.toml")] == ["1 scanned", "1 unchanged"]
    Path("own.toml").write_text('severity = "note"\n')
    assert done("--config", "own.toml") == "1 scanned"
    git(estate / "shop", "remote", "add", "origin", "https://github.com/acme/shop")
    assert done("--config", "own.toml") == "1 scanned"
    monkeypatch.setattr("ecrlint.bulk.run.__version__", "9.9.9")
    assert done("--config", "own.toml") == "1 scanned"


def test_a_result_with_an_ignore_until_a_day_is_of_that_day_alone(estate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(estate / "shop", {"main.tf": f"# ecrlint: ignore[token-on-repository] it goes, until 2999-01-01\n{TOKEN}"})
    bulk(str(estate / "shop"))
    (day,) = rows("SELECT day FROM latest")[0]
    assert day
    database = sqlite3.connect("scan.db")
    with database:
        database.execute("UPDATE commits SET day = '2020-01-01'")
    database.close()
    bulk(str(estate / "shop"))
    assert rows("SELECT day, scanned_run FROM latest") == [(day, 2)]


def test_suppressed_findings_and_coverage_are_counted(estate: Path) -> None:
    baseline = commit(estate / "shop", {"broken.tf": 'resource "aws_iam_policy" "push" {\n  policy = {{{\n}\n'})
    ignored = TOKEN.replace('"ecr:Get', '"ecr:Get').replace(
        "resource", "# ecrlint: ignore[token-on-repository] known\nresource", 1
    )
    commit(baseline, {"main.tf": ignored})
    assert bulk(str(estate / "shop")) == 3
    assert rows("SELECT suppressed, analysed, partial, failed, problems > 0, unread FROM latest") == [(1, 1, 1, 0, 1, 1)]


def test_each_repository_has_a_sarif_report_where_that_is_asked_for(estate: Path) -> None:
    from ecrlint import rule_registry
    from ecrlint.report import sarif

    Path("sarif").mkdir()
    name = json.dumps({"path": str(estate / "team/clean"), "name": "../../clean"})
    assert bulk(str(estate / "shop"), name, "--sarif", "sarif") == 1
    files = sorted(path.name for path in Path("sarif").iterdir())
    assert [re.sub("-[0-9a-f]{8}", "", file) for file in files] == ["_.._clean.sarif", "estate_shop.sarif"]
    report = pipeline.scan([str(estate / "shop")], boundary([str(estate / "shop")]))
    assert (Path("sarif") / files[1]).read_text() == sarif.render(report, rule_registry.rules())


def test_a_list_on_standard_input_is_taken(estate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = f"{estate / 'shop'}\n\n{json.dumps({'path': str(estate / 'team/clean'), 'name': 'clean'})}\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(listed.encode())))
    assert bulk("-") == 1
    assert rows("SELECT name FROM latest ORDER BY name") == [("clean",), ("estate/shop",)]


def test_a_repository_that_cannot_be_read_is_a_row(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (estate / "empty.git").mkdir()
    git(estate / "empty.git", "init", "-q", "--bare")
    commit(estate / "wrong", {"ecrlint.toml": "severity = 7\n", "main.tf": CLEAN})
    assert bulk(str(estate), "--no-repository-config") == 1
    assert "ecrlint: empty (HEAD): failed: there is no commit HEAD that can be read" in capsys.readouterr().err
    assert bulk(str(estate / "wrong"), str(estate / "empty.git")) == 3
    assert rows("SELECT status, reason FROM latest ORDER BY name") == [
        ("failed", "there is no commit HEAD that can be read"),
        ("failed", f'{estate.relative_to(Path.cwd())}/wrong/ecrlint.toml:1: "severity" must be a string'),
    ]


def test_shards_have_every_repository_once(estate: Path) -> None:
    names: list[tuple[Any, ...]] = []
    for number in (1, 2, 3):
        main(["bulk", "--store", f"{number}.db", "--jobs", "0", "--shard", f"{number}/3", str(estate)])
        names += rows("SELECT name FROM latest", f"{number}.db")
    assert len(names) == len(set(names)) == 3


@pytest.mark.parametrize(
    "words", [["--shard", "4/3"], ["--shard", "x"], [], ["nothing"], ["--config", "none", "--no-repository-config"]]
)
def test_a_mistake_in_the_command_is_said_and_makes_no_store(estate: Path, words: list[str]) -> None:
    assert bulk(*words, *([str(estate)] if words and words[0].startswith("-") else [])) == 2
    assert not Path("scan.db").exists()


def test_a_file_that_is_no_store_is_left_alone(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("scan.db").write_text("these are notes of mine, and no database" * 100)
    assert bulk(str(estate)) == 2
    assert "is no store of ecrlint" in capsys.readouterr().err
    assert Path("scan.db").read_text().startswith("these are notes of mine")


# Executors


def tasks(estate: Path) -> list[ScanTask]:
    return [ScanTask(source.name, source.place, source.ref, "", BulkSettings()) for source in find_sources([str(estate)])]


def told(results: Iterator[Any]) -> list[tuple[Any, ...]]:
    return sorted((one.name, one.status, one.reason, json.dumps(one.report), one.causes, one.owners) for one in results)


def test_worker_processes_give_what_this_process_gives(estate: Path) -> None:
    expected = told(in_process.execute(tasks(estate)))
    assert len(expected) == 3
    assert told(processes.execute(iter(tasks(estate)), 2, ScanLimits())) == expected


def hanging(estate: Path, name: str) -> Path:
    """A repository of which an object is a pipe that nobody writes to."""
    top = commit(estate / name, {"main.tf": TOKEN})
    id = git(top, "rev-parse", "HEAD:main.tf")
    path = top / ".git/objects" / id[:2] / id[2:]
    path.unlink()
    os.mkfifo(path)
    return top


@pytest.mark.skipif(sys.platform != "linux", reason="limits of memory, pipes with names")
def test_a_repository_that_hangs_or_kills_its_worker_is_marked_and_harms_no_other(
    estate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging(estate, "hanging")
    monkeypatch.setattr(processes, "MODULE", "fatal_worker")
    monkeypatch.setenv("PYTHONPATH", str(estate))
    (estate / "fatal_worker.py").write_text(
        "import os\nfrom ecrlint.boundary.worker_process import serve\nfrom ecrlint.bulk import worker\n"
        "scans = worker.RepositoryWorker()\n"
        "def answer(task):\n"
        "    if getattr(task, 'name', '') == 'fatal':\n        os.abort()\n"
        "    if getattr(task, 'name', '') == 'large':\n        bytearray(8 << 30)\n"
        "    return scans.answer(task)\n"
        "def guarded(task):\n"
        "    try:\n        return answer(task)\n"
        "    except MemoryError:\n        return worker.ScanResult(task.name, task.ref, 'memory', 'too much')\n"
        "serve(guarded)\n"
    )
    commit(estate / "fatal", {"main.tf": TOKEN})
    commit(estate / "large", {"main.tf": TOKEN})
    results = {one.name: (one.status, one.reason) for one in processes.execute(tasks(estate), 2, ScanLimits(3, 400))}
    assert results.pop("hanging") == ("timeout", "it took longer than 3 s")
    assert results.pop("fatal") == ("killed", "its process ended (SIGABRT), twice")
    assert results.pop("large") == ("memory", "too much: 400 MiB")
    assert [status for status, _ in results.values()] == ["scanned"] * 3


# A cluster


def cluster_process(name: str, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.dask_{name}", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def listening(process: subprocess.Popen[bytes]) -> set[str]:
    """The addresses on which a process and those that it has started listen."""
    import psutil

    found: set[str] = set()
    with suppress(psutil.Error):
        top = psutil.Process(process.pid)
        for one in (top, *top.children(recursive=True)):
            with suppress(psutil.Error):
                connections = one.net_connections("inet")
                found |= {connection.laddr.ip for connection in connections if connection.status == psutil.CONN_LISTEN}
    return found


def test_a_cluster_of_dask_gives_what_this_machine_gives_though_workers_are_killed(estate: Path) -> None:
    pytest.importorskip("distributed")
    for number in range(8):
        commit(estate / f"more{number}", {f"{letter}.tf": TOKEN.replace("login", letter) for letter in "abcdef"})
    assert start("--store", "whole.db", "--jobs", "2", str(estate)).wait() == 1
    place = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--scheduler-file", "scheduler.json"]
    running = [cluster_process("scheduler", *place, "--port", "0")]
    try:
        wait_for(lambda: Path("scheduler.json").exists() and Path("scheduler.json").read_text().endswith("}"))
        address = json.loads(Path("scheduler.json").read_text())["address"]
        workers = [cluster_process("worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny") for _ in range(3)]
        running += workers
        one = start("--store", "scan.db", "--scheduler", address, str(estate))
        wait_for(
            lambda: Path("scan.db").exists() and bool(rows("SELECT 1 FROM sqlite_master")) and bool(rows("SELECT 1 FROM commits"))
        )
        for worker in workers[:2]:
            assert one.poll() is None
            os.killpg(worker.pid, signal.SIGKILL)
        assert one.wait() == 1
    finally:
        for process in running:
            process.kill()
            process.wait()
    assert contents("scan.db") == contents("whole.db")


def test_a_cluster_that_is_started_here_listens_on_the_loopback_alone(estate: Path) -> None:
    pytest.importorskip("distributed")
    assert start("--store", "whole.db", "--jobs", "2", str(estate)).wait() == 1
    one = start("--store", "scan.db", "--dask-local", "--jobs", "2", str(estate))
    seen: set[str] = set()
    while one.poll() is None:
        seen |= listening(one)
        time.sleep(0.05)
    assert one.returncode == 1
    assert seen == {"127.0.0.1"}
    assert contents("scan.db") == contents("whole.db")


def test_a_cluster_that_is_not_there_is_said(estate: Path) -> None:
    pytest.importorskip("distributed")
    program = "from ecrlint.bulk.executors import cluster; cluster.START_SECONDS = 1; from ecrlint.cli import main; import sys;"
    words = ["bulk", "--store", "scan.db", "--scheduler", "tcp://127.0.0.1:9", str(estate)]
    done = subprocess.run(
        [sys.executable, "-c", f"{program} sys.exit(main(sys.argv[1:]))", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "there is no cluster with a worker at tcp://127.0.0.1:9" in done.stderr


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers")
def test_a_worker_whose_run_was_killed_does_not_work_for_ever() -> None:
    program = "import itertools; from ecrlint.boundary.worker_process import end_after; end_after(0.2)"
    program += "; all(map(id, itertools.repeat(1)))"
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=60)
    assert done.returncode == -signal.SIGALRM


# The store


def start(*words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", "import sys; from ecrlint.cli import main; sys.exit(main())", "bulk", *FAIL_ON, *words]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not what():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_second_run_on_a_store_is_refused(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hanging(estate, "hanging")
    first = start("--store", "scan.db", "--jobs", "1", "--timeout", "60", str(estate))
    try:
        wait_for(lambda: Path("scan.db").exists() and bool(rows("SELECT name FROM sqlite_master WHERE name = 'runs'")))
        assert bulk(str(estate)) == 2
        assert "another run uses scan.db" in capsys.readouterr().err
    finally:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    (estate / "hanging").rename(estate.parent / "hanging")
    assert bulk(str(estate)) == 1


def test_a_run_that_is_killed_at_any_moment_ends_as_one_that_is_not(estate: Path, tmp_path: Path) -> None:
    for number in range(6):
        commit(estate / f"more{number}", {"main.tf": TOKEN if number % 2 else CLEAN, f"{number}.tf": CLEAN})
    begun = time.monotonic()
    assert start("--store", "whole.db", "--jobs", "2", str(estate)).wait() == 1
    length = time.monotonic() - begun
    moments = random.Random(19)
    kills = 0
    for number in range(6):  # the first while it surely still runs, however the load of the machine changes
        one = start("--store", "scan.db", "--jobs", "2", str(estate))
        time.sleep(moments.uniform(0.05, 0.2 + number * 0.15) * length)
        kills += one.poll() is None
        one.kill()
        one.wait()
        if Path("scan.db").exists():
            assert rows("PRAGMA integrity_check") == [("ok",)]
    assert kills
    for store in ("scan.db", "whole.db"):
        assert start("--store", store, "--jobs", "2", str(estate)).wait() == 1
    (killed, whole) = contents("scan.db"), contents("whole.db")
    assert [row[:4] for row in killed["findings"]] == [row[:4] for row in whole["findings"]]
    assert killed["files"] == whole["files"]
    assert [row[:-1] for row in killed["commits"]] == [row[:-1] for row in whole["commits"]]
    assert {row[1] for row in killed["runs"]} == {1}  # each has ended


def test_a_full_disk_ends_the_run_and_leaves_the_store_whole(estate: Path) -> None:
    if not hasattr(signal, "SIGXFSZ"):
        pytest.skip("no limit of the size of files")
    for number in range(4):
        commit(estate / f"more{number}", {f"{letter}.tf": TOKEN.replace("login", letter) for letter in "abcdefghijkl"})
    command = ["bash", "-c", 'ulimit -f 100; exec "$@"', "-", sys.executable, "-c"]
    program = "import signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from ecrlint.cli import main; sys.exit(main())"
    done = subprocess.run(
        [*command, program, "bulk", *FAIL_ON, "--store", "scan.db", "--jobs", "0", str(estate)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Error: scan.db:" in done.stderr
    assert "Traceback" not in done.stderr
    assert rows("PRAGMA integrity_check") == [("ok",)]
    assert bulk(str(estate)) == 1
    assert main(["bulk", "--store", "whole.db", "--jobs", "0", *FAIL_ON, str(estate)]) == 1
    assert contents("scan.db") == contents("whole.db")


def test_names_that_are_no_text_are_stored_and_reported(estate: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """A folder and a file with bytes that are no UTF-8, and one that would colour a terminal."""
    top = estate / os.fsdecode(b"odd\xff\x1b[31m")
    commit(top, {"x.tf": TOKEN})
    os.rename(os.fsencode(top / "x.tf"), os.fsencode(top) + b"/\xfe\x1b[31m.tf")
    commit(top, {"y.tf": CLEAN})
    assert main(["bulk", "--store", "scan.db", "--jobs", "2", *FAIL_ON, str(top)]) == 1
    assert rows("SELECT status, warnings FROM latest") == [("scanned", 1)]
    for form in ("text", "csv", "jsonl", "html"):
        assert main(["bulk", "report", "--store", "scan.db", "--format", form]) == 0
        out = capsysbinary.readouterr().out
        assert b"token-on-repository" in out
        assert b"\x1b" not in out
        out.decode()


# Owners


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "a/b.tf", True),
        ("*.tf", "a/b.tf", True),
        ("*.tf", "a/b.tfvars", False),
        ("/infra/", "infra/a/b.tf", True),
        ("/infra/", "a/infra/b.tf", False),
        ("infra/", "a/infra/b.tf", True),
        ("infra", "a/infra/b.tf", True),
        ("docs/*", "docs/a.md", True),
        ("docs/*", "docs/a/b.md", False),
        ("/docs/**/x.tf", "docs/a/b/x.tf", True),
        ("/docs/**/x.tf", "docs/x.tf", True),
        ("**/logs", "a/b/logs/c", True),
        ("a?.tf", "ab.tf", True),
        (r"a\ b.tf", "a b.tf", True),
        ("/main.tf", "main.tf", True),
        ("/main.tf", "a/main.tf", False),
    ],
)
def test_a_pattern_of_codeowners_matches_as_github_says(pattern: str, path: str, matches: bool) -> None:
    assert parse(f"{pattern} @acme/x\n").of(path) == (("@acme/x",) if matches else ())


def test_the_last_pattern_of_codeowners_counts_and_nothing_in_it_is_an_error() -> None:
    owners = parse("* @all # everyone\n[Section][2] @section\n/infra/ \n\n!x @y\n[unclosed @z\n*.md\n\0 @w\n")
    assert owners.of("a.tf") == ("@all",)
    assert owners.of("infra/a.tf") == ("@section",)
    assert owners.of("README.md") == ("@section",)


# Branches


def test_branches_are_scanned_by_their_names_and_age(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop = estate / "shop"
    git(shop, "checkout", "-q", "-b", "release/1")
    commit(shop, {"main.tf": CLEAN})
    old = {"GIT_COMMITTER_DATE": "1500000000 +0000", **OWN}
    git(shop, "checkout", "-q", "-b", "release/0")
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "old"], cwd=shop, env=old, check=True)
    git(shop, "branch", "other")
    assert bulk(str(shop), "--refs", "main,release/*") == 1
    assert rows("SELECT ref, warnings FROM latest ORDER BY ref") == [("main", 1), ("release/0", 0), ("release/1", 0)]
    bulk(str(shop), "--refs", "main,release/*")
    assert "3 repositories: 3 unchanged" in capsys.readouterr().err
    bulk(str(shop), "--refs", "main,release/*", "--since", "2020-01-01")
    assert rows("SELECT ref FROM latest ORDER BY ref") == [("main",), ("release/1",)]
    assert bulk(str(shop), "--refs", "none/*") == 3
    assert rows("SELECT reason FROM latest") == [("no branch is of a name and of an age that are asked for",)]
    assert bulk(str(shop), "--since", "2020-01-01") == 2


# URLs


def answers(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def server(estate: Path) -> Iterator[str]:
    """The URL of git's own server on the loopback, which serves ten repositories."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    base = estate.parent / "served"
    for number in range(10):
        top = commit(base / f"acme/r{number}", {"main.tf": TOKEN if number % 2 else CLEAN})
        git(top, "config", "uploadpack.allowFilter", "true")
    where = ["--listen=127.0.0.1", f"--port={port}", f"--base-path={base}"]
    process = subprocess.Popen(
        ["git", "daemon", "--reuseaddr", "--export-all", *where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=OWN
    )
    try:
        wait_for(lambda: answers(port))
        yield f"git://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def test_repositories_are_cloned_by_their_urls_and_fetched_again(
    server: str, estate: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*words: str) -> str:
        listed = "".join(f"{server}/acme/r{number}\n" for number in range(10))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(listed.encode())))
        assert bulk("-", *words) == 1
        return capsys.readouterr().err.strip()

    assert run().endswith("10 repositories: 10 scanned; 5 open findings in scan.db")
    assert rows("SELECT name, place, origin FROM repositories ORDER BY name LIMIT 1") == [
        ("127.0.0.1/acme/r0", f"{server}/acme/r0", "127.0.0.1/acme/r0")
    ]
    clones = list(Path("scan.db.clones").iterdir())
    assert len(clones) == 10
    assert not any((clone / "main.tf").exists() for clone in clones)
    assert run().startswith("10 repositories: 10 unchanged")
    commit(estate.parent / "served/acme/r0", {"main.tf": TOKEN})
    git(estate.parent / "served/acme/r1", "branch", "-m", "main", "trunk")
    assert run().startswith("10 repositories: 9 unchanged, 1 scanned; 6 open")
    assert run("--refs", "main,trunk") == "10 repositories: 10 scanned; 6 open findings in scan.db"
    assert {ref for (ref,) in rows("SELECT ref FROM latest")} == {"main", "trunk"}


def test_the_cache_is_bounded(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    urls = [f"{server}/acme/r{number}" for number in range(4)]
    assert bulk(*urls, "--cache", "kept", "--cache-size", "0") == 1
    assert list(Path("kept").iterdir()) == []
    assert rows("SELECT count(*) FROM latest WHERE status = 'scanned'") == [(4,)]


def test_a_url_that_does_not_answer_or_is_not_there_is_a_row(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        started = time.monotonic()
        hanging, missing = f"git://127.0.0.1:{port}/acme/silent", f"{server}/acme/none"
        assert bulk(hanging, missing, f"{server}/acme/r1", "--clone-timeout", "2") == 1
        assert time.monotonic() - started < 20
    assert rows("SELECT name, status, reason FROM latest ORDER BY name") == [
        ("127.0.0.1/acme/none", "failed", rows("SELECT reason FROM latest WHERE name LIKE '%none'")[0][0]),
        ("127.0.0.1/acme/r1", "scanned", ""),
        ("127.0.0.1/acme/silent", "failed", "git took longer than 2 s to fetch it"),
    ]
    assert "git cannot fetch it: " in capsys.readouterr().err


def test_a_fetch_that_fails_for_a_moment_is_tried_again(estate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def fetch(url: str, place: str, refs: Any, largest: int, seconds: float) -> None:
        asked.append(url)
        if len(asked) < 3:
            raise clone.CloneError("the host is busy")
        git(tmp_path, "clone", "-q", "--bare", str(estate / "shop"), place)

    monkeypatch.setattr(clone, "fetch", fetch)
    monkeypatch.setattr(clones, "PAUSE", 0.01)
    assert bulk("https://git.example.com/acme/shop") == 1
    assert len(asked) == 3


def test_no_credentials_of_a_url_are_stored_or_shown(
    estate: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fetch(url: str, place: str, refs: Any, largest: int, seconds: float) -> None:
        raise clone.CloneError(f"git cannot fetch it: fatal: {url}: Authentication failed", is_final=True)

    monkeypatch.setattr(clone, "fetch", fetch)
    assert bulk("https://user:secret@git.example.com/acme/shop") == 3
    assert "secret" not in capsys.readouterr().err
    assert b"secret" not in Path("scan.db").read_bytes()
    assert rows("SELECT name, place FROM latest") == [("git.example.com/acme/shop", "https://git.example.com/acme/shop")]


@pytest.mark.parametrize("url", ["ext::sh -c evil", "file:///etc", "--upload-pack=evil", "-oProxyCommand=evil@host:x"])
def test_no_other_transport_is_a_url(estate: Path, url: str) -> None:
    with pytest.raises(SourceError):
        list(find_sources([url]))


# Progress


class Terminal(io.StringIO):
    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self.is_terminal = is_terminal

    def isatty(self) -> bool:
        return self.is_terminal


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_is_one_line_on_a_terminal_and_few_lines_in_a_log(is_terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal(is_terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(bulk_progress, "EVERY_SECONDS", 0)
    monkeypatch.setattr(bulk_progress, "_ON_TERMINAL", 0)
    watcher = bulk_progress.Watcher()
    progress = RunProgress(40, time.monotonic() - 10, done=10, findings=3)
    watcher.tell(progress, None)
    progress.done, progress.statuses["failed"] = 20, 1
    watcher.tell(progress, ScanResult("acme/shop", "HEAD", "failed", "no\ncommit"))
    watcher.end()
    said = stream.getvalue()
    if is_terminal:
        first, _, rest = said.removeprefix("\r").partition("\r")
        assert first == "[10/40] 0 failed, 3 findings, 1.0 repositories a second, 0:30 left"
        assert "\recrlint: acme/shop (HEAD): failed: no commit\n\r[20/40] 1 failed, " in f"\r{rest}"
        assert said.endswith(" \r")
    else:
        assert said.splitlines() == [
            "[10/40] 0 failed, 3 findings, 1.0 repositories a second, 0:30 left",
            "ecrlint: acme/shop (HEAD): failed: no commit",
            "[20/40] 1 failed, 3 findings, 2.0 repositories a second, 0:10 left",
        ]
