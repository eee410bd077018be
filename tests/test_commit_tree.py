"""The files of a commit, read from git's objects, are what a checkout of it has."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecrlint.boundary import commit_tree
from ecrlint.boundary.commit_tree import CommitTree, open_tree
from ecrlint.boundary.file_reader import FileReader
from ecrlint.boundary.reader import Absent, LeadsOut, SourceReader, Unread
from ecrlint.boundary.repository import boundary
from ecrlint.config import ConfigError
from ecrlint.report import json
from ecrlint.run import pipeline

ROOT = Path(__file__).resolve().parent.parent
MIB = 1 << 20


def git(top: Path, *words: str, given: bytes = b"") -> str:
    """What git prints, with the user's and the system's configuration left out."""
    who = {f"GIT_{role}_{part}": f"{role}@example.com" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    when = {"GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000"}
    own = {**os.environ, **who, **when, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], cwd=top, check=True, capture_output=True, env=own, input=given)
    return done.stdout.decode().strip()


def commit(top: Path, files: dict[str, str] | None = None) -> str:
    """Write files, and commit all that is there."""
    if not (top / ".git").exists():
        top.mkdir(parents=True, exist_ok=True)
        git(top, "init", "-q", "-b", "main")
    for name, text in (files or {}).items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    git(top, "add", "-A", "-f")
    git(top, "commit", "-q", "--allow-empty", "-m", "state")
    return git(top, "rev-parse", "HEAD")


def scanned(top: Path) -> str:
    return json.render(pipeline.scan([str(top)], boundary([str(top)])))


def scanned_from_objects(repository: Path, name: str = "HEAD") -> str:
    with open_tree(str(repository), name) as tree:
        return json.render(pipeline.scan([tree.top], tree.boundary))


EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())
FIXTURES = sorted(path for path in (ROOT / "tests/fixtures").iterdir() if path.is_dir())


def test_a_scan_of_a_bare_repository_is_that_of_its_checkout(tmp_path: Path) -> None:
    """Every example and every fixture of the rules, in one repository with configurations and baselines of its own."""
    top = tmp_path / "top"
    for folder in (*EXAMPLES, *FIXTURES[::20]):
        subprocess.run(["cp", "-r", folder, tmp_path], check=True)
        top.mkdir(exist_ok=True)
        (tmp_path / folder.name).rename(top / folder.name)
    commit(top, {"ecrlint.toml": 'severity = "warning"\n'})
    git(tmp_path, "clone", "-q", "--mirror", "top", "bare.git")
    assert scanned(top).count('"fingerprint"') > 20
    assert scanned_from_objects(tmp_path / "bare.git") == scanned(top)


def test_a_commit_is_read_by_any_name_of_it(tmp_path: Path) -> None:
    top = tmp_path / "top"
    text = 'resource "aws_ecr_repository" "r" {\n  name = "r"\n}\n'
    first = commit(top, {"main.tf": text})
    git(top, "tag", "-a", "v1", "-m", "first")
    commit(top, {"main.tf": text, "other.tf": text})
    assert scanned_from_objects(top, "v1") == scanned_from_objects(top, first) != scanned_from_objects(top)
    with pytest.raises(Unread, match="no commit nothing"), open_tree(str(top), "nothing"):
        pass
    with pytest.raises(Unread, match="no commit HEAD"), open_tree(str(tmp_path)):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="git on Windows checks links out as files")
def test_what_a_reader_says_of_a_commit_is_what_it_says_of_the_checkout(tmp_path: Path) -> None:
    top = tmp_path / "top"
    commit(top, {"a/b/file": "inside", "a/large": "x" * 3000, "z.txt": "z", "a.b/c": "", "a-b": ""})
    links = {"link": "a", "a/up": "../a/b/file", "lost": "nothing", "far": "no/thing", "loop": "loop", "out": "../out/file"}
    links |= {"hop": "link/up", "through": "link/../z.txt", "top": ".", "a/above": "../../out", "into": "z.txt/x"}
    for name, target in links.items():
        (top / name).symlink_to(target)
    commit(top)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/file").write_text("outside")
    paths = [*links, "a", "a/b", "a/b/file", "a/large", "nothing", "no/thing", "z.txt/x", "link/b", "link/b/file", "top/a", ""]

    def said(reader: SourceReader) -> list[object]:
        told: list[object] = []
        for path in (os.path.normpath(top / path) for path in paths):
            for ask in (reader.kind, lambda it: reader.read(it, 2000), lambda it: reader.head(it, 5), reader.entries):
                try:
                    told.append(ask(path))
                except Unread as error:
                    told.append((path, type(error), str(error)))
            told += [reader.look(path), reader.bound(path)]
            if not path.endswith(("out", "above")):  # the disk knows what lies outside
                told += [reader.is_folder(path), *([reader.real(path)] if os.path.exists(path) else [])]
        return told

    with open_tree(str(top)) as tree:
        of_commit, of_disk = said(tree.reader([str(top)])), said(FileReader([str(top)]))
    for listed in of_disk:
        if isinstance(listed, list):  # the folder of git is in no commit
            listed[:] = [child for child in listed if child.name != ".git"]
    assert of_commit == of_disk


def test_no_link_of_a_commit_leads_out(tmp_path: Path) -> None:
    top = tmp_path / "top"
    commit(top, {"file": ""})
    for name, target in {"out": "../secret", "full": str(tmp_path / "secret"), "root": "/etc"}.items():
        (top / name).symlink_to(target)
    commit(top)
    (tmp_path / "secret").write_text("secret")
    with open_tree(str(top)) as tree:
        reader = tree.reader([str(top)])
        for path in ("out", "full", "root", "root/passwd", "../secret"):
            with pytest.raises(LeadsOut):
                reader.read(os.path.normpath(top / path), MIB)


def hashed(top: Path, kind: str, data: bytes) -> str:
    return git(top, "hash-object", "-t", kind, "-w", "--literally", "--stdin", given=data)


def committed(top: Path, tree: str) -> CommitTree:
    return CommitTree(str(top), git(top, "commit-tree", tree, "-m", "tree"), str(top))


def entry(mode: str, name: str, id: str) -> bytes:
    return f"{mode} {name}".encode() + b"\0" + bytes.fromhex(id)


def test_a_name_that_git_would_not_check_out_is_not_there(tmp_path: Path) -> None:
    commit(tmp_path)
    blob = hashed(tmp_path, "blob", b"text")
    names = ("..", ".", ".git", ".GIT", "a/../../b", "good.tf")
    tree = committed(tmp_path, hashed(tmp_path, "tree", b"".join(entry("100644", name, blob) for name in names)))
    assert [child.name for child in tree.reader([str(tmp_path)]).entries(str(tmp_path))] == ["good.tf"]
    tree.close()


def test_a_submodule_is_an_empty_folder(tmp_path: Path) -> None:
    commit(tmp_path)
    tree = committed(tmp_path, hashed(tmp_path, "tree", entry("160000", "sub", "1" * 40)))
    reader = tree.reader([str(tmp_path)])
    assert [(child.name, child.kind) for child in reader.entries(str(tmp_path))] == [("sub", "folder")]
    assert reader.entries(str(tmp_path / "sub")) == []
    with pytest.raises(Absent):
        reader.read(str(tmp_path / "sub/main.tf"), MIB)
    tree.close()


def test_a_tree_without_end_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty objects that hold ten to the power of thirty files."""
    monkeypatch.setattr(commit_tree, "MAX_NAMES", 2000)
    commit(tmp_path)
    below = hashed(tmp_path, "tree", entry("100644", "main.tf", hashed(tmp_path, "blob", b"")))
    for _ in range(30):
        below = hashed(tmp_path, "tree", b"".join(entry("40000", f"d{number}", below) for number in range(10)))
    tree = committed(tmp_path, below)
    report = pipeline.scan([tree.top], tree.boundary)
    assert {problem.message for problem in report.problems} == {"this folder is not read: the commit has more than 2000 names"}
    assert report.unread
    tree.close()


def test_a_huge_file_costs_no_more_than_its_beginning(tmp_path: Path) -> None:
    (tmp_path / "large.json").write_bytes(b"{" + b" " * (40 * MIB))
    commit(tmp_path, {"small.json": "{}"})
    with open_tree(str(tmp_path)) as tree:
        reader = tree.reader([str(tmp_path)])
        with pytest.raises(Unread, match="larger than 24 MiB"):
            reader.read(str(tmp_path / "large.json"), 24 * MIB)
        assert reader.head(str(tmp_path / "large.json"), 3) == b"{  "
        assert reader.read(str(tmp_path / "small.json"), MIB) == b"{}"  # git has been started again


def test_an_object_that_is_broken_or_missing_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    good = 'resource "aws_ecr_repository" "r" {\n  name = "r"\n}\n'
    commit(tmp_path, {"broken.tf": "# broken", "missing.tf": "# missing", "main.tf": good})
    for name in ("broken.tf", "missing.tf"):
        id = git(tmp_path, "rev-parse", f"HEAD:{name}")
        path = tmp_path / ".git/objects" / id[:2] / id[2:]
        path.unlink()
        if name == "broken.tf":
            path.write_bytes(b"this is no object")
    with open_tree(str(tmp_path)) as tree:
        report = pipeline.scan([tree.top], tree.boundary)
    assert {(file.path, file.status) for file in report.files} == {
        ("broken.tf", "failed"),
        ("missing.tf", "failed"),
        ("main.tf", "analysed"),
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_git_is_not_waited_for_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(tmp_path, {"main.tf": "# text"})
    id = git(tmp_path, "rev-parse", "HEAD:main.tf")
    path = tmp_path / ".git/objects" / id[:2] / id[2:]
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr("ecrlint.boundary.objects.SECONDS", 0.2)
    with open_tree(str(tmp_path)) as tree, pytest.raises(Unread, match="takes too long"):
        tree.reader([str(tmp_path)]).read(str(tmp_path / "main.tf"), MIB)


def test_nothing_that_a_repository_names_is_run_to_read_a_commit(hostile: tuple[Path, Path]) -> None:
    top, mark = hostile
    assert '"main.tf"' in scanned_from_objects(top)
    assert not mark.exists(), mark.read_text()


def test_objects_in_a_second_place_are_not_read_of_a_bare_repository(tmp_path: Path) -> None:
    commit(tmp_path / "top", {"main.tf": ""})
    git(tmp_path, "clone", "-q", "--bare", "--shared", "top", "bare.git")
    with pytest.raises(Unread, match="no commit HEAD"), open_tree(str(tmp_path / "bare.git")):
        pass


def test_a_configuration_in_a_commit_is_that_of_its_files(tmp_path: Path) -> None:
    text = 'exclude = ["old"]\n[[terraform.environments]]\nname = "prod"\nvar-files = ["prod.tfvars"]\n'
    commit(tmp_path / "top", {"ecrlint.toml": text, "prod.tfvars": 'a = "b"\n', "main.tf": 'variable "a" {}\n', "old/x.tf": ""})
    git(tmp_path, "clone", "-q", "--bare", "top", "bare.git")
    assert scanned_from_objects(tmp_path / "bare.git") == scanned(tmp_path / "top")
    commit(tmp_path / "top", {"ecrlint.toml": 'exclude = "old"\n'})
    with pytest.raises(ConfigError, match=r"top/ecrlint.toml:1: "):
        scanned_from_objects(tmp_path / "top")
