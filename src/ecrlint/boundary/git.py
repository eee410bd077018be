"""Git, started so that nothing that a scanned repository says is run, fetched or written.

A repository's configuration, hooks, attributes and filters name programs, and no list of switches turns all of them off. So
git reads the objects, the refs and the index of a repository from a git directory of our own, which has none of these. In the
repository itself git is never started, so that files which its configuration includes are not read either.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from ecrlint.model.dataclass import dataclass

if TYPE_CHECKING:
    import subprocess

SECONDS = 10
"""What takes longer is not waited for."""

_SETTINGS = {
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.hooksPath": os.devnull,
    "core.attributesFile": os.devnull,
    "core.sshCommand": "false",
    "core.askPass": "false",
    "credential.helper": "",
    "diff.external": "",
    "protocol.allow": "never",
    "maintenance.auto": "false",
    "gc.auto": "0",
    "log.showSignature": "false",
    "submodule.recurse": "false",
}
_SWITCHES = ["--no-pager", "--no-optional-locks", "--no-replace-objects", "--literal-pathspecs"]
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "LC_ALL": "C",
}
_FORMAT = ["config", "--no-includes", "--get", "extensions.objectformat", "--file"]
_EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_CONFIG = {
    "sha1": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
    "sha256": "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n",
}
_FILTERS = {False: "--diff-filter=ACMRTUXB", True: "--diff-filter=D"}
_DIFF = [
    *("--name-only", "-z", "--no-renames"),
    *("--no-ext-diff", "--no-textconv", "--ignore-submodules=all"),
]


def staged(top: str, gone: bool = False) -> list[str]:
    """The files of which something is to be committed, or those that are to be taken away (`gone`), from the root of their
    repository; none where git cannot tell."""
    with _borrowed(top) as own:
        if own is None:
            return []
        last = own.commit("HEAD") or _EMPTY_TREE[own.hashing]
        return _names(own.run("diff-index", "--cached", _FILTERS[gone], *_DIFF, last, "--"))


def changed(top: str, before: str, after: str, gone: bool = False) -> list[str]:
    """The files in which a commit differs from where it left another, or those that it has no more (`gone`); none where git
    cannot tell."""
    with _borrowed(top) as own:
        ends = [] if own is None else [own.commit(name) for name in (before, after)]
        if own is None or not all(ends):
            return []
        left = own.run("merge-base", *ends).decode().strip()
        return _names(own.run("diff-tree", "-r", _FILTERS[gone], *_DIFF, left, ends[1], "--")) if left else []


def begun(top: str, name: str = "HEAD") -> int | None:
    """When the history of a commit begins, in seconds since 1970; None where git cannot tell, or has only a part of it."""
    with _borrowed(top) as own:
        last = "" if own is None else own.commit(name)
        if own is None or not last:
            return None
        lines = own.run("rev-list", "--max-parents=0", "--format=%at %ct", last).decode(errors="replace").splitlines()
    moments = [int(moment) for line in lines if not line.startswith("commit ") for moment in line.split()]
    return min(moments, default=None)


def commit(top: str, name: str = "HEAD") -> str:
    """The id of the commit that a name stands for in a repository, which may be bare; empty where it stands for none.

    `NAME...` is the commit where HEAD has left NAME, as for `git diff`.
    """
    with _borrowed(top) as own:
        if own is None:
            return ""
        ends = [own.commit(f"{end}^{{commit}}") for end in ([name[:-3], "HEAD"] if name.endswith("...") else [name])]
        if len(ends) == 1 or not all(ends):
            return ends[0] if len(ends) == 1 else ""
        return own.run("merge-base", *ends).decode().strip()


def heads(top: str, since: int = 0) -> list[tuple[str, str]]:
    """The branches of a repository, which may be bare, each with the id of its commit, unless that is older than a moment, in
    seconds since 1970."""
    with _borrowed(top) as own:
        shown = "--format=%(refname) %(objectname) %(committerdate:unix)"
        lines = [] if own is None else os.fsdecode(own.run("for-each-ref", shown, "refs/heads/")).splitlines()
    found = [words for line in lines if len(words := line.split(" ")) == 3]
    return [(name.removeprefix("refs/heads/"), id) for name, id, moment in found if int(moment or 0) >= since]


def packed_bytes(top: str) -> int:
    """How many bytes the packs of a repository have."""
    found = _directories(top)
    packs = [] if found is None else _entries(os.path.join(found[1], "objects", "pack"))
    return sum(os.lstat(path).st_size for path in packs)


def is_id(name: str) -> bool:
    """Whether a name is the full id of an object."""
    return len(name) in (40, 64) and not name.strip("0123456789abcdef")


def head(top: str) -> str:
    """The id of the commit at HEAD of a repository, which may be bare, read from its files; empty where git has to be asked."""
    found = _directories(top)
    if found is None:
        return ""
    name = _first_line(os.path.join(found[0], "HEAD"))
    if is_id(name):
        return name
    ref = name.removeprefix("ref: ")
    if not ref.startswith("refs/heads/") or ".." in ref.split("/"):
        return ""
    tip = _first_line(os.path.join(found[1], *ref.split("/")))
    return tip if is_id(tip) else _packed(os.path.join(found[1], "packed-refs"), ref)


def _packed(path: str, ref: str) -> str:
    """The id of a ref in a file of many."""
    try:
        with open(os.open(path, os.O_RDONLY | _PLAIN), "rb") as file:
            lines = file.read(_MOST_REFS).split(b"\n")
    except OSError:
        return ""
    wanted = b" " + os.fsencode(ref)
    tip = next((line[: -len(wanted)].decode("ascii", "replace") for line in lines if line.endswith(wanted)), "")
    return tip if is_id(tip) else ""


def find_repositories(folder: str) -> Iterator[str]:
    """The repositories at or below a folder, checkouts and bare ones, in order; none in another, and none by a link."""
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        if os.path.lexists(os.path.join(here, ".git")) or is_bare(here):
            yield here
            continue
        try:
            with os.scandir(here) as entries:
                below = sorted(entry.path for entry in entries if entry.is_dir(follow_symlinks=False))
        except OSError:
            continue
        if here.count(os.sep) - folder.count(os.sep) < _DEEPEST:
            waiting += reversed(below)


def configuration(top: str) -> str:
    """The path of the file that holds a repository's configuration; empty where there is no repository."""
    found = _directories(top)
    return "" if found is None else os.path.join(found[1], "config")


def start_reading(top: str, hashing: str) -> subprocess.Popen[bytes] | None:
    """Git, which prints the objects of a repository whose names it is given; None where there are none that it may read."""
    import subprocess

    found = _directories(top)
    objects = "" if found is None else _objects(found)
    if not objects:
        return None
    own = _empty_directory(hashing)
    words = [f"--git-dir={own}", "-c", f"core.bigFileThreshold={_STREAMED}", "cat-file", "--batch"]
    return subprocess.Popen(
        _command(words),
        cwd=own,
        env=_variables({"GIT_OBJECT_DIRECTORY": objects}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
    )


_STREAMED = "4m"
"""A larger object is not held in memory by git, unless it is stored as a difference from another one."""


@cache
def _empty_directory(hashing: str) -> str:
    """A git directory without anything in it, which lasts as long as this process."""
    import atexit
    import shutil
    import tempfile

    own = tempfile.mkdtemp(prefix="ecrlint-")
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    for name in ("objects", "refs"):
        os.mkdir(os.path.join(own, name))
    _fill(os.path.join(own, "HEAD"), "ref: refs/heads/none")
    _fill(os.path.join(own, "config"), _CONFIG[hashing])
    return own


@dataclass(frozen=True, slots=True)
class _Directory:
    """A git directory of our own, with the objects, the refs and the index of a repository."""

    path: str
    hashing: str
    variables: Mapping[str, str]

    def run(self, *words: str) -> bytes:
        return _run(self.path, [f"--git-dir={self.path}", *words], self.variables)

    def commit(self, name: str) -> str:
        """The id that a name stands for in the repository; empty where it stands for none."""
        lines = self.run("rev-parse", "--quiet", "--verify", "--end-of-options", name).decode().split()
        return lines[-1] if lines else ""


@contextmanager
def _borrowed(top: str) -> Iterator[_Directory | None]:
    """A git directory for a repository; None where there is none, or where a part of it is a link or lies in a second place,
    which may be outside."""
    import tempfile

    found = _directories(top)
    if found is None:
        yield None
        return
    (here, shared), objects = found, _objects(found)
    hashing = _run(os.sep, [*_FORMAT, os.path.join(shared, "config")], {}).decode().strip() or "sha1"
    head = _first_line(os.path.join(here, "HEAD"))
    if hashing not in _CONFIG or not head or not objects:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="ecrlint-") as directory:
        os.mkdir(os.path.join(directory, "objects"))
        _fill(os.path.join(directory, "HEAD"), head)
        _fill(os.path.join(directory, "config"), _CONFIG[hashing])
        try:
            for name in ("refs", "packed-refs"):
                os.symlink(os.path.join(shared, name), os.path.join(directory, name))
        except OSError:  # Windows allows it to few
            yield None
            return
        given = os.environ.get("GIT_INDEX_FILE")  # of `git commit FILE` and `git commit -a`, which git tells its hooks
        index = os.path.join(top, given) if given else os.path.join(here, "index")
        yield _Directory(directory, hashing, {"GIT_OBJECT_DIRECTORY": objects, "GIT_INDEX_FILE": index})


_PARTS = ("HEAD", "commondir", "config", "index", "objects", "packed-refs", "refs")


def _objects(found: tuple[str, str]) -> str:
    """The folder of the objects of a repository; empty where a part of it is a link or lies in a second place."""
    objects = os.path.join(found[1], "objects")
    parts = (os.path.join(folder, name) for folder in dict.fromkeys(found) for name in _PARTS)
    links = itertools.chain(parts, _entries(objects), _entries(os.path.join(objects, "pack")))
    has_other = any(map(os.path.islink, links)) or os.path.lexists(os.path.join(objects, "info", "alternates"))
    return "" if has_other else objects


def is_bare(path: str) -> bool:
    """Whether a folder is itself a git directory: a bare repository or a mirror."""
    return all(os.path.lexists(os.path.join(path, name)) for name in ("HEAD", "objects", "refs"))


def _directories(top: str) -> tuple[str, str] | None:
    """The git directory of a repository, and the one that it shares objects and refs with: of a worktree, another.

    https://git-scm.com/docs/gitrepository-layout
    """
    here = os.path.join(top, ".git")
    if not os.path.lexists(here) and is_bare(top):
        return top, top
    if os.path.islink(here):
        return None
    if not os.path.isdir(here):
        word, _, place = _first_line(here).partition(": ")
        if word != "gitdir":
            return None
        here = os.path.join(top, place)
    return here, os.path.join(here, _first_line(os.path.join(here, "commondir")) or ".")


def _entries(folder: str) -> list[str]:
    try:
        return [one.path for one in os.scandir(folder)]
    except OSError:
        return []


def _first_line(path: str) -> str:
    """The first line of a small file of git's; empty where there is none."""
    try:
        with open(os.open(path, os.O_RDONLY | _PLAIN), encoding="utf-8", errors="surrogateescape") as file:
            return file.readline(_LONGEST).rstrip("\r\n")
    except OSError:
        return ""


_DEEPEST = 8
_LONGEST = 4096
_MOST_REFS = 64 << 20
_PLAIN = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""A link is not followed, and a pipe that nobody writes to is empty."""


def _fill(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(f"{text}\n")


def _names(output: bytes) -> list[str]:
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def _command(words: Sequence[str]) -> list[str]:
    settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
    return ["git", *_SWITCHES, *settings, *words]


def _variables(own: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, **_ENVIRONMENT, **own}


def _run(folder: str, words: Sequence[str], variables: Mapping[str, str]) -> bytes:
    """What git prints; nothing where there is no git, where it fails, and where it takes too long."""
    import subprocess

    try:
        done = subprocess.run(
            _command(words),
            cwd=folder,
            env=_variables(variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""
