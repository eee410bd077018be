"""Git, started so that nothing that a scanned repository says is run, fetched or written.

A repository's configuration, hooks, attributes and filters name programs, and no list of switches turns all of them off. So
git reads the objects and the index of a repository from an empty git directory of our own, which has none of these. Only
where these two lie is asked of the repository itself, by the one command that starts nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ecrlint.model.dataclass import dataclass

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
_PLACES = ["rev-parse", "--git-path", "objects", "--git-path", "index", "--show-object-format"]
_EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_CONFIG = {
    "sha1": "[core]\n\trepositoryformatversion = 0\n\tbare = true\n",
    "sha256": "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n",
}
_DIFF = [
    *("--name-only", "-z", "--no-renames", "--diff-filter=ACMRTUXB"),
    *("--no-ext-diff", "--no-textconv", "--ignore-submodules=all"),
]


def staged(top: str) -> list[str]:
    """The files of which something is to be committed, from the root of their repository; none where git cannot tell."""
    with _borrowed(top) as own:
        if own is None:
            return []
        last = _commit(top, "HEAD") or _EMPTY_TREE[own.hashing]
        return _names(own.run("diff-index", "--cached", *_DIFF, last, "--"))


def changed(top: str, before: str, after: str) -> list[str]:
    """The files in which a commit differs from where it left another; none where git cannot tell."""
    ends = [_commit(top, name) for name in (before, after)]
    with _borrowed(top) as own:
        if own is None or not all(ends):
            return []
        left = own.run("merge-base", *ends).decode().strip()
        return _names(own.run("diff-tree", "-r", *_DIFF, left, ends[1], "--")) if left else []


@dataclass(frozen=True, slots=True)
class _Directory:
    """A git directory of our own, with the objects and the index of a repository."""

    path: str
    hashing: str
    variables: Mapping[str, str]

    def run(self, *words: str) -> bytes:
        return _run(self.path, [f"--git-dir={self.path}", *words], self.variables)


@contextmanager
def _borrowed(top: str) -> Iterator[_Directory | None]:
    """A git directory for a repository; None where there is none, or where its objects lie in a second place, which may be
    outside."""
    import tempfile

    lines = os.fsdecode(_run(top, _PLACES, {})).splitlines()
    if len(lines) != 3 or lines[2] not in _CONFIG or os.path.lexists(os.path.join(top, lines[0], "info", "alternates")):
        yield None
        return
    objects, index, hashing = os.path.join(top, lines[0]), os.path.join(top, lines[1]), lines[2]
    with tempfile.TemporaryDirectory(prefix="ecrlint-") as directory:
        for name in ("objects", "refs"):
            os.mkdir(os.path.join(directory, name))
        _fill(os.path.join(directory, "HEAD"), "ref: refs/heads/none\n")
        _fill(os.path.join(directory, "config"), _CONFIG[hashing])
        given = os.environ.get("GIT_INDEX_FILE")  # of `git commit FILE` and `git commit -a`, which git tells its hooks
        index = os.path.join(top, given) if given else index
        yield _Directory(directory, hashing, {"GIT_OBJECT_DIRECTORY": objects, "GIT_INDEX_FILE": index})


def _commit(top: str, name: str) -> str:
    """The id that a name stands for in a repository; empty where it stands for none."""
    lines = _run(top, ["rev-parse", "--quiet", "--verify", "--end-of-options", name], {}).decode().split()
    return lines[-1] if lines else ""


def _fill(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _names(output: bytes) -> list[str]:
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def _run(folder: str, words: Sequence[str], variables: Mapping[str, str]) -> bytes:
    """What git prints; nothing where there is no git, where it fails, and where it takes too long."""
    import subprocess

    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
    try:
        done = subprocess.run(
            ["git", *_SWITCHES, *settings, *words],
            cwd=folder,
            env={**kept, **_ENVIRONMENT, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""
