"""Nothing outside the boundary is read, and what lies there is said; one package opens files and starts git."""

from __future__ import annotations

import ast
import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from ecrlint.boundary import file_reader, git
from ecrlint.boundary.file_reader import FileReader
from ecrlint.boundary.reader import Absent, LeadsOut, Unread
from ecrlint.boundary.repository import boundary
from ecrlint.cli import main
from ecrlint.run import pipeline

ROOT = Path(__file__).resolve().parent.parent
MIB = 1 << 20


@pytest.fixture(params=[True, False], ids=["by descriptor", "by real path"])
def reader(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileReader:
    """Reads below the folder `in`, beside which lies `out`, both ways."""
    monkeypatch.setattr(file_reader, "BY_DESCRIPTOR", request.param)
    for folder in ("in/a/b", "out"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "in/a/b/file").write_text("inside")
    (tmp_path / "out/file").write_text("outside")
    return FileReader([str(tmp_path / "in")])


def test_a_file_is_read_by_its_path_and_through_links_that_stay_inside(reader: FileReader, tmp_path: Path) -> None:
    (tmp_path / "in/link").symlink_to("a")
    (tmp_path / "in/a/up").symlink_to("../a/b/file")
    (tmp_path / "in/full").symlink_to(tmp_path / "in/a/b")
    for path in ("a/b/file", "link/b/file", "a/up", "link/up", "full/file"):
        assert reader.read(str(tmp_path / "in" / path), MIB) == b"inside"
    assert [(one.name, one.kind) for one in reader.entries(str(tmp_path / "in"))] == [
        ("a", "folder"),
        ("full", "link"),
        ("link", "link"),
    ]


@pytest.mark.parametrize("target", ["../out/file", "a/../../out/file", "{}/out/file", "a/b/hop"])
def test_no_link_leads_out(reader: FileReader, tmp_path: Path, target: str) -> None:
    (tmp_path / "in/a/b/hop").symlink_to("../../../out/file")
    (tmp_path / "in/link").symlink_to(target.format(tmp_path))
    with pytest.raises(LeadsOut):
        reader.read(str(tmp_path / "in/link"), MIB)
    with pytest.raises(LeadsOut):
        reader.write({str(tmp_path / "in/link"): b"overwritten"})
    assert (tmp_path / "out/file").read_text() == "outside"


def test_no_folder_that_is_a_link_leads_out(reader: FileReader, tmp_path: Path) -> None:
    (tmp_path / "in/folder").symlink_to("../out")
    for path in ("in/folder/file", "out/file", "in/a/../../out/file"):
        with pytest.raises(LeadsOut):
            reader.read(os.path.normpath(tmp_path / path), MIB)
    with pytest.raises(LeadsOut):
        reader.entries(str(tmp_path / "in/folder"))


def test_a_folder_that_becomes_a_link_while_it_is_read_leads_nowhere_new(tmp_path: Path) -> None:
    for folder in ("in/a", "out"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "file").write_text(folder)
    reader = FileReader([str(tmp_path / "in")])
    assert reader.read(str(tmp_path / "in/a/file"), MIB) == b"in/a"
    (tmp_path / "in/a").rename(tmp_path / "in/b")
    (tmp_path / "in/a").symlink_to("../out")
    assert reader.read(str(tmp_path / "in/a/file"), MIB) == b"in/a"
    with pytest.raises(LeadsOut):
        FileReader([str(tmp_path / "in")]).read(str(tmp_path / "in/a/file"), MIB)


def test_what_is_no_file_is_not_opened(reader: FileReader, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "in/fifo")
    (tmp_path / "in/zero").symlink_to("/dev/zero")
    (tmp_path / "in/loop").symlink_to("loop")
    (tmp_path / "in/lost").symlink_to("nothing")
    with socket.socket(socket.AF_UNIX) as listening:
        os.chdir(tmp_path / "in")
        listening.bind("socket")
    for name in ("fifo", "zero", "loop", "lost", "socket", "a"):
        with pytest.raises(Unread):
            reader.read(str(tmp_path / "in" / name), MIB)
    for name in ("nothing", "a/b/file/x", "a\0b"):
        with pytest.raises(Absent):
            reader.read(str(tmp_path / "in" / name), MIB)


def test_a_large_file_is_not_read_and_its_beginning_can_be(reader: FileReader, tmp_path: Path) -> None:
    (tmp_path / "in/large").write_bytes(b"x" * (MIB + 1))
    with pytest.raises(Unread, match="larger than 1 MiB"):
        reader.read(str(tmp_path / "in/large"), MIB)
    assert reader.head(str(tmp_path / "in/large"), 10) == b"x" * 10


def test_few_folders_stay_open(tmp_path: Path) -> None:
    paths = [tmp_path / str(number) / "file" for number in range(3 * file_reader.MAX_FOLDERS)]
    for path in paths:
        path.parent.mkdir()
        path.write_text(path.parent.name)
    before = len(os.listdir("/proc/self/fd"))
    readers = [FileReader([str(tmp_path)]) for _ in range(3)]  # as of a process that scans again and again
    for reader in readers:
        assert [reader.read(str(path), MIB).decode() for path in paths] == [path.parent.name for path in paths]
        assert len(os.listdir("/proc/self/fd")) - before <= file_reader.MAX_FOLDERS
    del reader, readers
    assert len(os.listdir("/proc/self/fd")) <= before


# The boundary


def test_the_boundary_is_the_repository_from_wherever_it_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "env/prod").mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "env/prod", Path("/")):
        monkeypatch.chdir(folder)
        assert boundary([str(tmp_path / "env/prod")]).folders == (str(tmp_path),)
    monkeypatch.chdir(tmp_path / "env/prod")
    assert boundary(["."]).folders == (str(tmp_path),)
    assert boundary(["."], root="..").folders == (str(tmp_path / "env"),)


def test_a_worktree_and_a_submodule_are_repositories_of_their_own(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "vendor/sub/infra").mkdir(parents=True)
    (tmp_path / "vendor/sub/.git").write_text("gitdir: ../../.git/modules/sub\n")
    assert boundary([str(tmp_path / "vendor/sub/infra")]).folders == (str(tmp_path / "vendor/sub"),)


def test_a_clone_that_init_has_made_belongs_to_its_root(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "live/.terraform/modules/role/.git").mkdir(parents=True)
    assert boundary([str(tmp_path / "live/.terraform/modules/role")]).folders == (str(tmp_path),)


def test_what_lies_between_several_folders_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in "abc":
        (tmp_path / name).mkdir()
    monkeypatch.chdir("/")
    within = boundary([str(tmp_path / "a"), str(tmp_path / "b")])
    assert (within.top, within.folders) == (str(tmp_path), (str(tmp_path / "a"), str(tmp_path / "b")))
    monkeypatch.chdir(tmp_path)
    assert boundary(["a", "b"]).folders == (str(tmp_path),)


def test_a_link_that_leads_out_of_a_repository_takes_nothing_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repository/.git").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/ecrlint.toml").write_text("nonsense\n")
    (tmp_path / "other/main.tf").write_text('resource "aws_ecr_repository" "r" {\n  name = "r"\n}\n')
    (tmp_path / "repository/main.tf").symlink_to("../other/main.tf")
    (tmp_path / "repository/folder").symlink_to("../other")
    monkeypatch.chdir(tmp_path / "repository")
    for path in ("main.tf", "folder"):
        assert boundary([path]).folders == (str(tmp_path / "repository"),)
        assert main([path]) == 3
    assert main(["hook", "main.tf"]) == 3


# One package opens files and starts programs

OPENS = {"open", "os.open", "os.fdopen", "io.open", "codecs.open", "os.listdir", "os.scandir", "os.walk", "os.fwalk", "glob.glob"}
READS = {"read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "rglob"}
STARTS = {"subprocess", "multiprocessing", "pty"}
SOURCES = sorted(path for folder in ("src", "rules") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_one_package_opens_files_and_starts_programs(path: Path) -> None:
    if path.is_relative_to(ROOT / "src/ecrlint/boundary"):
        return
    for node in ast.walk(ast.parse(path.read_bytes())):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                assert name not in OPENS, f"line {node.lineno}"
            case ast.Call(func=ast.Attribute(value=ast.Name(id=module), attr=name)):
                assert f"{module}.{name}" not in OPENS, f"line {node.lineno}"
                assert name not in READS, f"line {node.lineno}"
            case ast.Call(func=ast.Attribute(attr=name)):
                assert name not in READS, f"line {node.lineno}"
            case ast.Import(names=names):
                assert {one.name for one in names}.isdisjoint(STARTS), f"line {node.lineno}"
            case ast.ImportFrom(module=module):
                assert module not in STARTS, f"line {node.lineno}"


# Git


def test_nothing_that_a_repository_names_is_run(
    hostile: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    top, mark = hostile
    monkeypatch.chdir(top)
    monkeypatch.setenv("PRE_COMMIT", "1")
    before = {path: path.stat().st_mtime_ns for path in (top / ".git").rglob("*") if path.is_file()}
    assert git.staged(str(top)) == ["main.tf"]
    assert git.changed(str(top), "HEAD", "HEAD") == []
    for words in (["hook", "main.tf"], [], ["why", "r", "ecr:PutImage"], ["path"], ["fix", "--diff"], ["baseline", "check"]):
        assert main(words) in (0, 1)
    assert not mark.exists(), mark.read_text()
    after = {path: path.stat().st_mtime_ns for path in (top / ".git").rglob("*") if path.is_file()}
    assert after == before


def test_nothing_is_fetched_for_an_object_that_is_missing(hostile: tuple[Path, Path]) -> None:
    top, mark = hostile
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=top, check=True, capture_output=True, text=True).stdout.strip()
    (top / ".git/objects" / commit[:2] / commit[2:]).unlink()
    assert git.staged(str(top)) == []
    assert git.changed(str(top), "HEAD", "HEAD~1") == []
    assert not mark.exists(), mark.read_text()


def test_objects_in_a_second_place_are_not_read(hostile: tuple[Path, Path], tmp_path: Path) -> None:
    top, _ = hostile
    (top / ".git/objects/info").mkdir(exist_ok=True)
    (top / ".git/objects/info/alternates").write_text(str(tmp_path / "elsewhere"))
    assert git.staged(str(top)) == []


def test_a_file_that_the_configuration_includes_is_not_read(hostile: tuple[Path, Path], tmp_path: Path) -> None:
    top, _ = hostile
    os.mkfifo(tmp_path / "included")  # whoever reads it waits for ever
    with (top / ".git/config").open("a") as file:
        file.write(f"[include]\n\tpath = {tmp_path / 'included'}\n")
    assert git.staged(str(top)) == ["main.tf"]
    assert git.changed(str(top), "HEAD", "HEAD") == []


@pytest.mark.parametrize("part", [".git", ".git/HEAD", ".git/config", ".git/index", ".git/objects", ".git/refs"])
def test_a_part_of_a_repository_that_is_a_link_is_not_read(hostile: tuple[Path, Path], tmp_path: Path, part: str) -> None:
    top, _ = hostile
    (top / part).rename(tmp_path / "outside")
    (top / part).symlink_to(tmp_path / "outside")
    assert git.staged(str(top)) == []


def test_git_is_asked_of_a_worktree(hostile: tuple[Path, Path], tmp_path: Path) -> None:
    top, _ = hostile
    subprocess.run(["git", "init", "-q", tmp_path / "main"], check=True, capture_output=True)
    commit = ["-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "--allow-empty", "-m", "first"]
    subprocess.run(["git", *commit], cwd=tmp_path / "main", check=True, capture_output=True)
    subprocess.run(["git", "worktree", "add", "-q", tmp_path / "tree"], cwd=tmp_path / "main", check=True, capture_output=True)
    (tmp_path / "tree/main.tf").write_bytes((top / "main.tf").read_bytes())
    subprocess.run(["git", "add", "."], cwd=tmp_path / "tree", check=True)
    assert git.staged(str(tmp_path / "tree")) == ["main.tf"]
    assert git.staged(str(tmp_path / "main")) == []
    subprocess.run(["git", "pack-refs", "--all"], cwd=tmp_path / "main", check=True)
    assert git.staged(str(tmp_path / "tree")) == ["main.tf"]


def test_git_is_asked_of_the_index_that_a_commit_of_some_files_has(
    hostile: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    top, _ = hostile
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/other")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    (top / ".git/other").write_bytes((top / ".git/index").read_bytes())
    (top / ".git/index").unlink()
    assert git.staged(str(top)) == ["main.tf"]


def test_a_folder_without_a_repository_has_nothing_staged(tmp_path: Path) -> None:
    assert git.staged(str(tmp_path)) == []
    assert pipeline.scan([str(tmp_path)], str(tmp_path)).files == ()


# Modules above

MODULE = """resource "aws_iam_policy" "login" {
  policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/app" }] })
}
"""


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """The folder of a root whose module lies above it."""
    for name, text in {"modules/ci/main.tf": MODULE, "live/main.tf": 'module "ci" {\n  source = "../modules/ci"\n}\n'}.items():
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    return tmp_path / "live"


def reported(capsys: pytest.CaptureFixture[str], *words: str) -> list[tuple[str, str]]:
    capsys.readouterr()
    main(["--format", "json", *words])
    return [(one["path"], one["fingerprint"]) for one in json.loads(capsys.readouterr().out)["findings"]]


def test_a_root_is_the_same_from_wherever_it_is_scanned(
    live: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (live.parent / ".git").mkdir()
    monkeypatch.chdir(live.parent)
    top = reported(capsys)
    assert [path for path, _ in top] == ["modules/ci/main.tf"]
    assert reported(capsys, "live") == reported(capsys, "live/main.tf") == top
    monkeypatch.chdir(live)
    assert reported(capsys) == top
    main([])
    assert capsys.readouterr().out.startswith("../modules/ci/main.tf:3:")


def test_a_fault_in_a_module_has_one_fingerprint_whoever_calls_it(
    live: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (live.parent / ".git").mkdir()
    (live.parent / "stage").mkdir()
    (live.parent / "stage/main.tf").write_text('module "build" {\n  for_each = toset(["a"])\n  source   = "../modules/ci"\n}\n')
    monkeypatch.chdir(live.parent)
    top = reported(capsys)
    assert len(top) == 1
    assert reported(capsys, "live") == reported(capsys, "stage") == reported(capsys, "modules/ci") == top


def test_without_a_repository_a_module_above_is_read_or_named(
    live: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(live)
    assert [path for path, _ in reported(capsys)] == ["../modules/ci/main.tf"]
    assert [path for path, _ in reported(capsys, "--root", "..")] == ["modules/ci/main.tf"]
    assert reported(capsys, "--root", ".") == []
    (file,) = pipeline.scan(["."]).files
    assert (file.status, file.reason) == (
        "partial",
        'module.ci comes from "../modules/ci", which lies outside of what is read; --root DIR takes it in',
    )


# A baseline that is not ours


@pytest.mark.parametrize(("count", "status"), [("300000000", 0), ("1e999", 2), ('"many"', 2)])
def test_a_count_of_a_baseline_costs_no_more_than_another(
    count: str, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    statement = {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": f"arn:aws:ecr:*:{'1' * 12}:repository/app"}
    (tmp_path / "policy.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    entry = f'{{"rule": "a", "path": "b", "address": "c", "cause": "d", "count": {count}}}'
    (tmp_path / "ecrlint-baseline.json").write_text(f'{{"schema": 1, "findings": [{entry}]}}')
    monkeypatch.chdir(tmp_path)
    assert main([]) == status
    assert ("this is not a baseline" in capsys.readouterr().err) is (status == 2)
