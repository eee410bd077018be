"""Every command seen from outside: it connects to nothing, starts nothing but git, and opens nothing that is not its business.

The tree is a repository of which everything that git may run leaves a mark, with links that lead out of it. The interpreter tells
what it does by an audit hook; where strace may be used, the system tells it too, of git as well.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLAWED = """resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = "{}"
}
resource "aws_iam_role_policy" "login" {
  role   = aws_iam_role.ci.id
  policy = jsonencode({ Statement = [{
    Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "arn:aws:ecr:eu-west-1:111122223333:repository/app" }] })
}
module "far" {
  source = "git::https://example.com/far.git"
}
module "out" {
  source = "../out"
}
locals {
  text = file("../out/m.tf")
  more = templatefile("/etc/passwd", {})
}
"""
COMMANDS = {
    "scan": (),
    "formats": tuple(f"--output={form}=report.{form}" for form in ("json", "sarif", "github", "gitlab", "junit", "rdjson")),
    "from a list": ("-",),
    "hook": ("hook", "main.tf", "flawed/main.tf"),
    "why": ("why", "ci", "ecr:PutImage"),
    "path": ("path",),
    "path as a picture": ("path", "--format", "svg"),
    "fix --diff": ("fix", "--diff"),
    "fix": ("fix",),
    "fix --unsafe": ("fix", "--unsafe"),
    "baseline check": ("baseline", "check"),
    "baseline write": ("baseline", "write"),
    "config": ("config", "flawed"),
    "rules": ("rules",),
    "explain a rule": ("explain", "token-on-repository"),
    "explain a message": ("explain", "no basic auth credentials"),
    "bulk": ("bulk", "--store", "scan.db", "--jobs", "0", "."),
    "bulk in worker processes": ("bulk", "--store", "scan.db", "--jobs", "1", "."),
    "--help": ("--help",),
}
WATCH = """
import os, sys
EVENTS = "open os.listdir os.scandir subprocess.Popen os.exec os.posix_spawn os.system os.fork socket.connect socket.bind".split()
def watch(event, words):
    if event in EVENTS:
        first = words[0] if words else ""
        print(event, os.fsdecode(first) if isinstance(first, (str, bytes, os.PathLike)) else "", sep="\\0", file=log, flush=True)
if os.environ.get("WATCH_LOG"):
    log = open(os.environ.pop("WATCH_LOG"), "w")
    sys.addaudithook(watch)
"""


@pytest.fixture
def tree(hostile: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    top, mark = hostile
    (top / "flawed").mkdir()
    (top / "flawed/main.tf").write_text(FLAWED)
    (tmp_path / "out").mkdir()
    files = {"b.json": '{"schema": "of somebody else"}', "e.toml": 'fail-on = "never"', "m.tf": FLAWED, "p.json": "{}"}
    for name, text in files.items():
        (tmp_path / "out" / name).write_text(text)
    links = {
        "ecrlint-baseline.json": "b.json",
        "ecrlint.toml": "e.toml",
        "more.tf": "m.tf",
        "policy.json": "p.json",
        "module": ".",
    }
    for name, target in links.items():
        (top / name).symlink_to(Path("../out") / target)
    os.mkfifo(top / "pipe.tf")
    return top, mark


def run(command: list[str], tree: tuple[Path, Path], tmp_path: Path, more: dict[str, str]) -> None:
    """Run a command in the tree, and hold what the tree around it says of it."""
    top, mark = tree
    before = {path: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    (tmp_path / "home").mkdir()
    own = {"HOME": str(tmp_path / "home"), "PRE_COMMIT": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command,
        cwd=top,
        env={**os.environ, **own, **more},
        input="main.tf\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode in (0, 1, 2, 3), done.stderr
    assert "Traceback" not in done.stderr
    assert not mark.exists(), mark.read_text()
    assert {path: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def is_ours(path: str, top: Path) -> bool:
    """Whether a file (full path) is of the repository, of the installation or of the system, or git's own folder."""
    prefixes = (str(top), sys.prefix, sys.base_prefix, str(ROOT), os.path.join(tempfile.gettempdir(), "ecrlint-"))
    system = ("/dev/null", "/dev/urandom", "/usr/", "/lib", "/proc/", "/sys/", "/etc/ld.so", "/etc/localtime", "/etc/python")
    is_attempt = re.fullmatch(
        rf"{re.escape(tempfile.gettempdir())}/[a-z0-9_]{{8}}", path
    )  # Python's own, whether it can write there
    return path.startswith((*prefixes, *system)) or path == "/" or is_attempt is not None


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_keeps_to_its_business(tree: tuple[Path, Path], tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch/sitecustomize.py").write_text(WATCH)
    variables = {"PYTHONPATH": str(tmp_path / "watch"), "WATCH_LOG": str(tmp_path / "log")}
    run([sys.executable, "-m", "ecrlint", *words], tree, tmp_path, variables)
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) > 5
    for line in lines:
        event, path = line.split("\0")
        if event == "subprocess.Popen":
            assert path == "git" or (path == sys.executable and "--jobs" in words)
        elif event in ("open", "os.listdir", "os.scandir"):
            assert ".." not in path.split("/"), line
            own = (str(tree[0]), str(tmp_path / "watch"))
            assert not path.startswith(str(tmp_path)) or path.startswith(own), line
            assert not path.startswith("/") or is_ours(path, tree[0]) or path.startswith(own), line
        else:
            assert event == "os.fork", line


def _may_trace() -> bool:
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode == 0


_CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SAFE = ("--no-pager", "--no-optional-locks", "--no-replace-objects", "core.hooksPath=/dev/null", "core.fsmonitor=false")


@pytest.mark.skipif(not _may_trace(), reason="there is no strace here, or it may not trace")
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS.keys())
def test_the_system_is_asked_for_nothing_else(tree: tuple[Path, Path], tmp_path: Path, words: tuple[str, ...]) -> None:
    trace = ["strace", "-f", "-qq", "-s", "4096", "-e", "trace=openat,open,creat,execve,%network", "-o", str(tmp_path / "log")]
    run([*trace, sys.executable, "-m", "ecrlint", *words], tree, tmp_path, {})
    seen = set()
    for line in (tmp_path / "log").read_text(errors="replace").splitlines():
        found = _CALL.match(line)
        if found is None:
            assert "unfinished" in line or "resumed" in line or "+++" in line or "---" in line, line
            continue
        call, given, result = found[1], found[2], int(found[3])
        seen.add(call)
        path = (_QUOTED.search(given) or [""] * 2)[1]
        if result < 0:  # it is not there
            continue
        if call == "execve":
            is_git = os.path.basename(path) == "git" and all(word in given for word in _SAFE)
            assert is_git or os.path.realpath(path) == os.path.realpath(sys.executable), line
        elif call in ("open", "openat", "creat"):
            is_beside = path.startswith("/") and not is_ours(path, tree[0])
            assert not is_beside, line
            assert ".." not in path.split("/"), line
        else:
            pytest.fail(line)
    assert {"execve", "openat"} <= seen
